"""Text from hosts and files, made safe to show: nothing invisible, nothing that reorders or runs away."""

import json
import re
from functools import lru_cache
from html import escape as html_escape
from unicodedata import category, combining

DISPLAY_LIMIT_CHARACTERS = 2000
_MARKS_IN_A_ROW = 4
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_TOML_SHORT = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}
# Letters, signs and Chinese characters of which none is a combining mark (Unicode, class Mn).
_PLAIN = re.compile("[ -~\u00a1-\u02ff\u2010-\u2027\u2030-\u205e\u2190-\u21ff\u3001-\u3029\u4e00-\u9fff\uff01-\uff60]*")
# The same but what is no printable character, and but the three that HTML may take for markup.
_INERT = re.compile(
    "[ -%'-;=?-~\u00a1-\u00ac\u00ae-\u02ff\u2010-\u2027\u2030-\u205e\u2190-\u21ff"
    "\u3001-\u3029\u4e00-\u9fff\uff01-\uff60]*"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_JSON_RISKY = re.compile(
    "[\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e0fff]"
)


def visible(text: str, *, limit: int = DISPLAY_LIMIT_CHARACTERS) -> str:
    """Return `text` on one line with every invisible character spelled out, cut after `limit` characters.

    Control characters show as ``\\x1b``, bidirectional and other format characters as ``[U+202E]``
    (Unicode TR 36), and the number of characters cut off as ``[+123]``.
    """
    if len(text) > limit:
        return f"{visible(text[:limit])}… [+{len(text) - limit}]"
    if text.isprintable() and (text.isascii() or _PLAIN.fullmatch(text)):
        return text
    return _spelled_out(text)


def content(text: str) -> str:
    """Return `text` as the content of an HTML element, as `visible` has it."""
    return html_escape(visible(text), quote=False)


def contents(texts: list[str]) -> list[str]:
    """Return each of `texts` as `content` has it, at the price of one look where none needs a change."""
    # NOTE: what makes a text inert is asked of each character alone, so many texts can be asked as one.
    whole = "".join(texts)
    is_short = len(whole) <= DISPLAY_LIMIT_CHARACTERS or max(map(len, texts)) <= DISPLAY_LIMIT_CHARACTERS
    return texts if is_short and _INERT.fullmatch(whole) else list(map(content, texts))


@lru_cache(maxsize=4096)
def _spelled_out(text: str) -> str:
    """Return `text` with hidden characters and long runs of combining marks spelled out."""
    parts: list[str] = []
    marks = 0
    for character in text:
        marks = marks + 1 if combining(character) else 0
        if category(character) in _HIDDEN or marks > _MARKS_IN_A_ROW:
            parts.append(_code(character))
        else:
            parts.append(character)
    return "".join(parts)


def _code(character: str) -> str:
    """Return a printable stand-in for one character."""
    number = ord(character)
    return f"\\x{number:02x}" if number < 0xA0 else f"[U+{number:04X}]"


def well_formed(text: str) -> str:
    """Return `text` that UTF-8 can hold: a lone surrogate, left by broken UTF-8, becomes ``\\xNN``."""
    return _SURROGATE.sub(lambda found: f"\\x{ord(found[0]) & 0xFF:02x}", text)


def json_inert(json_text: str) -> str:
    """Return the same JSON with characters that a terminal or viewer might obey, or hide, written as ``\\uNNNN``."""
    return _JSON_RISKY.sub(lambda found: json.dumps(found[0])[1:-1], json_text)


def toml_string(value: str) -> str:
    """Return `value` as a TOML basic string (TOML 1.0, Strings), everything invisible as ``\\uNNNN``."""
    if value.isascii() and value.isprintable() and '"' not in value and "\\" not in value:
        return f'"{value}"'
    return f'"{"".join(_toml_character(character) for character in well_formed(value))}"'


def _toml_character(character: str) -> str:
    """Return one character as a TOML basic string may hold it."""
    if character in _TOML_SHORT:
        return _TOML_SHORT[character]
    if category(character) in _HIDDEN or combining(character):
        number = ord(character)
        return f"\\u{number:04X}" if number <= 0xFFFF else f"\\U{number:08X}"
    return character
