"""One way of the site to the public network: what is declared of it, and what the network shows (control N-01)."""

from dataclasses import dataclass

from auditor.model.match import Comparison, NearEnd, NetworkEvidence
from auditor.model.register import Uplink
from auditor.model.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class UplinkSeen:
    """A device that is an uplink or is declared as one.

    `declared` None: nobody declared it. `class_` is the fact `uplink_class` that follows, `evidence` whether the
    network agrees with the declared provider, `reason` why. `ends` are its own addresses, `next_hops` the routers
    on it. `default_route` False: declared, but no default route leaves by it now; None: routes were not read.
    """

    interface: str
    namespace: str | None
    declared: Uplink | None
    class_: str
    evidence: NetworkEvidence
    reason: Text
    ends: tuple[NearEnd, ...] = ()
    next_hops: tuple[NearEnd, ...] = ()
    comparisons: tuple[Comparison, ...] = ()
    default_route: bool | None = None
