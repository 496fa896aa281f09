"""What each control's outcome rests on, in words a third party can check (guidance section 6, "Evidence")."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from auditor.model.judgement import ControlResult, Outcome
from auditor.model.match import Match, Strength
from auditor.model.register import Circuit, Licence, Provider
from auditor.model.scan import Audited, Path, Scan
from auditor.model.text import Text
from reports import ends, network, privacy, words
from reports.labels import joined, place, say

_PLACES_SHOWN = 8
_ROUTES = {"carrier_direct": 1, "overseas_party_to_carrier": 2, "overseas_operator_to_carrier": 2}


@dataclass(frozen=True, slots=True)
class _Case:
    """One result on one object, with the path that decided it and the circuit it is matched to."""

    scan: Scan
    audited: Audited
    path: Path | None
    circuit: Circuit | None
    provider: Provider | None


def of(scan: Scan, audited: Audited, result: ControlResult) -> tuple[Text, ...]:
    """Return the evidence for `result` on `audited`; none for controls that do not apply or only inform."""
    writer = _WRITERS.get(result.control)
    if writer is None or result.outcome in (Outcome.NOT_APPLICABLE, Outcome.INFO):
        return ()
    paths = audited.paths
    path = paths[result.path] if result.path < len(paths) else None
    circuit = _circuit(scan, audited, path)
    provider = next((p for p in scan.register.providers if circuit and p.slug == circuit.provider), None)
    return tuple(writer(_Case(scan, audited, path, circuit, provider)))


def of_gateway(scan: Scan, result: ControlResult) -> tuple[Text, ...]:
    """Return the evidence for `result` on the gateway itself."""
    if result.outcome in (Outcome.NOT_APPLICABLE, Outcome.INFO):
        return ()
    writer = {"N-01": network.of_uplinks, "O-01": _serving, "O-02": _serving, "A-02": _freshness}.get(result.control)
    return tuple(writer(scan)) if writer else ()


def _circuit(scan: Scan, audited: Audited, path: Path | None) -> Circuit | None:
    """Return the register entry that the deciding path, else the object, is matched to."""
    cid = (path.match.cid if path else None) or audited.circuit
    return next((circuit for circuit in scan.register.circuits if cid and circuit.cid == cid), None)


def _places(case: _Case) -> Iterator[Text]:
    yield say("evidence.place_local", place=place(case.scan.config.site.location), basis=say("basis.site"))
    near = {end.address: end for path in case.audited.paths for end in path.near}
    for end in list(near.values())[:_PLACES_SHOWN]:
        yield say("evidence.place_near", address=end.address, place=ends.told(end.place))
    if privacy.serves_people(case.audited):
        return
    for path in case.audited.paths[:_PLACES_SHOWN]:
        yield say("evidence.place_remote", remote=path.remote, place=ends.told(path.place))


def _access(case: _Case) -> Iterator[Text]:
    port = case.audited.port
    if port is None or case.audited.kind != "public_network_access":
        yield from network.of_uplinks(case.scan)
    else:
        yield from network.of_uplink(case.scan, port.scope.name, port.interface)


def _entry(case: _Case) -> Iterator[Text]:
    if case.path is None:
        return
    match = case.path.match
    strength = words.value("circuit_match", match.strength.value)
    key = "evidence.entry" if match.cid else "evidence.no_entry"
    yield say(key, strength=strength, **({"cid": match.cid} if match.cid else {}))
    yield from _attributes(case, match)
    if case.circuit and (route := _ROUTES.get(case.circuit.contract_party)):
        yield say("evidence.route", route=say(f"word.route_{route}"))
    if match.strength is Strength.NONE:
        yield from _provisioning(case)
        yield say("evidence.review", review=_fact(case, "public_network_review"))


def _attributes(case: _Case, match: Match) -> Iterator[Text]:
    if privacy.serves_people(case.audited):
        return
    for reason in match.reasons:
        yield say(
            "evidence.attribute",
            attribute=words.attribute(reason.attribute),
            observed=reason.observed,
            registered=reason.registered,
            says=say("word.agrees" if reason.agrees else "word.disagrees"),
        )


def _provisioning(case: _Case) -> Iterator[Text]:
    yield say("evidence.provisioning", provisioning=_fact(case, "provisioning"), relation=_fact(case, "remote_network"))


def _provider(case: _Case) -> Iterator[Text]:
    if case.provider is None:
        class_ = _fact(case, "service_provider")
        yield say("evidence.provider", name=case.path.match.provider if case.path else None, class_=class_)
        return
    name = Text(case.provider.name, case.provider.name_zh or case.provider.name)
    yield say("evidence.provider", name=name, class_=words.value("service_provider", case.provider.class_))
    if not case.provider.licences:
        yield say("evidence.no_licence")
    for licence in case.provider.licences:
        yield _licence(licence)


def _licence(licence: Licence) -> Text:
    checked = licence.checked_on.isoformat() if licence.checked_on else None
    return say(
        "evidence.licence",
        number=licence.number,
        categories=joined([Text(category, category) for category in licence.categories]),
        validity=words.period(licence.valid_from, licence.valid_until),
        checked_on=checked,
    )


def _contract(case: _Case) -> Iterator[Text]:
    if case.circuit is None:
        return
    yield say(
        "evidence.contract",
        contract=case.circuit.contract or say("word.not_stated"),
        validity=words.period(case.circuit.install_date, case.circuit.termination_date),
        status=_fact(case, "contract_status"),
    )


def _contract_party(case: _Case) -> Iterator[Text]:
    yield say("evidence.contract_party", party=_fact(case, "contract_party"))


def _network(case: _Case) -> Iterator[Text]:
    yield say("evidence.network", evidence=_fact(case, "network_evidence"))
    reason = case.path.match.network_evidence_reason if case.path else None
    if reason and not privacy.serves_people(case.audited):
        yield reason
        yield from network.said(case.path.match.network_comparisons if case.path else ())


def _purpose(case: _Case) -> Iterator[Text]:
    yield say("evidence.purpose", purpose=_fact(case, "declared_purpose"))


def _user_record(case: _Case) -> Iterator[Text]:
    dated = case.circuit.user_record_date if case.circuit else None
    yield say("evidence.user_record", record=_fact(case, "user_record"), date=dated.isoformat() if dated else None)


def _routes(case: _Case) -> Iterator[Text]:
    subject = case.audited.tunnel or case.audited.port
    routes = subject.routes if subject else None
    default = subject.default_route if subject else None
    yield say("evidence.routes", count=None if routes is None else len(routes), default=words.truth(default))


def _onward(case: _Case) -> Iterator[Text]:
    yield from _routes(case)
    yield say("evidence.onward", reach=_fact(case, "onward_reach"))


def _domestic_permit(case: _Case) -> Iterator[Text]:
    yield from _provider(case)
    yield from _places(case)


def _clients(case: _Case) -> Iterator[Text]:
    if case.audited.tunnel and privacy.serves_people(case.audited):
        yield say("evidence.clients", count=privacy.count_label(case.audited.tunnel.peers_count))


def _serving(scan: Scan) -> Iterator[Text]:
    serving = scan.config.serving
    categories = joined([Text(category, category) for category in serving.permit_categories])
    yield say(
        "evidence.serving",
        serves=words.value("serves_external_customers", serving.serves_external_customers),
        permit=words.value("serving_permit_status", serving.permit_status),
        number=serving.permit_number or say("word.not_stated"),
        categories=categories if categories.en else say("word.not_stated"),
        scope=words.value("serving_scope", serving.scope),
    )


def _freshness(scan: Scan) -> Iterator[Text]:
    reviewed = scan.register.reviewed_on
    days = scan.config.policy.register_review_max_age_days
    yield say("evidence.register_review", date=reviewed.isoformat() if reviewed else None, days=days)


def _realisation(case: _Case) -> Iterator[Text]:
    yield say("evidence.realisation", realisation=_fact(case, "realisation"))


def _state(case: _Case) -> Iterator[Text]:
    if tunnel := case.audited.tunnel:
        yield say("evidence.state", state=say(f"state.{tunnel.state.value}"), reason=tunnel.state_reason)


def _fact(case: _Case, name: str) -> Text:
    """Return the value of a fact of the deciding path, in words."""
    return words.value(name, getattr(case.path.facts, name) if case.path else None)


_WRITERS: dict[str, Callable[[_Case], Iterator[Text]]] = {
    "L-01": _places,
    "N-01": _access,
    "U-01": _access,
    "P-01": _provisioning,
    "P-02": _provider,
    "P-03": _contract,
    "P-04": _onward,
    "X-01": _entry,
    "X-02": _provider,
    "X-03": _contract_party,
    "X-04": _contract,
    "X-05": _network,
    "X-06": _purpose,
    "X-07": _user_record,
    "X-08": _routes,
    "X-09": _domestic_permit,
    "R-01": _clients,
    "V-01": _realisation,
    "V-02": _state,
}
