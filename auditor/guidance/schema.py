"""The JSON Schema of FACTS.json, made from the enumerations; the published file is checked against it."""

import json
import sys
from importlib.resources import as_file, files
from typing import Any, Final

from auditor.guidance.factsfile import UNKNOWABLE
from auditor.guidance.texts import fact_name
from auditor.model.enumerations import ADDRESS_FAMILIES, CATEGORIES, LOCATIONS, PLACES, TRUTHS, WORDS
from auditor.model.facts import FACT_NAMES

FILE: Final = "facts.schema.json"


def facts_schema() -> dict[str, Any]:
    """Return the schema of one object of facts, bare or under "facts"; every fact may be left out."""
    properties = {name: {"$ref": f"#/$defs/{name}"} for name in FACT_NAMES}
    path = {"type": "object", "properties": properties, "additionalProperties": False}
    paths = {
        "type": "array",
        "description": "The ways of one connection: each is the facts above, overridden by its own. The worst decides.",
        "items": {"$ref": "#/$defs/path"},
    }
    facts = {"type": "object", "properties": properties | {"paths": paths}, "additionalProperties": False}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Facts of one connection, as auditor assess reads them",
        "description": "A fact that is left out is unknown, and unknown never counts as compliant.",
        "type": "object",
        "if": {"required": ["facts"]},
        "then": {
            "properties": {"facts": {"$ref": "#/$defs/facts"}},
            "not": {"anyOf": [{"required": [name]} for name in (*FACT_NAMES, "paths")]},
        },
        "else": {"$ref": "#/$defs/facts"},
        "$defs": {
            "facts": facts,
            "path": path,
            "place": {"enum": [*sorted(PLACES), "unknown"]},
            **{name: _fact(name) for name in FACT_NAMES},
        },
    }


def _fact(name: str) -> dict[str, Any]:
    """Return the schema of one fact with its description."""
    text = fact_name(name)
    return {"description": f"{text.en} / {text.zh}", **_form(name)}


def _form(name: str) -> dict[str, Any]:
    """Return what a fact's values look like; "unknown" is among them wherever a fact may not be known."""
    if name in WORDS:
        unlisted = name in UNKNOWABLE and "unknown" not in WORDS[name]
        return {"enum": [*WORDS[name], *(["unknown"] if unlisted else [])]}
    if name in TRUTHS:
        return {"enum": [True, False, "unknown"]}
    if name in LOCATIONS:
        return {"$ref": "#/$defs/place"}
    if name in CATEGORIES:
        category = {"type": "string", "minLength": 1, "maxLength": 16}
        return {"anyOf": [{"type": "array", "items": category}, {"const": "unknown"}], "examples": [["A14-4", "B13"]]}
    if name == "address_family":
        return {"enum": [*ADDRESS_FAMILIES, "unknown"]}
    if name == "remote_asn":
        number = {"type": ["integer", "null"], "minimum": 0, "maximum": (1 << 32) - 1}
        return {"anyOf": [number, {"const": "unknown"}]}
    return {"type": ["string", "null"], "minLength": 1, "maxLength": 255}


def rendered() -> str:
    """Return the text of the published file."""
    return json.dumps(facts_schema(), ensure_ascii=False, indent=2) + "\n"


def main() -> int:
    """Write the published file; return 0."""
    with as_file(files("auditor").joinpath(f"schemas/{FILE}")) as path:
        path.write_text(rendered(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
