"""report.json: canonical, valid against the published schema, and the schema refuses what is broken."""

import copy
import json
from collections.abc import Callable
from importlib.resources import files
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from auditor.guidance.privacy import forbidden_fields
from reports.document import document
from reports.json_v1 import render, schema
from tests.reports import hostile, samples

VALIDATOR = Draft202012Validator(schema(), format_checker=Draft202012Validator.FORMAT_CHECKER)
SCANS = ("mixed", "compliant", "unprivileged", "without_config", "nothing")


def errors(found: Any) -> list[str]:
    return [f"{'/'.join(map(str, error.path))}: {error.message[:80]}" for error in VALIDATOR.iter_errors(found)]


@pytest.fixture(scope="module")
def mixed() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(render(document(samples.mixed())))
    return found


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(schema())
    assert schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert json.loads(files("auditor").joinpath("schemas/report-v1.schema.json").read_text("utf-8")) == schema()


@pytest.mark.parametrize("name", SCANS)
def test_documents_meet_the_schema(name: str) -> None:
    assert errors(json.loads(render(document(getattr(samples, name)())))) == []


@pytest.mark.parametrize("text", hostile.HOSTILE, ids=range(len(hostile.HOSTILE)))
def test_hostile_documents_meet_the_schema_and_are_inert(text: str) -> None:
    written = render(document(hostile.hostile(text)))
    assert errors(json.loads(written)) == []
    assert written.isprintable() or set(written) - {"\n"} == {c for c in set(written) - {"\n"} if c.isprintable()}


def every_object(node: Any) -> list[dict[str, Any]]:
    """Return every subschema of `node`."""
    if isinstance(node, dict):
        return [node, *(item for value in node.values() for item in every_object(value))]
    return [item for value in node for item in every_object(value)] if isinstance(node, list) else []


def test_the_schema_is_strict_and_says_what_everything_is() -> None:
    described = 0
    for node in every_object(schema()):
        if node.get("type") == "object" and "properties" in node:
            assert node["additionalProperties"] is False
        for name, field in node.get("properties", {}).items() if node.get("type") == "object" else ():
            described += 1
            assert field.get("description") or "$ref" in field, name
    assert described > 200


def test_every_field_is_on_the_list_of_allowed_ones(mixed: dict[str, Any]) -> None:
    allowed = {name for node in every_object(schema()) for name in node.get("properties", {})}
    assert forbidden_fields(mixed, allowed) == []


Change = Callable[[dict[str, Any]], object]
BROKEN: dict[str, Change] = {
    "an unknown field": lambda d: d.update(surprise=1),
    "an unknown field in a tunnel": lambda d: d["tunnels"][0].update(cmdline="openvpn --auth x"),
    "a missing list": lambda d: d.pop("blind_spots"),
    "a missing language": lambda d: d["headline"].pop("zh"),
    "a verdict that is none": lambda d: d.update(verdict="fine"),
    "a status that is none": lambda d: d.update(status="green"),
    "an outcome that is none": lambda d: d["tunnels"][0]["results"][0].update(outcome="ok"),
    "a state that is none": lambda d: d["tunnels"][0].update(state="connected"),
    "a port out of range": lambda d: d["tunnels"][0]["remotes"][0].update(port=70000),
    "a number as text": lambda d: d["tunnels"][0].update(ifindex="9"),
    "an empty place of unknown": lambda d: d["tunnels"][0].update(routes=0),
    "a date that is none": lambda d: d["circuits"][0].update(termination_date="soon"),
    "another major version": lambda d: d.update(schema_version="2.0"),
    "a digest cut short": lambda d: d["versions"]["data_sets"][0].update(sha256="abc"),
    "too many first things": lambda d: d.update(actions=d["actions"] * 3),
}


@pytest.mark.parametrize("change", BROKEN.values(), ids=BROKEN.keys())
def test_the_schema_refuses(change: Change, mixed: dict[str, Any]) -> None:
    broken = copy.deepcopy(mixed)
    change(broken)
    assert errors(broken)


def test_the_form_is_canonical(mixed: dict[str, Any]) -> None:
    written = render(document(samples.mixed()))
    assert written.endswith("}\n")
    assert json.loads(written) == mixed
    names = [line.partition(":")[0].strip('"') for line in written.splitlines() if line.startswith('"')]
    assert names == sorted(mixed)
    for entry in mixed["tunnels"]:
        assert json.dumps(entry, ensure_ascii=False, sort_keys=True) in [
            line.rstrip(",") for line in written.splitlines()
        ]
    assert "上海办公室" in written
    assert render(document(samples.mixed()), "zh") == written


def test_characters_that_a_terminal_obeys_are_escaped() -> None:
    written = render(document(hostile.hostile("gnp\u202e.exe\x9b1m\x1b")))
    assert "gnp\\u202e.exe\\u009b1m\\u001b" in written
