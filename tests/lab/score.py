"""A report held against the truth: what was found, what was named and described rightly, what is no tunnel."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from tests.lab.truth import End, TrueTunnel

Reported = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Score:
    """`problems` says in words what is missing, wrong or too much; `lines` counts by technology.

    A line is (technology, true, found, right, false): `right` are those without any problem.
    """

    problems: tuple[str, ...]
    lines: tuple[tuple[str, int, int, int, int], ...]

    def __str__(self) -> str:
        """Return a table for people, problems below it."""
        head = f"{'technology':<16}{'true':>6}{'found':>7}{'right':>7}{'false':>7}{'recall':>8}"
        rows = [
            f"{name:<16}{true:>6}{found:>7}{right:>7}{false:>7}{found / true if true else 1:>8.0%}"
            for name, true, found, right, false in self.lines
        ]
        return "\n".join((head, *rows, *self.problems))


def score(truth: Iterable[TrueTunnel], report: Reported) -> Score:
    """Return how the tunnels of a report.json fit the truth."""
    counts: dict[str, Counter[str]] = {}
    problems: list[str] = []
    known: dict[str, str] = {}  # key of the truth by id of the report
    reported: list[Reported] = report["tunnels"]
    pairs = [(true, find(reported, true)) for true in truth]
    known = {found[0]["id"]: true.key for true, found in pairs if len(found) == 1}
    for true, found in pairs:
        count = counts.setdefault(true.technologies[0], Counter())
        count["true"] += 1
        if len(found) != 1:
            problems.append(f"{true.key}: {len(found)} tunnels of the report fit")
            continue
        count["found"] += 1
        wrong = [f"{true.key}: {problem}" for problem in differences(found[0], true, known)]
        count["right"] += not wrong
        problems += wrong
    for one in reported:
        if one["id"] not in known:
            counts.setdefault(one["technology"], Counter())["false"] += 1
            where = one["interface"] or [end["address"] for end in one["remotes"]]
            problems.append(f"not there: {one['technology']} {where} in {one['namespace'] or 'host'}: {one['owner']}")
    names = ("true", "found", "right", "false")
    lines = tuple((name, *(count[column] for column in names)) for name, count in sorted(counts.items()))
    return Score(tuple(problems), lines)  # type: ignore[arg-type]


def find(reported: list[Reported], true: TrueTunnel) -> list[Reported]:
    """Return the reported tunnels that `true` can be: by its device, else by owner, technology and ends.

    Several on one device are routes that encapsulate, which leave by it.
    """
    here = [one for one in reported if (one["namespace"], one["interface"]) == (true.namespace, true.interface)]
    if true.interface is not None and len(here) < 2:
        return here
    return [one for one in here if _is_it(one, true)]


def _is_it(one: Reported, true: TrueTunnel) -> bool:
    """Return whether a tunnel without a device is `true`."""
    path = one["owner"]["path"] if one["owner"] else None
    ends = {end["address"] or end["name"] for end in one["remotes"]} - {None}
    return (
        one["technology"] in true.technologies
        and (true.owner is None or path == true.owner)
        and {end.address for end in true.remotes if end.address} <= ends
        and (bool(true.remotes) or not ends)
        and (true.local.port is None or one["local"]["port"] == true.local.port)
    )


def differences(one: Reported, true: TrueTunnel, known: dict[str, str]) -> Iterator[str]:
    """Yield in words what the report says differently from the truth; `known` are keys by reported id."""
    if one["technology"] not in true.technologies:
        yield f"technology {one['technology']}, not {true.technologies}"
    if one["state"] not in true.states:
        yield f"state {one['state']} ({one['state_reason']['en']}), not {true.states}"
    path = one["owner"]["path"] if one["owner"] else None
    if path != true.owner:
        yield f"owner {path}, not {true.owner}"
    for end in true.remotes:
        if not any(fits(reported, end) for reported in one["remotes"]):
            yield f"far end {end} not in {one['remotes']}"
    extra = {end["address"] or end["name"] for end in one["remotes"]} - {end.address for end in true.remotes} - {None}
    if extra:
        yield f"far ends {extra} are not there"
    near = replace(true.local, address=None) if true.local_any and one["local"]["address"] is None else true.local
    if not fits(one["local"], near):
        yield f"near end {one['local']}, not {true.local}"
    for name in ("family", "role", "realisation", "verdict"):
        wanted = getattr(true, name)
        if wanted is not None and one[name] != wanted:
            yield f"{name} {one[name]}, not {wanted}"
    layers = tuple(dict.fromkeys(layer["technology"] for layer in one["layers"]))
    if true.layers is not None and layers != true.layers:
        yield f"layers {layers}, not {true.layers}"
    if true.outer is not None and known.get(one["outer"]) != true.outer:
        yield f"runs in {known.get(one['outer'], one['outer'])}, not {true.outer}"


def fits(reported: Reported, true: End) -> bool:
    """Return whether a reported end is `true`; a port or address that the truth leaves open is not compared."""
    return (
        (true.address is None or true.address in (reported["address"], reported.get("name")))
        and (true.port is None or reported["port"] == true.port)
        and (not true.transports or reported["transport"] in true.transports)
    )
