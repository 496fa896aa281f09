"""The processes probe over the real /proc: holders of devices, ended threads, every mix of capabilities."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from auditor import procfiles
from auditor.host import Host, own_network_namespace
from auditor.model.rows import Process
from auditor.model.sightings import BlindSpot, Reason, Scope, Sighting
from auditor.probe import View
from probes import processes
from tests.child import CLONE_NEWNS, become_nobody, in_child, keep_capabilities, mount, unshare
from tests.requires import requires_root


def real_view() -> View:
    inode, door = own_network_namespace()
    return View(host=Host(), scope=Scope(name=None, inode=inode, door=door))


HOLDER = """
import fcntl, os, socket, struct, sys
fd = os.open("/dev/net/tun", os.O_RDWR)
fcntl.ioctl(fd, 0x400454CA, struct.pack("16sH22x", sys.argv[1].encode(), 0x1001))
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
print(os.fstat(udp.fileno()).st_ino, flush=True)
PASSWORD = sys.argv[2]
{then}
sys.stdin.read()
"""
SECRET = "hunter2-in-the-arguments"


@contextmanager
def holder(name: str, then: str = "") -> Iterator[tuple[int, int]]:
    """Run a program that holds TUN device `name` and a UDP socket in a network namespace of its own."""
    argv = ["unshare", "--net", sys.executable, "-c", HOLDER.replace("{then}", then), name, SECRET]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={"TOKEN": SECRET}) as program:
        try:
            assert program.stdout is not None
            yield program.pid, int(program.stdout.readline())
        finally:
            program.kill()


def row_of(rows: list[Sighting], pid: int) -> Process:
    """Return the row of `pid`."""
    (row,) = [row for row in rows if isinstance(row, Process) and row.pid == pid]
    return row


@requires_root
def test_real_owner_is_found_and_nothing_of_its_arguments_kept() -> None:
    with holder("eth5") as (pid, inode):
        rows = list(processes.run(real_view()))
        row = row_of(rows, pid)
        assert row.tun_devices == ("eth5",)
        assert row.sockets.count(inode) == 1
        assert row.exe == os.path.realpath(sys.executable)
        assert row.netns == Path(f"/proc/{pid}/ns/net").stat().st_ino != real_view().scope.inode
        assert row.mntns == Path("/proc/self/ns/mnt").stat().st_ino
        assert SECRET not in repr(rows)


@requires_root
def test_real_owner_whose_first_thread_has_ended_is_found() -> None:
    then = """
