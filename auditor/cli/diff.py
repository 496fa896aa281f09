"""`auditor diff`: what changed from one report.json to another, and why."""

import argparse
import json
from datetime import datetime
from pathlib import Path
from typing import Any

from auditor.cli.page import LANGUAGES
from auditor.errors import InputError
from auditor.history.reading import Report, read, same_gateway

EXAMPLE = "auditor diff monday/report.json today/report.json --format markdown --lang both"
FORMATS = ("text", "json", "markdown")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the two reports and the options."""
    parser.add_argument("old", metavar="OLD.json", help="report.json of the earlier scan")
    parser.add_argument("new", metavar="NEW.json", help="report.json of the later scan")
    parser.add_argument("--format", choices=FORMATS, default="text", help="text (default), json or markdown")
    parser.add_argument("--lang", choices=LANGUAGES, default="en", help="language of the text (default: en)")
    parser.add_argument("--force", action="store_true", help="compare reports of two different gateways")


def run(args: argparse.Namespace) -> int:
    """Compare and print; return 0 whatever was found. Raises InputError for what cannot be compared.

    NOTE: exit codes of this program are the status of an audit. A change is none: the status of the later
    scan is in its own report, and a tool that wants to act on changes reads them with `--format json`.
    """
    old, new = _read(args.old), _read(args.new)
    if not args.force and not same_gateway(old.document, new.document):
        names = " and ".join(str(report.document["gateway"]["name"])[:80] for report in (old, new))
        raise InputError([f"{new.file}: gateway.name: reports of two gateways, {names!a} (--force compares them)"])
    found = _compared(old, new)
    if args.format == "json":
        print(json.dumps(found, ensure_ascii=True, indent=2, allow_nan=False))
        return 0
    from reports import changes_text  # NOTE: only this way needs them

    write = changes_text.markdown if args.format == "markdown" else changes_text.text
    print(write(found, args.lang), end="")
    return 0


def _read(name: str) -> Report:
    """Return the report in the file `name`; raises InputError."""
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
