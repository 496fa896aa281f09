"""The company's own statements: site, networks, providers, circuits, waivers (configuration and register).

Field names are NetBox's where NetBox has the thing (Provider, Circuit, CircuitTermination). Values
of the enumerations are those of the guidance facts. Dates are whole days in `Config.zone`.
"""

from dataclasses import dataclass
from datetime import date
from ipaddress import IPv4Network, IPv6Network
from zoneinfo import ZoneInfo

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """A place in a file, for messages: path as given, line from 1 (None: not known), dotted key."""

    file: str
    line: int | None
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Uplink:
    """One way by which the site reaches the public network; `class_` is the fact `uplink_class`."""

    interface: str
    provider: str | None = None
    class_: str = "unknown"
    contract: str | None = None
    namespace: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The site this gateway stands at; `location` is ISO 3166-1 alpha-2 (CN: the mainland), None: not stated."""

    name: str
    name_zh: str | None = None
    location: str | None = None
    uplinks: tuple[Uplink, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """What the responsible unit states about serving outsiders (controls O-01, O-02)."""

    serves_external_customers: str = "unknown"
    permit_status: str = "unknown"
    permit_number: str | None = None
    permit_categories: tuple[str, ...] = ()
    scope: str = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The switches of guidance 5.8; shown in every report."""

    unmatched_cross_border: str = "fail"
    look_back_days: int = 30
    expiry_warning_days: int = 30
    register_review_max_age_days: int = 365
    location_data_max_age_days: int = 180


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeSettings:
    """How probes run: seconds each may take, and names of probes switched off (each a blind spot)."""

    time_limit_s: float = 30.0
    disabled: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HistorySettings:
    """How long scans are kept beside the reports: by age in days and by number; the newest always is.

    `signing_key` is the file of the key that signs their records (None: none does), `allowed_signers` the file that
    says whose keys may, `signer` the name in it.
    """

    max_age_days: int = 366
    max_scans: int = 1000
    signing_key: str | None = None
    signer: str | None = None
    allowed_signers: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSettings:
    """Where and how reports are written; `languages` is en, zh or both.

    `textfile_directory` is where node-exporter reads metrics, None if nobody does.
    """

    directory: str | None = None
    formats: tuple[str, ...] = ("html", "json")
    languages: str = "both"
    textfile_directory: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LocationData:
    """Location data of the company's own: MMDB files, asked beside what comes with the program.

    `directory` is where `auditor data update` puts data and a scan looks for them.
    """

    files: tuple[str, ...] = ()
    directory: str = "/var/lib/auditor/data"


