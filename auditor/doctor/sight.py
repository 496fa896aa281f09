"""What this process may see: capabilities by what each opens, /proc, Python packages."""

from collections.abc import Iterator
from importlib.util import find_spec

from auditor.doctor.advice import Advice, Health
from auditor.errors import SourceError
from auditor.gateway import privileges
from auditor.host import Host
from auditor.model.text import Text
from auditor.probe import Probe

_NAMESPACES = "CAP_SYS_ADMIN"
_PACKAGES = (
    ("jinja2", "python3-jinja2", Text("reports in HTML", "HTML报告"), Health.BROKEN),
    ("maxminddb", "python3-maxminddb", Text("location data of your own", "自有位置数据"), Health.NOTE),
    ("dns", "python3-dnspython", Text("look-ups of names", "域名查询"), Health.NOTE),
    ("scapy", "python3-scapy", Text("what handshakes in packets say", "读取数据包中的握手内容"), Health.NOTE),
)
_SAID_AT_MOST = 6
_OPEN = ("hidepid=0", "hidepid=off")
_UNHIDE = Text(
    "give CAP_SYS_PTRACE, or mount /proc with gid= of the agent's group",
    "授予CAP_SYS_PTRACE，或在挂载/proc时用gid=指定代理所属组",
)


def capabilities(probes: tuple[Probe, ...], host: Host) -> Iterator[Advice]:
    """Yield for each capability that a probe wants whether this process has it, and what stays hidden without it."""
    held = set(privileges(host))
    wanted = dict.fromkeys(need for probe in probes for need in probe.needs if need.startswith("CAP_"))
    for name in sorted({*wanted, _NAMESPACES}):
        about = Text(f"capability {name}", f"权能{name}")
        if name in held:
            yield Advice(Health.FINE, about, Text("held", "具备"))
            continue
        blind = [probe.name for probe in probes if name in probe.needs]
        if name == _NAMESPACES:
            hidden = Text("other network namespaces cannot be entered", "无法进入其他网络命名空间")
        else:
            hidden = Text(f"these probes see less: {_few(blind)}", f"以下探测所见减少：{_few(blind)}")
        mend = Text("run as root, or give the service this capability", "以root运行，或为服务授予该权能")
        yield Advice(Health.CARE, about, hidden, mend)


def _few(names: list[str]) -> str:
    """Return names, the first few of many."""
    more = f" (+{len(names) - _SAID_AT_MOST})" if len(names) > _SAID_AT_MOST else ""
    return ", ".join(names[:_SAID_AT_MOST]) + more


def processes(host: Host) -> Iterator[Advice]:
    """Yield whether /proc shows the processes of others (mount option hidepid, proc(5))."""
    about = Text("processes in /proc", "/proc中的进程")
    try:
        mounts = host.read("/proc/self/mounts").decode("utf-8", "replace").splitlines()
        shown = sum(name.isdigit() for name in host.names("/proc"))
    except SourceError as error:
        yield Advice(Health.BROKEN, about, Text(f"cannot be read: {error.detail}", f"无法读取：{error.detail}"))
        return
    options = ",".join(line.split()[3] for line in mounts if line.split()[1:3] == ["/proc", "proc"]).split(",")
    hidden = any(option.startswith("hidepid=") and option not in _OPEN for option in options)
    if hidden and "CAP_SYS_PTRACE" not in privileges(host):
        yield Advice(Health.CARE, about, Text("hidden from this process (hidepid)", "对本进程隐藏（hidepid）"), _UNHIDE)
    else:
        yield Advice(Health.FINE, about, Text(f"{shown} to be seen", f"可见{shown}个"))


def packages() -> Iterator[Advice]:
    """Yield for each Python package that the agent can use whether it is there."""
    for module, package, for_what, health in _PACKAGES:
        about = Text(f"Python package {module}", f"Python软件包{module}")
        if find_spec(module) is not None:
            yield Advice(Health.FINE, about, Text("installed", "已安装"))
        else:
            says = Text(f"not installed; needed for {for_what.en}", f"未安装；{for_what.zh}需要它")
            yield Advice(health, about, says, Text(f"apt install {package}", f"apt install {package}"))
