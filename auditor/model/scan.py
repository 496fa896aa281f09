"""One finished scan: everything that a report shows, and nothing else."""

from dataclasses import dataclass, field
from datetime import datetime

from auditor.model.dataset import DataSet
from auditor.model.facts import Facts
from auditor.model.judgement import Assessment, Severity, Status, Verdict
from auditor.model.lookup import NOBODY_ASKED, Lookups
from auditor.model.match import Match, NearEnd, Place
from auditor.model.past import NOTHING, NOTHING_BEFORE, Before, Past
from auditor.model.register import Acknowledgement, Circuit, Config, Register, Waiver
from auditor.model.sightings import BlindSpot, Scope
from auditor.model.text import Text
from auditor.model.tunnel import Inventory, NotTunnel, Port, Tunnel, Way
from auditor.model.uplink import UplinkSeen


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """One way of one object to one far end, as it was judged: `facts` is what the rules saw of it.

    `near` are this gateway's own addresses on it.
    """

    remote: str | None
    place: Place
    match: Match
    way: Way | None
    facts: Facts
    near: tuple[NearEnd, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """One object of the audit and its judgement.

    `kind` is tunnel, carrier_handoff or public_network_access. `tunnel` is set for the first,
    `port` for the other two. `verdict` is the tunnel verdict of guidance 5.9 and stays what it is
    when `waiver` accepts it. `waivers` are all that accept something of it, `waiver` the one that
    accepts everything.
    """

    id: str
    kind: str
    tunnel: Tunnel | None
    port: Port | None
    circuit: str | None
    paths: tuple[Path, ...]
    assessment: Assessment
    verdict: Verdict
    severity: Severity
    waiver: Waiver | None = None
    waived_controls: tuple[str, ...] = ()
    waivers: tuple[Waiver, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CircuitSeen:
    """A registered circuit and what showed it (None: not seen); `remarks` on its dates and use."""

    circuit: Circuit
    seen_by: str | None
    contract_status: str
    remarks: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A blind spot, and the acknowledgement that accepts it if any."""

    spot: BlindSpot
    acknowledged: Acknowledgement | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeSummary:
    """What one probe did in one namespace, for the coverage table."""

    probe: str
    scope: str
    rows: int
    blind_spots: int
    duration_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """The host audited: names and versions only."""

    hostname: str
    kernel: str
    machine: str
    privileges: tuple[str, ...]
    scopes: tuple[Scope, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What a scan saw and asked, before anything was judged: enough to judge it again without the host.

    `at` is when it began, aware; `duration_s` how long it took. `gateway` has the host's own name. `watched` are the
    devices that the register named then: of others that are no tunnels, only default routes were read. `before` is
    what earlier scans knew of the connections that were not up.
    """

    at: datetime
    duration_s: float
    gateway: Gateway
    inventory: Inventory
    gaps: tuple[BlindSpot, ...]
    probes: tuple[ProbeSummary, ...]
    watched: tuple[str, ...] = ()
    lookups: Lookups = NOBODY_ASKED
    before: Before = NOTHING_BEFORE


@dataclass(frozen=True, slots=True, kw_only=True)
class Reassessment:
    """That this is no new scan: scan `number` was judged again at `judged_at`, its days as of `as_of` (both aware).

    `file` is the scan's own file in the history and `sha256` the digest of that.
    """

    number: int
    file: str
    sha256: str
    judged_at: datetime
    as_of: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """The whole result. `verdict` is the worst of all; `status` what monitoring is told and why.

    `uplinks` is what is declared of the ways to the public network and what the network shows of them. `seen` is what
    it was judged from; `reassessment` is None for a scan that was judged when the host was looked at. `past` is what
    earlier scans knew when the host was looked at, for the report; nothing in a reassessment.
    """

    started_at: datetime
    duration_s: float
    version: str
    gateway: Gateway
    config: Config
    register: Register
    objects: tuple[Audited, ...]
    gateway_assessment: Assessment
    not_tunnels: tuple[NotTunnel, ...]
    circuits: tuple[CircuitSeen, ...]
    gaps: tuple[Gap, ...]
    probes: tuple[ProbeSummary, ...]
    waivers_expired: tuple[Waiver, ...]
    waivers_unused: tuple[Waiver, ...]
    notices: tuple[Text, ...]
    verdict: Verdict
    severity: Severity
    status: Status
    status_reasons: tuple[Text, ...]
    gateway_waiver: Waiver | None = None
    location_data: tuple[DataSet, ...] = ()
    lookups: Lookups = NOBODY_ASKED
    uplinks: tuple[UplinkSeen, ...] = ()
    seen: Observation | None = field(default=None, compare=False, repr=False)
    reassessment: Reassessment | None = None
    past: Past = field(default=NOTHING, compare=False, repr=False)

    @property
    def as_of(self) -> datetime:
        """Return the moment by which contracts, permits and waivers were judged."""
        return self.reassessment.as_of if self.reassessment else self.started_at
