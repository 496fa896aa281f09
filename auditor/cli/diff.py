"""`auditor diff`: what changed from one stored scan or report.json to another, and why."""

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from auditor.cli.history import add_directory, history_of
from auditor.cli.page import LANGUAGES
from auditor.errors import InputError
from auditor.history import index
from auditor.history.choose import LAST, PREVIOUS, chosen, is_stored, stored_report
from auditor.history.reading import Report, read, same_gateway

EXAMPLE = "auditor diff previous last --format markdown --lang both"
FORMATS = ("text", "json", "markdown")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the two reports and the options."""
    named = f"number of a stored scan (auditor history), {LAST}, {PREVIOUS}, or the file of a report.json"
    parser.add_argument("old", metavar="OLD", help=f"the earlier scan: {named}")
    parser.add_argument("new", metavar="NEW", help="the later scan, likewise")
    add_directory(parser)
    parser.add_argument("--format", choices=FORMATS, default="text", help="text (default), json or markdown")
    parser.add_argument("--lang", choices=LANGUAGES, default="en", help="language of the text (default: en)")
    parser.add_argument("--force", action="store_true", help="compare reports of two different gateways")


def run(args: argparse.Namespace) -> int:
    """Compare and print; return 0 whatever was found. Raises InputError for what cannot be compared.

    NOTE: exit codes of this program are the status of an audit. A change is none: the status of the later
    scan is in its own report, and a tool that wants to act on changes reads them with `--format json`.
    """
    old, new = _read(args.old, args.directory), _read(args.new, args.directory)
    if not args.force and not same_gateway(old.document, new.document):
        names = " and ".join(str(report.document["gateway"]["name"])[:80] for report in (old, new))
        raise InputError([f"{new.file}: gateway.name: reports of two gateways, {names!a} (--force compares them)"])
    found = _compared(old, new)
    if is_stored(args.old) and is_stored(args.new):
        _add_history(found, Path(args.directory))
    if args.format == "json":
        print(json.dumps(found, ensure_ascii=True, indent=2, allow_nan=False))
        return 0
    from reports import changes_text  # NOTE: only this way needs them

    write = changes_text.markdown if args.format == "markdown" else changes_text.text
    print(write(found, args.lang), end="")
    return 0


def _read(name: str, directory: str) -> Report:
    """Return the report of the scan `name` stored in `directory`, or in the file `name`; raises InputError.

    NOTE: a file with the name of a stored scan is meant by ``./12``.
    """
    if is_stored(name):
        history = history_of(Path(directory))
        try:
            return stored_report(history, chosen(history, name))
        except OSError as error:
            raise InputError([f"{history}: cannot be read: {error.strerror}"]) from None
    try:
        return read(Path(name))
    except FileNotFoundError:
        raise InputError([f"{name}: no such file"]) from None


def _compared(old: Report, new: Report) -> dict[str, Any]:
    """Return the two reports in short and every change between them; raises InputError for an odd form."""
    from auditor.history.diff import diff
    from reports.changes import section

    try:
        found = diff(old.document, new.document)
        changes = section(found, old.document, new.document, sha256=old.sha256, most=None)
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise InputError(
            [f"{old.file}, {new.file}: do not have the form of a report ({type(error).__name__})"]
        ) from None
    began = [datetime.fromisoformat(report.document["scan"]["started_at"]) for report in (old, new)]
    return {
        "gateway": new.document["gateway"]["name"],
        "old": _short(old),
        "new": _short(new),
        "backwards": began[0] > began[1],
        "changes": changes,
    }


def _add_history(found: dict[str, Any], directory: Path) -> None:
    """Put in since when the history knows each connection that is new, gone or changed; raises InputError."""
    from reports.known_since import known  # NOTE: only this way needs it

    history = history_of(directory)
    try:
        past = index.past(history)
    except OSError as error:
        raise InputError([f"{history}: cannot be read: {error.strerror}"]) from None
    zone = datetime.fromisoformat(found["new"]["started_at"]).tzinfo or UTC
    for entry in found["changes"]["entries"]:
        if entry["about"] in ("connection", "object") and entry["id"] in past.connections:
            entry["history"] = known(past, entry["id"], zone)


def _short(report: Report) -> dict[str, Any]:
    """Return which report it is and what it came to."""
    document = report.document
    return {
        "file": report.file,
        "sha256": report.sha256,
        "started_at": document["scan"]["started_at"],
        "tool": document["versions"]["tool"],
        "verdict": document["verdict"],
        "status": document["status"],
    }
