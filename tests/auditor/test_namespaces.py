"""Network namespaces: which are found, what they are called, and entering them."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor import namespaces
from auditor.errors import ParseError, SourceAbsent, SourceDenied, SourceError
from auditor.host import Host
from auditor.model.rows import Process
from auditor.model.sightings import Reason, Scope
from auditor.probe import Targets, View
from auditor.worker import Job, run_jobs
from probes import links, processes
from tests.child import CLONE_NEWNET, CLONE_NEWNS, become_nobody, in_child, keep_capabilities, mount, set_namespace
from tests.child import unshare as unshare_here
from tests.netns import namespace
from tests.requires import requires_root

MOUNTINFO = (
    b"24 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
    b"620 27 0:4 net:[4026532500] /run/netns/blue rw shared:318 - nsfs nsfs rw\n"
    b"621 27 0:4 net:[4026532500] /run/netns/blue rw shared:318 - nsfs nsfs rw\n"
    b"622 27 0:4 net:[4026532600] /run/docker/netns/3fa9c1d2e4b5 rw shared:319 - nsfs nsfs rw\n"
    b"623 27 0:4 mnt:[4026532700] /run/snapd/ns/x.mnt rw - nsfs nsfs rw\n"
    b"624 27 0:4 net:[4026532800] /srv/a\\040b/\\134x rw - nsfs nsfs rw\n"
)


def made(root: Path, *, own: bytes = b"", others: dict[int, bytes] | None = None) -> Host:
    """Return a host whose mount tables are given."""
    for pid, content in {"self": own, 1: b"", **(others or {})}.items():
        (root / f"proc/{pid}").mkdir(parents=True, exist_ok=True)
        (root / f"proc/{pid}/mountinfo").write_bytes(content)
    return Host(str(root))


def labels(found: tuple[Scope, ...]) -> list[tuple[str, int, str]]:
    """Return label, inode and door of every scope but the first."""
    return [(scope.label, scope.inode, scope.door) for scope in found[1:]]


# Parser


def test_mounts_of_network_namespaces() -> None:
    assert namespaces.parse_mounts(MOUNTINFO) == [
        (4026532500, "/run/netns/blue"),
        (4026532500, "/run/netns/blue"),
        (4026532600, "/run/docker/netns/3fa9c1d2e4b5"),
        (4026532800, "/srv/a b/\\x"),
    ]


@pytest.mark.parametrize("root", [b"net:[]", b"net:[x]", b"net:[12", b"net:[-3]"])
def test_mount_of_unknown_form_is_refused(root: bytes) -> None:
    with pytest.raises(ParseError):
        namespaces.parse_mounts(b"620 27 0:4 " + root + b" /run/netns/blue rw - nsfs nsfs rw\n")


@given(st.binary(max_size=300))
def test_mounts_meet_any_bytes(raw: bytes) -> None:
    with suppress(ParseError):
        namespaces.parse_mounts(raw)
    with suppress(ParseError):
        namespaces.parse_mounts(b"1 2 0:4 net:[7] " + raw)


# What is found, from made tables


def test_names_and_doors(tmp_path: Path) -> None:
    rows = (
        Process(pid=700, comm="nginx", exe="/usr/sbin/nginx", netns=4026532600, mntns=5),
        Process(pid=800, comm="x", exe="/usr/bin/pause", netns=4026532901),
        Process(pid=720, comm="x", exe="/usr/bin/pause", netns=4026532902),
        Process(pid=730, comm="child of it", exe="/usr/bin/sleep", netns=4026532902),
        Process(pid=900, comm="agent", exe=None, held_netns=((4026532902, 4), (4026532903, 5))),
    )
    found, gaps = namespaces.discover(made(tmp_path, own=MOUNTINFO), rows)
    assert found[0] == namespaces.own()
    assert labels(found) == [
        ("/srv/a_b/_x", 4026532800, "/srv/a b/\\x"),
        ("blue", 4026532500, "/run/netns/blue"),
        ("process:agent", 4026532903, "/proc/900/fd/5"),
        ("process:nginx", 4026532600, "/run/docker/netns/3fa9c1d2e4b5"),
        ("process:pause", 4026532902, "/proc/720/ns/net"),
        ("process:pause#2", 4026532901, "/proc/800/ns/net"),
    ]
    assert gaps == ()


def test_container_namespace_without_a_process_keeps_its_file_name(tmp_path: Path) -> None:
    found, _ = namespaces.discover(made(tmp_path, own=MOUNTINFO), ())
    assert ("docker/3fa9c1d2e4b5", 4026532600) in {(label, inode) for label, inode, _ in labels(found)}


@pytest.mark.parametrize("name", ["cni-1f6d8a52-0001-4a1c-9d2b-000000000000", "netns-1f6d8a52-0001-4a1c-9d2b-0000"])
def test_made_up_names_give_way_to_the_program(tmp_path: Path, name: str) -> None:
    line = f"620 27 0:4 net:[4026532500] /run/netns/{name} rw - nsfs nsfs rw\n".encode()
    row = Process(pid=40, comm="c", exe="/pause", netns=4026532500)
    found, _ = namespaces.discover(made(tmp_path, own=line), (row,))
    assert labels(found) == [("process:pause", 4026532500, f"/run/netns/{name}")]


def test_mount_in_another_mount_namespace_is_found_once(tmp_path: Path) -> None:
    rows = tuple(Process(pid=pid, comm="d", exe="/usr/bin/dockerd", mntns=77) for pid in (50, 51))
    host = made(tmp_path, others={50: MOUNTINFO.splitlines(keepends=True)[1], 51: b"never read: same mount namespace"})
    found, gaps = namespaces.discover(host, rows)
    assert labels(found) == [("blue", 4026532500, "/proc/50/root/run/netns/blue")]
    assert gaps == ()


def test_own_namespace_is_never_doubled(tmp_path: Path) -> None:
    here = namespaces.own()
    line = f"620 27 0:4 net:[{here.inode}] /run/docker/netns/default rw - nsfs nsfs rw\n".encode()
    row = Process(pid=1, comm="init", exe="/sbin/init", netns=here.inode)
    found, _ = namespaces.discover(made(tmp_path, own=line), (row,))
    assert found == (here,)


def test_hostile_names_are_made_harmless_and_stay_apart(tmp_path: Path) -> None:
    lines = [
        "1 2 0:4 net:[101] /run/netns/\x1b[2J rw - nsfs nsfs rw",
        "1 2 0:4 net:[102] /run/netns/\x1b[3J rw - nsfs nsfs rw",
        "1 2 0:4 net:[103] /run/netns/host rw - nsfs nsfs rw",
        "1 2 0:4 net:[104] /run/netns/上海 rw - nsfs nsfs rw",
        "1 2 0:4 net:[105] /run/netns/\u202egpj rw - nsfs nsfs rw",
        f"1 2 0:4 net:[106] /run/netns/{'x' * 200} rw - nsfs nsfs rw",
    ]
    row = Process(pid=40, comm="\xff\n", exe="/tmp/<script>", netns=107)
    found, _ = namespaces.discover(made(tmp_path, own="\n".join(lines).encode()), (row,))
    shown = {inode: label for label, inode, _ in labels(found)}
    assert shown == {
        101: "__2J",
        102: "__3J",
        103: "host#2",
        104: "上海",
        105: "_gpj",
        106: "x" * 128,
        107: "process:_script_",
    }


def test_unreadable_mounts_are_a_gap(tmp_path: Path) -> None:
    host = made(tmp_path, others={60: b"1 2 0:4 net:[zz] /x rw - nsfs nsfs rw\n"})
    (tmp_path / "proc/self/mountinfo").unlink()
    _, gaps = namespaces.discover(host, (Process(pid=60, comm="x", mntns=9),))
    assert [(gap.source, gap.reason) for gap in gaps] == [
        ("/proc/self/mountinfo", Reason.ABSENT),
        ("/proc/*/mountinfo", Reason.UNPARSED),
    ]
    assert all({"wireguard", "tun", "ipsec"} <= set(gap.hides) for gap in gaps)


# The real machine


@contextmanager
def sleeper(*prefix: str) -> Iterator[int]:
    """Run a program below `prefix` (unshare ...) until the end of the block; yield its PID once it runs."""
    argv = [*prefix, sys.executable, "-c", "import sys; print(flush=True); sys.stdin.read()"]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as program:
        try:
            assert program.stdout is not None
            program.stdout.readline()
            yield program.pid
        finally:
            program.kill()


def look() -> tuple[Scope, ...]:
    """Return what is discovered now."""
    view = View(host=Host(), scope=namespaces.own())
    rows = tuple(row for row in processes.run(view) if isinstance(row, Process))
    return namespaces.discover(view.host, rows)[0]


def inode_of(path: str) -> int:
    return os.stat(path).st_ino


@requires_root
def test_real_named_namespace_is_found_and_entered() -> None:
    with namespace() as name:
        (scope,) = [scope for scope in look() if scope.name == name]
        assert scope.inode == inode_of(f"/run/netns/{name}")
        home = namespaces.own()

        def there_and_back() -> list[int]:
            visited = []
            for target in (scope, scope, home):
                namespaces.enter(target)
                visited.append(namespaces.own().inode)
            return visited

        assert in_child(there_and_back) == [scope.inode, scope.inode, home.inode]


@requires_root
def test_real_anonymous_namespace_is_found_and_entered() -> None:
    with sleeper("unshare", "--net") as pid:
        inode = inode_of(f"/proc/{pid}/ns/net")
        (scope,) = [scope for scope in look() if scope.inode == inode]
        program = os.path.basename(os.path.realpath(sys.executable))
        assert (scope.name or "").partition("#")[0] == f"process:{program}"

        def interfaces() -> list[str]:
            namespaces.enter(scope)
            return Path("/proc/thread-self/net/dev").read_text().split("\n")[2:]

        assert [line.partition(":")[0].strip() for line in in_child(interfaces) if line] == ["lo"]


@requires_root
def test_real_namespace_kept_only_by_a_descriptor_or_a_mount_elsewhere_is_found(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.touch()

    def work() -> tuple[list[tuple[int, str]], set[int]]:
        unshare_here(CLONE_NEWNS)
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        wanted = set()
        for bound in (False, True):
            unshare_here(CLONE_NEWNET)
            inode = inode_of("/proc/thread-self/ns/net")
            wanted.add(inode)
            if bound:
                mount("/proc/thread-self/ns/net", str(kept), flags=4096)  # MS_BIND
            else:
                os.open("/proc/thread-self/ns/net", os.O_RDONLY)
            set_namespace(f"/proc/self/fd/{home}")
        found = [scope for scope in look() if scope.inode in wanted]
        for scope in found:
            namespaces.enter(scope)
        return [(scope.inode, scope.label) for scope in found], wanted

    found, wanted = in_child(work)
    assert {inode for inode, _ in found} == wanted
    assert str(kept) in {label for _, label in found}


@requires_root
def test_stale_file_of_ip_netns_is_no_namespace() -> None:
    stale = Path(f"/run/netns/auditor-stale-{os.getpid()}")
    stale.parent.mkdir(exist_ok=True)
    stale.touch()
    try:
        assert stale.name not in {scope.name for scope in look()}
    finally:
        stale.unlink()


@requires_root
def test_door_to_another_namespace_is_refused() -> None:
    with namespace() as name, sleeper("unshare", "--net") as pid:
        wrong = Scope(name="x", inode=inode_of(f"/run/netns/{name}"), door=f"/proc/{pid}/ns/net")
        with pytest.raises(SourceAbsent, match="gone"):
            in_child(lambda: namespaces.enter(wrong))


@requires_root
def test_door_that_is_no_network_namespace_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(SourceError):
        in_child(lambda: namespaces.enter(Scope(name="x", inode=inode_of(str(file)), door=str(file))))


@requires_root
def test_entering_needs_privilege_but_staying_does_not() -> None:
    with namespace() as name:
        door = f"/run/netns/{name}"
        there = Scope(name=name, inode=inode_of(door), door=door)

        def without() -> None:
            keep_capabilities(())
            namespaces.enter(there)

        with pytest.raises(SourceDenied, match="not permitted"):
            in_child(without)

        def stay() -> int:
            home = namespaces.own()
            become_nobody()
            namespaces.enter(home)
            return home.inode

        assert in_child(stay) == namespaces.own().inode


def test_vanished_door() -> None:
    with pytest.raises(SourceAbsent):
        namespaces.enter(Scope(name="x", inode=1, door="/proc/0/ns/net"))


# Containers


def grouped(root: Path, groups: dict[int, str], own: bytes = b"") -> Host:
    """Return a host on which processes are in given control groups."""
    host = made(root, own=own)
    for pid, path in groups.items():
        (root / f"proc/{pid}").mkdir(parents=True, exist_ok=True)
        (root / f"proc/{pid}/cgroup").write_text(f"0::{path}\n")
    return host


def test_namespaces_are_called_by_their_container(tmp_path: Path) -> None:
    ids = "3fa9c1d2e4b5" + "0a" * 26
    rows = (
        Process(pid=60, comm="conmon", exe="/usr/bin/conmon", netns=301),
        Process(pid=61, comm="x", exe="/x", netns=301),
        Process(pid=70, comm="x", exe="/sbin/init", netns=302),
        Process(pid=80, comm="x", exe="/sbin/init", netns=303),
        Process(pid=90, comm="x", exe="/usr/bin/sleep", netns=304),
        Process(pid=95, comm="x", exe="/usr/bin/sleep", netns=4026532500),
    )
    groups = {
        60: "/system.slice",
        61: f"/system.slice/docker-{ids}.scope",
        70: "/lxc.payload.gw2",
        80: "/lxc.payload.gw2/nested",
        90: "/machine.slice/machine-\\x1b[2J\\x3cb\\x3e.scope",
        95: "/lxc.payload.other",
    }
    found, gaps = namespaces.discover(grouped(tmp_path, groups, MOUNTINFO), rows)
    assert gaps == ()
    shown = {inode: label for label, inode, _ in labels(found)}
    assert shown[301] == "docker:3fa9c1d2e4b5"
    assert (shown[302], shown[303]) == ("lxc:gw2", "lxc:gw2#2")
    assert shown[304] == "nspawn:__2J_b_"
    assert shown[4026532500] == "blue"  # `ip netns` gave it a name of its own


@pytest.mark.parametrize("door", ["/proc/4000000/ns/net", "/proc/4000000/fd/5", "/run/netns/not-there"])
def test_a_namespace_that_cannot_be_entered_is_a_gap_by_every_door(door: str) -> None:
    scope = Scope(name="lxc:gw2", inode=1, door=door)
    (run,) = run_jobs([Job(probe=links.PROBE, scope=scope, targets=Targets())], time_limit_s=10)
    (spot,) = run.blind_spots
    assert (spot.scope, spot.source, spot.reason) == ("lxc:gw2", "namespace lxc:gw2", Reason.ABSENT)
