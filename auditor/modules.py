"""Which modules the running kernel has in it, told without loading any: an audit changes nothing."""

from typing import NamedTuple

from auditor.errors import SourceAbsent, SourceError
from auditor.host import Host

_TREES = ("/lib/modules", "/usr/lib/modules")
_SYMBOLS_LIMIT_BYTES = 256 << 20
# A function of each module, by which a kernel shows that it has it where no list of built-in modules is there.
_FUNCTIONS = {
    "nf_tables": b"nft_do_chain",
    "ip_tables": b"ipt_do_table",
    "ip6_tables": b"ip6t_do_table",
    "tcp_diag": b"tcp_diag_dump",
    "udp_diag": b"udp_diag_dump",
}


class Presence(NamedTuple):
    """The modules that can be used without loading anything, and why others may be there too (None: they are not)."""

    there: frozenset[str]
    doubt: SourceError | None = None


def present(host: Host, names: frozenset[str]) -> Presence:
    """Return which of `names` the kernel has in it.

    Modules can be absent from the kernel (then everything is built in), loaded, built in, or barred from
    being loaded (then asking loads none).
    """
    try:
        loaded = {line.split(b" ", 1)[0].decode("ascii", "replace") for line in host.lines("/proc/modules")}
    except SourceAbsent:
        return Presence(names)
    except SourceError as error:
        return Presence(frozenset(), error)
    missing = names - loaded
    if not missing or _first_line(host, "/proc/sys/kernel/modules_disabled") == b"1":
        return Presence(names)
    try:
        return Presence(names - missing | _built_in(host, missing))
    except SourceError as error:
        return Presence(names - missing, error)


def _built_in(host: Host, names: frozenset[str]) -> frozenset[str]:
    """Return those of `names`, none of which is loaded, that are part of the running kernel; raises SourceError."""
    release = _first_line(host, "/proc/sys/kernel/osrelease").decode("ascii", "replace")
    failure: SourceError = SourceAbsent("the kernel's list of built-in modules is not there")
    for tree in _TREES:
        try:
            listed = {line.rstrip().rpartition(b"/")[2] for line in host.lines(f"{tree}/{release}/modules.builtin")}
        except SourceError as error:
            failure = failure if isinstance(error, SourceAbsent) else error
            continue
        return frozenset(name for name in names if f"{name}.ko".encode() in listed)
    if not isinstance(failure, SourceAbsent) or not names <= _FUNCTIONS.keys():
        raise failure
    return _with_functions(host, names, failure)


def _with_functions(host: Host, names: frozenset[str], failure: SourceError) -> frozenset[str]:
    """Return those of `names` whose functions the kernel lists (CONFIG_KALLSYMS); raises `failure` if it lists none."""
    wanted = {_FUNCTIONS[name]: name for name in names}
    found: set[str] = set()
    empty = True
    try:
        for line in host.lines("/proc/kallsyms", limit_bytes=_SYMBOLS_LIMIT_BYTES):
            empty = False
            if name := wanted.get(line.rstrip().rpartition(b" ")[2]):
                found.add(name)
    except SourceError:
        empty = True
    if empty:
        raise failure
    return frozenset(found)


def _first_line(host: Host, path: str) -> bytes:
    """Return what a one-line file says, nothing if it cannot be read."""
    try:
        return host.read(path, limit_bytes=4096).strip()
    except SourceError:
        return b""
