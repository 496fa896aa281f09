"""The document as JSON, version 1: what other programs rely on (auditor/schemas/report-v1.schema.json)."""

import json
from functools import cache
from importlib.resources import files
from typing import Any

from reports.escape import json_inert


def render(document: dict[str, Any], languages: str = "both") -> str:
    """Return canonical JSON: sorted keys, one space of indent, UTF-8, a line break at the end.

    Texts are always in both languages; `languages` is there because every format takes it. Characters
    that a terminal or a viewer might obey are written as ``\\uNNNN``, which means the same.
    """
    del languages
    return json_inert(json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False)) + "\n"


@cache
def schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) that every document of this version meets."""
    raw: dict[str, Any] = json.loads(files("auditor").joinpath("schemas/report-v1.schema.json").read_text("utf-8"))
    return raw
