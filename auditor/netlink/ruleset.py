"""What a packet filter's rules come to: which packets reach a rule through the chains before it, and what it does.

Shared by the readers of nf_tables and of the older ip_tables, whose chains work alike. Pure.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from auditor.errors import SourceTruncated
from auditor.model.rows import Diversion

_ROWS_LIMIT = 200_000
_WAYS_LIMIT = 8  # of one chain; services of Kubernetes have three
_DEPTH_LIMIT = 32  # the kernel follows 16 jumps (NFT_JUMP_STACK_SIZE)

Range = tuple[int, int]
Chain = tuple[str, str, str]  # family, table, name


class Selection(NamedTuple):
    """Which packets a rule is for; the fields are those of `Diversion`."""

    protocol: str | None = None
    ports: tuple[Range, ...] | None = None
    destinations: tuple[str, ...] | None = None
    own: bool = False
    narrowed: bool = False

    def then(self, later: "Selection") -> "Selection | None":
        """Return what `later` leaves of this selection, None for nothing."""
        if self.protocol and later.protocol and self.protocol != later.protocol:
            return None
        ports = _both(self.ports, later.ports)
        if ports == ():
            return None
        return Selection(
            protocol=later.protocol or self.protocol,
            ports=ports,
            destinations=self.destinations if later.destinations is None else later.destinations,
            own=self.own or later.own,
            narrowed=self.narrowed or later.narrowed,
        )


def _both(one: tuple[Range, ...] | None, other: tuple[Range, ...] | None) -> tuple[Range, ...] | None:
    """Return the ports that are in both; None stands for all."""
    if one is None or other is None:
        return other if one is None else one
    return tuple(
        (max(low, least), min(high, most))
        for low, high in one
        for least, most in other
        if max(low, least) <= min(high, most)
    )


class Action(NamedTuple):
    """What a rule does with packets; the fields are those of `Diversion`."""

    kind: str
    to_address: str | None = None
    to_port: int | None = None
    mark: int | None = None


def marked(actions: Iterable[Action]) -> tuple[Action, ...]:
    """Return the actions of one rule, a mark that it sets besides being part of what it does else."""
    done = list(actions)
    mark = next((action.mark for action in done if action.kind == "mark"), None)
    others = [action for action in done if action.kind != "mark"]
    return tuple(action._replace(mark=action.mark or mark) for action in others or done[:1])


class Step(NamedTuple):
    """One rule that acts or jumps: its chain, its selection, its actions, and the chain it sends packets to."""

    chain: Chain
    selection: Selection
    actions: tuple[Action, ...] = ()
    jump: str | None = None


Ways = dict[Selection, tuple[str, ...]]  # hooks by the selection on the way from there


class Ruleset:
    """All rules of one namespace's filter: feed it base chains and steps, then ask for its diversions."""

    def __init__(self, kind: str) -> None:
        """Start empty; `kind` is nf_tables or ip_tables."""
        self._kind = kind
        self._hooks: dict[Chain, str] = {}
        self._acting: list[Step] = []
        self._callers: dict[Chain, list[Step]] = defaultdict(list)
        self._mapped: set[tuple[str, str]] = set()
        self._known: dict[Chain, Ways] = {}

    def base(self, chain: Chain, hook: str) -> None:
        """Note that the kernel hands packets to `chain` at `hook`."""
        self._hooks[chain] = hook

    def maps_verdicts(self, family: str, table: str) -> None:
        """Note that a map of this table sends packets to chains, which then are reached unseen."""
        self._mapped.add((family, table))

    def add(self, step: Step) -> None:
        """Add one rule."""
        if step.actions:
            self._acting.append(step)
        if step.jump is not None:
            self._callers[(*step.chain[:2], step.jump)].append(step)

    def diversions(self) -> Iterator[Diversion]:
        """Yield what each acting rule does, once for each selection by which packets reach it.

        Raises SourceTruncated when there are more than any gateway has.
        """
        count = 0
        for step in self._acting:
            reached: Ways = {}
            for selection, hooks in self._ways(step.chain).items():
                left = selection.then(step.selection)
                if left is not None:
                    _join(reached, left, hooks)
            count += len(reached) * len(step.actions)
            if count > _ROWS_LIMIT:
                raise SourceTruncated(f"more than {_ROWS_LIMIT} ways into rules that divert")
            family, table, chain = map(_shown, step.chain)
            for selection, hooks in reached.items():
                for action in step.actions:
                    yield Diversion(self._kind, family, table, chain, hooks, *action, **selection._asdict())

    def _ways(self, chain: Chain, depth: int = 0) -> Ways:
        """Return by which hooks, and selected how, packets reach `chain`; empty if none ever does."""
        if chain not in self._known:
            self._known[chain] = self._find_ways(chain, depth)
        return self._known[chain]

    def _find_ways(self, chain: Chain, depth: int) -> Ways:
        """Return the same for a chain not asked about before."""
        ways: Ways = {}
        if chain in self._hooks:
            ways[Selection()] = (self._hooks[chain],)
        elif chain[:2] in self._mapped:
            ways[Selection(narrowed=True)] = ()
        if depth > _DEPTH_LIMIT:
            return {Selection(narrowed=True): ()}
        for step in self._callers.get(chain, ()):
            for selection, hooks in self._ways(step.chain, depth + 1).items():
                left = selection.then(step.selection)
                if left is not None:
                    _join(ways, left, hooks)
            if len(ways) > _WAYS_LIMIT:
                return {Selection(narrowed=True): tuple(sorted({hook for hooks in ways.values() for hook in hooks}))}
        return ways


def _shown(name: str) -> str:
    """Return the name of a table or chain, which can be any bytes, without characters that do not print."""
    return "".join(letter if letter.isprintable() else f"\\x{ord(letter):02x}" for letter in name)


def _join(ways: Ways, selection: Selection, hooks: Iterable[str]) -> None:
    """Add a way, together with an equal one that is there already."""
    ways[selection] = tuple(sorted({*ways.get(selection, ()), *hooks}))
