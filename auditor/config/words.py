"""How values of a file are named and quoted in messages to people."""

from datetime import date, datetime, time
from difflib import get_close_matches
from functools import lru_cache

QUOTE_LIMIT = 60
Path = tuple[str | int, ...]


class Wrong(Exception):
    """A value that cannot be accepted; the text says what is wrong and never holds a long value."""


def clean(text: str, limit: int = QUOTE_LIMIT) -> str:
    """Return `text` cut to `limit` characters, with everything unprintable escaped."""
    kept = text if len(text) <= limit else text[:limit] + "..."
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in kept)


def show(value: object) -> str:
    """Return `value` as it may be shown in a message: short, escaped; arrays and tables by type only."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{clean(value)}"'
    if isinstance(value, int) and abs(value) >= 10**QUOTE_LIMIT:
        return "a number of more than 60 digits"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, date | time):
        return value.isoformat()
    return kind_of(value)


def kind_of(value: object) -> str:
    """Return the name of a TOML value's type in plain English."""
    kinds: tuple[tuple[type, str], ...] = (
        (bool, "true or false"),
        (str, "text"),
        (int, "a whole number"),
        (float, "a number with a fraction"),
        (datetime, "a date with a time"),
        (date, "a date"),
        (time, "a time"),
        (list, "an array"),
        (dict, "a table"),
    )
    return next((words for kind, words in kinds if isinstance(value, kind)), "an unknown value")


@lru_cache(maxsize=256)
def suggestion(value: str, known: tuple[str, ...]) -> str:
    """Return " (did you mean X?)" with the nearest of the first 1000 of `known`, or nothing when none is near."""
    folded = {name.casefold().replace("-", "_"): name for name in known[:1000]}
    near = get_close_matches(value[:QUOTE_LIMIT].casefold().replace("-", "_").replace(" ", "_"), folded, n=1)
    return f" (did you mean {clean(folded[near[0]])}?)" if near else ""


def dotted(path: Path) -> str:
    """Return `path` as people write it: ``circuit[2].z.location``, array positions from 0."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
            continue
        bare = part.isascii() and part.replace("-", "").replace("_", "").isalnum()
        text += ("." if text else "") + (clean(part) if bare else f'"{clean(part)}"')
    return text
