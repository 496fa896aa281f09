"""The contract of a probe: one file, one source of facts, nothing judged."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum

from auditor.errors import SourceError
from auditor.host import Host
from auditor.model.rows import Process
from auditor.model.sightings import BlindSpot, Scope, Sighting


class Phase(IntEnum):
    """When a probe runs: later phases look at what earlier ones found.

    KERNEL reads tables of the kernel and of /proc. DAEMONS asks processes found by KERNEL about
    themselves. PATHS reads which routes lead into what both have found, WAYS asks the kernel how packets
    reach the far ends, of which routes have named some.
    """

    KERNEL = 1
    DAEMONS = 2
    PATHS = 3
    WAYS = 4


class Extent(IntEnum):
    """Whether a probe runs once for the host or once in every network namespace."""

    HOST = 1
    NAMESPACE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """What earlier phases found, for later ones to look at, in one namespace.

    `owners` (DAEMONS; whole host) are processes that hold a TUN/TAP device or whose executable the
    technology table knows. `tunnel_indexes` (PATHS) are devices whose routes matter, `destinations` (WAYS)
    the far ends whose way out is wanted, `marked` those with the firewall mark that packets to them
    carry.
    """

    owners: tuple[Process, ...] = ()
    tunnel_indexes: tuple[int, ...] = ()
    destinations: tuple[str, ...] = ()
    marked: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What a probe gets: the door to the machine, already inside `scope`, and its targets."""

    host: Host
    scope: Scope
    targets: Targets = field(default_factory=Targets)


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One probe: `run` yields rows and blind spots in one stream, so a crash loses nothing seen before.

    `name` is its module's name, `reads` the sources, `needs` the capabilities that open all of them,
    `covers` the technologies that stay hidden when it cannot look, `summary` one English sentence.
    """

    name: str
    summary: str
    reads: tuple[str, ...]
    needs: tuple[str, ...]
    covers: tuple[str, ...]
    run: Callable[[View], Iterator[Sighting]]
    phase: Phase = Phase.KERNEL
    extent: Extent = Extent.NAMESPACE

    def blind(self, view: View, source: str, error: SourceError) -> BlindSpot:
        """Return the gap that `error` leaves in what this probe covers."""
        return BlindSpot(
            probe=self.name,
            scope=view.scope.label,
            source=source,
            reason=error.reason,
            detail=error.detail,
            hides=self.covers,
            needs=error.needs,
        )
