"""ssh(1) and dbclient(1): forwards in their arguments and configuration files; arguments are parsed and dropped.

A row comes out only for an invocation that forwards ports. Not seen: what was added over a control socket or
by an escape character, unless it listens here; the arguments of a master in the background, which overwrites them.
"""

import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from auditor.daemons.files import ProcessFiles
from auditor.daemons.home import home
from auditor.daemons.ssh_config import Options, Reader
from auditor.errors import SourceAbsent, SourceError
from auditor.formats import hosts
from auditor.model.rows import DaemonInstance, NamedEnd, Process

_VALUES = {  # letters that take a value: getopt strings of OpenSSH 9.2 (ssh.c) and Dropbear 2022.83 (cli-runopts.c)
    "ssh": "BbcDEeFIiJLlmOopQRSWw",
    "dbclient": "BbcIiJKLlmopRW",
}
_FORWARDS = {"D": "dynamicforward", "L": "localforward", "R": "remoteforward"}
_SYSTEM = "/etc/ssh/ssh_config"
_DEFAULT_PORT = 22
_FILES_LIMIT = 64


class Invocation:
    """What the arguments of one client say: `options`, the destination's host, and which files count."""

    def __init__(self, program: str, arguments: list[str]) -> None:
        """Take `arguments` (without the program's name), as the program itself goes through them."""
        self.program = program
        self.options = Options()
        self.host: str | None = None
        self.file: str | None = None
        self._take(list(arguments))

    def _take(self, left: list[str]) -> None:
        """Take options up to the destination, and those between it and a command."""
        while left:
            argument = left.pop(0)
            if argument == "--":
                self.host = self.host or (self._destination(left.pop(0)) if left else None)
                return
            if argument.startswith("-") and len(argument) > 1:
                self._cluster(argument[1:], left)
            elif self.host is not None:
                return  # NOTE: the command begins; what follows is the far host's
            else:
                self.host = self._destination(argument)

    def _cluster(self, letters: str, left: list[str]) -> None:
        """Take one argument of letters; the last may take the next argument as its value."""
        for position, letter in enumerate(letters):
            if letter in _VALUES[self.program]:
                value = letters[position + 1 :] or (left.pop(0) if left else "")
                self._option(letter, value)
                return

    def _option(self, letter: str, value: str) -> None:
        """Take an option with its value."""
        if letter in _FORWARDS:
            self.options.take(_FORWARDS[letter], value)
        elif letter == "p":
            self.options.take("port", value)
        elif letter == "F":
            self.file = value
        elif letter == "J":
            self.options.take("proxyjump" if self.program == "ssh" else "proxycommand", value)
        elif letter == "o":
            name, *rest = re.split(r"\s*=\s*|\s+", value.strip(), maxsplit=1)
            self.options.take(name, "".join(rest).strip('"'))
        elif letter in "WO" or (letter == "B" and self.program == "dbclient"):
            self.options.cleared = True  # its own input and output are all it carries, or it commands another

    def _destination(self, text: str) -> str | None:
        """Return the host of "[USER@]HOST" or "ssh://[USER@]HOST[:PORT]"; the user is dropped."""
        if text.startswith("ssh://"):
            host, port = hosts.split(text[6:].rpartition("@")[2].rstrip("/"))
            if port:
                self.options.take("port", str(port))
            return host
        host = text.rpartition("@")[2]
        if self.program == "dbclient":
            host = host.rpartition(",")[2]
            if "/" in host:
                self.options.take("port", host.rpartition("/")[2])
                host = host.rpartition("/")[0]
        return host or None


def read(process: Process, files: ProcessFiles) -> Iterator[DaemonInstance]:
    """Yield what the client `process` forwards; nothing for a server or an ordinary session. Raises SourceError."""
    program = (process.exe or "").rpartition("/")[2]
    if program not in _VALUES:
        return
    invocation = Invocation(program, files.arguments())
    options = invocation.options
    if invocation.host is None or options.cleared:
        return
    if program == "ssh":
        _take_files(invocation, files)
    if not options.forwards or options.cleared:
        return
    kind, bind, port = min(options.forwards, key=lambda forward: forward[0] == "remoteforward")
    listens = kind != "remoteforward"
    host = hosts.host((options.host_name or invocation.host).replace("%h", invocation.host))
    yield DaemonInstance(
        pid=process.pid,
        technology="ssh",
        role="client",
        local=hosts.address(bind or "") if listens else None,
        local_port=port if listens else None,
        remotes=(NamedEnd(host, options.port or _DEFAULT_PORT, "tcp"),) if host else (),
        device=None,
        clients=None,
        source="command line and ssh_config" if program == "ssh" else "command line",
        transport=None if options.jumps else "tcp",
    )


def _take_files(invocation: Invocation, files: ProcessFiles) -> None:
    """Take what the configuration files say, in the order in which ssh reads them; gaps go into `files`."""
    if invocation.file is not None:
        paths = [] if invocation.file == "none" else [invocation.file]
    else:
        paths = []
        try:
            paths.append(f"{home(files)}/.ssh/config")
        except SourceError as error:
            files.gap("configuration of the user who runs ssh", error)
        paths.append(_SYSTEM)
    for path in paths:
        base = path.rpartition("/")[0]
        reader = Reader(
            invocation.host or "",
            invocation.options,
            lambda pattern, base=base: _included(files, pattern, base),  # type: ignore[misc]
            files.gap,
        )
        try:
            reader.read(path, files.lines(path))
        except SourceAbsent:
            continue
        except SourceError as error:
            files.gap(path, error)


def _included(files: ProcessFiles, pattern: str, base: str) -> Iterator[tuple[str, Iterable[bytes]]]:
    """Yield path and lines of each file that an Include names; wildcards count in the last part of the path."""
    if pattern.startswith("~/"):
        pattern = f"{home(files)}/{pattern[2:]}"
    elif not pattern.startswith("/"):
        pattern = f"{base}/{pattern}"
    directory, _, name = pattern.rpartition("/")
    try:
        names = [one for one in files.names(directory or "/") if fnmatchcase(one, name)]
    except SourceAbsent:
        return
    for one in names[:_FILES_LIMIT]:
        yield f"{directory}/{one}", files.lines(f"{directory}/{one}")
