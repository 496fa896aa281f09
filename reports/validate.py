"""JSON Schema (draft 2020-12), as much of it as our published schemas use, with the place of each problem.

A schema is turned into functions once, which makes the check of a large report several times faster.
"""

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime
from math import isfinite
from typing import Any

from reports.escape import visible

Path = tuple[str | int, ...]
Check = Callable[[Any, Path], None]
_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "null": (type(None),),
}
_KNOWN = {
    *("$schema", "$id", "$defs", "$ref", "title", "description", "type", "properties", "required"),
    *("additionalProperties", "items", "enum", "anyOf", "pattern", "format", "minimum", "maximum", "maxItems"),
}


class _Enough(Exception):
    """As many problems as wanted were found."""


class Validator:
    """Checks values against one schema."""

    def __init__(self, schema: dict[str, Any], *, exact: bool) -> None:
        """Read `schema`; unless `exact`, unknown fields pass and missing fields that may be null become null.

        Raises ValueError for a keyword that is not supported, so that none is ever ignored.
        """
        self._definitions = schema.get("$defs", {})
        self._exact = exact
        self._references: dict[str, Check] = {}
        self._problems: list[str] = []
        self._at_most = 0
        self._check = self._compiled(schema)

    def problems(self, value: Any, at_most: int) -> list[str]:
        """Return the first problems of `value`, each as ``path: what is wrong``."""
        self._problems, self._at_most = [], at_most
        with suppress(_Enough):
            self._check(value, ())
        return self._problems

    def _say(self, path: Path, words: str) -> None:
        """Note a problem."""
        self._problems.append(f"{_dotted(path)}: {words}")
        if len(self._problems) >= self._at_most:
            raise _Enough

    def _compiled(self, schema: dict[str, Any]) -> Check:
        """Return a function that checks a value against `schema`."""
        if unknown := set(schema) - _KNOWN:
            raise ValueError(f"keyword that is not supported: {sorted(unknown)}")
        if "$ref" in schema:
            return self._referred(schema["$ref"])
        if "anyOf" in schema:
            return self._any_of(schema["anyOf"])
        of_type = self._of_type(schema)
        takes_null = "null" in schema.get("type", ())
        checks = [make(schema) for key, make in self._makers().items() if key in schema]
        if not checks:
            return of_type

        def check(value: Any, path: Path) -> None:
            before = len(self._problems)
            of_type(value, path)
            if len(self._problems) == before and not (value is None and takes_null):
                for each in checks:
                    each(value, path)

        return check

    def _makers(self) -> dict[str, Callable[[dict[str, Any]], Check]]:
        """Return what makes the check of each keyword."""
        return {
            "properties": self._object,
            "items": self._items,
            "enum": self._enum,
            "pattern": self._pattern,
            "format": self._format,
            "minimum": self._range,
            "maximum": self._range,
            "maxItems": self._most,
        }

    def _referred(self, reference: str) -> Check:
        """Return a check by a definition, which may refer to itself."""
        name = reference.removeprefix("#/$defs/")

        def check(value: Any, path: Path) -> None:
            if name not in self._references:
                self._references[name] = self._compiled(self._definitions[name])
            self._references[name](value, path)

        return check

    def _any_of(self, schemas: list[dict[str, Any]]) -> Check:
        """Return a check by alternatives; problems told are those of the last one, which says more than null."""
        nullable = {"type": "null"} in schemas
        rest = [self._compiled(schema) for schema in schemas if schema != {"type": "null"}]

        def check(value: Any, path: Path) -> None:
            if value is None and nullable:
                return
            for each in rest[:-1]:
                kept, self._problems = self._problems, []
                each(value, path)
                found, self._problems = self._problems, kept
                if not found:
                    return
            rest[-1](value, path)

        return check

    def _of_type(self, schema: dict[str, Any]) -> Check:
        """Return a check of the type; true and false are no numbers."""
        names = schema.get("type")
        if names is None:
            return lambda value, path: None
        names = [names] if isinstance(names, str) else names
        wanted = tuple(kind for name in names for kind in _TYPES[name])
        takes_bool = "boolean" in names

        def check(value: Any, path: Path) -> None:
            if not isinstance(value, wanted) or (isinstance(value, bool) and not takes_bool):
                self._say(path, f"must be {' or '.join(names)}")
            elif isinstance(value, float) and not isfinite(value):
                self._say(path, "is too large a number")

        return check

    def _object(self, schema: dict[str, Any]) -> Check:
        """Return a check of fields: each there, each right, none besides."""
        fields = {name: self._compiled(field) for name, field in schema["properties"].items()}
        required = frozenset(schema.get("required", ()))
        nullable = {name for name, field in schema["properties"].items() if _may_be_null(field)}
        closed = schema.get("additionalProperties") is False

        def check(value: Any, path: Path) -> None:
            if missing := required - value.keys():
                for name in sorted(missing):
                    if self._exact or name not in nullable:
                        self._say((*path, name), "is missing")
                    else:
                        value[name] = None
            for name, item in value.items():
                if name in fields:
                    fields[name](item, (*path, name))
                elif closed and self._exact:
                    self._say((*path, name), "is not a field of this version")

        return check

    def _items(self, schema: dict[str, Any]) -> Check:
        """Return a check of each item of a list."""
        each = self._compiled(schema["items"])

        def check(value: Any, path: Path) -> None:
            for number, item in enumerate(value):
                each(item, (*path, number))

        return check

    def _enum(self, schema: dict[str, Any]) -> Check:
        """Return a check by a closed list."""
        values = schema["enum"]
        has_bool = any(isinstance(each, bool) for each in values)  # NOTE: in Python, true is 1

        def check(value: Any, path: Path) -> None:
            if value not in values or (isinstance(value, bool) and not has_bool):
                self._say(path, f"{_shown(value)} is not one of {', '.join(map(str, values))}")

        return check

    def _pattern(self, schema: dict[str, Any]) -> Check:
        """Return a check of the form of a text."""
        pattern = re.compile(schema["pattern"].removesuffix("$") + r"\Z")  # NOTE: $ also matches before a newline

        def check(value: Any, path: Path) -> None:
            if isinstance(value, str) and not pattern.search(value):
                self._say(path, f"{_shown(value)} does not have the form {schema['pattern']}")

        return check

    def _format(self, schema: dict[str, Any]) -> Check:
        """Return a check of a day or a moment."""
        parse = _FORMATS[schema["format"]]

        def check(value: Any, path: Path) -> None:
            try:
                parse(value)
            except ValueError:
                self._say(path, f"{_shown(value)} is no {schema['format']}")

        return check

    def _range(self, schema: dict[str, Any]) -> Check:
        """Return a check of the bounds of a number."""
        least, most = schema.get("minimum", float("-inf")), schema.get("maximum", float("inf"))

        def check(value: Any, path: Path) -> None:
            if not least <= value <= most:
                self._say(path, f"{value} is not from {least} to {most}")

        return check

    def _most(self, schema: dict[str, Any]) -> Check:
        """Return a check of the length of a list."""

        def check(value: Any, path: Path) -> None:
            if len(value) > schema["maxItems"]:
                self._say(path, f"has more than {schema['maxItems']} items")

        return check


def _moment(text: str) -> None:
    """Raise ValueError unless `text` is a moment with its offset from UTC."""
    if datetime.fromisoformat(text).tzinfo is None:
        raise ValueError("no offset")


_FORMATS: dict[str, Callable[[str], object]] = {"date": date.fromisoformat, "date-time": _moment}


def _may_be_null(schema: dict[str, Any]) -> bool:
    """Return whether null meets `schema`."""
    kinds = schema.get("type", ())
    return "null" in ([kinds] if isinstance(kinds, str) else kinds) or {"type": "null"} in schema.get("anyOf", ())


def _dotted(path: Path) -> str:
    """Return a path as people write it: ``tunnels[3].remotes[0].port``."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{visible(part, limit=60)}" for part in path)
    return text.removeprefix(".") or "the document"


def _shown(value: object) -> str:
    """Return a value for a message."""
    return visible(repr(value), limit=60)
