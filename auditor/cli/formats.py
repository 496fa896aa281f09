"""Which formats a command was asked for, checked before anything slow begins."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from auditor.errors import InputError
from reports import FORMATS, Format


def wanted(argument: str | None, default: tuple[str, ...]) -> tuple[str, ...]:
    """Return the formats of ``--format``, each once, or `default`; raises InputError.

    Also what a format needs must be installed, so that nobody waits for a scan that cannot be written.
    """
    names = tuple(dict.fromkeys(argument.split(","))) if argument else default
    unknown = [name for name in names if name not in FORMATS]
    if unknown:
        raise InputError([f"--format: no such format: {name!r} (there are {', '.join(FORMATS)})" for name in unknown])
    for name in names:
        FORMATS[name].require()
    return names


Made = Callable[[str | None], Iterator[str | bytes]]


def makers(names: tuple[str, ...], document: dict[str, Any], languages: str) -> dict[str, Made]:
    """Return file names of formats, and what makes each, given the SHA-256 of report.json; those of an extra not."""
    return {form.file: partial(form.pieces, document, languages) for form in _formats(names, extra=False)}


def extras(names: tuple[str, ...], document: dict[str, Any], languages: str) -> dict[str, Made]:
    """Return the same of the formats that need an extra.

    NOTE: another program's layout may fail, and no report is to be lost by that.
    """
    return {form.file: partial(form.pieces, document, languages) for form in _formats(names, extra=True)}


def _formats(names: tuple[str, ...], *, extra: bool) -> list[Format]:
    """Return the formats of `names` that need an extra, or those that do not."""
    return [FORMATS[name] for name in names if (FORMATS[name].extra is not None) == extra]
