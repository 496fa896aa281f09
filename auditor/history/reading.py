"""Reading a report.json again: bytes -> a document that can be compared, or an error that names file and field."""

import json
import math
import re
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, NamedTuple, NoReturn

from auditor.errors import InputError
from auditor.guidance.factsfile import shown
from auditor.model.judgement import Status, Verdict

MAX_BYTES: Final = 256 << 20
"""Ten thousand connections make a report of about 130 MB."""

_MAX_DEPTH: Final = 64
_ONE_KIND_OF_BRACKET: Final = bytes.maketrans(b"{}", b"[]")
_NO_MARKS: Final = bytes(set(range(256)) - set(b'[]{}"'))
_TEXT: Final = re.compile(rb'"[^"]*"')
_MAJOR: Final = "1."
_SHOWN: Final = 800
_LISTS = ("tunnels", "objects", "circuits", "providers", "waivers", "blind_spots", "not_tunnels", "probes")
_OBJECTS = ("scan", "gateway", "versions", "config", "register", "gateway_assessment")
_NAMES = {
    "tunnels": ("id", "name", "verdict"),
    "objects": ("id", "name", "verdict"),
    "circuits": ("provider", "cid"),
    "providers": ("slug",),
    "waivers": ("id",),
    "blind_spots": ("probe", "source"),
    "not_tunnels": ("interface",),
    "probes": ("probe",),
}


class Report(NamedTuple):
    """A report as it was read: where from, the SHA-256 of its bytes, and the document."""

    file: str
    sha256: str
    document: dict[str, Any]


def read(path: Path, *, limit_bytes: int = MAX_BYTES, called: str | None = None) -> Report:
    """Return the report in the file `path`; raises InputError, FileNotFoundError only if there is none.

    Messages name it `called`, by default `path`. Only a regular file is read, so that a pipe or a device
    in its place cannot hold the command.
    """
    file = called or str(path)
    return parse(_bytes(path, limit_bytes, file), file)  # NOTE: not kept here, so that `parse` can let them go


def _bytes(path: Path, limit_bytes: int, file: str) -> bytes:
    """Return what the regular file `path` holds; raises as `read`."""
    try:
        if not path.is_file():
            path.stat()
            raise InputError([f"{shown(file, _SHOWN)}: is not a regular file"])
        with path.open("rb") as stream:
            data = stream.read(limit_bytes + 1)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise InputError([f"{shown(file, _SHOWN)}: cannot be read: {error.strerror}"]) from None
    if len(data) > limit_bytes:
        raise InputError([f"{shown(file, _SHOWN)}: is larger than {limit_bytes >> 20} MiB"])
    return data


def parse(data: bytes, file: str) -> Report:
    """Return the report that `data` holds; raises InputError naming `file` and the field."""
    file = shown(file, _SHOWN)
    digest, deep = sha256(data).hexdigest(), _too_deep(data)
    try:
        text = data.decode("utf-8")
        del data  # NOTE: a fifth of the memory, where nobody else has it
        document = json.loads(
            text,
            object_pairs_hook=_once(),
            parse_constant=_refuse,
            parse_float=_finite,
        )
    except UnicodeDecodeError as error:
        raise InputError([f"{file}: is not UTF-8 text (byte {error.start})"]) from None
    except json.JSONDecodeError as error:
        raise InputError([f"{file}:{error.lineno}: is not JSON: {error.msg}"]) from None
    except (ValueError, RecursionError) as error:
        problem = "is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise InputError([f"{file}: {shown(problem, _SHOWN)}"]) from None
    check(document, file)
    if deep:
        raise InputError([f"{file}: is nested too deeply"])
    return Report(file, digest, document)


def check(document: Any, file: str) -> None:
    """Raise InputError unless `document` has the fields that comparing needs, in the form they have."""
    if not isinstance(document, dict):
        raise InputError([f"{file}: is not a report: must be one JSON object"])
    version = document.get("schema_version")
    if not isinstance(version, str):
        raise InputError([f"{file}: schema_version: is missing: not a report.json of this program"])
    if not version.startswith(_MAJOR):
        raise InputError([f"{file}: schema_version: is {shown(version, _SHOWN)}; this version compares reports of 1.x"])
    problems = [f"{file}: {problem}" for problem in _problems(document)]
    if problems:
        raise InputError(problems[:20])


