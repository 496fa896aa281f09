"""What the picture of a report shows: connections by where they lead, bundled where there are many.

It is made from the document alone and holds no coordinate; reports/drawing.py places it. Every tunnel, hand-off
and public access of the document is in it once for each group that it leads to.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from reports.bundles import Line, Row, by_name, rows
from reports.findings import judged
from reports.labels import places
from reports.leads import Entry, Kind, Leads, Way, leads
from reports.words import VERDICTS

SINGLE_AT_MOST = 16  # of all groups, with a row for each connection
ROWS_AT_MOST = 8  # of one group, where there are more
OUTSIDE = ("abroad", "hk_mo_tw")
GROUPS = (*OUTSIDE, "unknown", "mainland", "public")

Found = dict[str, Leads]


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
        found: Counter[Kind] = Counter()
        for row in self.rows:
            found[row.kind] += len(row.members)
        return _by_verdict(found)


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
    entries = judged(document)
    location = document["site"]["location"]
    home = "unknown" if location not in places() else "mainland" if location == "CN" else "outside"
    found = leads(entries)
    inner = [entry for entry in entries if entry["outer"] is not None]
    groups = tuple(_groups(home, _layered(entries, found) if inner else [[entry] for entry in entries], found))
    crossing = Counter(_kinds(group for group in groups if group.crosses).values())
    counts = document["counts"]
    return Picture(
        document=document,
        home=home,
        groups=groups,
        crossing=_by_verdict(crossing),
        crossing_waived=sum(count for (_, is_waived, _), count in crossing.items() if is_waived),
        unsure=len(_kinds(group for group in groups if group.crosses is None)),
        in_several=sum(len(lead.ends) > 1 for lead in found.values()),
        uplinks=tuple(_uplinks(document, inner, found)),
        unread=counts["blind_spots_open"],
        unread_accepted=counts["blind_spots"] - counts["blind_spots_open"],
    )


def _crosses(home: str, group: str) -> bool | None:
    """Return whether a connection to `group` crosses the border of the mainland, None: not known (guidance 5.1)."""
    if group == "public":
        return False
    if home == "unknown" or group == "unknown":
        return None
    return (home == "mainland") != (group == "mainland")


def _layered(entries: list[Entry], found: Found) -> list[list[Entry]]:
    """Return the objects, each with those that it carries if these lead to the same places and are of one kind.

    Others stay apart: one line could not show both.
    """
    by_id = {entry["id"]: entry for entry in entries}
    carried: dict[str, list[Entry]] = {}
    for entry in entries:
        carried.setdefault(_root(entry, by_id, found), []).append(entry)
    return [sorted(members, key=lambda entry: entry["id"] != root) for root, members in carried.items()]


def _root(entry: Entry, by_id: dict[str, Entry], found: Found) -> str:
    """Return the outermost object that can be drawn as one with `entry`; a circle of layers ends where it began."""
    seen = {entry["id"]}
    while (outer := by_id.get(entry["outer"])) and outer["id"] not in seen:
        ours, theirs = found[entry["id"]], found[outer["id"]]
        if theirs.kind != ours.kind or theirs.places != ours.places:
            break
        seen.add(outer["id"])
        entry = outer
    return str(entry["id"])


def _groups(home: str, layered: list[list[Entry]], found: Found) -> Iterator[Group]:
    """Yield the groups that have a connection: those that cross the border first, then those that may."""
    lines: dict[str, list[Line]] = {}
    for members in layered:
        told = tuple([found[member["id"]] for member in members])
        for name, ends in told[0].ends.items():
            lines.setdefault(name, []).append(Line(members, told, ends))
    is_short = sum(map(len, lines.values())) <= SINGLE_AT_MOST
    rank = {True: 0, None: 1, False: 2}
    for name in sorted(lines, key=lambda name: (name == "public", rank[_crosses(home, name)], GROUPS.index(name))):
        yield Group(name, _crosses(home, name), tuple(rows(lines[name], SINGLE_AT_MOST if is_short else ROWS_AT_MOST)))


def _by_verdict(kinds: Counter[Kind]) -> dict[str, int]:
    """Return how many objects have which verdict, worst first."""
    found: Counter[str] = Counter()
    for (verdict, *_), count in kinds.items():
        found[verdict] += count
    return {verdict: found[verdict] for verdict in VERDICTS if found[verdict]}


def _kinds(groups: Iterable[Group]) -> dict[str, Kind]:
    """Return the kind of each object of `groups` by its id."""
    return {member["id"]: row.kind for group in groups for row in group.rows for member in row.members}


def _uplinks(document: Entry, inner: list[Entry], found: Found) -> list[Uplink]:
    """Return the devices by which connections leave, the busiest first, with those that the configuration states.

    Those of `inner` leave by the object that carries them, where that is known.
    """
    stated = {(link["namespace"], link["interface"]): link["provider"] for link in document["site"]["uplinks"]}
    counts: Counter[Way] = Counter(dict.fromkeys(stated, 0))
    leaving = Counter(found.values())
    leaving.subtract(found[entry["id"]] for entry in inner if entry["outer"] in found)
    for lead, count in leaving.items():
        if count and not lead.is_public:
            counts.update(dict.fromkeys(lead.ways, count))
    busiest = sorted(counts.items(), key=lambda item: (-item[1], by_name(item[0])))
    return [Uplink(way, stated.get(way), count) for way, count in busiest]
