"""Where an address is and whose it is, from what the company states (guidance 5.2).

Sources in this order: the company's own networks (inventory), the outer tunnel, a strongly matched
circuit (register). An address that none of them names has no known place, and an unknown place is
never compliant.
"""

from dataclasses import replace
from ipaddress import ip_network

from auditor.matching.index import PrefixIndex
from auditor.model.address import host_name, parse
from auditor.model.match import Match, Place, Strength
from auditor.model.register import Circuit, KnownNetwork
from auditor.model.text import Text
from auditor.model.tunnel import Endpoint

_CLASSES = tuple(
    (name, ip_network(prefix))
    for name, prefix in (
        ("private", "10.0.0.0/8"),  # RFC 1918
        ("private", "172.16.0.0/12"),
        ("private", "192.168.0.0/16"),
        ("private", "127.0.0.0/8"),
        ("private", "::1/128"),
        ("link_local", "169.254.0.0/16"),  # RFC 3927
        ("link_local", "fe80::/10"),  # RFC 4291
        ("cgnat", "100.64.0.0/10"),  # RFC 6598
        ("ula", "fc00::/7"),  # RFC 4193
    )
)


def address_class(address: str | None) -> str:
    """Return the fact `remote_address_class` of `address`; documentation prefixes count as public."""
    if address is None:
        return "unresolved"
    parsed = parse(address)
    return next((name for name, net in _CLASSES if net.version == parsed.version and parsed in net), "public")


class KnownNetworks:
    """The company's networks, found by address or host name whatever their number."""

    def __init__(self, networks: tuple[KnownNetwork, ...]) -> None:
        """Index `networks`; of equal ones the first counts."""
        self._networks = networks
        self._prefixes = PrefixIndex()
        self._names: dict[str, KnownNetwork] = {}
        for number, network in enumerate(networks):
            for prefix in network.prefixes:
                self._prefixes.add(prefix, number)
            for host in network.hostnames:
                self._names.setdefault(host_name(host), network)

    def of(self, endpoint: Endpoint) -> KnownNetwork | None:
        """Return the entry for `endpoint`: the longest prefix that holds it, else its host name."""
        if endpoint.address is not None:
            held = [(-length, number) for length, number in self._prefixes.holding(endpoint.address)]
            if held:
                return self._networks[min(held)[1]]
        return self._names.get(host_name(endpoint.name or ""))


def observed(endpoint: Endpoint, networks: KnownNetworks) -> Place:
    """Return the place of a far end before matching: what the inventory says of its address or name."""
    place = Place(address_class=address_class(endpoint.address))
    network = networks.of(endpoint)
    if network is None:
        return place
    source = Text(f"company network {network.name}", f"公司网络{network.name}")
    located = network.location is not None
    return replace(
        place,
        location=network.location,
        basis="inventory" if located else "none",
        confidence="high" if located else "none",
        relation=network.relation,
        operator=network.operator,
        operator_class=network.operator_class or "unknown",
        source=source,
    )


def with_register(place: Place, match: Match, circuit: Circuit | None) -> Place:
    """Return `place` with the registered end's location where the inventory has none; high only if strong."""
    if place.location is not None or circuit is None or circuit.z.location is None:
        return place
    return replace(
        place,
        location=circuit.z.location,
        basis="register",
        confidence="high" if match.strength is Strength.STRONG else "low",
        source=Text(f"circuit {circuit.cid} in the register", f"登记表中的电路{circuit.cid}"),
    )


def inherited(place: Place, outer: Place) -> Place:
    """Return the place of an inner tunnel's far end: its outer tunnel's (guidance 5.7).

    Not with confidence if the inventory knows the far end itself to lie elsewhere.
    """
    elsewhere = place.location is not None and place.location != outer.location
    return replace(
        outer,
        confidence="low" if elsewhere else outer.confidence,
        basis="outer_tunnel" if outer.location else "none",
        address_class=place.address_class,
        source=Text("the outer tunnel", "外层隧道"),
    )
