import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.errors import InputError
from auditor.guidance.factsfile import MAX_BYTES, UNKNOWABLE, read_facts, shown
from auditor.model.facts import Facts, FactSet
from tests.auditor.guidance.scenarios import DOCUMENT, fact_set


def problems(text: str | bytes) -> list[str]:
    with pytest.raises(InputError) as caught:
        read_facts(text.encode() if isinstance(text, str) else text, "f.json")
    return caught.value.problems


def read(raw: Any) -> FactSet:
    return read_facts(json.dumps(raw).encode(), "f.json").facts


@pytest.mark.parametrize("scenario", DOCUMENT["scenarios"], ids=lambda scenario: scenario["id"])
def test_scenarios_are_read_bare_and_wrapped(scenario: dict[str, Any]) -> None:
    assert read(scenario) == read(scenario["facts"]) == fact_set(scenario["facts"])


def test_nothing_stated() -> None:
    stated = read_facts(b"{}", "f.json")
    assert stated.facts == FactSet.of(Facts())
    assert {"object_type", "remote_location", "circuit_match", "seen_up_recently"} <= set(stated.missing)
    assert not {"protocol", "remote_asn", "path_id", "policy_unmatched_cross_border"} & set(stated.missing)


def test_paths_override_and_may_be_empty() -> None:
    raw = {"remote_location": "SG", "default_route": "unknown", "paths": [{}, {"remote_location": "US"}]}
    facts = read(raw)
    assert [path.remote_location for path in facts.paths] == ["SG", "US"]
    assert read(raw | {"paths": []}) == FactSet.of(facts.paths[0])


def test_a_fact_stated_on_some_paths_only_is_missing() -> None:
    raw = {"paths": [{"provisioning": "leased", "remote_network": "own"}, {"remote_network": "own"}]}
    missing = read_facts(json.dumps(raw).encode(), "f.json").missing
    assert "provisioning" in missing
    assert "remote_network" not in missing


def test_unknown_is_not_known() -> None:
    facts = read({"default_route": "unknown", "serving_permit_categories": "unknown", "remote_asn": None}).paths[0]
    assert (facts.default_route, facts.serving_permit_categories, facts.remote_asn) == (None, None, None)


@pytest.mark.parametrize("name", sorted(UNKNOWABLE))
def test_stated_as_unknown_is_as_if_left_out(name: str) -> None:
    stated = DOCUMENT["scenarios"][0]["facts"]
    without = {fact: value for fact, value in stated.items() if fact != name}
    assert read(stated | {name: "unknown"}) == read(without)
    assert read(stated | {"paths": [{name: "unknown"}]}) == read(without)


def test_the_policy_switch_is_never_unknown() -> None:
    assert problems('{"policy_unmatched_cross_border": "unknown"}')


def test_every_problem_is_named_with_its_line() -> None:
    text = """{
  "local_location": "cn",
  "circuit_mach": "none",
  "circuit_match": "stron",
  "default_route": "yes",
  "provisioning": null,
  "provisioning": "leased",
  "address_family": "6",
  "remote_endpoint": "a\\u001b[31mb",
  "serving_permit_categories": ["B13", 4],
  "seen_up_recently": 1,
  "paths": [
    {"path_id": "v4"},
    {"remote_locaton": "US",
     "remote_location": "XX",
     "paths": []},
    7
  ]
}"""
    assert [line.removeprefix("f.json:").split(": ")[:2] for line in problems(text)] == [
        ["2", "local_location"],
        ["3", "circuit_mach"],
        ["4", "circuit_match"],
        ["5", "default_route"],
        ["6", "provisioning"],
        ["7", "provisioning"],
        ["8", "address_family"],
        ["9", "remote_endpoint"],
        ["10", "serving_permit_categories"],
        ["11", "seen_up_recently"],
        ["14", "paths[1].remote_locaton"],
        ["15", "paths[1].remote_location"],
        ["16", "paths[1].paths"],
        ["17", "paths[2]"],
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"circuit_mach": "none"}', "f.json:1: circuit_mach: is no fact (did you mean circuit_match?)"),
        (
            '{"circuit_match": "stron"}',
            'f.json:1: circuit_match: "stron" must be one of none, weak, strong, ambiguous, conflict'
            ' (did you mean "strong"?)',
        ),
        ('{"default_route": "n"}', 'f.json:1: default_route: "n" must be true, false or unknown'),
        ('{"user_record": true}', "f.json:1: user_record: true must be one of yes, no, unknown, not_applicable"),
        ('{"provisioning": null}', "f.json:1: provisioning: must not be null; leave it out if it is not known"),
        ('{"remote_asn": 1.5}', "f.json:1: remote_asn: 1.5 must be an AS number"),
        ('{"paths": {}}', "f.json:1: paths: must be a list of objects, one a path"),
        ('{"circuit_match": {"a": 1}}', "f.json:1: circuit_match: what stands here must be one of none, weak, strong,"
         " ambiguous, conflict"),
        ('{"facts": {}, "circuit_match": "none"}', 'f.json:1: circuit_match: stands beside "facts"; it belongs inside'),
        ('{"facts": []}', "f.json:1: facts: must be an object of facts, in braces"),
        ('{"facts": {},\n"facts": {}}', "f.json:2: facts: stands twice (first in line 1)"),
        ('{"id": "S1", "facts": {"id": "S1"}}', "f.json:1: id: is no fact"),
        ('{"\\u001b[2J": 1}', "f.json:1: \\x1b[2J: is no fact"),
        ("[]", "f.json:1: must be one object of facts, in braces"),
        ("null", "f.json:1: must be one object of facts, in braces"),
        (b"\xef\xbb\xbf{}", "f.json:1: begins with a byte order mark; save it as UTF-8 without one"),
        ("{}".encode("utf-16"), "f.json:1: begins with a byte order mark; save it as UTF-8 without one"),
        (b'{\n"a": "\xff"}', "f.json:2: is not UTF-8 text (byte 8)"),
        (b" " * (MAX_BYTES + 1), "f.json: is larger than 1 MiB, more than any set of facts"),
    ],
)  # fmt: skip
def test_messages(text: str | bytes, expected: str) -> None:
    assert problems(text) == [expected]


@pytest.mark.parametrize(("word", "meant"), [("Yes", "true"), ("TRUE", "true"), ("no", "false"), ("False", "false")])
def test_truth_in_words(word: str, meant: str) -> None:
    assert problems(f'{{"default_route": "{word}"}}')[0].endswith(f"(did you mean {meant}?)")


def test_many_wrong_names_take_no_time() -> None:
    text = "{" + ",".join(f'"{number:x}": 1' for number in range(50_000)) + "}"
    assert len(problems(text)) == 50_000


@given(st.binary(max_size=200))
def test_any_bytes_end_in_facts_or_in_messages(data: bytes) -> None:
    try:
        read_facts(data, "f.json")
    except InputError as error:
        told = error.problems
    else:
        return
    assert told
    assert all(line.startswith("f.json:") and line.isprintable() for line in told)


@given(st.text(max_size=300))
def test_shown_text_is_printable_and_short(text: str) -> None:
    assert shown(text).isprintable()
    assert len(shown("x" * 300)) == 81
