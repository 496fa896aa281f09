"""Who announces an address: operators and carriers as data (auditor/data/operators.toml)."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

from auditor.model.register import StatedOperator
from auditor.model.text import Text
from auditor.tables import table

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """A basic carrier of the guidance; `class_` is a value of the fact `service_provider`."""

    id: str
    name: Text
    class_: str
    licences: tuple[str, ...]
    source: str
    dated: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """One operator; `class_` is a value of `remote_operator_class`, `home` where it is registered.

    `spread`: its addresses are all over the world, and data sets often list them where it is registered.
    `prefixes` are address space that is its own though BGP does not show it, or that is served from many places.
    """

    id: str
    name: Text
    class_: str
    home: str | None
    source: str
    dated: date
    carrier: str | None = None
    spread: bool = False
    asns: tuple[int, ...] = ()
    prefixes: tuple[Network, ...] = ()


class Operators:
    """Operators, found by AS number or by address."""

    def __init__(self, operators: tuple[Operator, ...], carriers: tuple[Carrier, ...] = ()) -> None:
        """Index `operators`; of equal numbers or prefixes the last counts, so that a company's own win."""
        self.all = operators
        self.carriers = {carrier.id: carrier for carrier in carriers}
        self._by_asn = {asn: operator for operator in operators for asn in operator.asns}
        by_prefix: dict[tuple[int, int], dict[int, Operator]] = {}
        for operator in operators:
            for prefix in operator.prefixes:
                key = (prefix.max_prefixlen // 8, prefix.prefixlen)
                number = int(prefix.network_address) >> (prefix.max_prefixlen - prefix.prefixlen)
                by_prefix.setdefault(key, {})[number] = operator
        self._by_prefix = sorted(by_prefix.items(), key=lambda item: item[0], reverse=True)

    def with_more(self, operators: tuple[Operator, ...]) -> "Operators":
        """Return these and `operators`, which win."""
        return Operators((*self.all, *operators), tuple(self.carriers.values())) if operators else self

    def of(self, address: bytes, asn: int | None) -> Operator | None:
        """Return the operator of `address` (4 or 16 bytes): by the longest prefix, else by the origin AS."""
        number, bits = int.from_bytes(address), 8 * len(address)
        for (size, length), numbers in self._by_prefix:  # longest first
            if size == len(address) and (found := numbers.get(number >> (bits - length))):
                return found
        return self._by_asn.get(asn) if asn is not None else None


def stated(operator: StatedOperator) -> Operator:
    """Return an operator of the company's register; its name is its id."""
    return Operator(
        id=operator.name,
        name=Text(operator.name, operator.name_zh or operator.name),
        class_=operator.class_,
        home=operator.home,
        source=operator.source,
        dated=operator.dated,
        spread=operator.spread,
        asns=operator.asns,
        prefixes=operator.prefixes,
    )


@cache
def shipped() -> Operators:
    """Return the operators and carriers that the package ships; they are read once."""
    raw = table("operators")
    return Operators(tuple(map(_operator, raw["operator"])), tuple(map(_carrier, raw["carrier"])))


def _operator(entry: dict[str, Any]) -> Operator:
    """Return one [[operator]]."""
    return Operator(
        id=entry["id"],
        name=Text(entry["en"], entry["zh"]),
        class_=entry["class"],
        home=entry.get("home"),
        source=entry["source"],
        dated=date.fromisoformat(entry["dated"]),
        carrier=entry.get("carrier"),
        spread=entry.get("spread", False),
        asns=tuple(entry.get("asns", ())),
        prefixes=tuple(ip_network(prefix) for prefix in entry.get("prefixes", ())),
    )


def _carrier(entry: dict[str, Any]) -> Carrier:
    """Return one [[carrier]]."""
    return Carrier(
        id=entry["id"],
        name=Text(entry["en"], entry["zh"]),
        class_=entry["class"],
        licences=tuple(entry["licences"]),
        source=entry["source"],
        dated=date.fromisoformat(entry["dated"]),
    )
