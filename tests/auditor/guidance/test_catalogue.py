import re
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from importlib.resources import files
from itertools import product
from string import Formatter
from typing import Any

import pytest

from auditor.guidance.assess import assess
from auditor.guidance.catalogue import consequences, controls, rules, statements
from auditor.guidance.predicates import PREDICATES
from auditor.guidance.results import template
from auditor.guidance.scope import derive_scope
from auditor.guidance.texts import fact_name, fact_value, keys, label
from auditor.model.enumerations import WORDS
from auditor.model.facts import FACT_NAMES, Facts, FactSet
from auditor.model.judgement import Outcome, Severity, Status, Verdict

DATA = {
    name: tomllib.loads(files("auditor.guidance").joinpath(name).read_text("utf-8"))
    for name in ("controls.toml", "sources.toml", "texts.toml")
}

# id, scope, deciding, severity on fail, on review: the table of the guidance's section 6.
SECTION_6 = """
G-01 A no - -
L-01 T yes - medium
N-01 G yes high medium
U-01 T yes - low
P-01 T yes - low
P-02 T yes high medium
P-03 T yes - low
P-04 T yes high medium
X-01 T yes high medium
X-02 T yes high medium
X-03 T yes high medium
X-04 T yes high medium
X-05 T yes - medium
X-06 T yes critical medium
X-07 T no - low
X-08 T yes - medium
X-09 T yes high -
R-01 T yes - low
O-01 G yes critical high
O-02 G yes critical medium
V-01 T no - info
V-02 T no - low
T-01 T no - -
T-02 G no - -
T-03 G no - -
A-01 A no high -
A-02 A no - low
"""
STATEMENTS = {
    "G-01": "S5 S6",
    "L-01": "S13 S15",
    "N-01": "S13",
    "U-01": "S13",
    "P-01": "S5 S7",
    "P-02": "S7 S8 S9 S10",
    "P-04": "S13 S19",
    "X-01": "S13 S14 S15 S16 S17 S18",
    "X-02": "S8 S12 S14 S19",
    "X-03": "S16 S17",
    "X-04": "S16 S17",
    "X-06": "S18",
    "X-09": "S9 S10 S12",
    "R-01": "S6",
    "O-01": "S7 S11",
    "O-02": "S8 S9 S10 S11",
    "V-01": "S4",
}
CJK = r"[\u3400-\u9fff]"


