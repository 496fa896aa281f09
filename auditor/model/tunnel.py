"""What correlation makes of the sightings: connections, and devices that are none."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from auditor.model.certainty import Certainty as Certainty
from auditor.model.sightings import Scope
from auditor.model.text import Text


class State(StrEnum):
    """Whether a tunnel works now; configured-but-down never disappears."""

    UP = "up"
    DOWN = "down"
    STALE = "stale"
    UNKNOWN = "unknown"


class Family(StrEnum):
    """The guidance's families of objects (guidance 5.3)."""

    NETWORK_TUNNEL = "network_tunnel"
    PROXY = "proxy"
    REMOTE_ACCESS = "remote_access"
    CARRIER_HANDOFF = "carrier_handoff"
    NONE = "none"


class Realisation(StrEnum):
    """The four methods of the guidance (V-01), and none of them."""

    VPN_SERVER = "vpn_server"
    SOFTWARE_VPN = "software_vpn"
    HARDWARE_VPN = "hardware_vpn"
    INTEGRATED_VPN = "integrated_vpn"
    NOT_VPN = "not_vpn"
    UNKNOWN = "unknown"


class Role(StrEnum):
    """Which part the host plays in a connection."""

    CLIENT = "client"
    SERVER = "server"
    PEER = "peer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One end of the outer connection; any part may be unknown.

    `transport` is udp, tcp, or the IP protocol's name (esp, gre, ipip, ...). `name` is a host name
    as configured.
    """

    address: str | None = None
    port: int | None = None
    transport: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How outer packets to one remote leave: device, next hop and source address (None: not known).

    `scope` is the namespace of that device, None for the tunnel's own: a tunnel whose device was moved
    sends its packets from the namespace that its owner is in, or that it was made in.
    """

    interface: str | None = None
    next_hop: str | None = None
    source: str | None = None
    scope: Scope | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """One far end of a tunnel, with what identifies it.

    `identity` is a WireGuard public key or an IKE identity (`identity_kind` wireguard or ike).
    `handshake_age_s` is known for WireGuard only. `configured_only`: named by configuration, not
    seen connected. `resolved`: the address is what a look-up of the name answered, nobody saw it on the host.
    """

    endpoint: Endpoint
    identity: str | None = None
    identity_kind: str | None = None
    handshake_age_s: int | None = None
    configured_only: bool = False
    way: Way | None = None
    prefixes: tuple[str, ...] = ()
    resolved: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """The process that carries a tunnel in user space; never its arguments."""

    program: str
    path: str | None
    pid: int | None
    unit: str | None = None
    deleted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One layer of a connection, outermost first; `door` is where it showed (link kind, xfrm, vici)."""

    technology: str
    door: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """One thing a probe saw of a tunnel: what it said, a command that shows the same again, and more in detail."""

    probe: str
    says: str
    recheck: str | None = None
    details: tuple[Text, ...] = ()


class Selector(NamedTuple):
    """What one policy or traffic selector of IPsec takes on the way out; None for any."""

    source: str | None
    destination: str | None
    protocol: int | None = None
    source_port: int | None = None
    destination_port: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shield:
    """What an IPsec connection takes.

    `bare`: only packets between its own two ends. `installed`: policies of the kernel enforce it.
    """

    selectors: tuple[Selector, ...]
    bare: bool
    installed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Tunnel:
    """One logical connection, merged from every probe that saw a part of it.

    `id` does not depend on ifindex, PID, ephemeral ports or the order of probes. `remotes` is empty
    when no far end is known. `peers_count` counts peers or clients (None: not known). `routes` are
    prefixes that the host sends into the tunnel (None: could not be read), `default_route` whether
    they amount to a default route (None: not known). `certainty` is how sure the technology is.
    `contradictions` are witnesses that disagree. `shield` is what IPsec without a device takes.
    """

    id: str
    technology: str
    scope: Scope
    state: State
    state_reason: Text
    layers: tuple[Layer, ...]
    certainty: Certainty = Certainty.HIGH
    family: Family = Family.NETWORK_TUNNEL
    realisation: Realisation = Realisation.UNKNOWN
    role: Role | None = None
    interface: str | None = None
    ifindex: int | None = None
    alias: str | None = None
    local: Endpoint = Endpoint()
    remotes: tuple[Remote, ...] = ()
    owner: Owner | None = None
    peers_count: int | None = None
    routes: tuple[str, ...] | None = None
    default_route: bool | None = None
    outer_id: str | None = None
    witnesses: tuple[Witness, ...] = ()
    contradictions: tuple[Text, ...] = ()
    shield: Shield | None = None

    @property
    def only_in_packets(self) -> bool:
        """Return whether nothing but packets on the wire shows it."""
        return bool(self.layers) and all(layer.door == "packets" for layer in self.layers)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotTunnel:
    """A device that was looked at and is no tunnel, with the reason."""

    scope: Scope
    interface: str
    ifindex: int
    kind: str | None
    reason: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """A device that can carry a plain hand-off or an uplink, as the matcher needs it.

    `hardware`: no virtual kind, so it leads out of this host. `next_hops`, `routes` and
    `default_route` are None when the routing tables could not be read. `peers` are the far side's own addresses on a
    point-to-point device (PPPoE), which has no next hop.
    """

    scope: Scope
    interface: str
    ifindex: int
    up: bool
    hardware: bool
    parent: str | None
    vlan_id: int | None
    alias: str | None
    addresses: tuple[str, ...]
    next_hops: tuple[str, ...] | None
    default_route: bool | None
    routes: tuple[str, ...] | None
    peers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """What correlation returns: every tunnel, every other device, and the devices by which packets leave."""

    tunnels: tuple[Tunnel, ...]
    not_tunnels: tuple[NotTunnel, ...]
    ports: tuple[Port, ...]
