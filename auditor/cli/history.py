"""`auditor history`: the stored scans, or what became of one connection over all of them."""

import argparse
import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from auditor.check.options import DEFAULT_DIRECTORY
from auditor.errors import InputError
from auditor.guidance.factsfile import shown
from auditor.history import index, journal
from auditor.history.index import Event
from auditor.history.store import DIRECTORY
from auditor.model.past import ConnectionSeen, ScanSeen

EXAMPLE = "auditor history --connection t-0123456789ab"
_LAST = 20
_IDS_NAMED = 8


def add_directory(parser: argparse.ArgumentParser) -> None:
    """Add the option that names the report directory."""
    parser.add_argument(
        "--directory",
        "-d",
        metavar="DIR",
        default=DEFAULT_DIRECTORY,
        help=f"where scans write their reports (default: {DEFAULT_DIRECTORY})",
    )


def history_of(directory: Path) -> Path:
    """Return the history of a report directory; raises InputError if there is none."""
    history = directory / DIRECTORY
    if not (history / journal.NAME).exists():
        raise InputError([f"{shown(str(directory), 300)}: no scan is stored here"])
    return history


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `history`."""
    parser.description = (
        "Lists the stored scans; with --connections every connection that any of them saw, when first and last, and"
        " whether it comes and goes; with --connection what happened to that one."
    )
    add_directory(parser)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--connections", action="store_true", help="the connections instead of the scans")
    what.add_argument(
        "--connection",
        metavar="ID",
        help="what happened to one connection, by its id or a name that only it has",
    )
    parser.add_argument(
        "--last", type=int, metavar="N", default=_LAST, help=f"so many scans (default: {_LAST}; 0: all)"
    )
    parser.add_argument("--format", choices=("text", "json"), default="text", help="form of the answer (default: text)")


def run(args: argparse.Namespace) -> int:
    """Print the answer; return 0. Raises InputError when there is no history, or no such connection."""
    history = history_of(Path(args.directory))
    try:
        with index.opened(history) as found:
            if args.connection:
                _tell(_one(found, args.connection), args.format)
            elif args.connections:
                _tell([_connection(row) for row in found.connections()], args.format)
            else:
                _tell([_scan(row) for row in found.scans(last=args.last or None)], args.format)
                if args.format == "text":
                    print(f"end of the chain: {journal.head(history).digest}")
    except OSError as error:
        raise InputError([f"{history}: cannot be read: {error.strerror}"]) from None
    return 0


def _one(found: index.Index, id_: str) -> list[dict[str, Any]]:
    """Return the events of a connection by id or name; raises InputError for none, or several of that name."""
    if events := found.events(id_):
        return [_event(event) for event in events]
    ids = [row.id for row in found.connections() if row.name == id_]
    if len(ids) == 1:
        return [_event(event) for event in found.events(ids[0])]
    if not ids:
        raise InputError([f"--connection: no stored scan saw {shown(id_)} (auditor history --connections lists them)"])
    some = ", ".join([*ids[:_IDS_NAMED], *(["..."] if len(ids) > _IDS_NAMED else [])])
    raise InputError([f"--connection: {len(ids)} connections are or were called {shown(id_)}: {shown(some, 200)}"])


def _moment(at_s: int | None) -> str | None:
    """Return a Unix time as ISO 8601 in UTC."""
    return None if at_s is None else datetime.fromtimestamp(at_s, UTC).isoformat(timespec="seconds")


def _scan(row: ScanSeen) -> dict[str, Any]:
    """Return a stored scan for people and programs."""
    values = asdict(row)
    return {"number": values.pop("number"), "began": _moment(values.pop("began_s")), **values}


def _connection(row: ConnectionSeen) -> dict[str, Any]:
    """Return a connection likewise."""
    values = asdict(row)
    for name in ("first", "last", "last_up", "last_unsure"):
        values[f"{name}_seen" if name in ("first", "last") else name] = _moment(values.pop(f"{name}_s"))
    return values


def _event(event: Event) -> dict[str, Any]:
    """Return a change likewise."""
    return {"at": _moment(event.at_s), "scan": event.number, "what": event.what, "old": event.old, "new": event.new}


def _tell(rows: list[dict[str, Any]], form: str) -> None:
    """Print rows, as JSON or as a table."""
    if form == "json":
        print(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    if not rows:
        print("nothing")
        return
    cells = [list(rows[0]), *([_cell(value) for value in row.values()] for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(cells[0]))]
    for line in cells:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _cell(value: object) -> str:
    """Return one value of a table; what hosts named is shown as text."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "-" if value is None else shown(str(value), 60)
