"""The Debian package: built, checked, installed, used, upgraded, removed and purged, on a copy of this system.

The copy is an overlay in a mount namespace of its own: nothing of it reaches this system.
"""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from auditor import __version__
from tests.requires import requires_program, requires_root

ROOT = Path(__file__).resolve().parent.parent
pytestmark = [
    requires_root,
    requires_program("dh", "dh_python3", "dpkg-buildpackage", "lintian", "systemd-analyze", "man"),
]
MANUAL = ROOT / "docs/operations.md"
UNITS = ("auditor.service", "auditor.timer", "auditor-watch.service")
ENABLED = (
    "/etc/systemd/system/timers.target.wants/auditor.timer",
    "/etc/systemd/system/multi-user.target.wants/auditor-watch.service",
)
NO_ADDRESS = "bogus-mail-host,bogus-mail-host-in-debian-changelog"  # the project has no public address


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("deb")
    done = subprocess.run([ROOT / "tools/build_deb.sh", out], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (found,) = out.glob("*.deb")
    return found


class System:
    """A copy of this system on which packages can be installed."""

    def __init__(self, work: Path) -> None:
        self._shell = subprocess.Popen(
            ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--net", "sleep", "600"],
        )
        for name in ("upper", "work", "root"):
            (work / name).mkdir()
        self._root = work / "root"
        layers = f"lowerdir=/,upperdir={work}/layers/upper,workdir={work}/layers/work"
        self._outside("mkdir", work / "layers")
        self._outside("mount", "-t", "tmpfs", "none", work / "layers")
        self._outside("mkdir", work / "layers/upper", work / "layers/work")
        self._outside("mount", "-t", "overlay", "-o", layers, "overlay", self._root)
        for source in ("/proc", "/sys", "/dev"):
            self._outside("mount", "--rbind", source, f"{self._root}{source}")
        self._outside("mount", "-t", "tmpfs", "none", f"{self._root}/run")
        self._outside("mount", "-t", "tmpfs", "none", f"{self._root}/tmp")

    def _outside(self, *command: object) -> None:
        self._enter(*command).check_returncode()

    def _enter(self, *command: object) -> "subprocess.CompletedProcess[str]":
        inside = ["nsenter", f"--target={self._child()}", "--mount", "--net", *map(str, command)]
        return subprocess.run(inside, capture_output=True, text=True, check=False)

    def _child(self) -> int:
        children = Path(f"/proc/{self._shell.pid}/task/{self._shell.pid}/children")
        while not (text := children.read_text().split()):
            pass
        return int(text[0])

    def run(self, *command: object) -> "subprocess.CompletedProcess[str]":
        return self._enter(
            "chroot", self._root, "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND=noninteractive",
            "LC_ALL=C.UTF-8", *command,
        )  # fmt: skip

    def ok(self, *command: object) -> str:
        done = self.run(*command)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    def put(self, path: Path) -> str:
        self._outside("cp", path, f"{self._root}/tmp/{path.name}")
        return f"/tmp/{path.name}"

    def there(self, path: str) -> bool:
        return self.run("test", "-e", path).returncode == 0

    def end(self) -> None:
        self._shell.kill()
        self._shell.wait()


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    made = System(tmp_path_factory.mktemp("system"))
    yield made
    made.end()


def newer(package: Path, work: Path) -> Path:
    """Return the same package as a later version."""
    tree = work / "tree"
    subprocess.run(["dpkg-deb", "--raw-extract", package, tree], check=True)
    control = tree / "DEBIAN/control"
    control.write_text(control.read_text().replace(f"Version: {__version__}", f"Version: {__version__}+later"))
    path = work / "auditor_later_all.deb"
    subprocess.run(["dpkg-deb", "--build", "--root-owner-group", tree, path], check=True, capture_output=True)
    shutil.rmtree(tree)
    return path


def test_lintian_has_nothing_to_say(package: Path) -> None:
    done = subprocess.run(
        ["lintian", "--allow-root", "--suppress-tags", NO_ADDRESS, package], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_the_same_sources_make_the_same_package(package: Path, tmp_path: Path) -> None:
    subprocess.run([ROOT / "tools/build_deb.sh", tmp_path], check=True, capture_output=True)
    assert (tmp_path / package.name).read_bytes() == package.read_bytes()


def test_install_use_upgrade_remove_and_purge(package: Path, system: System, tmp_path: Path) -> None:
    system.ok("dpkg", "--install", system.put(package))
    assert system.ok("auditor", "--version").strip() == f"auditor {__version__}"
    assert system.ok("stat", "--format=%U:%G %a", "/var/lib/auditor", "/etc/auditor").split("\n")[:2] == [
        "auditor:auditor 750",
        "root:auditor 750",
    ]
    for link in ENABLED:
        assert system.there(link), link
    verified = system.run("systemd-analyze", "verify", *(f"/lib/systemd/system/{name}" for name in UNITS))
    assert (verified.returncode, verified.stderr) == (0, "")
    manual = system.ok("man", "auditor")
    assert "AUDITOR(1)" in manual
    assert "auditor watch" in manual
    for name in ("auditor.service.d", "auditor-watch.service.d"):
        assert system.there(f"/usr/share/doc/auditor/examples/{name}/namespaces.conf.example")
    _use(system)
    before = system.ok("sha256sum", "/var/lib/auditor/report/history/scan-000001.json")
    system.ok("dpkg", "--install", system.put(newer(package, tmp_path)))
    assert system.ok("sha256sum", "/var/lib/auditor/report/history/scan-000001.json") == before
    for link in ENABLED:
        assert system.there(link), link
    system.ok("dpkg", "--remove", "auditor")
    for name in UNITS:
        assert not system.there(f"/lib/systemd/system/{name}"), name
    assert not system.there("/usr/bin/auditor")
    assert not system.there("/usr/share/auditor")
    assert system.there("/var/lib/auditor/report/history/scan-000001.json")
    system.ok("dpkg", "--purge", "auditor")
    for path in ("/var/lib/auditor", "/etc/auditor", *ENABLED):
        assert not system.there(path), path


@pytest.mark.parametrize("unit", ["auditor.service", "auditor-watch.service"])
def test_a_unit_is_hardened(unit: str) -> None:
    path = ROOT / "deploy/systemd" / unit
    command = ["systemd-analyze", "security", "--offline=yes", "--threshold=25", path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout.splitlines()[-1]


def test_the_timer_catches_up_and_never_lets_two_scans_run() -> None:
    timer = (ROOT / "deploy/systemd/auditor.timer").read_text().splitlines()
    assert {"Persistent=yes", "RandomizedDelaySec=30min", "OnCalendar=daily"} <= set(timer)
    # NOTE: a unit that is under way is not started again; by hand, a second scan is refused by its lock.
    assert "Type=oneshot" in (ROOT / "deploy/systemd/auditor.service").read_text().splitlines()


def _use(system: System) -> None:
    """Scan as the package's user does and ask as monitoring does."""
    # NOTE: the line of cron in the manual, as cron runs it: by root, into a directory that is the service's.
    line = re.search(r"^    \S+ \S+ \* \* \* root (auditor scan .*)$", MANUAL.read_text("utf-8"), re.MULTILINE)
    assert line
    by_root = system.run("sh", "-c", line[1])
    assert (by_root.returncode in (0, 1, 3), by_root.stdout, by_root.stderr) == (True, "", "")
    owners = system.ok("find", "/var/lib/auditor", "-printf", "%u:%g\n").split()
    assert set(owners) == {"auditor:auditor"}
    member = system.run("setpriv", "--reuid=nobody", "--regid=auditor", "--clear-groups", "auditor", "check")
    assert member.returncode == by_root.returncode, member.stdout
    user = ("setpriv", "--reuid=auditor", "--regid=auditor", "--init-groups", "--inh-caps=-all", "--bounding-set=-all")
    scan = system.run(*user, "auditor", "scan", "--log")
    assert scan.returncode in (0, 1, 3), scan.stderr
    assert scan.stdout.startswith("<")
    assert "event=scan" in scan.stdout
    check = system.run(*user, "auditor", "check")
    assert check.returncode == scan.returncode
    assert check.stdout.startswith("AUDITOR ")
    assert system.run("setpriv", "--reuid=nobody", "--clear-groups", "auditor", "check").returncode == 3
    assert system.ok("auditor", "verify").count("everything fits") == 1
    _watch(system, user)


def _watch(system: System, user: tuple[str, ...]) -> None:
    """Watch as the package's user does, until it is stopped, as systemd stops it."""
    stopped = system.run(*user, "timeout", "--preserve-status", "--signal=TERM", "5", "auditor", "watch")
    assert (stopped.returncode, stopped.stderr) == (0, "")
    assert system.ok("stat", "--format=%U:%G %a", "/var/lib/auditor/report/watch").strip() == "auditor:auditor 750"
    assert "was stopped" in system.run("auditor", "doctor").stdout
