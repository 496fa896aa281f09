"""What the picture of a report shows: connections by where they lead, bundled where there are many.

It is made from the document alone and holds no coordinate; reports/drawing.py places it. Every tunnel, hand-off
and public access of the document is in it once for each group that it leads to.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from auditor.model.judgement import Verdict
from reports.labels import places

SINGLE_AT_MOST = 16  # of all groups, with a row for each connection
ROWS_AT_MOST = 8  # of one group, where there are more
OUTSIDE = ("abroad", "hk_mo_tw")
GROUPS = (*OUTSIDE, "unknown", "mainland", "public")
_NEIGHBOURS = ("HK", "MO", "TW")
_VERDICTS = [verdict.value for verdict in Verdict]

Entry = dict[str, Any]
Way = tuple[str | None, str]
Kind = tuple[str, bool, bool]


class Line(NamedTuple):
    """One connection as it leads to one group: what carries it first, then what is carried inside; its far ends."""

    members: list[Entry]
    ends: list[Entry]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the picture: one connection with what it carries, or several that are alike.

    All of `members` are of one `kind`: verdict, accepted by a waiver, down. `ends` has one far end of each place
    and operator, `ends_count` is of all; `technologies` has one member of each. `members` begins with the object
    that comes first in the document, a single connection's with the outermost layer.
    """

    members: tuple[Entry, ...]
    is_bundle: bool
    ends: tuple[Entry, ...]
    ends_count: int
    ways: tuple[Way, ...]
    technologies: tuple[Entry, ...]
    circuits: frozenset[str | None]
    states: frozenset[str]

    @property
    def kind(self) -> Kind:
        """Return verdict, accepted by a waiver, down."""
        return _kind(self.members[0])


@dataclass(frozen=True, slots=True)
class Group:
    """The connections that lead to one kind of place.

    `crosses` says whether they cross the border of the mainland, None: not known. `count` is of objects.
    """

    name: str
    crosses: bool | None
    rows: tuple[Row, ...]

    @property
    def count(self) -> int:
        """Return the number of objects in the group."""
        return sum(len(row.members) for row in self.rows)

    @property
    def verdicts(self) -> dict[str, int]:
        """Return the number of objects by verdict, worst first, only those that there are."""
        return _by_verdict(member for row in self.rows for member in row.members)


@dataclass(frozen=True, slots=True)
class Uplink:
    """A device by which connections leave; `count` is of objects, `provider` the slug that the configuration states."""

    way: Way
    provider: str | None
    count: int


@dataclass(frozen=True, slots=True)
class Picture:
    """The whole picture. `crossing` and `unsure` count objects: `crossing` by verdict, worst first."""

    document: Entry
    home: str
    groups: tuple[Group, ...]
    crossing: dict[str, int]
    crossing_waived: int
    unsure: int
    in_several: int
    uplinks: tuple[Uplink, ...]
    unread: int
    unread_accepted: int


def picture(document: Entry) -> Picture:
    """Return the picture of `document`; `home` is mainland, outside or unknown."""
    entries = [*document["tunnels"], *document["objects"]]
    location = document["site"]["location"]
    home = "unknown" if location not in places() else "mainland" if location == "CN" else "outside"
    ends = {entry["id"]: _ends(entry) for entry in entries}
    groups = tuple(_groups(home, _layered(entries, ends), ends))
    crossing = _members(group for group in groups if group.crosses)
    counts = document["counts"]
    return Picture(
        document=document,
        home=home,
        groups=groups,
        crossing=_by_verdict(crossing),
        crossing_waived=sum(entry["waived"] == "all" for entry in crossing),
        unsure=len(_members(group for group in groups if group.crosses is None)),
        in_several=sum(len(found) > 1 for found in ends.values()),
        uplinks=tuple(_uplinks(document, entries)),
        unread=counts["blind_spots_open"],
        unread_accepted=counts["blind_spots"] - counts["blind_spots_open"],
    )


def is_sure(end: Entry) -> bool:
    """Return whether the place of a far end is known with the confidence that guidance 5.1 asks for."""
    return end["location"] in places() and end["confidence"] == "high"


def _ends(entry: Entry) -> dict[str, list[Entry]]:
    """Return the far ends of an object by group; one without any leads to an unknown place."""
    if entry["kind"] == "public_network_access":
        return {"public": []}
    found: dict[str, list[Entry]] = {}
    for end in entry["places"]["remotes"]:
        found.setdefault(_group_of(end), []).append(end)
    return found or {"unknown": []}


def _group_of(end: Entry) -> str:
    """Return the group of one far end; a place that is not sure counts as unknown."""
    if not is_sure(end):
        return "unknown"
    if end["location"] == "CN":
        return "mainland"
    return "hk_mo_tw" if end["location"] in _NEIGHBOURS else "abroad"


def _crosses(home: str, group: str) -> bool | None:
    """Return whether a connection to `group` crosses the border of the mainland, None: not known (guidance 5.1)."""
    if group == "public":
        return False
    if home == "unknown" or group == "unknown":
        return None
    return (home == "mainland") != (group == "mainland")


def _layered(entries: list[Entry], ends: dict[str, dict[str, list[Entry]]]) -> list[list[Entry]]:
    """Return the objects, each with those that it carries if these lead to the same groups and are of one kind.

    Others stay apart: one line could not show both.
    """
    by_id = {entry["id"]: entry for entry in entries}
    carried: dict[str, list[Entry]] = {}
    for entry in entries:
        carried.setdefault(_root(entry, by_id, ends)["id"], []).append(entry)
    return [sorted(found, key=lambda entry: entry["id"] != root) for root, found in carried.items()]


