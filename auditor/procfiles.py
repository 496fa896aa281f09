"""What the texts of /proc say of a process (proc(5)); pure."""

from typing import NamedTuple

from auditor.errors import ParseError
from auditor.netlink.wire import text

_KERNEL_THREAD = 0x00200000  # PF_KTHREAD, linux/sched.h
_TERMINAL_DIGITS = 10
_UNIT_SUFFIXES = (".service", ".scope", ".socket", ".mount", ".swap")
_HIDING = ("hidepid=2", "hidepid=4", "hidepid=invisible", "hidepid=ptraceable")


class Stat(NamedTuple):
    """What matters of /proc/PID/stat; `state` is one letter."""

    state: str
    kernel_thread: bool
    threads: int


def parse_stat(raw: bytes) -> Stat:
    """Return state, flags and number of threads (proc_pid_stat(5)); raises ParseError."""
    fields = raw.rpartition(b")")[2].split()
    try:
        return Stat(fields[0].decode("ascii"), bool(int(fields[6]) & _KERNEL_THREAD), int(fields[17]))
    except (IndexError, ValueError):
        raise ParseError("stat of unknown form") from None


def parse_parent(raw: bytes) -> int:
    """Return the parent in /proc/PID/stat (proc_pid_stat(5)); raises ParseError."""
    try:
        return int(raw.rpartition(b")")[2].split()[1])
    except (IndexError, ValueError):
        raise ParseError("stat of unknown form") from None


def parse_namespace(link: str, kind: str) -> int:
    """Return the inode in a namespace link such as "net:[4026531840]"; raises ParseError."""
    number = link.removeprefix(f"{kind}:[").removesuffix("]")
    if len(number) + len(kind) + 3 != len(link) or not (number.isascii() and number.isdigit()):
        raise ParseError("namespace link of unknown form")
    return int(number)


def parse_tun_name(raw: bytes) -> str | None:
    """Return the device named in fdinfo of a TUN/TAP descriptor, None for another or an unattached one."""
    for line in raw.split(b"\n"):
        if line.startswith(b"iff:"):
            return text(line[4:].strip()) or None
    return None


def parse_terminal(raw: bytes) -> int | None:
    """Return the number of the pseudoterminal whose master fdinfo is of (Linux 4.14), None for another descriptor."""
    for line in raw.split(b"\n"):
        number = line.removeprefix(b"tty-index:").strip()
        if line.startswith(b"tty-index:") and number.isdigit() and len(number) <= _TERMINAL_DIGITS:
            return int(number)
    return None


def parse_unit(raw: bytes) -> str | None:
    """Return the systemd unit of a cgroup file, else the last component of the path, None at the root.

    The unified hierarchy ("0::") counts first, then systemd's own of cgroup version 1.
    """
    paths: dict[bytes, list[str]] = {}
    for line in raw.split(b"\n"):
        number, _, rest = line.partition(b":")
        controllers, _, path = rest.partition(b":")
        if (number, controllers) == (b"0", b"") or controllers == b"name=systemd":
            paths[controllers] = [part for part in text(path).split("/") if part]
    parts = paths.get(b"") or paths.get(b"name=systemd") or []
    last = parts[-1] if parts else None
    return next((part for part in reversed(parts) if part.endswith(_UNIT_SUFFIXES)), last)


def hides_processes(mounts: bytes) -> bool:
    """Return whether /proc as mounted in `mounts` (proc_pid_mounts(5)) may leave processes out."""
    options: list[str] = []
    for line in mounts.split(b"\n"):
        fields = line.split(b" ")
        if len(fields) >= 4 and fields[1] == b"/proc" and fields[2] == b"proc":
            options = text(fields[3]).split(",")
    return any(option in _HIDING for option in options)


def holds_capability(status: bytes, number: int) -> bool:
    """Return whether capability `number` is in the effective set that `status` states (proc_pid_status(5))."""
    for line in status.split(b"\n"):
        if line.startswith(b"CapEff:"):
            try:
                return bool(int(line[7:], 16) >> number & 1)
            except ValueError:
                return False
    return False
