"""Rows of the picture: connections that lead to one kind of place, those that are alike as one where there are many."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

from reports.leads import Ends, Entry, Kind, Leads, Way
from reports.sentences import natural
from reports.words import VERDICTS


class Line(NamedTuple):
    """One connection as it leads to one group: what carries it first, then what is carried inside; its far ends.

    `leads` tells where each of the members leads. Two lines to one group with the same `leads` are alike in all but
    their names.
    """

    members: list[Entry]
    leads: tuple[Leads, ...]
    ends: Ends


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the picture: one connection with what it carries, or several that are alike.

    All of `members` are of one `kind`: verdict, accepted by a waiver, down. `ends` has one far end of each place
    and operator, `ends_count` is of all; `technologies` has one member of each; `circuits` are those that surely
    fit, `strengths` how well the register explains the far ends. `members` begins with the object that comes first in
    the document, a single connection's with the outermost layer.
    """

    kind: Kind
    members: tuple[Entry, ...]
    is_bundle: bool
    ends: tuple[Entry, ...]
    ends_count: int
    ways: tuple[Way, ...]
    technologies: tuple[Entry, ...]
    circuits: frozenset[str]
    strengths: frozenset[str]
    states: frozenset[str]


def rows(lines: list[Line], at_most: int) -> list[Row]:
    """Return `at_most` rows with all of `lines`, worst first; more only if there are more kinds.

    Alike lines become one row step by step until the rows are few enough, beginning with the best verdict:
    detail stays where a person has to act. At the last step there is one row for each kind.
    """
    kinds: dict[Kind, list[Line]] = {}
    for line in lines:
        kinds.setdefault(line.leads[0].kind, []).append(line)
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
    # NOTE: of ten thousand lines most are alike, so each sort of them is asked once.
    first = {line.leads: line for line in reversed(lines)}
    answers = {leads: alike(line) for leads, line in first.items()}
    found: dict[object, list[Line]] = {}
    for line in lines:
        found.setdefault(answers[line.leads], []).append(line)
    return sorted(found.values(), key=lambda alike: -len(alike))


def _row(lines: list[Line]) -> Row:
    """Return the row of `lines`."""
    alike: dict[tuple[Leads, ...], list[Line]] = {}
    for line in lines:
        alike.setdefault(line.leads, []).append(line)
    firsts = [same[0] for same in alike.values()]
    ends: dict[object, Entry] = {}
    for end in chain.from_iterable(map(_far_ends, firsts)):
        ends.setdefault((end["location"], end["confidence"], end["operator"]), end)
    members = chain.from_iterable(line.members for line in firsts)
    told = [leads for line in firsts for leads in line.leads]
    return Row(
        kind=lines[0].leads[0].kind,
        members=tuple(chain.from_iterable([line.members for line in lines])),
        is_bundle=len(lines) > 1,
        ends=tuple(ends.values()),
        ends_count=sum(len(same) * len(same[0].ends.at) for same in alike.values()),
        ways=tuple(sorted(frozenset().union(*(line.leads[0].ways for line in firsts)), key=by_name)),
        technologies=tuple({(member["technology"], member["kind"]): member for member in members}.values()),
        circuits=frozenset().union(*(line.ends.circuits for line in firsts)),
        strengths=frozenset().union(*(line.ends.strengths for line in firsts)),
        states=frozenset(leads.state for leads in told),
    )


def _far_ends(line: Line) -> list[Entry]:
    """Return the far ends of a line."""
    ends = line.members[0]["places"]["remotes"]
    return [ends[index] for index in line.ends.at]


def _of_one_operator(line: Line) -> object:
    """Return places, operators and technologies of a line."""
    return line.ends.places, line.ends.operators, tuple(leads.technology for leads in line.leads)


def _of_one_place(line: Line) -> object:
    """Return the places of a line."""
    return line.ends.places


def _of_one_kind(_line: Line) -> object:
    """Return the same for all lines."""
    return None


def by_name(way: Way) -> tuple[object, object]:
    """Return the sort key of a device: the host's own namespace first, numbers in names by value."""
    return natural(way[0] or ""), natural(way[1])
