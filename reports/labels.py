"""The reports' own words in both languages (texts.toml, places.toml), and sentences made of them."""

import tomllib
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from auditor.model.text import Text

Value = Text | dict[str, str] | str | float | None


@cache
def texts() -> dict[str, Text]:
    """Return every text by its key, e.g. ``word.gateway``."""
    raw: dict[str, dict[str, dict[str, str]]] = tomllib.loads(
        files("reports").joinpath("texts.toml").read_text("utf-8")
    )
    return {
        f"{group}.{key}": Text(entry["en"], entry["zh"])
        for group, entries in raw.items()
        for key, entry in entries.items()
    }


@cache
def places() -> dict[str, Text]:
    """Return the names of places by ISO 3166-1 alpha-2 code."""
    raw: dict[str, dict[str, str]] = tomllib.loads(files("reports").joinpath("places.toml").read_text("utf-8"))
    return {code: Text(entry["en"], entry["zh"]) for code, entry in raw.items()}


def place(code: str | None) -> Text:
    """Return the name of the place `code`, the code itself if it has none, "not known" for None."""
    if code is None or code == "unknown":
        return say("word.not_known")
    return places().get(code, Text(code, code))


def say(key: str, **values: Value) -> Text:
    """Return the text `key` with `values` filled in, each in its language; None reads "not known".

    Raises KeyError for a key or a value name that texts.toml does not know.
    """
    text = texts()[key]
    if not values:
        return text
    return Text(
        text.en.format_map({name: _in(value, 0) for name, value in values.items()}),
        text.zh.format_map({name: _in(value, 1) for name, value in values.items()}),
    )


def known(key: str, fallback: str) -> Text:
    """Return the text `key`, or `fallback` in both languages if texts.toml does not have it."""
    return texts().get(key) or Text(fallback, fallback)


def joined(parts: list[Text]) -> Text:
    """Return `parts` as one enumeration: commas in English, enumeration commas in Chinese."""
    return Text(", ".join(part.en for part in parts), "、".join(part.zh for part in parts))


@lru_cache(maxsize=1 << 14)
def both(text: Text) -> dict[str, str]:
    """Return `text` as documents hold it: one entry for equal texts, never to be changed."""
    return {"en": text.en, "zh": text.zh}


def both_or_none(text: Text | None) -> dict[str, str] | None:
    """Return `text` as documents hold it, None for None."""
    return None if text is None else both(text)


def _in(value: Value, language: int) -> Any:
    """Return `value` in one language (0 English, 1 Chinese)."""
    if value is None:
        return texts()["word.not_known"][language]
    if isinstance(value, dict):
        return value["zh" if language else "en"]
    return value[language] if isinstance(value, Text) else value
