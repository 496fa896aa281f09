"""Words for people, in both languages (`texts.toml`): statements, labels of outcomes, facts and values."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from auditor.model.enumerations import LOCATIONS, WORDS
from auditor.model.text import Text


def read_toml(name: str) -> dict[str, Any]:
    """Return the parsed data file `name` of this package."""
    return tomllib.loads(files("auditor.guidance").joinpath(name).read_text("utf-8"))


@cache
def _texts() -> dict[str, Any]:
    """Return texts.toml, read once."""
    return read_toml("texts.toml")


def to_text(entry: dict[str, str]) -> Text:
    """Return the text of a table with the keys `en` and `zh`; raises KeyError if a language is missing."""
    return Text(entry["en"], entry["zh"])


@cache
def label(group: str, key: str) -> Text:
    """Return the label of `key` in `group`, a section of texts.toml; raises KeyError if there is none.

    Groups: statement, verdict, verdict_short, verdict_meaning, gateway_verdict, outcome, severity,
    status, status_meaning, scope, control_scope, rule_status, in_guidance, truth, word, place.
    """
    return to_text(_texts()[group][key])


@cache
def keys(group: str) -> tuple[str, ...]:
    """Return the keys of a section of texts.toml, in its order."""
    return tuple(_texts()[group])


@cache
def fact_name(name: str) -> Text:
    """Return what people call the fact `name`; raises KeyError if it is none."""
    return to_text(_texts()["fact"][name]["name"])


@cache
def fact_value(name: str, value: str | bool | int | tuple[str, ...] | None) -> Text:
    """Return a fact's value in words; a value that has no label is shown as it is."""
    if name in WORDS and value in WORDS[name]:
        return to_text(_texts()["fact"][name]["value"][value])
    if name in LOCATIONS and value in _texts()["place"]:
        return label("place", str(value))
    if value is None or value == "unknown":
        return label("truth", "unknown")
    if isinstance(value, bool):
        return label("truth", "yes" if value else "no")
    if isinstance(value, tuple):
        return Text(", ".join(value), "、".join(value)) if value else label("word", "none_listed")
    return Text(str(value), str(value))
