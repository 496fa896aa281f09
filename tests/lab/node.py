"""One host of the lab: a process with its own network, processes, files and host name."""

import contextlib
import json
import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

_HOLDER = Path(__file__).with_name("holder.py")
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_ENVIRONMENT = {"PATH": _PATH, "LANG": "C.UTF-8", "HOME": "/root"}
Argument = str | bytes | Path


class LabError(Exception):
    """The lab could not be built or does not work; the text says what was tried and what came back."""


def wait_until(what: str, condition: Callable[[], object], *, limit_s: float = 20.0) -> None:
    """Return when `condition()` is true; raises LabError naming `what` after `limit_s` seconds."""
    end = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() > end:
            raise LabError(f"not within {limit_s:.0f} s: {what}")
        time.sleep(0.02)


def needed_directories(*more: Path) -> list[str]:
    """Return the directories that this Python and the project need, so that a node keeps them in sight."""
    project = Path(__file__).resolve().parents[2]
    wanted = {project, Path(sys.prefix), Path(sys.base_prefix), *more}
    system = (Path("/usr"), Path("/"))
    return sorted(str(path) for path in wanted if path not in system and not path.is_relative_to("/usr"))


@dataclass(frozen=True, slots=True)
class Daemon:
    """A program running in a node; `pid` is what the node sees."""

    node: "Node"
    pid: int
    argv: tuple[Argument, ...]
    log: Path

    def status(self) -> int | None:
        """Return its exit status (negative: the signal that ended it), None while it runs."""
        answer = self.node.ask({"do": "status", "pid": self.pid})["status"]
        return None if answer is None else int(str(answer))

    def output(self) -> str:
        """Return what it has written so far."""
        return self.log.read_text(errors="replace")

    def require_running(self) -> None:
        """Return when it runs; raises LabError with the end of its output when it has ended."""
        status = self.status()
        if status is not None:
            raise LabError(f"{self.node.name}: {self.argv[0]!r} ended with {status}:\n{self.output()[-3000:]}")

    def stop(self, signal: str = "TERM", limit_s: float = 10.0) -> None:
        """End it by its PID and return when it is gone."""
        self.node.run("kill", f"-{signal}", str(self.pid))
        wait_until(f"end of {self.argv[0]!r}", lambda: self.status() is not None, limit_s=limit_s)


class Node:
    """A host of the lab. Everything in it ends with `close()`, or when this process ends in any way."""

    def __init__(self, name: str, work: Path, *, hostname: str | None = None) -> None:
        """Start the node; `work` is a directory of the machine for its logs. Raises LabError."""
        self.name = name
        self.work = work / name
        self.work.mkdir(mode=0o711)
        self._count = 0
        spec = {"hostname": hostname or name, "keep": needed_directories(work)}
        unshare = ["unshare", "--net", "--pid", "--mount", "--uts", "--ipc", "--fork", "--kill-child"]
        python = shutil.which("python3", path=_PATH) or sys.executable
        with (self.work / "holder.log").open("wb") as log:
            self._holder = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", *unshare, python, "-IS", str(_HOLDER), json.dumps(spec)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
                env=_ENVIRONMENT,
            )
        try:
            self.pid = int(str(self._reply()["pid"]))
            self.ip("link set lo up")
        except BaseException:
            self.close()
            raise

    @property
    def root(self) -> Path:
        """Return the node's file system as seen from the machine."""
        return Path(f"/proc/{self.pid}/root")

    def ask(self, request: dict[str, object]) -> dict[str, object]:
        """Send one request to the node's process 1 and return its answer."""
        assert self._holder.stdin is not None
        self._holder.stdin.write(json.dumps(request).encode() + b"\n")
        self._holder.stdin.flush()
        return self._reply()

    def _reply(self) -> dict[str, object]:
        assert self._holder.stdout is not None
        ready, _, _ = select.select([self._holder.stdout], [], [], 20)
        line = self._holder.stdout.readline() if ready else b""
        if not line:
            raise LabError(f"node {self.name} did not start: {(self.work / 'holder.log').read_text()[-2000:]}")
        answer: dict[str, object] = json.loads(line)
        return answer

    def enter(self, *argv: Argument, netns: str | None = None, cwd: str = "/") -> list[Argument]:
        """Return the command that runs `argv` in this node, by the machine's `nsenter`."""
        inside = ["ip", "netns", "exec", netns] if netns else []
        return ["nsenter", "--all", "--root", "--target", str(self.pid), "--", "env", "-C", cwd, *inside, *argv]

    def run(
        self,
        *argv: Argument,
        netns: str | None = None,
        text: str | None = None,
        check: bool = True,
        limit_s: float = 60.0,
        environment: dict[str, str] | None = None,
        cwd: str = "/",
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in the node to its end with `text` on its stdin; raises LabError unless it returns 0."""
        done = subprocess.run(
            self.enter(*argv, netns=netns, cwd=cwd),
            input=text or "",
            capture_output=True,
            text=True,
            errors="surrogateescape",
            timeout=limit_s,
            env=_ENVIRONMENT | (environment or {}),
            check=False,
        )
        if check and done.returncode != 0:
            said = (done.stdout + done.stderr).strip()[-2000:]
            raise LabError(f"{self.name}: {[str(part) for part in argv]} returned {done.returncode}: {said}")
        return done

    @staticmethod
    def machine(*argv: Argument | int) -> None:
        """Run a command of the machine itself; raises LabError unless it returns 0."""
        done = subprocess.run(
            [str(part) for part in argv], capture_output=True, text=True, env=_ENVIRONMENT, check=False
        )
        if done.returncode != 0:
            raise LabError(f"{argv} returned {done.returncode}: {done.stderr.strip()}")

    def ip(self, *lines: str, netns: str | None = None) -> None:
        """Run lines of `ip -batch` in the node, in order; raises LabError when one fails."""
        self.run("ip", "-batch", "-", netns=netns, text="\n".join(lines) + "\n")

    def spawn(
        self,
        *argv: Argument,
        netns: str | None = None,
        cwd: str = "/",
        environment: dict[str, str] | None = None,
    ) -> Daemon:
        """Start a program that stays; it becomes a child of the node's process 1."""
        self._count += 1
        log = self.work / f"{self._count:02}-{Path(os.fsdecode(argv[0])).name}.log"
        inside = ["ip", "netns", "exec", netns] if netns else []
        request: dict[str, object] = {
            "do": "spawn",
            "argv": [*inside, *(os.fsdecode(part) for part in argv)],
            "cwd": cwd,
            "env": _ENVIRONMENT | (environment or {}),
            "log": str(log),
        }
        return Daemon(self, int(str(self.ask(request)["pid"])), argv, log)

    def write(self, path: str, content: str | bytes, mode: int = 0o600) -> None:
        """Write a file inside the node, with its directories."""
        target = Path(f"{self.root}{path}")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)
        target.chmod(mode)

    def close(self) -> None:
        """End every process of the node; may be called again."""
        with contextlib.suppress(OSError):
            if self._holder.stdin is not None:
                self._holder.stdin.close()
        try:
            # NOTE: process 1 leaves only after the kernel has ended every other process of the node.
            self._holder.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._holder.kill()
            self._holder.wait()
        if self._holder.stdout is not None:
            self._holder.stdout.close()


def all_running(daemons: Sequence[Daemon]) -> None:
    """Return when every daemon runs; raises LabError for the first that does not."""
    for daemon in daemons:
        daemon.require_running()