def _root(entry: Entry, by_id: dict[str, Entry], ends: dict[str, dict[str, list[Entry]]]) -> Entry:
    """Return the outermost object that can be drawn as one with `entry`; a circle of layers ends where it began."""
    if entry["outer"] is None:
        return entry
    seen = {entry["id"]}
    while (outer := by_id.get(entry["outer"])) and outer["id"] not in seen:
        if _kind(outer) != _kind(entry) or ends[outer["id"]].keys() != ends[entry["id"]].keys():
            break
        seen.add(outer["id"])
        entry = outer
    return entry


def _groups(home: str, layered: list[list[Entry]], ends: dict[str, dict[str, list[Entry]]]) -> Iterator[Group]:
    """Yield the groups that have a connection: those that cross the border first, then those that may."""
    lines: dict[str, list[Line]] = {}
    for members in layered:
        for name, found in ends[members[0]["id"]].items():
            lines.setdefault(name, []).append(Line(members, found))
    is_short = sum(map(len, lines.values())) <= SINGLE_AT_MOST
    rank = {True: 0, None: 1, False: 2}
    for name in sorted(lines, key=lambda name: (name == "public", rank[_crosses(home, name)], GROUPS.index(name))):
        yield Group(name, _crosses(home, name), tuple(_rows(lines[name], SINGLE_AT_MOST if is_short else ROWS_AT_MOST)))


def _rows(lines: list[Line], at_most: int) -> list[Row]:
    """Return `at_most` rows with all of `lines`, worst first; more only if there are more kinds.

    Alike lines become one row step by step until the rows are few enough, beginning with the best verdict:
    detail stays where a person has to act. At the last step there is one row for each kind.
    """
    kinds: dict[Kind, list[Line]] = {}
    for line in lines:
        kinds.setdefault(_kind(line.members[0]), []).append(line)
    order = sorted(kinds, key=lambda kind: (_VERDICTS.index(kind[0]), *kind[1:]))
    rows = {kind: [[line] for line in kinds[kind]] for kind in order}
    for kind in reversed(order):
        for alike in (_of_one_operator, _of_one_place, _of_one_kind):
            if sum(map(len, rows.values())) <= at_most:
                break
            rows[kind] = _bundled(kinds[kind], alike)
    return [_row(found) for kind in order for found in rows[kind]]


def _bundled(lines: list[Line], alike: Callable[[Line], object]) -> list[list[Line]]:
    """Return all lines that `alike` has the same answer for together, the most first."""
    found: dict[object, list[Line]] = {}
    for line in lines:
        found.setdefault(alike(line), []).append(line)
    return sorted(found.values(), key=lambda alike: -len(alike))


def _row(lines: list[Line]) -> Row:
    """Return the row of `lines`."""
    members = tuple(member for line in lines for member in line.members)
    ends: dict[object, Entry] = {}
    for line in lines:
        for end in line.ends:
            ends.setdefault((end["location"], end["confidence"], end["operator"]), end)
    technologies = {(member["technology"], member["kind"]): member for member in members}
    return Row(
        members=members,
        is_bundle=len(lines) > 1,
        ends=tuple(ends.values()),
        ends_count=sum(len(line.ends) for line in lines),
        ways=tuple(sorted({way for line in lines for way in _ways(line.members[0])}, key=str)),
        technologies=tuple(technologies.values()),
        circuits=frozenset(member["circuit"] for member in members),
        states=frozenset(member["state"] for member in members),
    )


def _of_one_operator(line: Line) -> object:
    """Return places, operators and technologies of a line."""
    operators = frozenset(end["operator"] for end in line.ends)
    return _of_one_place(line), operators, tuple(member["technology"] for member in line.members)


def _of_one_place(line: Line) -> object:
    """Return the places of a line."""
    return frozenset((end["location"], is_sure(end)) for end in line.ends)


def _of_one_kind(_line: Line) -> object:
    """Return the same for all lines."""
    return None


def _kind(entry: Entry) -> Kind:
    """Return verdict, accepted by a waiver, down."""
    return entry["verdict"], entry["waived"] == "all", entry["state"] == "down"


def _by_verdict(entries: Iterable[Entry]) -> dict[str, int]:
    """Return how many of `entries` have which verdict, worst first."""
    found = Counter(entry["verdict"] for entry in entries)
    return {verdict: found[verdict] for verdict in _VERDICTS if found[verdict]}


def _members(groups: Iterable[Group]) -> list[Entry]:
    """Return the objects of `groups`, each once."""
    found = {member["id"]: member for group in groups for row in group.rows for member in row.members}
    return list(found.values())


def _ways(entry: Entry) -> set[Way]:
    """Return the devices by which the far ends of an object are reached, each with its namespace."""
    ways = [path["underlay"] for path in entry["paths"]] + [remote["underlay"] for remote in entry["remotes"]]
    found = {way["interface"] for way in ways if way} or {(entry["underlay"] or {}).get("interface")}
    return {(entry["namespace"], interface) for interface in found if interface}


def _uplinks(document: Entry, entries: list[Entry]) -> list[Uplink]:
    """Return the devices by which connections leave, the busiest first, with those that the configuration states."""
    stated = {(link["namespace"], link["interface"]): link["provider"] for link in document["site"]["uplinks"]}
    ids = {entry["id"] for entry in entries}
    counts: Counter[Way] = Counter(dict.fromkeys(stated, 0))
    for entry in entries:
        if entry["outer"] not in ids and entry["kind"] != "public_network_access":
            counts.update(_ways(entry))
    return [Uplink(way, stated.get(way), count) for way, count in counts.most_common()]
