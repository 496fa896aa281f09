"""The document as JSON, version 1: what other programs rely on (auditor/schemas/report-v1.schema.json)."""

import json
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

from reports.escape import json_inert


def render(document: dict[str, Any], languages: str = "both") -> str:
    """Return canonical JSON: sorted keys, one line a field, and in lists one line an entry; UTF-8.

    So two reports differ by the lines of the objects that differ, and 1,000 tunnels are written by the
    encoder in C, which takes a tenth of the time of an indented document. Texts are always in both
    languages; `languages` is there because every format takes it. Characters that a terminal or a
    viewer might obey are written as ``\\uNNNN``, which means the same.
    """
    return "".join(pieces(document, languages))


def pieces(document: dict[str, Any], languages: str = "both") -> Iterator[str]:
    """Yield the same field by field, and lists entry by entry."""
    del languages
    writer = _Writer()
    before = "{\n"
    for name in sorted(document):
        yield f"{before}{_line(name)}: "
        yield from writer.field(document[name])
        before = ",\n"
    yield "\n}\n"


_line = json.JSONEncoder(ensure_ascii=False, sort_keys=True, allow_nan=False).encode
_SHARED = "results"


class _Writer:
    """Writes one document; the results of its objects, most of them shared, are encoded once each."""

    def __init__(self) -> None:
        """Start with nothing encoded."""
        self._encoded: dict[int, str] = {}

    def field(self, value: object) -> Iterator[str]:
        """Yield the value of one field: a list with a line for each entry, else one line."""
        if not isinstance(value, list) or not value:
            yield json_inert(_line(value))
            return
        before = "[\n"
        for entry in value:
            yield before + self._entry(entry)
            before = ",\n"
        yield "\n]"

    def _entry(self, value: object) -> str:
        """Return one entry of a list on one line."""
        if not isinstance(value, dict) or not isinstance(value.get(_SHARED), list):
            return json_inert(_line(value))
        before = _line({name: item for name, item in value.items() if name < _SHARED})
        after = _line({name: item for name, item in value.items() if name > _SHARED})
        results = ", ".join(map(self._result, value[_SHARED]))
        members = (json_inert(before[1:-1]), f'"{_SHARED}": [{results}]', json_inert(after[1:-1]))
        return "{" + ", ".join(filter(None, members)) + "}"

    def _result(self, value: object) -> str:
        """Return one result; the document outlives this writer, so an object is known by its identity."""
        text = self._encoded.get(id(value))
        if text is None:
            text = self._encoded[id(value)] = json_inert(_line(value))
        return text


@cache
def schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) that every document of this version meets."""
    raw: dict[str, Any] = json.loads(files("auditor").joinpath("schemas/report-v1.schema.json").read_text("utf-8"))
    return raw
