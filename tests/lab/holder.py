"""Process 1 of a lab node: makes the node's private file system, starts its daemons, reaps them.

Run as `unshare --net --pid --mount --uts --ipc --fork --kill-child python3 -IS holder.py SPEC`, where
SPEC is JSON: `hostname`, and `keep`, directories that stay visible below the private ones. Speaks
JSON lines on stdin and stdout. When stdin ends, it exits, and the kernel ends every process of the node.
"""

import ctypes
import json
import os
import select
import signal
import sys
from pathlib import Path

_MS_RDONLY, _MS_REMOUNT, _MS_BIND, _MS_REC = 1, 32, 4096, 16384
_MNT_DETACH = 2
_HIDDEN = {"/tmp": 0o1777, "/root": 0o711, "/run": 0o755}
_OVERLAID = ("/etc", "/var")

_libc = ctypes.CDLL(None, use_errno=True)
_exits: dict[int, int] = {}


def _mount(source: str, target: str, kind: str = "", flags: int = 0, data: str = "") -> None:
    """Call mount(2); raises OSError."""
    if _libc.mount(source.encode(), target.encode(), kind.encode(), flags, data.encode()) != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"mount {kind or source} on {target}: {os.strerror(error)}")


def _private_files(keep: list[str]) -> None:
    """Give the node its own /etc, /var, /run, /tmp, /root, and make everything else read-only."""
    _forget_namespaces()
    kept = {path: os.open(path, os.O_PATH | os.O_DIRECTORY) for path in keep}
    _mount("proc", "/proc", "proc")
    _mount("sysfs", "/sys", "sysfs")
    _mount("tmpfs", "/tmp", "tmpfs")
    for place in _OVERLAID:
        upper, work = Path("/tmp" + place, "upper"), Path("/tmp" + place, "work")
        for directory in (upper, work):
            directory.mkdir(parents=True)
        _mount("overlay", place, "overlay", 0, f"lowerdir={place},upperdir={upper},workdir={work}")
    for place, mode in _HIDDEN.items():
        _mount("tmpfs", place, "tmpfs", 0, f"mode={mode:o}")
    for path, fd in kept.items():
        Path(path).mkdir(parents=True, exist_ok=True)
        _mount(f"/proc/self/fd/{fd}", path, "", _MS_BIND | _MS_REC)
        os.close(fd)
    _mount("/", "/", "", _MS_REMOUNT | _MS_BIND | _MS_RDONLY)
    for place in ("/run/lock", "/run/sshd"):
        Path(place).mkdir(mode=0o755)


def _forget_namespaces() -> None:
    """Unmount the machine's own named namespaces (`ip netns`), which every mount namespace has a copy of."""
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        fields, _, kind = line.partition(" - ")
        if kind.startswith("nsfs "):
            place = fields.split(" ")[4].encode("latin-1").decode("unicode_escape")
            _libc.umount2(place.encode("latin-1"), _MNT_DETACH)


def _reap(*_: object) -> None:
    """Take the exit status of every child that has ended; orphans of the node come here too."""
    try:
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            _exits[ended[0]] = os.waitstatus_to_exitcode(ended[1])
    except ChildProcessError:
        pass


def _spawn(request: dict[str, object]) -> int:
    """Start one daemon with its output in a log file; return its PID inside the node."""
    log = os.open(str(request["log"]), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    argv = [os.fsencode(str(part)) for part in request["argv"]]  # type: ignore[attr-defined]
    pid = os.fork()
    if pid:
        os.close(log)
        return pid
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        os.dup2(os.open("/dev/null", os.O_RDONLY), 0)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.chdir(str(request["cwd"]))
        os.execvpe(argv[0], argv, request["env"])  # type: ignore[arg-type]
    except OSError as error:
        os.write(2, f"{argv[0]!r}: {error}\n".encode())
    finally:
        os._exit(127)


def _answer(request: dict[str, object]) -> dict[str, object]:
    """Do one request: spawn a daemon, or say how one ended (status None: still running)."""
    if request["do"] == "spawn":
        return {"pid": _spawn(request)}
    return {"status": _exits.get(int(str(request["pid"])))}


def _serve() -> None:
    """Answer requests until stdin ends."""
    pending = b""
    while True:
        select.select([0], [], [])
        data = os.read(0, 65536)
        if not data:
            return
        pending += data
        while b"\n" in pending:
            line, pending = pending.split(b"\n", 1)
            os.write(1, json.dumps(_answer(json.loads(line))).encode() + b"\n")


def main() -> None:
    """Set the node up, say which PID it has on the machine, serve until stdin ends."""
    spec = json.loads(sys.argv[1])
    # NOTE: /proc is still the machine's own here, so this is the PID by which others enter the node.
    outside_pid = int(Path("/proc/self").readlink().name)
    signal.signal(signal.SIGCHLD, _reap)
    name = spec["hostname"].encode()
    if _libc.sethostname(name, len(name)) != 0:
        raise OSError(ctypes.get_errno(), "sethostname")
    _private_files(spec["keep"])
    os.umask(0o022)
    os.chdir("/")
    os.write(1, json.dumps({"pid": outside_pid}).encode() + b"\n")
    _serve()


if __name__ == "__main__":
    main()
