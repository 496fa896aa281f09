"""Which interfaces to listen to, and what their frames begin with."""

from auditor.errors import SourceAbsent, SourceError
from auditor.host import Host
from auditor.packets.live import link_type

_TABLES = (("/proc/net/route", 8, 0, 1, 7), ("/proc/net/ipv6_route", 10, 9, 0, 1))
"""Table, least number of columns, and the columns of device, destination and mask or length (proc(5))."""


def uplinks(host: Host) -> list[str]:
    """Return the devices that the main tables' default routes leave by, sorted; none if no table can be read."""
    found: set[str] = set()
    for path, least, device, destination, length in _TABLES:
        try:
            lines = host.read(path).decode("utf-8", "surrogateescape").splitlines()
        except SourceError:
            continue
        rows = (row for row in map(str.split, lines) if len(row) >= least)
        found |= {row[device] for row in rows if not row[destination].strip("0") and not row[length].strip("0")}
    return sorted(found - {"lo"})


def links(host: Host, names: list[str]) -> dict[str, int]:
    """Return the link type of each of `names`; raises SourceError for one that is not there or not known."""
    return {name: _link(host, name) for name in names}


def _link(host: Host, name: str) -> int:
    """Return the link type of device `name`."""
    if "/" in name or name in ("", ".", ".."):
        raise SourceAbsent(f"{name!r} is no interface")
    try:
        number = host.read(f"/sys/class/net/{name}/type").decode("ascii", "replace").strip()
    except SourceError as error:
        raise SourceAbsent(f"interface {name!r}: {error.detail}") from None
    found = link_type(number)
    if found is None:
        raise SourceError(f"interface {name!r} is of type {number}, whose frames are not known")
    return found
