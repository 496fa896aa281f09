import json
from importlib.resources import files
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from auditor.errors import InputError
from auditor.guidance.factsfile import read_facts
from auditor.guidance.schema import FILE, facts_schema, rendered
from auditor.model.facts import FACT_NAMES
from tests.auditor.guidance.scenarios import DOCUMENT

VALIDATOR = Draft202012Validator(facts_schema())


def test_the_published_file_is_the_schema() -> None:
    Draft202012Validator.check_schema(facts_schema())
    assert files("auditor").joinpath(f"schemas/{FILE}").read_text("utf-8") == rendered()


@pytest.mark.parametrize("scenario", DOCUMENT["scenarios"], ids=lambda scenario: scenario["id"])
def test_scenarios_are_valid(scenario: dict[str, Any]) -> None:
    VALIDATOR.validate(scenario)
    VALIDATOR.validate(scenario["facts"])


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"paths": []},
        {"paths": [{"remote_location": "US"}]},
        {"facts": {}, "title": "x"},
        {"remote_asn": None},
        {"default_route": "unknown", "serving_permit_categories": "unknown"},
        *({name: "unknown"} for name in FACT_NAMES),
        [],
        {"circuit_mach": "none"},
        {"circuit_match": "stron"},
        {"circuit_match": None},
        {"default_route": "yes"},
        {"default_route": 1},
        {"local_location": "XX"},
        {"remote_asn": -1},
        {"remote_asn": 1 << 32},
        {"address_family": 5},
        {"address_family": None},
        {"serving_permit_categories": ["B13", 4]},
        {"serving_permit_categories": None},
        {"remote_endpoint": ""},
        {"path_id": None},
        {"paths": [{"paths": []}]},
        {"paths": [7]},
        {"paths": {}},
        {"facts": [], "title": "x"},
        {"facts": {"circuit_mach": 1}},
        {"facts": {}, "circuit_match": "none"},
        {"facts": {}, "paths": []},
    ],
    ids=json.dumps,
)
def test_schema_and_reader_agree(document: Any) -> None:
    try:
        read_facts(json.dumps(document).encode(), "f.json")
        accepted = True
    except InputError:
        accepted = False
    assert VALIDATOR.is_valid(document) is accepted