def texts(node: Any, where: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every table that holds a text in either language."""
    if isinstance(node, dict):
        if "en" in node or "zh" in node:
            yield where, node
        for key, value in node.items():
            yield from texts(value, f"{where}.{key}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from texts(value, f"{where}[{value.get('id', index) if isinstance(value, dict) else index}]")


ALL_TEXTS = [(f"{name}{where}", table) for name, data in DATA.items() for where, table in texts(data)]


def test_section_6() -> None:
    found = [
        f"{c.id} {c.scope} {'yes' if c.deciding else 'no'} "
        + " ".join("-" if s is Severity.NONE else s.value for s in (c.on_fail, c.on_review))
        for c in controls().values()
    ]
    assert found == SECTION_6.split("\n")[1:-1]


def test_predicates_run_in_catalogue_order() -> None:
    audited = ("T-02", "T-03", "A-01", "A-02")
    assert [*PREDICATES, *audited] == list(controls())


def test_statements_of_each_control() -> None:
    found = {c.id: " ".join(s.id for s in c.statements) for c in controls().values() if c.statements}
    assert found == STATEMENTS


def test_every_statement_is_there_and_quoted() -> None:
    assert list(statements()) == [f"S{number}" for number in range(1, 21)]
    for statement in statements().values():
        assert statement.quote_en or statement.quote_zh
        assert statement.quote_zh is None or re.search(CJK, statement.quote_zh)


@pytest.mark.parametrize(("where", "table"), ALL_TEXTS, ids=[where for where, _ in ALL_TEXTS])
def test_both_languages_and_chinese_punctuation(where: str, table: dict[str, Any]) -> None:
    assert set(table) == {"en", "zh"}, where
    english, chinese = table["en"], table["zh"]
    assert english.strip() == english != ""
    assert chinese.strip() == chinese != ""
    assert fields(english) == fields(chinese)
    # Names of products and codes are the same in both languages; everything else is Chinese.
    assert re.search(CJK, chinese) or chinese == english or "{" in chinese
    assert not re.search(rf"{CJK}\s*[,;:()?!]|[,;:()?!]\s*{CJK}", chinese), f"{where}: ASCII punctuation"
    assert not re.search(rf"{CJK} {CJK}|{CJK}\.", chinese), where
    assert not re.search("[，；：（）。、]", english), f"{where}: full-width punctuation"


def fields(text: str) -> list[str]:
    return sorted(name for _, name, _, _ in Formatter().parse(text) if name)


def test_texts_were_found() -> None:
    assert len(ALL_TEXTS) > 500


def test_sentences_end() -> None:
    for control in controls().values():
        for text in (*control.reasons.values(), *control.criteria.values(), control.evidence):
            assert text.en[-1] == ".", (control.id, text)
            assert text.zh[-1] == "。", (control.id, text)


def test_criteria_cover_what_can_happen() -> None:
    for control in controls().values():
        assert "applies" in control.criteria
        assert ("info" in control.criteria) is (control.on_fail is control.on_review is Severity.NONE)
        if control.on_fail is not Severity.NONE:
            assert "fail" in control.criteria
        if control.on_review is not Severity.NONE:
            assert "review" in control.criteria
            assert control.remediation is not None


def test_placeholders_are_facts() -> None:
    for control in controls().values():
        if control.id in PREDICATES:
            for text in control.reasons.values():
                assert set(fields(text.en)) <= {*FACT_NAMES, "scope"}, control.id


def test_facts_of_controls_exist() -> None:
    for control in controls().values():
        assert set(control.facts) <= set(FACT_NAMES)


def test_sources_are_all_used() -> None:
    used_rules = {rule.number for control in controls().values() for rule in control.rules}
    # Two rows of public material serve the consequences and the definition of scope only.
    assert set(rules()) - used_rules == {6}
    used = {item.id for c in controls().values() for item in (*c.consequences, *c.other_consequences)}
    assert set(consequences()) - used == {"unapproved_gateway"}
    for control in controls().values():
        assert all(item.in_guidance in ("yes", "implied") for item in control.consequences)
        assert all(item.in_guidance == "no" for item in control.other_consequences)


VALUES: dict[str, tuple[Any, ...]] = {
    **WORDS,
    "tunnel_family": (*WORDS["tunnel_family"], "unknown"),
    "circuit_match": (*WORDS["circuit_match"], "unknown"),
    "default_route": (True, False, None),
    "serving_permit_categories": (None, (), ("B13",), ("A14-4",)),
}
PLACES = (("CN", "CN"), ("CN", "SG"), ("HK", "SG"), ("CN", "unknown"), ("unknown", "SG"), ("unknown", "unknown"))


def every_case(control: str) -> Iterator[Facts]:
    """Yield every combination of the values that decide a control, at every kind of place."""
    names = [name for name in controls()[control].facts if name != "object_type"]
    for (local, remote), confidence, kind in product(PLACES, ("high", "low"), WORDS["object_type"]):
        place = Facts(
            object_type=kind, local_location=local, remote_location=remote, remote_location_confidence=confidence
        )
        for values in product(*(VALUES[name] for name in names)):
            yield replace(place, **dict(zip(names, values, strict=True)))


@pytest.mark.parametrize("control", PREDICATES)
def test_every_reason_has_a_text_and_every_text_a_use(control: str) -> None:
    findings = {PREDICATES[control](facts, derive_scope(facts)) for facts in every_case(control)}
    severity = {Outcome.FAIL: controls()[control].on_fail, Outcome.REVIEW: controls()[control].on_review}
    for finding in findings:
        assert severity.get(finding.outcome) is not Severity.NONE, finding
        assert template(control, finding.reason)
    for outcome, stated in severity.items():
        assert (outcome in {finding.outcome for finding in findings}) is (stated is not Severity.NONE)
    own = next(set(entry["reasons"]) for entry in DATA["controls.toml"]["control"] if entry["id"] == control)
    seen = {key for finding in findings for key in finding.reason.split("+")}
    assert own <= seen
    assert seen - own <= set(DATA["controls.toml"]["not_applicable"])


def test_every_fact_and_value_has_a_label() -> None:
    assert tuple(DATA["texts.toml"]["fact"]) == FACT_NAMES
    for name in FACT_NAMES:
        assert fact_name(name)
    for name, words in WORDS.items():
        assert tuple(DATA["texts.toml"]["fact"][name]["value"]) == words
        assert len({fact_value(name, word) for word in words}) == len(words)


@pytest.mark.parametrize(
    ("name", "value", "en", "zh"),
    [
        ("default_route", True, "yes", "是"),
        ("default_route", None, "unknown", "未知"),
        ("remote_location", "HK", "HK (Hong Kong)", "HK（香港）"),
        ("remote_location", "SG", "SG", "SG"),
        ("remote_location", "unknown", "unknown", "未知"),
        ("tunnel_family", "unknown", "unknown", "未知"),
        ("serving_permit_categories", ("B13", "A14-4"), "B13, A14-4", "B13、A14-4"),
        ("serving_permit_categories", (), "none", "无"),
        ("serving_permit_categories", None, "unknown", "未知"),
        ("remote_asn", 64500, "64500", "64500"),
    ],
)
def test_values_in_words(name: str, value: Any, en: str, zh: str) -> None:
    assert fact_value(name, value) == (en, zh)


@pytest.mark.parametrize(
    ("group", "values"),
    [
        ("verdict", Verdict),
        ("verdict_short", Verdict),
        ("verdict_meaning", Verdict),
        ("outcome", Outcome),
        ("severity", Severity),
        ("status", Status),
        ("status_meaning", Status),
    ],
)
def test_labels_are_complete(group: str, values: type[Verdict]) -> None:
    assert sorted(keys(group)) == sorted(values)


def test_verdict_labels_are_those_of_the_guidance() -> None:
    assert label("verdict", "compliant") == ("Matched to a permitted route", "已对应指引所列路径")
    assert label("verdict", "permitted") == ("Permitted (domestic or public network)", "允许（境内或公网）")
    assert label("verdict", "needs_review") == ("Needs review", "需人工复核")
    assert label("verdict", "not_applicable") == ("Outside the scope of the guidance", "不在指引范围内")
    assert label("verdict", "non_compliant") == (
        "Not in line with the guidance: no evidence of a permitted route, or contrary evidence",
        "与指引不符：未见允许路径的证据，或有相反证据",
    )


def test_reasons_name_the_facts_that_decided() -> None:
    own = Facts(
        tunnel_family="network_tunnel",
        local_location="CN",
        remote_location="SG",
        remote_location_confidence="high",
        provisioning="self_built",
        remote_network="own",
        circuit_match="none",
    )
    reasons = {result.control: result.reason for result in assess(FactSet.of(own)).results}
    assert reasons["X-01"].en == (
        "No register entry matches this connection; it is self-built (owner of the remote network: the company)."
        " No review of public-network use is on file."
    )
    assert reasons["X-01"].zh == (
        "没有对应该连接的登记条目；该连接为自建（对端网络归属：本企业）。没有关于公网使用的书面意见。"
    )
    assert "SG" in reasons["L-01"].en
    assert reasons["P-01"].en == "Applies to domestic connections; this one is cross-border."
