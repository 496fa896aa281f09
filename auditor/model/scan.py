"""One finished scan: everything that a report shows, and nothing else."""

from dataclasses import dataclass
from datetime import datetime

from auditor.model.dataset import DataSet
from auditor.model.facts import Facts
from auditor.model.judgement import Assessment, Severity, Status, Verdict
from auditor.model.lookup import NOBODY_ASKED, Lookups
from auditor.model.match import Match, NearEnd, Place
from auditor.model.register import Acknowledgement, Circuit, Config, Register, Waiver
from auditor.model.sightings import BlindSpot, Scope
from auditor.model.text import Text
from auditor.model.tunnel import NotTunnel, Port, Tunnel, Way
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
class Scan:
    """The whole result. `verdict` is the worst of all; `status` what monitoring is told and why.

    `uplinks` is what is declared of the ways to the public network and what the network shows of them.
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
