"""Which formats a command was asked for, checked before anything slow begins."""

from collections.abc import Iterator
from typing import Any

from auditor.errors import InputError
from reports import FORMATS


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


def files(
    names: tuple[str, ...], document: dict[str, Any], languages: str, *, extra: bool
) -> dict[str, Iterator[str | bytes]]:
    """Return file names and contents of formats, those that need an extra or those that do not.

    NOTE: the latter are written first: another program's layout may fail, and no report is to be lost by that.
    """
    wanted_here = [FORMATS[name] for name in names if (FORMATS[name].extra is not None) == extra]
    return {form.file: form.pieces(document, languages) for form in wanted_here}
