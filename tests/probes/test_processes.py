"""The processes probe: the walk over a made tree."""

from pathlib import Path

import pytest

from auditor.host import Host
from auditor.model.rows import Process
from auditor.model.sightings import BlindSpot, Reason, Scope, Sighting
from auditor.probe import View
from probes import processes

HOME = 4026531833
STAT = b"%d (%s) %s 1 1 1 0 -1 %d 1 2 3 4 5 6 7 8 20 0 %d 0 100 0 0\n"


class Tree:
    """A made /proc below `root`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "proc/self").mkdir(parents=True)
        self.link("proc/self/mounts", None, b"proc /proc proc rw,nosuid,relatime 0 0\n")
        self.process(1, exe="/usr/lib/systemd/systemd")

    def link(self, path: str, target: str | None, content: bytes = b"") -> None:
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        if target is None:
            place.write_bytes(content)
        else:
            place.symlink_to(target)

    def process(
        self,
        pid: int,
        *,
        fds: dict[int, str] | None = None,
        fdinfo: dict[int, bytes] | None = None,
        exe: str | None = "/usr/bin/thing",
        netns: str = f"net:[{HOME}]",
        cgroup: bytes = b"0::/system.slice/thing.service\n",
        flags: int = 0,
        state: bytes = b"S",
        threads: int = 1,
    ) -> None:
        base = f"proc/{pid}"
        (self.root / base / "fd").mkdir(parents=True)
        for number, target in (fds or {}).items():
            self.link(f"{base}/fd/{number}", target)
        for number, content in (fdinfo or {}).items():
            self.link(f"{base}/fdinfo/{number}", None, content)
        if exe is not None:
            self.link(f"{base}/exe", exe)
        self.link(f"{base}/ns/net", netns)
        self.link(f"{base}/ns/mnt", "mnt:[4026531832]")
        self.link(f"{base}/comm", None, b"thing\n")
        self.link(f"{base}/cgroup", None, cgroup)
        self.link(f"{base}/stat", None, STAT % (pid, b"thing", state, flags, threads))

    def run(self) -> list[Sighting]:
        return list(processes.run(view(str(self.root))))


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


def view(root: str = "/", inode: int = HOME) -> View:
    return View(host=Host(root), scope=Scope(name=None, inode=inode, door="/proc/self/ns/net"))


# The walk, over a made tree


def test_row_of_a_tunnel_owner(tree: Tree) -> None:
    tree.process(
        40,
        exe="/usr/sbin/openvpn",
        fds={0: "/dev/null", 3: "socket:[111]", 4: "/dev/net/tun", 5: "socket:[222]", 6: "anon_inode:[eventpoll]"},
        fdinfo={4: b"pos:\t0\niff:\ttun0\n", 0: b"iff:\tnot-read\n"},
        cgroup=b"0::/system.slice/openvpn@hq.service\n",
    )
    (row,) = tree.run()
    assert isinstance(row, Process)
    assert sorted(row.sockets) == [111, 222]
    assert row._replace(sockets=()) == Process(
        pid=40,
        comm="thing",
        exe="/usr/sbin/openvpn",
        netns=HOME,
        mntns=4026531832,
        tun_devices=("tun0",),
        unit="openvpn@hq.service",
        ppid=1,
    )


@pytest.mark.parametrize(
    ("exe", "comm", "unit"),
    [
        ("/usr/bin/thing", None, None),
        ("/usr/sbin/charon-systemd", "thing", "thing.service"),
        (None, "thing", "thing.service"),
    ],
)
def test_names_are_read_of_possible_owners_only(
    tree: Tree, exe: str | None, comm: str | None, unit: str | None
) -> None:
    tree.process(40, exe=exe, fds={3: "socket:[1]"})
    (row,) = tree.run()
    assert isinstance(row, Process)
    assert (row.exe, row.comm, row.unit) == (exe, comm, unit)


def test_queues_of_one_device_are_one_and_several_devices_all_show(tree: Tree) -> None:
    fds = dict.fromkeys(range(3, 7), "/dev/net/tun")
    names = {3: b"iff:\ttun7\n", 4: b"iff:\ttun7\n", 5: b"iff:\ttap1\n", 6: b"iff:\t\n"}
    tree.process(40, fds=fds, fdinfo=names)
    (row,) = tree.run()
    assert isinstance(row, Process)
    assert sorted(row.tun_devices) == ["tap1", "tun7"]


@pytest.mark.parametrize("node", ["/dev/net/tun (deleted)", "/dev/tun", "/jail/dev/net/tun", "/tmp/mytun"])
def test_tun_node_elsewhere_is_found(tree: Tree, node: str) -> None:
    tree.process(40, fds={3: node}, fdinfo={3: b"iff:\ttun0\n"})
    (row,) = tree.run()
    assert isinstance(row, Process)
    assert row.tun_devices == ("tun0",)


def test_a_pppd_shows_its_terminals_and_what_carries_it_shows_whose_master_it_holds(tree: Tree) -> None:
    tree.process(40, exe="/usr/sbin/pppd", fds={3: "/dev/ppp", 4: "/dev/pts/5", 5: "/dev/ppp", 6: "/dev/pts/ptmx"})
    tree.process(41, exe="/usr/sbin/pptp", fds={0: "/dev/ptmx", 1: "/dev/ptmx", 2: "/dev/pts/1", 3: "socket:[1]"})
    for number in (0, 1):
        tree.link(f"proc/41/fdinfo/{number}", None, b"pos:\t0\ntty-index:\t5\n")
    tree.link("proc/40/fdinfo/6", None, b"pos:\t0\ntty-index:\t9\n")
    daemon, carrier = tree.run()
    assert isinstance(daemon, Process)
    assert isinstance(carrier, Process)
    assert (daemon.holds_ppp, daemon.terminals, daemon.masters, daemon.comm) == (True, (5,), (9,), "thing")
    assert (carrier.holds_ppp, carrier.terminals, carrier.masters) == (False, (), (5,))


def test_of_broadband_in_user_space_it_is_told_whether_the_host_has_that_very_program(tree: Tree) -> None:
    tree.process(41, exe="/usr/sbin/pppoe", fds={0: "/dev/ptmx", 3: "socket:[1]"})
    tree.link("proc/41/fdinfo/0", None, b"tty-index:\t5\n")
    (row,) = tree.run()
    assert isinstance(row, Process)
    assert (row.masters, row.exe_here) == ((5,), False)


def test_macvtap_is_no_tunnel_device(tree: Tree) -> None:
    tree.process(40, fds={3: "/dev/tap12"}, fdinfo={3: b"pos:\t0\nflags:\t02\n"})
    assert tree.run() == []


def test_removed_executable_and_hostile_names(tree: Tree) -> None:
    tree.process(40, fds={3: "socket:[1]"}, exe="/opt/\x1b[2Jx\udcff (deleted)")
    (row,) = tree.run()
    assert isinstance(row, Process)
    assert (row.exe, row.exe_deleted) == ("/opt/\x1b[2Jx\\xff", True)


def test_who_holds_nothing_at_home_gives_no_row(tree: Tree) -> None:
    tree.process(40, fds={0: "/dev/null", 1: "pipe:[5]"})
    tree.process(2, exe=None, flags=0x00208040)
    assert tree.run() == []


def test_a_tunnel_daemon_that_waits_to_connect_again_gives_a_row(tree: Tree) -> None:
    tree.process(40, fds={0: "/dev/null"}, exe="/usr/sbin/openvpn")
    tree.process(41, fds={0: "/dev/null"}, exe="/usr/bin/ssh")
    tree.process(42, fds={0: "/dev/null"}, exe="/usr/sbin/openconnect")
    (row,) = tree.run()
    assert isinstance(row, Process)
    assert (row.pid, row.exe, row.sockets) == (40, "/usr/sbin/openvpn", ())


def test_process_in_another_namespace_gives_a_row_without_descriptors(tree: Tree) -> None:
    tree.process(40, netns="net:[4026539999]")
    (row,) = tree.run()
    assert isinstance(row, Process)
    assert (row.pid, row.netns, row.unit) == (40, 4026539999, None)


def test_namespace_held_open_gives_a_row(tree: Tree) -> None:
    tree.process(40, fds={9: "net:[4026539999]", 10: "mnt:[5]"})
    (row,) = tree.run()
    assert isinstance(row, Process)
    assert row.held_netns == ((4026539999, 9),)


def test_first_thread_ended_but_another_holds_a_device(tree: Tree) -> None:
    tree.process(40, state=b"Z", threads=2, exe=None)
    tree.process(41, fds={3: "/dev/net/tun"}, fdinfo={3: b"iff:\ttun0\n"}, exe="/usr/bin/vpn")
    (tree.root / "proc/40/task/40").mkdir(parents=True)
    (tree.root / "proc/41").rename(tree.root / "proc/40/task/41")
    (row,) = tree.run()
    assert isinstance(row, Process)
    assert (row.pid, row.exe, row.tun_devices) == (40, "/usr/bin/vpn", ("tun0",))


def test_vanished_process_is_no_gap(tree: Tree) -> None:
    (tree.root / "proc/40").mkdir()
    assert tree.run() == []


def test_links_of_unknown_form_are_one_gap(tree: Tree) -> None:
    for pid in (40, 41):
        tree.process(pid, fds={3: "socket:[zz]"}, netns="net:[zz]")
    spots = tree.run()
    assert all(isinstance(spot, BlindSpot) for spot in spots)
    found = {(s.source, s.reason, s.detail) for s in spots if isinstance(s, BlindSpot)}
    assert found == {
        ("/proc/*/fd", Reason.UNPARSED, "descriptor link of unknown form: 2 of 3 processes"),
        ("/proc/*/ns/net", Reason.UNPARSED, "namespace link of unknown form: 2 of 3 processes"),
    }


def test_missing_process_1_is_a_gap(tree: Tree) -> None:
    (tree.root / "proc/1").rename(tree.root / "proc/gone")
    (spot,) = tree.run()
    assert isinstance(spot, BlindSpot)
    assert (spot.source, spot.reason, spot.needs) == ("/proc", Reason.PERMISSION, "CAP_SYS_PTRACE")
    assert {"openvpn", "tun", "tap"} <= set(spot.hides)


# What package a program is of


LISTS = "var/lib/dpkg/info"


def holder(tree: Tree, exe: str) -> None:
    tree.process(40, exe=exe, fds={3: "/dev/net/tun"}, fdinfo={3: b"iff:\ttun0\n"})


@pytest.mark.parametrize(
    ("exe", "package"),
    [("/opt/ts/tsd", "tailscale"), ("/opt/n2n/edge", None), ("/usr/sbin/openvpn", None), ("/usr/bin/python3", None)],
)
def test_package_of_a_program_that_its_place_does_not_tell(tree: Tree, exe: str, package: str | None) -> None:
    tree.link(f"{LISTS}/tailscale:amd64.list", None, b"/.\n/opt/ts\n/opt/ts/tsd\n/usr/sbin/openvpn\n")
    tree.link(f"{LISTS}/python3.list", None, b"/usr/bin/python3\n")
    holder(tree, exe)
    (row,) = tree.run()
    assert isinstance(row, Process)
    assert row.packaged_by == package


def test_package_unit_and_name_of_a_program_with_a_generic_name_and_no_device(tree: Tree) -> None:
    tree.link(f"{LISTS}/n2n.list", None, b"/opt/n2n/supernode\n")
    tree.process(40, exe="/opt/n2n/supernode", fds={3: "socket:[1]"})
    (row,) = tree.run()
    assert isinstance(row, Process)
    assert (row.packaged_by, row.unit, row.comm) == ("n2n", "thing.service", "thing")


def test_lists_that_cannot_be_read_are_a_gap(tree: Tree) -> None:
    (tree.root / LISTS / "tailscale.list").mkdir(parents=True)  # no regular file
    holder(tree, "/opt/ts/tsd")
    row, spot = tree.run()
    assert isinstance(row, Process)
    assert row.packaged_by is None
    assert isinstance(spot, BlindSpot)
    assert spot.source == "/var/lib/dpkg/info"


def test_no_list_is_opened_for_programs_that_are_nobodys(tree: Tree) -> None:
    (tree.root / LISTS / "tailscale.list").mkdir(parents=True)
    tree.process(40, exe="/usr/bin/thing", fds={3: "socket:[1]"})
    (row,) = tree.run()
    assert isinstance(row, Process)