import ctypes, threading, time
threading.Thread(target=sys.stdin.read).start()
ctypes.CDLL(None).pthread_exit(None)
"""
    with holder("tun3", then) as (pid, _):
        stat = Path(f"/proc/{pid}/stat")
        deadline = time.monotonic() + 5
        while b") Z" not in stat.read_bytes() and time.monotonic() < deadline:
            time.sleep(0.01)
        assert b") Z" in stat.read_bytes()
        row = row_of(list(processes.run(real_view())), pid)
        assert (row.tun_devices, row.exe) == (("tun3",), os.path.realpath(sys.executable))


def limits(names: tuple[str, ...], *, nobody: bool) -> Callable[[], list[Sighting]]:
    """Return a function that gives up all capabilities but `names` and then runs the probe."""

    def run() -> list[Sighting]:
        (become_nobody if nobody else keep_capabilities)(names)
        return list(processes.run(real_view()))

    return run


@requires_root
@pytest.mark.parametrize(
    ("nobody", "names", "seen"),
    [
        (False, ("CAP_SYS_PTRACE", "CAP_DAC_READ_SEARCH"), True),
        (False, ("CAP_SYS_PTRACE",), True),  # the holder is root's
        (False, ("CAP_DAC_READ_SEARCH", "CAP_DAC_OVERRIDE"), False),
        (True, ("CAP_SYS_PTRACE", "CAP_DAC_READ_SEARCH"), True),
        (True, ("CAP_SYS_PTRACE",), False),
        (True, ("CAP_DAC_READ_SEARCH",), False),
        (True, (), False),
    ],
)
def test_want_of_privilege_is_one_gap_a_source(nobody: bool, names: tuple[str, ...], seen: bool) -> None:
    with holder("tun4") as (pid, _):
        rows = in_child(limits(names, nobody=nobody))
    found = [row for row in rows if isinstance(row, Process) and row.pid == pid]
    assert [row.tun_devices for row in found if row.tun_devices] == ([("tun4",)] if seen else [])
    gaps = {row.source: row for row in rows if isinstance(row, BlindSpot)}
    assert len(gaps) == sum(isinstance(row, BlindSpot) for row in rows)
    if not seen:
        spot = gaps["/proc/*/fd"]
        assert (spot.reason, spot.needs) == (Reason.PERMISSION, "CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH")
        assert spot.detail.startswith("Permission denied: ")
        assert spot.detail.endswith(" processes")
    assert ("/proc/*/ns/net" in gaps) >= ("CAP_SYS_PTRACE" not in names)


@requires_root
def test_real_hidepid_is_a_gap() -> None:
    def run() -> list[Sighting]:
        unshare(CLONE_NEWNS)
        mount("proc", "/proc", "proc", options="hidepid=2")
        become_nobody()
        return list(processes.run(real_view()))

    spots = [row for row in in_child(run) if isinstance(row, BlindSpot)]
    assert [spot.source for spot in spots if spot.source == "/proc"] == ["/proc"]


@requires_root
def test_real_kernel_threads_and_ended_children_are_no_gap() -> None:
    with subprocess.Popen(["true"]) as ended:
        time.sleep(0.1)  # not waited for: a zombie
        assert procfiles.parse_stat(Path(f"/proc/{ended.pid}/stat").read_bytes()).state == "Z"
        rows = in_child(limits((), nobody=True))
    total = next(int(row.detail.split()[-2]) for row in rows if isinstance(row, BlindSpot))
    programs = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            stat = procfiles.parse_stat(path.read_bytes())
        except OSError:
            continue
        programs += not stat.kernel_thread and stat.state != "Z"
    assert abs(total - programs) <= max(10, programs // 3)  # others come and go on a shared machine
    assert total < len(list(Path("/proc").glob("[0-9]*")))


def row_of_started(argv: list[str]) -> Process:
    """Return the row of the Python program that `argv` starts, once it has written a line."""
    environment = {**os.environ, "PYTHONHOME": sys.base_prefix}
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as program:
        try:
            assert program.stdout is not None
            assert program.stdout.readline()
            return row_of(list(processes.run(real_view())), program.pid)
        finally:
            program.kill()


@requires_root
def test_a_containers_own_file_at_a_path_of_the_host_is_told_from_the_hosts() -> None:
    """The link of the executable says the same path for both: it names the file as its own mount namespace does."""
    swap = f'mount -t tmpfs none /usr/libexec && cp "{os.path.realpath(sys.executable)}" /usr/libexec/qemu-kvm'
    start = f'{swap} && exec /usr/libexec/qemu-kvm -c "$0" "$@"'
    argv = ["unshare", "--net", "--mount", "sh", "-c", start, HOLDER.replace("{then}", ""), "vnet0", SECRET]
    row = row_of_started(argv)
    assert (row.exe, row.exe_here) == ("/usr/libexec/qemu-kvm", False)


@requires_root
def test_a_server_that_would_clear_itself_is_told_from_the_hosts_own() -> None:
    """nginx behind a redirect is a web server only if it is the file that this host has at that path."""
    swap = f'mount -t tmpfs none /usr/sbin && cp "{os.path.realpath(sys.executable)}" /usr/sbin/nginx'
    listen = "import socket, sys; one = socket.create_server(('', 0)); print(flush=True); sys.stdin.read()"
    argv = ["unshare", "--net", "--mount", "sh", "-c", f'{swap} && exec /usr/sbin/nginx -c "$0"', listen]
    row = row_of_started(argv)
    assert (row.exe, row.exe_here) == ("/usr/sbin/nginx", False)
