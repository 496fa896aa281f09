"""Warnings about providers: permits that end or were not looked up, and circuits that they cannot cover."""

from collections.abc import Iterator
from datetime import datetime

from auditor.config.dates import days_left, ends_soon, is_fresh, today
from auditor.config.enumerations import INTERNATIONAL_CATEGORIES, THREE_CARRIERS
from auditor.config.licences import covers, scope_of
from auditor.config.validate import Problem
from auditor.config.words import Path
from auditor.model.register import Circuit, Config, Licence, Provider, Register

_DOMESTIC_ONLY = {"b13_provider": "X-02 and X-09", "a241_provider": "X-02 and X-09"}
_CANNOT_LEASE = ("reseller", "commercial_vpn_provider", "unlicensed_provider")
_FROM_CARRIER = ("carrier_direct", "overseas_party_to_carrier", "overseas_operator_to_carrier")


def provider_warnings(config: Config, register: Register, now: datetime) -> Iterator[Problem]:
    """Yield warnings about every provider and about what circuits claim of theirs."""
    for index, provider in enumerate(register.providers):
        for position, licence in enumerate(provider.licences):
            yield from _licence(("provider", index, "licence", position), licence, now, config)
    providers = {provider.slug: provider for provider in register.providers}
    circuits = {circuit.cid: circuit for circuit in register.circuits}
    for index, circuit in enumerate(register.circuits):
        if circuit.status == "decommissioned":
            continue
        provider = providers[circuit.provider]
        yield from _claim(("circuit", index), circuit, provider, scope_of(circuit, config))
        onward = circuits.get(circuit.onward_circuit or "")
        if onward is not None:
            yield from _onward(("circuit", index, "onward_circuit"), onward, providers[onward.provider], config)


def _licence(path: Path, licence: Licence, now: datetime, config: Config) -> Iterator[Problem]:
    """Yield warnings about the days of one permit that is held."""
    last, checked = licence.valid_until, licence.checked_on
    if not licence.held:
        return
    if licence.valid_from is not None and today(now, config) < licence.valid_from:
        yield Problem(path=(*path, "valid_from"), text=f"the licence only begins on {licence.valid_from}")
    if last is not None and days_left(last, now, config) < 0:
        yield Problem(path=(*path, "valid_until"), text=f"the licence ended on {last}")
    elif last is not None and ends_soon(last, now, config):
        yield Problem(path=(*path, "valid_until"), text=f"the licence ends on {last}")
    if checked is None:
        yield Problem(path=(*path, "checked_on"), text="is not stated, so the licence counts as unverified")
    elif days_left(checked, now, config) > 0:
        yield Problem(
            path=(*path, "checked_on"), text=f"{checked} lies in the future: the licence counts as unverified"
        )
    elif last is None and not is_fresh(checked, now, config):
        most = config.policy.register_review_max_age_days
        yield Problem(
            path=(*path, "checked_on"),
            text=f"{checked} is more than {most} days ago and no last day is stated: the licence counts as unverified",
        )


def _claim(path: Path, circuit: Circuit, provider: Provider, scope: str) -> Iterator[Problem]:
    """Yield warnings about a circuit that its provider's class or permits cannot cover."""
    at, class_ = (*path, "provider"), provider.class_
    if scope == "cross_border" and class_ in _DOMESTIC_ONLY:
        text = f"{provider.slug} ({class_}) has a permit for domestic service only, and this circuit crosses the border"
        yield Problem(path=at, text=f"{text}: controls {_DOMESTIC_ONLY[class_]} fail")
    elif scope == "cross_border" and class_ in _CANNOT_LEASE:
        yield Problem(path=at, text=f"{provider.slug} ({class_}) cannot lease international lines: control X-02 fails")
    elif scope == "cross_border" and class_ not in THREE_CARRIERS:
        yield Problem(
            path=at,
            text=f"{provider.slug} ({class_}) is not one of the three carriers: control X-02 stays in review;"
            " if a carrier leases the line, name the carrier here",
        )
    elif class_ == "unlicensed_provider":
        yield Problem(path=at, text=f"{provider.slug} has no permit (class {class_}): control P-02 fails")
    elif not any(licence.held and covers(licence.categories, class_, scope) for licence in provider.licences):
        yield Problem(path=at, text=f"{provider.slug} has no licence with {_wanted(class_, scope)}")
    if circuit.contract_party in _FROM_CARRIER and class_ not in THREE_CARRIERS:
        yield Problem(
            path=(*path, "contract_party"),
            text=f"{circuit.contract_party} says that a carrier leases the line, but {provider.slug} is {class_}",
        )


def _wanted(class_: str, scope: str) -> str:
    """Return the categories one of which a service of `scope` needs."""
    if scope == "cross_border":
        return ", ".join(INTERNATIONAL_CATEGORIES[:-1]) + f" or {INTERNATIONAL_CATEGORIES[-1]}"
    return "a basic category (A...)" if class_ in THREE_CARRIERS else "B13 or A24-1"


def _onward(at: Path, onward: Circuit, provider: Provider, config: Config) -> Iterator[Problem]:
    """Yield a warning if the circuit that carries traffic abroad does not do so by a licensed carrier."""
    if provider.class_ not in THREE_CARRIERS:
        yield Problem(path=at, text=f"{onward.cid} is leased from {provider.slug}, not one of the three carriers")
    if scope_of(onward, config) == "domestic":
        yield Problem(path=at, text=f"{onward.cid} has both ends in the mainland")
    if onward.status == "decommissioned":
        yield Problem(path=at, text=f"{onward.cid} is decommissioned")
