"""OpenVPN's configuration files where its services look for them (openvpn(8)), whether they run or not.

Cannot see: files elsewhere; what a server would push; arguments that a unit or script adds.
"""

from collections.abc import Iterable, Iterator

from auditor.conffiles.hostfiles import DEPTH_LIMIT, HostFiles
from auditor.conffiles.probe import conf_probe
from auditor.daemons.openvpn import Directive, Settings, parse_lines
from auditor.errors import ParseError
from auditor.model.rows import Configured

_PLACES = (
    ("/etc/openvpn", "openvpn"),
    ("/etc/openvpn/client", "openvpn-client"),
    ("/etc/openvpn/server", "openvpn-server"),
)
_SUFFIXES = (".conf", ".ovpn")
_DEFAULTS = "/etc/default/openvpn"  # of Debian: which files in /etc/openvpn the service openvpn starts


def parse(files: HostFiles, path: str, *, autostart: bool | None, included: set[str]) -> Configured | None:
    """Return what `path` configures, None if it is no whole configuration; adds the files in it to `included`."""
    settings = Settings()
    for directive in _directives(files, path, 0, included):
        settings.add(directive)
    row = settings.configured(path.rpartition("/")[2].rpartition(".")[0], path, autostart=autostart)
    for problem in dict.fromkeys(settings.problems):
        files.gap(path, ParseError(problem))
    device = settings.values.get("dev")
    if device == ("null",):  # a self-test: it carries nothing
        return None
    return row if row.remotes or row.role == "server" or device else None


def _directives(files: HostFiles, path: str, depth: int, included: set[str]) -> Iterator[Directive]:
    """Yield the kept directives of `path`, with those of every file that it names in its place."""
    last = 0

    def lines() -> Iterator[bytes]:
        nonlocal last
        for last, line in files.lines(path, depth):  # noqa: B007
            yield line.encode()

    try:
        yield from _expanded(files, path, depth, included, parse_lines(lines()))
    except ParseError as error:
        files.problem(path, last, error.detail)


def _expanded(
    files: HostFiles, path: str, depth: int, included: set[str], directives: Iterable[Directive]
) -> Iterator[Directive]:
    """Yield `directives` of `path` with `config` replaced by what that file says; services start where the file is."""
    folder = path.rpartition("/")[0]
    for directive in directives:
        value = next(iter(directive.values), "")
        if directive.name == "cd" and value.startswith("/"):
            folder = value
        if directive.name != "config":
            yield directive
        elif depth < DEPTH_LIMIT:
            inner = value if value.startswith("/") else f"{folder}/{value}"
            included.add(inner)
            yield from _directives(files, inner, depth + 1, included)
        else:
            files.gap(path, ParseError("configuration files include each other too deeply"))


def _chosen(files: HostFiles) -> frozenset[str]:
    """Return the words of AUTOSTART: names, "all" (also where nothing is said) or "none"."""
    words = frozenset({"all"})
    for _, line in files.lines(_DEFAULTS):
        key, _, value = line.strip().partition("=")
        if key == "AUTOSTART":
            words = frozenset(value.strip("\"'").split())
    return words


def rows(files: HostFiles) -> Iterator[Configured]:
    """Yield one row for each configuration file that no other one includes."""
    paths = [(path, unit) for place, unit in _PLACES for path in files.found(place, *_SUFFIXES)]
    enabled = files.enabled_units() if paths else frozenset()
    chosen = _chosen(files) if "openvpn.service" in enabled else frozenset()
    included: set[str] = set()
    found = []
    for path, unit in paths:
        name = path.rpartition("/")[2].rpartition(".")[0]
        by_service = unit == "openvpn" and path.endswith(".conf") and bool(chosen & {"all", name})
        autostart = by_service or f"{unit}@{name}.service" in enabled
        found.append(parse(files, path, autostart=autostart, included=included))
    yield from (row for row in found if row and row.source not in included)


PROBE = conf_probe(
    name="openvpn_conf",
    summary="OpenVPN tunnels that configuration files describe, whether they are up or not",
    reads=tuple(f"{place}/*{suffix}" for place, _ in _PLACES for suffix in _SUFFIXES),
    covers=("openvpn",),
    rows=rows,
)
