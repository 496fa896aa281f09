"""What one value of a file may be: its JSON Schema, and how it becomes a value of the model."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from auditor.config.countries import code_for
from auditor.config.enumerations import COUNTRIES
from auditor.config.words import Wrong, clean, kind_of, show, suggestion

Schema = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One kind of value: `parse` returns it in the model's type or raises `Wrong`, `schema` tells editors the same."""

    parse: Callable[[object], object]
    schema: Schema = field(hash=False)


def text_of(value: object, what: str = "text") -> str:
    """Return `value` if it is text; raises Wrong."""
    if not isinstance(value, str):
        raise Wrong(f"must be {what}, not {kind_of(value)}")
    return value


def text(*, most: int = 200, several_lines: bool = False) -> Form:
    """Return the form of free text of 1 to `most` characters without control characters or key material."""
    allowed = "\n\t" if several_lines else ""

    def parse(value: object) -> str:
        words = text_of(value).strip()
        if not words:
            raise Wrong("must not be empty")
        if len(words) > most:
            raise Wrong(f"is {len(words)} characters long, at most {most} are allowed")
        if "PRIVATE KEY-----" in words:
            raise Wrong("holds a private key; take it out of this file and replace the key, it is no longer secret")
        if any((char < " " or char == "\x7f") and char not in allowed for char in words):
            raise Wrong(f"holds control characters: {show(words)}")
        return words

    return Form(parse=parse, schema={"type": "string", "pattern": r"\S", "maxLength": most})


def pattern(expression: str, what: str, *, most: int = 200) -> Form:
    """Return the form of text that matches `expression` as a whole; `what` says so in plain English."""
    compiled = re.compile(expression)

    def parse(value: object) -> str:
        words = text_of(value, what)
        if len(words) > most or not compiled.fullmatch(words):
            raise Wrong(f"{show(words)} is not {what}")
        return words

    return Form(parse=parse, schema={"type": "string", "pattern": f"^(?:{expression})$", "maxLength": most})


def one_of(*names: str) -> Form:
    """Return the form of an enumeration."""
    wanted = f"one of {', '.join(names)}" if len(names) <= 20 else "a known value"

    def parse(value: object) -> str:
        if not isinstance(value, str):
            raise Wrong(f"must be {wanted}, not {kind_of(value)}")
        if value not in names:
            raise Wrong(f"{show(value)} is not {wanted}{suggestion(value, names)}")
        return value

    return Form(parse=parse, schema={"type": "string", "enum": list(names)})


def whole(least: int, most: int, what: str) -> Form:
    """Return the form of a whole number from `least` to `most`."""

    def parse(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            hint = re.fullmatch(r"(?:AS|as)?(\d{1,10})", value) if isinstance(value, str) else None
            mean = f" (did you mean {int(hint[1])}, without quotes?)" if hint else ""
            raise Wrong(f"must be {what}, not {kind_of(value)}{mean}")
        if not least <= value <= most:
            raise Wrong(f"{show(value)} is not {what} from {least} to {most}")
        return value

    return Form(parse=parse, schema={"type": "integer", "minimum": least, "maximum": most})


def seconds(most: int) -> Form:
    """Return the form of a duration in seconds, more than 0 and at most `most`."""

    def parse(value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Wrong(f"must be a number of seconds, not {kind_of(value)}")
        if not (math.isfinite(value) if isinstance(value, float) else True) or not 0 < value <= most:
            raise Wrong(f"{show(value)} is not a number of seconds above 0 and up to {most}")
        return float(value)

    return Form(parse=parse, schema={"type": "number", "exclusiveMinimum": 0, "maximum": most})


def _parse_boolean(value: object) -> bool:
    """Return `value` if it is a TOML boolean; raises Wrong."""
    if not isinstance(value, bool):
        hint = " (leave out the quotes)" if isinstance(value, str) and value.lower() in ("true", "false") else ""
        raise Wrong(f"must be true or false, not {kind_of(value)}{hint}")
    return value


def _parse_day(value: object) -> date:
    """Return `value` if it is a TOML local date; raises Wrong."""
    if isinstance(value, datetime):
        raise Wrong(f"{show(value)} has a time of day; write the day alone: {value.date().isoformat()}")
    if isinstance(value, str):
        raise Wrong("must be a date written without quotes, such as 2027-03-31, not text")
    if not isinstance(value, date):
        raise Wrong(f"must be a date such as 2027-03-31, not {kind_of(value)}")
    if value.year < 1970:
        raise Wrong(f"{show(value)} lies before 1970")
    return value


def _parse_country(value: object) -> str:
    """Return `value` if it is an assigned ISO 3166-1 alpha-2 code; raises Wrong."""
    words = text_of(value, "a two-letter country or region code such as CN, HK or SG")
    if words in COUNTRIES:
        return words
    meant = code_for(words)
    raise Wrong(
        f"{show(words)} is not an ISO 3166-1 two-letter code in capitals"
        + (f" (did you mean {meant}?)" if meant else "; CN is the mainland only, HK, MO and TW are codes of their own")
    )


def _parse_zone(value: object) -> ZoneInfo:
    """Return the time zone called `value`; raises Wrong, also when the machine has no time zone data."""
    words = text_of(value, 'the name of a time zone such as "Asia/Shanghai"')
    try:
        return ZoneInfo(words)
    except (OSError, ValueError, KeyError):
        known = tuple(sorted(available_timezones()))
    if not known:
        raise Wrong("cannot be used: this machine has no time zone data (install the package tzdata)")
    raise Wrong(f"{show(words)} is not the name of a time zone such as Asia/Shanghai{suggestion(words, known)}")


def _parse_file(value: object) -> str:
    """Return `value` if it can be the path of a file or directory; raises Wrong."""
    words = text_of(value, "a path")
    if "PRIVATE KEY" in words:
        raise Wrong("holds a private key, not the path of one; replace the key, it is no longer secret")
    if not words or len(words) > 4000 or not words.isprintable():
        raise Wrong(f'"{clean(words)}" is not a path')
    return words


BOOLEAN = Form(parse=_parse_boolean, schema={"type": "boolean"})
DAY = Form(parse=_parse_day, schema={"type": "string", "format": "date"})
COUNTRY = Form(parse=_parse_country, schema={"type": "string", "enum": list(COUNTRIES)})
ZONE = Form(parse=_parse_zone, schema={"type": "string", "minLength": 1})
FILE = Form(parse=_parse_file, schema={"type": "string", "minLength": 1, "maxLength": 4000})
