"""The OpenVPN probe over a made tree and over running daemons."""

import os
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from auditor.host import Host, own_network_namespace
from auditor.model.rows import DaemonInstance, NamedEnd, Process
from auditor.model.sightings import BlindSpot, Reason, Scope, Sighting
from auditor.probe import Targets, View
from probes import openvpn, processes
from tests.child import become_nobody, in_child
from tests.lab.parts import openvpn as lab_openvpn
from tests.lab.site import Site
from tests.netns import namespace
from tests.requires import requires_program, requires_root

FIXTURES = Path(__file__).parents[1] / "fixtures" / "openvpn"
OWNER = Process(pid=40, comm="openvpn", exe="/usr/sbin/openvpn", netns=1, mntns=7, tun_devices=("tun0",))
SECRET = "hunter2-never-to-be-seen"
INLINE = f"<key>\n-----BEGIN PRIVATE KEY-----\n{SECRET}\nremote {SECRET} 1\n-----END PRIVATE KEY-----\n</key>\n"


# The probe, over a made tree


class Tree:
    """A made /proc with one OpenVPN process, whose root is another directory."""

    def __init__(self, root: Path, *arguments: str, cwd: str = "/etc/openvpn", chroot: str = "/jail") -> None:
        self.root = root
        self.jail = root / "proc/40/root"
        self.jail.mkdir(parents=True)
        (root / "proc/40/cmdline").write_bytes(b"\0".join(part.encode() for part in ("openvpn", *arguments, "")))
        (root / "proc/40/cwd").symlink_to(cwd)

    def write(self, path: str, content: str, *, jail: bool = True) -> None:
        target = (self.jail if jail else self.root) / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content)

    def run(self, *owners: Process) -> list[Sighting]:
        scope = Scope(name=None, inode=1, door="/")
        return list(
            openvpn.run(View(host=Host(str(self.root)), scope=scope, targets=Targets(owners=owners or (OWNER,))))
        )


def test_relative_files_and_includes_are_found_where_the_process_sees_them(tmp_path: Path) -> None:
    tree = Tree(tmp_path, "--cd", "/etc/openvpn/server", "--config", "hq.conf")
    tree.write("/etc/openvpn/server/hq.conf", "config ../common.conf\nstatus st\nport 443\n" + INLINE)
    tree.write("/etc/openvpn/common.conf", "server 10.8.0.0 255.255.255.0\nlocal 192.0.2.1\n")
    tree.write("/etc/openvpn/server/st", (FIXTURES / "server-status-2.txt").read_text())
    assert tree.run() == [
        DaemonInstance(
            pid=40,
            technology="openvpn",
            role="server",
            local="192.0.2.1",
            local_port=443,
            remotes=(),
            device="tun0",
            clients=1,
            source="/etc/openvpn/server/hq.conf",
            people=True,
        )
    ]


def test_absolute_links_lead_below_the_process_own_root(tmp_path: Path) -> None:
    tree = Tree(tmp_path, "--config", "/etc/openvpn/hq.conf")
    tree.write("/data/real.conf", "client\nremote inside.example 1\n")
    tree.write("/data/real.conf", "client\nremote outside.example 1\n", jail=False)
    (tree.jail / "etc/openvpn").mkdir(parents=True)
    (tree.jail / "etc/openvpn/hq.conf").symlink_to("/data/real.conf")
    (row,) = tree.run()
    assert isinstance(row, DaemonInstance)
    assert [remote.host for remote in row.remotes] == ["inside.example"]


def test_links_in_a_circle_end_as_a_gap(tmp_path: Path) -> None:
    tree = Tree(tmp_path, "--config", "/a")
    (tree.jail / "a").symlink_to("/b")
    (tree.jail / "b").symlink_to("a")
    (spot,) = tree.run()
    assert isinstance(spot, BlindSpot)
    assert spot.detail == "Too many levels of symbolic links"


def test_files_that_include_each_other_end_as_gaps(tmp_path: Path) -> None:
    tree = Tree(tmp_path, "--config", "/a")
    tree.write("/a", "config /a\nconfig /a\n")
    spots = tree.run()
    assert 0 < len(spots) < 100
    assert all(isinstance(spot, BlindSpot) and spot.reason is Reason.UNPARSED for spot in spots)