def _problems(document: dict[str, Any]) -> list[str]:
    """Return what is wrong with the fields that comparing needs, each by its path."""
    found = [f"{name}: must be an object" for name in _OBJECTS if not isinstance(document.get(name), dict)]
    found += [f"{name}: must be a list" for name in _LISTS if not isinstance(document.get(name), list)]
    if found:
        return found
    found += [
        f"{name}: must be one of {', '.join(words)}"
        for name, words in (("verdict", [*Verdict]), ("status", [*Status]))
        if document.get(name) not in words
    ]
    for part, name in (("gateway", "name"), ("gateway", "hostname"), ("versions", "tool"), ("scan", "started_at")):
        if not isinstance(document[part].get(name), str):
            found.append(f"{part}.{name}: must be text")
    if not isinstance(document.get("severity"), str):
        found.append("severity: must be text")
    if not found and not _is_moment(document["scan"]["started_at"]):
        found.append("scan.started_at: must be a moment with its offset (ISO 8601)")
    return found + _entry_problems(document)


def _entry_problems(document: dict[str, Any]) -> list[str]:
    """Return which entries of lists are none, or lack a name."""
    found: list[str] = []
    for field, names in _NAMES.items():
        for number, entry in enumerate(document[field]):
            if not isinstance(entry, dict):
                found.append(f"{field}[{number}]: must be an object")
            else:
                found += [f"{field}[{number}].{n}: must be text" for n in names if not isinstance(entry.get(n), str)]
            if len(found) > len(names) * 20:
                return found
    for number, gap in enumerate(document["blind_spots"]):
        if isinstance(gap, dict) and not _texts(gap.get("hides", [])):
            found.append(f"blind_spots[{number}].hides: must be a list of texts")
    for field in ("tunnels", "objects"):
        for number, entry in enumerate(document[field]):
            if isinstance(entry, dict) and entry.get("verdict") not in [*Verdict]:
                found.append(f"{field}[{number}].verdict: must be one of {', '.join(Verdict)}")
            if isinstance(entry, dict) and not isinstance(entry.get("technology"), str | None):
                found.append(f"{field}[{number}].technology: must be text or null")
    return found


def _texts(value: Any) -> bool:
    """Return whether a value is a list of texts."""
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _is_moment(text: str) -> bool:
    """Return whether a text is a moment with an offset."""
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def _too_deep(data: bytes) -> bool:
    """Return whether anything in the JSON `data` is nested more than _MAX_DEPTH deep.

    NOTE: the text without all but its brackets tells that in a third of the time that walking the document takes, and
    in next to no memory; each step takes the innermost ones away.
    """
    marks = data.replace(b"\\\\", b"").replace(b'\\"', b"").translate(_ONE_KIND_OF_BRACKET, _NO_MARKS)
    brackets = _TEXT.sub(b"", marks.replace(b'""', b""))
    for _ in range(_MAX_DEPTH):
        brackets = brackets.replace(b"[]", b"")
    return bool(brackets)


def _once() -> Callable[[list[tuple[str, Any]]], dict[str, Any]]:
    """Return a maker of objects that keeps equal ones of plain values once; raises ValueError for a repeated key.

    NOTE: most objects of a report are the same few texts in two languages; with 10,000 connections this saves most of
    the memory.
    """
    known: dict[tuple[tuple[str, Any], ...], dict[str, Any]] = {}

    def make(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) != len(pairs):
            names = [name for name, _ in pairs]
            raise ValueError(f"the key {next(n for n in names if names.count(n) > 1)!r} stands twice in one object")
        if len(pairs) == 2 and type(pairs[0][1]) is type(pairs[1][1]) is str:
            return known.setdefault(tuple(pairs), made)
        return made

    return make


def _refuse(word: str) -> NoReturn:
    """Refuse NaN and infinities, which are no JSON."""
    raise ValueError(f"{word} is no JSON value")


def _finite(text: str) -> float:
    """Return a number; raises ValueError for one that is too large to be one."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number is too large")
    return number


def same_gateway(old: dict[str, Any], new: dict[str, Any]) -> bool:
    """Return whether two reports are of one gateway: the same name, or one host that was given a name in between."""
    one, other = old["gateway"], new["gateway"]
    if one["name"] == other["name"]:
        return True
    named_since = one["name"] == one["hostname"] or other["name"] == other["hostname"]
    return bool(one["hostname"] == other["hostname"] and named_since)
