"""Where objects lead, as the picture tells it: worked out once for all objects that are alike in it.

Ten thousand objects are few different ones apart from their names. So each is read once into a plain key, and what
the picture tells of it is made from that key alone: nothing that is not in the key can be told of the wrong object.
"""

from dataclasses import dataclass
from operator import itemgetter
from typing import Any, NamedTuple

from reports.labels import places

Entry = dict[str, Any]
Way = tuple[str | None, str]
Kind = tuple[str, bool, bool]

_NEIGHBOURS = ("HK", "MO", "TW")
_PUBLIC = "public_network_access"
_OF_OBJECT = itemgetter("verdict", "waived", "state", "technology", "kind", "namespace")
_OF_END = itemgetter("location", "confidence", "operator")
_OF_MATCH = itemgetter("circuit", "strength")
_NO_MATCH = (None, None)


class _End(NamedTuple):
    """A far end: where it is, how sure that is, whose it is, and the register's answer for it, None without one."""

    location: str | None
    confidence: str
    operator: str | None
    circuit: str | None
    strength: str | None


class _Read(NamedTuple):
    """All that the picture takes from an object but its names and what carries it."""

    verdict: str
    waived: str
    state: str
    technology: str | None
    kind: str
    namespace: str | None
    ends: tuple[tuple[str | None, ...], ...]
    devices: tuple[str | None, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Ends:
    """The far ends of an object that lead to one group: their places among all of its far ends.

    `places` tells where they are and whether that is sure, `circuits` those that surely fit, `strengths` how well
    the register explains them.
    """

    at: tuple[int, ...]
    places: frozenset[tuple[str | None, bool]]
    operators: frozenset[str | None]
    circuits: frozenset[str]
    strengths: frozenset[str]


@dataclass(frozen=True, slots=True, eq=False)
class Leads:
    """Where an object leads: its far ends by group, the places they are at, and the devices by which it gets there.

    `kind` is verdict, accepted by a waiver, down. One that no far end is known of leads to an unknown place.
    """

    kind: Kind
    state: str
    technology: str | None
    is_public: bool
    ends: dict[str, Ends]
    places: frozenset[tuple[str, str | None]]
    ways: frozenset[Way]


def leads(entries: list[Entry]) -> dict[str, Leads]:
    """Return where each object leads by its id; those that are alike in it have the same one."""
    found: dict[str, Leads] = {}
    known: dict[tuple[Any, ...], Leads] = {}
    for entry in entries:
        read = _read(entry)
        if read not in known:
            known[read] = _leads(_Read._make(read))
        found[entry["id"]] = known[read]
    return found


def is_sure(end: Entry) -> bool:
    """Return whether the place of a far end is known with the confidence that guidance 5.1 asks for."""
    return _is_sure(end["location"], end["confidence"])


def _read(entry: Entry) -> tuple[Any, ...]:
    """Return the fields of `_Read`."""
    ends, paths, match = entry["places"]["remotes"], entry["paths"], entry["match"]
    is_of_path = len(paths) == len(ends)
    told = []
    for index, end in enumerate(ends):
        answer = (paths[index]["match"] if is_of_path else None) or match
        told.append(_OF_END(end) + (_OF_MATCH(answer) if answer else _NO_MATCH))
    devices = [way["interface"] for at in (*paths, *entry["remotes"]) if (way := at["underlay"])]
    if not devices:
        devices.append((entry["underlay"] or {}).get("interface"))
    return (*_OF_OBJECT(entry), tuple(told), tuple(devices))


def _leads(read: _Read) -> Leads:
    """Return where an object leads that reads so."""
    found: dict[str, list[int]] = {"public": []} if read.kind == _PUBLIC else {}
    ends = [] if read.kind == _PUBLIC else [_End._make(end) for end in read.ends]
    for index, end in enumerate(ends):
        found.setdefault(_group_of(end), []).append(index)
    groups = found or {"unknown": []}
    return Leads(
        kind=(read.verdict, read.waived == "all", read.state == "down"),
        state=read.state,
        technology=read.technology,
        is_public=read.kind == _PUBLIC,
        ends={name: _ends(ends, at) for name, at in groups.items()},
        places=frozenset((name, ends[index].location) for name, at in groups.items() for index in at),
        ways=frozenset((read.namespace, device) for device in read.devices if device),
    )


def _ends(ends: list[_End], at: list[int]) -> Ends:
    """Return those of `ends` that are `at` these places."""
    mine = [ends[index] for index in at]
    return Ends(
        at=tuple(at),
        places=frozenset((end.location, _is_sure(end.location, end.confidence)) for end in mine),
        operators=frozenset(end.operator for end in mine),
        circuits=frozenset(end.circuit for end in mine if end.strength == "strong" and end.circuit is not None),
        strengths=frozenset(end.strength for end in mine if end.strength is not None),
    )


def _group_of(end: _End) -> str:
    """Return the group of one far end; a place that is not sure counts as unknown."""
    if not _is_sure(end.location, end.confidence):
        return "unknown"
    if end.location == "CN":
        return "mainland"
    return "hk_mo_tw" if end.location in _NEIGHBOURS else "abroad"


def _is_sure(location: str | None, confidence: str) -> bool:
    """Return whether a place is known with the confidence that guidance 5.1 asks for."""
    return location in places() and confidence == "high"