def test_command_line_still_counts_when_the_file_is_gone(tmp_path: Path) -> None:
    tree = Tree(
        tmp_path, "--config", "gone.conf", "--client", "--remote", "a.example", "443", "tcp", "--password", SECRET
    )
    row, spot = tree.run()
    assert isinstance(row, DaemonInstance)
    assert (row.role, row.remotes) == ("client", (NamedEnd("a.example", 443, "tcp"),))
    assert isinstance(spot, BlindSpot)
    assert (spot.source, spot.reason, spot.hides) == ("/etc/openvpn/gone.conf", Reason.ABSENT, ("openvpn",))


def test_nothing_known_is_no_row(tmp_path: Path) -> None:
    (spot,) = Tree(tmp_path, "--config", "gone.conf").run()
    assert isinstance(spot, BlindSpot)


@pytest.mark.parametrize("config", ["stdin", "/dev/fifo", ""])
def test_configuration_that_is_no_file_is_a_gap(tmp_path: Path, config: str) -> None:
    tree = Tree(tmp_path, "--config", config)
    tree.write("/dev/x", "")
    os.mkfifo(tree.jail / "dev/fifo")
    (spot,) = tree.run()
    assert isinstance(spot, BlindSpot)


def test_half_written_status_is_a_gap_and_a_missing_one_is_not(tmp_path: Path) -> None:
    tree = Tree(tmp_path, "--server", "10.8.0.0", "255.255.255.0", "--status", "/st")
    (row,) = tree.run()
    assert isinstance(row, DaemonInstance)
    assert row.clients is None
    tree.write("/st", "OpenVPN CLIENT LIST\n")
    row, spot = tree.run()
    assert isinstance(spot, BlindSpot)
    assert (spot.source, spot.reason) == ("/st", Reason.TRUNCATED)


def test_a_site_among_the_clients_is_a_far_end_and_a_person_is_not(tmp_path: Path) -> None:
    tree = Tree(tmp_path, "--server", "10.8.0.0", "255.255.255.0", "--status", "/st", "--proto", "tcp6-server")
    status = (FIXTURES / "server-status-2.txt").read_text()
    tree.write(
        "/st", status.replace("GLOBAL_STATS", "ROUTING_TABLE,10.31.0.0/16,branch,203.0.113.26:1312\nGLOBAL_STATS", 1)
    )
    (row,) = tree.run()
    assert isinstance(row, DaemonInstance)
    assert (row.remotes, row.people, row.clients) == ((NamedEnd("203.0.113.26", 1312, "tcp"),), True, 1)
    tree.write("/st", status)
    (row,) = tree.run()
    assert isinstance(row, DaemonInstance)
    assert (row.remotes, row.people) == ((), True)


def test_other_programs_and_ended_ones_are_left_alone(tmp_path: Path) -> None:
    tree = Tree(tmp_path, "--remote", "a.example")
    assert tree.run(OWNER._replace(exe="/usr/bin/not-openvpn"), OWNER._replace(exe=None), OWNER._replace(pid=41)) == []


def test_no_secret_leaves(tmp_path: Path) -> None:
    tree = Tree(tmp_path, "--config", "hq.conf", "--auth-user-pass", SECRET, "--management-client-pass", SECRET)
    noise = f"http-proxy-user-pass {SECRET}\nsetenv TOKEN {SECRET}\nauth-token {SECRET}\n"
    tree.write("/etc/openvpn/hq.conf", f"client\nremote a.example 1 udp {SECRET}\n{noise}{INLINE}<secret>\n{SECRET}\n")
    rows = tree.run()
    assert len(rows) == 2
    assert SECRET not in repr(rows)


# Running daemons


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    work = tmp_path_factory.mktemp("openvpn")
    for directory in (work, *list(work.parents)[:2]):
        directory.chmod(0o711)
    made = Site(work)
    try:
        lab_openvpn.start(made)
        made.finish()
        yield made
    finally:
        made.close()


