from dataclasses import replace

import pytest

from auditor.guidance.texts import label
from auditor.model.scan import Scan
from reports.statements import of, statements
from tests.reports import samples
from tests.reports.given_statements import GIVEN
from tests.reports.sample_objects import access, handoff
from tests.reports.sample_paths import leased
from tests.reports.sample_tunnels import ipsec, openvpn, tinc, vxlan, wireguard


def ids(scan: Scan) -> list[str]:
    return [entry["id"] for entry in statements(scan)]


def test_three_statements_are_always_there() -> None:
    assert ids(samples.nothing()) == ["8.1", "8.2", "8.7"]
    assert statements(samples.nothing())[0]["text"]["zh"] == label("statement", "technology").zh


def test_the_others_where_they_apply() -> None:
    assert ids(samples.scan(openvpn())) == ["8.1", "8.2", "8.3", "8.7"]
    assert ids(samples.scan(tinc())) == ["8.1", "8.2", "8.4", "8.7"]
    assert ids(samples.scan(ipsec())) == ["8.1", "8.2", "8.3", "8.5", "8.7"]
    assert ids(samples.mixed()) == ["8.1", "8.2", "8.3", "8.4", "8.5", "8.7"]


@pytest.mark.parametrize(
    "found", [wireguard(), vxlan(), handoff(), access()], ids=["wireguard", "vxlan", "line", "access"]
)
def test_objects_in_order_call_for_none(found: object) -> None:
    assert of(found) == ()  # type: ignore[arg-type]


def test_interruption_is_named_only_where_a_provider_is_involved() -> None:
    found = wireguard()
    reseller = leased(service_provider="reseller", contract_party="reseller")
    facts = found.paths[0].facts.replace(**reseller)
    judged = samples.judged("tunnel", found.tunnel, (replace(found.paths[0], facts=facts),))  # type: ignore[arg-type]
    assert of(judged) == ("8.6",)


def test_each_statement_is_word_for_word_that_of_the_guidance() -> None:
    found = wireguard()
    reseller = leased(service_provider="reseller", contract_party="reseller")
    facts = found.paths[0].facts.replace(**reseller)
    involved = samples.judged("tunnel", found.tunnel, (replace(found.paths[0], facts=facts),))  # type: ignore[arg-type]
    shown = [*statements(samples.mixed()), *statements(samples.scan(involved))]
    told = {entry["id"]: (entry["text"]["en"], entry["text"]["zh"]) for entry in shown}
    assert told == GIVEN