@dataclass(frozen=True, slots=True, kw_only=True)
class LookupSettings:
    """Look-ups in the DNS, which tell others what far ends this gateway has: off unless `enabled`.

    `resolvers` as written, empty: those of the host. `reverse` asks for names of addresses, `origin` who announces
    them, below the zones named. `question_limit_s` is for one question, `time_limit_s` for all of a scan.
    """

    enabled: bool = False
    resolvers: tuple[str, ...] = ()
    question_limit_s: float = 5.0
    time_limit_s: float = 30.0
    questions_limit: int = 1000
    reverse: bool = False
    origin: bool = False
    origin_zone: str = "origin.asn.cymru.com"
    origin6_zone: str = "origin6.asn.cymru.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifySettings:
    """Whom a scan tells of its status once it is stored: nobody, unless `syslog` or `command` is set.

    `on` is change, worse or every. `syslog` is a socket's path, udp://HOST:PORT or tcp://HOST:PORT, `command` the path
    of a program. `language` is en, zh or both.
    """

    on: str = "change"
    syslog: str | None = None
    facility: str = "daemon"
    enterprise_number: int = 32473
    command: str | None = None
    language: str = "en"
    time_limit_s: float = 15.0

    @property
    def is_on(self) -> bool:
        """Return whether anybody is told at all."""
        return bool(self.syslog or self.command)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """auditor.toml. `path` None: no file was given or found, and nothing can be compliant."""

    path: str | None
    sha256: str | None
    zone: ZoneInfo
    site: Site
    serving: Serving
    policy: Policy
    probes: ProbeSettings
    report: ReportSettings
    register_path: str | None
    gateway_name: str | None = None
    location_data: LocationData = LocationData()
    lookups: LookupSettings = LookupSettings()
    history: HistorySettings = HistorySettings()
    notify: NotifySettings = NotifySettings()


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownNetwork:
    """A network whose owner the company states: own, affiliate or third_party, at a place."""

    name: str
    relation: str
    location: str | None
    prefixes: tuple[Network, ...] = ()
    hostnames: tuple[str, ...] = ()
    operator: str | None = None
    operator_class: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Licence:
    """One telecom permit of a provider; both end days are included, None: not recorded."""

    categories: tuple[str, ...]
    number: str | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    checked_on: date | None = None
    held: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A provider; `class_` is the fact `service_provider`."""

    slug: str
    name: str
    class_: str
    name_zh: str | None = None
    asns: tuple[int, ...] = ()
    licences: tuple[Licence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedOperator:
    """Who announces addresses, as the company states it: by AS number, or by prefix where BGP shows none.

    `class_` is the fact `remote_operator_class`, `home` where it is registered. `spread`: its addresses are all
    over the world, so location data on them are not sure.
    """

    name: str
    class_: str
    source: str
    dated: date
    name_zh: str | None = None
    home: str | None = None
    asns: tuple[int, ...] = ()
    prefixes: tuple[Network, ...] = ()
    spread: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """One end of a circuit (NetBox: circuit termination). A is this side's site, Z the far end."""

    site: str | None = None
    location: str | None = None
    prefixes: tuple[Network, ...] = ()
    interface: str | None = None
    vlan: int | None = None
    next_hop: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchKeys:
    """What identifies the circuit's tunnel besides its ends (guidance 5.4)."""

    peer_prefixes: tuple[Network, ...] = ()
    hostnames: tuple[str, ...] = ()
    wireguard_public_keys: tuple[str, ...] = ()
    ike_identities: tuple[str, ...] = ()
    certificate_fingerprints: tuple[str, ...] = ()
    asns: tuple[int, ...] = ()
    executables: tuple[str, ...] = ()
    technologies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Circuit:
    """One leased line, VPN included (NetBox: Circuit). `status` is NetBox's word.

    `termination_date` is the last day of the contract. `onward` names what the circuit carries on
    to (fact `onward_reach`).
    """

    provider: str
    cid: str
    type: str
    status: str
    a: End
    z: End
    match: MatchKeys
    where: Where
    install_date: date | None = None
    termination_date: date | None = None
    renewal_pending: bool = False
    contract: str | None = None
    contract_party: str = "unknown"
    purpose: str = "unknown"
    user_record: str = "unknown"
    user_record_date: date | None = None
    onward_reach: str = "unknown"
    onward_circuit: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicNetworkReview:
    """A recorded position of counsel on use of the public network (fact `public_network_review`)."""

    title: str
    author: str
    reviewed_on: date
    valid_until: date
    prefixes: tuple[Network, ...]
    where: Where


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """An accepted exception. It holds through the whole day `expires` in `Config.zone`, not after.

    It applies to results of `controls` (empty: all) on objects whose id is in `objects` or whose
    every remote address lies in `prefixes`.
    """

    id: str
    reason: str
    owner: str
    approver: str
    approved_on: date
    expires: date
    where: Where
    controls: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()
    prefixes: tuple[Network, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """An accepted blind spot, by probe and namespace (None: any); same validity as a waiver."""

    id: str
    probe: str
    reason: str
    owner: str
    approver: str
    approved_on: date
    expires: date
    where: Where
    namespace: str | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """register.toml. `path` None: there is none. `reviewed_on` is the last review of the whole file."""

    path: str | None
    sha256: str | None
    reviewed_on: date | None = None
    networks: tuple[KnownNetwork, ...] = ()
    providers: tuple[Provider, ...] = ()
    operators: tuple[StatedOperator, ...] = ()
    circuits: tuple[Circuit, ...] = ()
    reviews: tuple[PublicNetworkReview, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    acknowledgements: tuple[Acknowledgement, ...] = ()

    @property
    def watched(self) -> frozenset[str]:
        """Return the devices that circuits name: their routes are read even where no tunnel shows."""
        return frozenset(circuit.a.interface for circuit in self.circuits if circuit.a.interface)
