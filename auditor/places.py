"""Where an address is and whose it is: by what the company states, else by location data (guidance 5.2).

Sources in this order: the company's own networks (inventory), the outer tunnel, a strongly matched
circuit (register), location data that agree. An address that none of them places has no known place, and
an unknown place is never compliant.
"""

from dataclasses import replace
from datetime import date
from functools import cache

from auditor.ipdata.addresses import address_class
from auditor.ipdata.locate import Located, Locator
from auditor.matching.index import PrefixIndex
from auditor.model.address import host_name
from auditor.model.match import Match, Place, PlaceAnswer, Strength
from auditor.model.register import Circuit, KnownNetwork
from auditor.model.text import Text
from auditor.model.tunnel import Endpoint


class KnownNetworks:
    """The company's networks, found by address or host name whatever their number."""

    def __init__(self, networks: tuple[KnownNetwork, ...], reviewed_on: date | None = None) -> None:
        """Index `networks` of a register last reviewed on that day; of equal ones the first counts."""
        self._networks = networks
        self.reviewed_on = reviewed_on
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


def observed(endpoint: Endpoint, networks: KnownNetworks, locator: Locator) -> Place:
    """Return the place of a far end before matching: what the inventory says of its address or name, else the data."""
    located = locator.locate(endpoint.address) if endpoint.address is not None else None
    place = _by_data(endpoint.address, located)
    network = networks.of(endpoint)
    if network is None:
        return place
    own = replace(place, relation=network.relation)
    if network.operator:
        stated = Text(network.operator, network.operator)
        own = replace(own, operator=network.operator, operator_name=stated, carrier=None)
    if network.operator_class:
        own = replace(own, operator_class=network.operator_class)
    return _by_inventory(own, network, networks.reviewed_on)


@cache
def _of_class(name: str) -> Place:
    """Return what is known of an address without a place of its own: its class."""
    return Place(address_class=name)


def _by_data(address: str | None, located: Located | None) -> Place:
    """Return what location data say of `address`; nothing for one without a place of its own."""
    if located is None:
        return _of_class(address_class(address))
    operator = located.operator
    return Place(
        location=located.location,
        basis="geoip" if located.location else "none",
        confidence=located.confidence,
        address_class="anycast" if operator and operator.class_ == "cdn_anycast" else address_class(address),
        operator=operator.name.en if operator else located.as_name,
        operator_name=operator.name if operator else None,
        carrier=located.carrier.class_ if located.carrier else None,
        operator_class=operator.class_ if operator else "unknown",
        source=Text("location data", "位置数据"),
        asn=located.asn,
        asn_source=located.asn_source,
        asn_dated=located.asn_dated,
        dated=min((answer.dated for answer in located.answers if answer.country), default=None),
        answers=tuple(PlaceAnswer(answer.source, answer.dated, answer.country) for answer in located.answers),
        why=located.why,
    )


def _by_inventory(place: Place, network: KnownNetwork, reviewed_on: date | None) -> Place:
    """Return `place` as the company states it; sure unless location data are sure of another (guidance 5.2)."""
    if network.location is None:
        return place
    contradicted = place.location is not None and place.confidence == "high" and place.location != network.location
    why = Text(
        f"location data say {place.location}, the company's own list says {network.location}",
        f"位置数据为{place.location}，公司自有清单为{network.location}",
    )
    return replace(
        place,
        location=network.location,
        basis="inventory",
        confidence="low" if contradicted else "high",
        source=Text(f"company network {network.name}", f"公司网络{network.name}"),
        dated=_day(reviewed_on),
        why=why if contradicted else None,
    )


def _day(reviewed_on: date | None) -> str | None:
    """Return the day on which the register was last reviewed (ISO 8601), None if it does not say."""
    return reviewed_on.isoformat() if reviewed_on else None


def with_register(place: Place, match: Match, circuit: Circuit | None, *, reviewed_on: date | None = None) -> Place:
    """Return `place` with the registered end's location where the inventory has none; high only if strong.

    What is registered goes before location data, but not against them: if they are sure of another place, the
    match is in conflict already, and the place stays theirs.
    """
    if place.basis == "inventory" or circuit is None or circuit.z.location is None:
        return place
    if place.confidence == "high":
        return place
    return replace(
        place,
        location=circuit.z.location,
        basis="register",
        confidence="high" if match.strength is Strength.STRONG else "low",
        source=Text(f"circuit {circuit.cid} in the register", f"登记表中的电路{circuit.cid}"),
        dated=_day(reviewed_on),
        why=None,
    )


def inherited(place: Place, outer: Place) -> Place:
    """Return the place of an inner tunnel's far end: its outer tunnel's (guidance 5.7).

    Not with confidence if the inventory knows the far end itself to lie elsewhere. Where the outer tunnel has no
    place either, its origin AS and operator still are those of the connection.
    """
    if outer.location is None:
        return place if place.asn is not None or outer.asn is None else _announced_as(place, outer)
    elsewhere = place.location is not None and place.location != outer.location
    return replace(
        outer,
        confidence="low" if elsewhere else outer.confidence,
        basis="outer_tunnel",
        address_class=place.address_class,
        source=Text("the outer tunnel", "外层隧道"),
        why=None,
    )


def _announced_as(place: Place, outer: Place) -> Place:
    """Return `place` with the origin AS of `outer`, and its operator where the inventory names none."""
    announced = replace(place, asn=outer.asn, asn_source=outer.asn_source, asn_dated=outer.asn_dated)
    if place.operator is not None:
        return announced
    return replace(
        announced,
        operator=outer.operator,
        operator_name=outer.operator_name,
        operator_class=outer.operator_class,
        carrier=outer.carrier,
    )
