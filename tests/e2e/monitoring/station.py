"""A machine with `auditor` installed and the monitoring systems of Debian, each in its own place and as its own user.

It has its own /etc, /var, /run and network, so that every shipped file goes where operators put it, every daemon has
its usual port, and nothing is left behind.
"""

import json
import os
import shutil
import stat
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, TypeVar

from tests.child import set_namespace
from tests.lab.lab import PROJECT
from tests.lab.node import Argument, Daemon, Node

T = TypeVar("T")
SHIPPED = PROJECT / "deploy/monitoring"
DIRECTORY = "/var/lib/auditor/report"
_LAUNCHER = f"""#!{sys.executable} -B
import sys

sys.path.insert(0, "{PROJECT}")
from auditor.entry import main

sys.exit(main())
"""


class Station:
    """The machine. `scans` are report directories by name, readable by the group `auditor` alone."""

    def __init__(self, work: Path, scans: dict[str, Path]) -> None:
        """Start it; raises LabError."""
        self.node = Node("station", work)
        self._commands = work / "commands"
        self._commands.mkdir(mode=0o755)
        launcher = self._commands / "auditor"
        launcher.write_text(_LAUNCHER)
        launcher.chmod(0o755)
        layers = f"lowerdir={self._commands}:/usr/bin"
        self.node.run("mount", "-t", "overlay", "-o", layers, "overlay", "/usr/bin")
        self.node.run("groupadd", "--system", "auditor")
        group = int(self.node.run("getent", "group", "auditor").stdout.split(":")[2])
        self.node.run("mkdir", "-p", "/var/lib/auditor")
        self.scans: dict[str, Path] = {}
        for name, directory in scans.items():
            self.scans[name] = work / "readable" / name
            shutil.copytree(directory, self.scans[name])
            _for_group(self.scans[name], group)
        (work / "readable").chmod(0o755)

    def close(self) -> None:
        """End everything that runs on it."""
        self.node.close()

    def install(self, shipped: str, place: str, change: Callable[[str], str] = lambda text: text) -> None:
        """Put a file of deploy/monitoring where operators put it; `change` only for what a test must differ in."""
        source = SHIPPED / shipped
        self.node.write(place, change(source.read_text(encoding="utf-8")), stat.S_IMODE(source.stat().st_mode) | 0o444)

    def let_read(self, user: str) -> None:
        """Do what the documentation says: put a monitoring system's user into the group."""
        self.node.run("usermod", "--append", "--groups", "auditor", user)

    def show(self, name: str) -> None:
        """Let the scan `name` be the one in the default report directory."""
        self.node.run("ln", "-sfn", self.scans[name], DIRECTORY)

    def own(self, user: str, *directories: str) -> None:
        """Make directories that belong to `user`."""
        for directory in directories:
            self.node.run("install", "-d", "-o", user, "-m", "755", directory)

    def spawn(self, user: str, *argv: Argument) -> Daemon:
        """Start a daemon as its ordinary user."""
        return self.node.spawn(*as_user(user), *argv)

    def inside(self, work: Callable[[], T]) -> T:
        """Return what `work` returns in the machine's network."""

        def enter_and_work() -> T:
            set_namespace(f"/proc/{self.node.pid}/ns/net")
            return work()

        with ThreadPoolExecutor(max_workers=1) as pool:
            return pool.submit(enter_and_work).result()

    def ask(self, port: int, path: str) -> tuple[int, bytes]:
        """Return status and body of the answer of an HTTP server on loopback; 0 while there is none."""

        def exchange() -> tuple[int, bytes]:
            connection = HTTPConnection("127.0.0.1", port, timeout=30)
            try:
                connection.request("GET", path)
                answer = connection.getresponse()
                return answer.status, answer.read()
            except ConnectionError:
                return 0, b""
            finally:
                connection.close()

        return self.inside(exchange)


def as_user(user: str) -> tuple[str, ...]:
    """Return what runs a command as `user` with the groups that it has now."""
    return ("setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", "--inh-caps=-all", "--bounding-set=-all")


def eventually(look: Callable[[], T | None], daemon: Daemon, *, limit_s: float = 40.0, every_s: float = 0.2) -> T:
    """Return what `look` finds as soon as it finds something; fails with the daemon's own words after `limit_s`."""
    end = time.monotonic() + limit_s
    while True:
        daemon.require_running()
        if found := look():
            return found
        assert time.monotonic() < end, f"not within {limit_s:.0f} s; {daemon.argv} said:\n{daemon.output()[-3000:]}"
        time.sleep(every_s)


def json_of(answer: tuple[int, bytes]) -> Any:
    """Return the JSON of an answer, None while there is none."""
    return json.loads(answer[1]) if answer[0] == 200 else None


def _for_group(directory: Path, group: int) -> None:
    """Give a report directory the group and modes that it has on a gateway."""
    for path in [directory, *directory.rglob("*")]:
        os.chown(path, 0, group)
        path.chmod(0o750 if path.is_dir() else 0o640)
