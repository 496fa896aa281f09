"""JSON Schemas (draft 2020-12) of both files, for editors and linters; ``python -m auditor.config.schema`` writes them.

They say what a schema can say. Prefixes with host bits, unknown references, dates in the wrong order and
double ids are found by the loader alone.
"""

import json
import sys
from pathlib import Path
from typing import Any

from auditor.config.config_keys import CONFIG
from auditor.config.keys import Key, Table
from auditor.config.register_keys import REGISTER

DIRECTORY = Path(__file__).parent.parent / "schemas"
SCHEMAS = {"config.schema.json": CONFIG, "register.schema.json": REGISTER}


def json_schema(table: Table) -> dict[str, Any]:
    """Return the JSON Schema of a whole file."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": table.name, **_table(table)}


def _table(table: Table) -> dict[str, Any]:
    """Return the schema of one table."""
    properties = {key.name: _key(key) for key in table.keys}
    properties |= {
        inner.name: {"type": "array", "description": inner.doc, "items": _table(inner)} if inner.many else _table(inner)
        for inner in table.tables
    }
    schema: dict[str, Any] = {
        "type": "object",
        "description": table.doc,
        "properties": properties,
        "additionalProperties": False,
    }
    required = [key.name for key in table.keys if key.required]
    return schema | ({"required": required} if required else {})


def _key(key: Key) -> dict[str, Any]:
    """Return the schema of one key."""
    schema: dict[str, Any] = {"description": key.doc}
    if key.many:
        schema |= {"type": "array", "items": dict(key.form.schema), "uniqueItems": True}
        schema |= {"minItems": key.at_least} if key.at_least else {}
    else:
        schema |= key.form.schema
    if key.default is not None:
        schema["default"] = key.default
    schema["examples"] = [key.example]
    return schema


def rendered(table: Table) -> str:
    """Return the text of a published schema file."""
    return json.dumps(json_schema(table), ensure_ascii=False, indent=2) + "\n"


def main() -> int:
    """Write both schema files; return 0."""
    DIRECTORY.mkdir(exist_ok=True)
    for name, table in SCHEMAS.items():
        (DIRECTORY / name).write_text(rendered(table), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
