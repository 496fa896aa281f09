"""Rows of the picture: connections that lead to one kind of place, those that are alike as one where there are many."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from reports.labels import places
from reports.sentences import natural
from reports.words import VERDICTS

Entry = dict[str, Any]
Way = tuple[str | None, str]
Kind = tuple[str, bool, bool]


class Line(NamedTuple):
    """One connection as it leads to one group: what carries it first, then what is carried inside; its far ends.

    `matches` are the register's answers for these far ends, one each.
    """

    members: list[Entry]
    ends: list[Entry]
    matches: list[Entry]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the picture: one connection with what it carries, or several that are alike.

    All of `members` are of one `kind`: verdict, accepted by a waiver, down. `ends` has one far end of each place
    and operator, `ends_count` is of all; `technologies` has one member of each; `circuits` are those that surely
    fit, `matches` how well the register explains the far ends. `members` begins with the object that comes first in
    the document, a single connection's with the outermost layer.
    """

    members: tuple[Entry, ...]
    is_bundle: bool
    ends: tuple[Entry, ...]
    ends_count: int
    ways: tuple[Way, ...]
    technologies: tuple[Entry, ...]
    circuits: frozenset[str]
    matches: frozenset[str]
    states: frozenset[str]

    @property
    def kind(self) -> Kind:
        """Return verdict, accepted by a waiver, down."""
        return kind_of(self.members[0])


def rows(lines: list[Line], at_most: int) -> list[Row]:
    """Return `at_most` rows with all of `lines`, worst first; more only if there are more kinds.

    Alike lines become one row step by step until the rows are few enough, beginning with the best verdict:
    detail stays where a person has to act. At the last step there is one row for each kind.
    """
    kinds: dict[Kind, list[Line]] = {}
    for line in lines:
        kinds.setdefault(kind_of(line.members[0]), []).append(line)
    order = sorted(kinds, key=lambda kind: (VERDICTS.index(kind[0]), *kind[1:]))
    parts = {kind: [[line] for line in kinds[kind]] for kind in order}
    for kind in reversed(order):
        for alike in (_of_one_operator, _of_one_place, _of_one_kind):
            if sum(map(len, parts.values())) <= at_most:
                break
            parts[kind] = _bundled(kinds[kind], alike)
    return [_row(found) for kind in order for found in parts[kind]]


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
    matches = [match for line in lines for match in line.matches]
    technologies = {(member["technology"], member["kind"]): member for member in members}
    return Row(
        members=members,
        is_bundle=len(lines) > 1,
        ends=tuple(ends.values()),
        ends_count=sum(len(line.ends) for line in lines),
        ways=tuple(sorted({way for line in lines for way in ways_of(line.members[0])}, key=by_name)),
        technologies=tuple(technologies.values()),
        circuits=frozenset(match["circuit"] for match in matches if match["strength"] == "strong") - {None},
        matches=frozenset(match["strength"] for match in matches),
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


def kind_of(entry: Entry) -> Kind:
    """Return verdict, accepted by a waiver, down."""
    return entry["verdict"], entry["waived"] == "all", entry["state"] == "down"


def is_sure(end: Entry) -> bool:
    """Return whether the place of a far end is known with the confidence that guidance 5.1 asks for."""
    return end["location"] in places() and end["confidence"] == "high"


def by_name(way: Way) -> tuple[object, object]:
    """Return the sort key of a device: the host's own namespace first, numbers in names by value."""
    return natural(way[0] or ""), natural(way[1])


def ways_of(entry: Entry) -> set[Way]:
    """Return the devices by which the far ends of an object are reached, each with its namespace."""
    ways = [path["underlay"] for path in entry["paths"]] + [remote["underlay"] for remote in entry["remotes"]]
    found = {way["interface"] for way in ways if way} or {(entry["underlay"] or {}).get("interface")}
    return {(entry["namespace"], interface) for interface in found if interface}
