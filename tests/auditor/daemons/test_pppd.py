"""What a pppd was told: from its arguments and option files, without anything secret or personal."""

from pathlib import Path

import pytest

from auditor.daemons import pppd
from auditor.daemons.files import ProcessFiles
from auditor.errors import SourceError
from auditor.host import Host
from auditor.model.rows import DaemonInstance, NamedEnd, Process

PPPD = Process(pid=40, comm="pppd", exe="/usr/sbin/pppd", netns=1, mntns=7, holds_ppp=True)
SECRET, PERSON = "hunter2-never-to-be-seen", "zhang.san"
PEER = f"""# the office
pty "pptp 203.0.113.50 --nolaunchpppd --phone {SECRET}"
user {PERSON}
password "{SECRET} with blanks"
remotename plugin
ipparam call
"""


class Tree:
    """A made /proc with one pppd whose root is another directory."""

    def __init__(self, root: Path, *arguments: str) -> None:
        self.root = root
        (root / "proc/40/root").mkdir(parents=True)
        (root / "proc/40/cmdline").write_bytes(b"\0".join(part.encode() for part in ("pppd", *arguments, "")))
        (root / "proc/40/cwd").symlink_to("/")
        (root / "proc/40/status").write_bytes(b"Name:\tpppd\nNSpid:\t40\t7\n")

    def write(self, path: str, content: str) -> None:
        target = self.root / f"proc/40/root{path}"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content)

    def read(self, process: Process = PPPD) -> tuple[list[DaemonInstance], list[str]]:
        files = ProcessFiles(Host(str(self.root)), process)
        return list(pppd.read(process, files)), [source for source, _ in files.gaps]


def test_a_peer_file_names_the_program_and_its_server(tmp_path: Path) -> None:
    tree = Tree(tmp_path, "call", "office", "nodetach")
    tree.write("/etc/ppp/peers/office", PEER)
    tree.write("/run/ppp3.pid", "7\n")
    tree.write("/run/sshd.pid", "40\n")
    (found,), gaps = tree.read()
    assert (found.technology, found.remotes, found.device) == ("pptp", (NamedEnd("203.0.113.50"),), "ppp3")
    assert (found.source, gaps) == ("/etc/ppp/peers/office", [])
    for hidden in (SECRET, PERSON):
        assert hidden not in repr(found)


@pytest.mark.parametrize(
    ("arguments", "technology", "server"),
    [
        (("plugin", "rp-pppoe.so", "eth0"), "pppoe", None),
        (("plugin", "/usr/lib/pppd/2.4.9/pppoe.so", "nic-eth0"), "pppoe", None),
        (("plugin", "pptp.so", "pptp_server", "vpn.example.net"), "pptp", "vpn.example.net"),
        (("plugin", "pppol2tp.so", "pppol2tp", "11", "passive"), "l2tp", None),
        (("pty", "/usr/sbin/pppoe -I eth0"), "pppoe", None),
        (("pty", "sstpc --nolaunchpppd vpn.example.net"), "sstp", None),
        (("pty", "openfortivpn"), "fortinet", None),
        (("pty", "pptp --phone 1"), "pptp", None),
        (("password", "plugin", "rp-pppoe.so"), "ppp", None),
        (("user", "pty", "pptp 192.0.2.9"), "ppp", None),
        (("/dev/ttyUSB0", "115200"), "ppp", None),
        (("pty", ""), "ppp", None),
        (("plugin",), "ppp", None),
    ],
)
def test_arguments(tmp_path: Path, arguments: tuple[str, ...], technology: str, server: str | None) -> None:
    (found,), gaps = Tree(tmp_path, *arguments).read()
    assert (found.technology, found.remotes) == (technology, (NamedEnd(server),) if server else ())
    assert gaps == []


def test_a_link_name_leads_to_the_device(tmp_path: Path) -> None:
    tree = Tree(tmp_path, "linkname", "wan")
    tree.write("/run/ppp-wan.pid", "7\nwan0\n")
    assert tree.read()[0][0].device == "wan0"


def test_pid_files_of_others_name_no_device(tmp_path: Path) -> None:
    tree = Tree(tmp_path)
    for name, content in (("ppp0", "8\n"), ("ppp1", ""), ("ppp2", "seven"), ("ppp3", "7" * 99), ("a" * 40, "7\n")):
        tree.write(f"/run/{name}.pid", content)
    assert tree.read()[0][0].device is None


def test_a_peer_file_that_is_not_there_is_a_gap_and_the_process_stays(tmp_path: Path) -> None:
    (found,), gaps = Tree(tmp_path, "call", "office").read()
    assert (found.technology, gaps) == ("ppp", ["/etc/ppp/peers/office"])


def test_files_that_name_each_other_end(tmp_path: Path) -> None:
    tree = Tree(tmp_path, "file", "/a")
    tree.write("/a", "file /b\nplugin pptp.so\n")
    tree.write("/b", "file /a\n")
    (found,), gaps = tree.read()
    assert (found.technology, gaps) == ("pptp", [])
    deep = Tree(tmp_path / "deep", "file", "/0")
    for number in range(20):
        deep.write(f"/{number}", f"file /{number + 1}\n")
    assert len(deep.read()[1]) == 1


def test_only_pppd_is_read(tmp_path: Path) -> None:
    assert Tree(tmp_path, "plugin", "pptp.so").read(PPPD._replace(exe="/usr/sbin/accel-pppd")) == ([], [])


def test_an_ended_process_is_no_row(tmp_path: Path) -> None:
    with pytest.raises(SourceError):
        list(pppd.read(PPPD, ProcessFiles(Host(str(tmp_path)), PPPD)))


def test_every_truncation_of_a_peer_file_keeps_what_is_secret(tmp_path: Path) -> None:
    tree = Tree(tmp_path, "call", "office")
    for end in range(len(PEER)):
        tree.write("/etc/ppp/peers/office", PEER[:end])
        (found,), _ = tree.read()
        assert SECRET[:8] not in repr(found)
        assert PERSON not in repr(found)