def owners(netns: int) -> tuple[Process, ...]:
    inode, door = own_network_namespace()
    rows = processes.run(View(host=Host(), scope=Scope(name=None, inode=inode, door=door)))
    return tuple(row for row in rows if isinstance(row, Process) and row.netns == netns)


def ask(netns: int) -> list[Sighting]:
    scope = Scope(name=None, inode=1, door="/")
    return list(openvpn.run(View(host=Host(), scope=scope, targets=Targets(owners=owners(netns)))))


@requires_root
@requires_program("openvpn", "openssl", "nsenter")
@pytest.mark.lab
def test_running_clients_are_described_and_give_nothing_away(site: Site) -> None:
    rows = ask(Path(f"/proc/{site.gateway.pid}/ns/net").stat().st_ino)
    found = {row.device: row for row in rows if isinstance(row, DaemonInstance)}
    assert set(found) == {"tun1", "eth5"}
    assert len(rows) == 2
    assert found["tun1"].remotes == (NamedEnd(lab_openvpn.OFFICE_UDP, 1194, "udp"),)
    assert found["eth5"].remotes == (NamedEnd(lab_openvpn.OFFICE_TCP, 443, "tcp"),)
    assert {(row.role, row.local_port, row.source) for row in found.values()} == {
        ("client", None, "/etc/openvpn/client/hq-sg.conf"),
        ("client", None, "/etc/openvpn/backup.conf"),
    }
    assert len(site.secrets.known) > 3
    assert site.secrets.found_in(repr(rows).encode()) == []


@requires_root
@requires_program("openvpn", "openssl", "nsenter")
@pytest.mark.lab
def test_unreadable_configuration_is_a_gap_and_the_command_line_still_counts(site: Site) -> None:
    asked = owners(Path(f"/proc/{site.gateway.pid}/ns/net").stat().st_ino)

    def run() -> list[Sighting]:
        become_nobody(["CAP_SYS_PTRACE"])
        view = View(host=Host(), scope=Scope(name=None, inode=1, door="/"), targets=Targets(owners=asked))
        return list(openvpn.run(view))

    rows = in_child(run)
    (row,) = [row for row in rows if isinstance(row, DaemonInstance)]
    assert row.remotes == (NamedEnd(lab_openvpn.OFFICE_TCP, 443, "udp"),)  # its protocol is in the file
    spots = [row for row in rows if isinstance(row, BlindSpot)]
    assert {(spot.reason, re.sub(r"^.*/", "", spot.source)) for spot in spots} == {
        (Reason.PERMISSION, "hq-sg.conf"),
        (Reason.PERMISSION, "backup.conf"),
    }
    assert {spot.needs for spot in spots} == {"CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH"}


@requires_root
@requires_program("openvpn", "nsenter", "ip")
def test_daemon_that_changed_its_root_is_described_by_the_file_outside(tmp_path: Path) -> None:
    key = subprocess.run(["openvpn", "--genkey", "secret"], check=True, capture_output=True, text=True).stdout
    (tmp_path / "jail/tmp").mkdir(parents=True)
    config = tmp_path / "p2p.conf"
    config.write_text(
        f"dev tun0\nremote 192.0.2.9 1199\nnobind\nifconfig 10.9.0.1 10.9.0.2\ncipher AES-256-CBC\n"
        f"chroot {tmp_path}/jail\n<secret>\n{key}</secret>\n"
    )
    with namespace() as name:
        argv = ["nsenter", f"--net=/run/netns/{name}", "openvpn", "--config", str(config)]
        with subprocess.Popen(argv, stdout=subprocess.DEVNULL) as program:
            try:
                deadline = time.monotonic() + 10
                while os.readlink(f"/proc/{program.pid}/root") == "/" and time.monotonic() < deadline:
                    time.sleep(0.02)
                assert os.readlink(f"/proc/{program.pid}/root") == f"{tmp_path}/jail"
                (row,) = ask(Path(f"/run/netns/{name}").stat().st_ino)
            finally:
                program.kill()
    assert isinstance(row, DaemonInstance)
    assert (row.role, row.remotes, row.device) == ("p2p", (NamedEnd("192.0.2.9", 1199, "udp"),), "tun0")
    assert not [line for line in key.split()[8:] if line in repr(row)]
