"""Network evidence in every format: both sides of each attribute, uplinks with class, AS, contract and reason."""

from dataclasses import replace
from typing import Any

import pytest

from auditor.model.match import NetworkEvidence, Place
from auditor.model.scan import Audited
from auditor.model.text import Text
from reports import ends, html, text
from reports.document import document
from tests.reports import samples
from tests.reports.page import Page
from tests.reports.sample_network import BY_AS, CARRIER, PRIVATE
from tests.reports.sample_objects import access, handoff, remote_access
from tests.reports.sample_tunnels import wireguard


def differing() -> Audited:
    """Return the sample tunnel with an origin AS that the register does not have."""
    found = wireguard()
    match = replace(
        found.paths[0].match,
        network_evidence=NetworkEvidence.MISMATCH,
        network_evidence_reason=Text("origin AS64501; registered: AS64500", "起源自治系统AS64501；登记：AS64500"),
        network_comparisons=BY_AS,
    )
    facts = found.paths[0].facts.replace(network_evidence="mismatch")
    return replace(found, paths=(replace(found.paths[0], match=match, facts=facts),))


def test_json_has_both_sides_of_each_attribute() -> None:
    (tunnel,) = document(samples.scan(differing()))["tunnels"]
    rows = tunnel["match"]["network_comparisons"]
    assert [row["attribute"] for row in rows] == ["origin AS", "egress interface", "next hop", "VLAN"]
    assert rows[0] == {
        "attribute": "origin AS",
        "observed": {"en": "AS64501", "zh": "AS64501"},
        "registered": {"en": "AS64500", "zh": "AS64500"},
        "agreement": "contradicts",
        "note": {"en": "Example Transit; origin-asn 2026-09-16", "zh": "示例传输；origin-asn 2026-09-16"},
    }
    assert rows[2]["registered"] is None
    assert tunnel["paths"][0]["match"]["network_comparisons"] == rows


@pytest.mark.parametrize("compact", [False, True])
def test_html_has_both_sides_of_each_attribute(compact: bool) -> None:
    more = samples.many(70).objects if compact else ()
    page = Page(html.render(document(samples.scan(differing(), *more))))
    card = page.one("details", id="o-t-3d2a9c41f0b7").words
    for words in ("AS64501", "AS64500", "contradicts", "矛盾", "Example Transit; origin-asn 2026-09-16", "untagged"):
        assert words in card
    assert "origin AS64501; registered: AS64500" in card


def test_text_tells_what_does_not_agree_and_leaves_the_rest_to_the_report() -> None:
    shown = text.render(document(samples.scan(differing(), handoff())))
    (line,) = [line for line in shown.splitlines() if line.startswith("Network evidence of ")]
    assert line.startswith("Network evidence of wg-sg, circuit SHA-SIN-IPLC-0042 - differs from the register: ")
    assert "origin AS AS64501, registered AS64500 (contradicts)" in line
    assert "网络证据——与登记不一致：" in text.render(document(samples.scan(differing())), "zh")


def test_evidence_of_x_05_is_every_attribute_and_the_day_of_the_data() -> None:
    (tunnel,) = document(samples.scan(differing()))["tunnels"]
    (result,) = [result for result in tunnel["results"] if result["control"] == "X-05"]
    told = [line["en"] for line in result["evidence"]]
    assert "origin AS: observed AS64501, stated: AS64500 - contradicts (Example Transit; origin-asn 2026-09-16)" in told
    assert "VLAN: observed untagged, stated: none - one side says nothing" in told
    assert len(told) == 6


def results(found: dict[str, Any], control: str) -> list[str]:
    (result,) = [result for result in found["results"] if result["control"] == control]
    return [line["en"] for line in result["evidence"]]


def test_evidence_of_n_01_is_interface_as_name_and_contract_of_every_uplink() -> None:
    whole = document(samples.mixed())
    told = results(whole["gateway_assessment"], "N-01")
    assert told[0] == "Uplink eth0: basic carrier, provider china-telecom, contract CT-2024-118"
    assert told[1].startswith("The network agrees with what is declared: ")
    assert told[2].startswith("address of the uplink: observed 192.0.2.10: AS4134 China Telecom, stated: ")
    assert "Uplink backup/ppp0: not stated in the configuration" in told
    (public,) = [found for found in whole["objects"] if found["kind"] == "public_network_access"]
    assert results(public, "U-01") == told[:4]


def test_the_page_shows_each_uplink_at_its_access_and_at_the_gateway() -> None:
    page = Page(html.render(document(samples.mixed())))
    card, gateway = page.one("details", id="o-t-eth0").words, page.one("section", id="gateway").words
    for shown in (card, gateway):
        for words in ("AS4134 China Telecom", "CT-2024-118", "basic carrier", "private", "origin-asn 2026-09-16"):
            assert words in shown
    assert "nobody declared this uplink" in gateway
    assert "Register match" not in card


def test_every_end_has_place_source_day_confidence_and_operator_beside_it() -> None:
    page = Page(html.render(document(samples.mixed()), "en"))
    here = (
        "mainland China, by location data 2026-09-16 · confidence high · AS4134 China Telecom (origin-asn 2026-09-16)"
    )
    for id in ("o-t-3d2a9c41f0b7", "o-t-5e6f7a8b9c0d", "o-t-eth2-120", "o-t-eth0"):
        assert here in page.one("details", id=id).words
    tunnel = page.one("details", id="o-t-3d2a9c41f0b7").words
    assert "Singapore stated by the register · confidence high company network SG-1 2026-10-15".replace(" ", "") in (
        tunnel.replace(" ", "")
    )
    assert "10.255.0.1 Hong Kong" in page.one("details", id="o-t-eth2-120").words


def test_of_people_no_comparison_and_no_origin_is_told() -> None:
    served = remote_access(7)
    seen = replace(served.paths[0].match, network_comparisons=BY_AS, network_evidence_reason=Text("AS64501", "AS64501"))
    paths = tuple(
        replace(path, match=seen, place=replace(path.place, asn=64501, asn_source="x", asn_dated="2026-01-01"))
        for path in served.paths
    )
    (tunnel,) = document(samples.scan(replace(served, paths=paths)))["tunnels"]
    assert tunnel["match"]["network_comparisons"] == []
    assert {place["asn"] for place in tunnel["places"]["remotes"]} == {None}
    assert "64501" not in str(tunnel)


@pytest.mark.parametrize(
    ("place", "english"),
    [
        (
            CARRIER,
            "mainland China, by location data of 2026-09-16, confidence high;"
            " AS4134 China Telecom by origin-asn of 2026-09-16",
        ),
        (PRIVATE, "place not known"),
        (
            replace(CARRIER, location=None, confidence="low", why=Text("the sources disagree", "不一致"), asn=None),
            "place not known: the sources disagree (data of 2026-09-16), confidence low; China Telecom",
        ),
        (
            Place(location="SG", basis="inventory", confidence="low"),
            "Singapore, on the company's own list, confidence low",
        ),
        (replace(PRIVATE, asn=5), "place not known; AS5"),
    ],
)
def test_an_end_is_told_in_one_line(place: Place, english: str) -> None:
    assert ends.told(place).en == english


def test_an_uplink_is_one_line_of_the_summary() -> None:
    shown = text.render(document(samples.mixed()))
    (line,) = [line for line in shown.splitlines() if line.startswith("Uplinks: ")]
    assert "eth0 (basic carrier): the network agrees with the declared provider: AS4134 China Telecom" in line
    assert "backup/ppp0 (unknown): nobody declared this uplink" in line
    assert access().port is not None
