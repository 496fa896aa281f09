"""`auditor reassess`: an old scan, judged again with what is known today; the host is not looked at."""

import argparse
from datetime import UTC, datetime
from hashlib import file_digest
from pathlib import Path
from typing import Any

from auditor.check.summary import NAME as SUMMARY
from auditor.cli.formats import extras, makers, wanted
from auditor.cli.history import add_directory, history_of
from auditor.config import find_config, load_both
from auditor.errors import InputError
from auditor.guidance.factsfile import PATH_LIMIT, shown
from auditor.history import surveys
from auditor.history.choose import recorded, stored_report
from auditor.history.previous import Previous
from auditor.history.records import ScanRecord
from auditor.history.store import DIRECTORY
from auditor.output import write_all
from reports import FORMATS

EXAMPLE = "auditor reassess last --register new-register.toml"
_METRICS = "prometheus"
_FORMATS = tuple(name for name in FORMATS if name != _METRICS)
_ODD = (ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError, RecursionError)


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the scan and the options."""
    parser.description = (
        "Judges a stored scan again with the configuration, register, guidance and location data of now, from what was"
        " observed then, and tells what that changes against its own report. The host is not looked at, and neither the"
        " history nor the last report is touched: the text goes to the terminal, files only into another directory."
        " Ends in the exit code of the new judgement."
    )
    parser.add_argument("scan", metavar="SCAN", help="number of a stored scan (auditor history), or: last")
    add_directory(parser)
    parser.add_argument("--config", metavar="FILE", help="configuration (default: /etc/auditor/auditor.toml if there)")
    parser.add_argument("--register", metavar="FILE", help="register (default: the one that the configuration names)")
    parser.add_argument(
        "--as-of",
        choices=("observation", "now"),
        default="observation",
        help="the day on which contracts, permits, reviews and waivers have to hold (default: that of the scan)",
    )
    parser.add_argument("--format", metavar="LIST", help=f"comma-separated, of {', '.join(_FORMATS)} (default: text)")
    parser.add_argument("--output", metavar="DIR", help="where files go (default: one form of text, to the terminal)")
    parser.add_argument("--lang", choices=("en", "zh", "both"), default="both", help="language (default: both)")


def run(args: argparse.Namespace) -> int:
    """Judge again, print or write; return the exit code of the new judgement. Raises InputError, OutputError."""
    formats = _formats(args)
    history = history_of(Path(args.directory))
    output = _elsewhere(args.output, Path(args.directory))
    stated = load_both(args.config or find_config(), args.register)
    record = _record(history, args.scan)
    document = _document(history, record, stated.config, stated.register, now_too=args.as_of == "now")
    if output is None:
        print(FORMATS[formats[0]].render(document, _language(formats[0], args.lang)), end="")
    else:
        _write(output, formats, document, args.lang)
    code: int = document["exit_code"]
    return code


def _formats(args: argparse.Namespace) -> tuple[str, ...]:
    """Return the formats asked for; raises InputError for one that cannot be had, or not on a terminal."""
    formats = wanted(args.format, ("text",))
    if _METRICS in formats:
        raise InputError([f"--format: {_METRICS}: metrics are those of the last scan, and a reassessment is none"])
    if args.output is None and (len(formats) > 1 or FORMATS[formats[0]].extra):
        raise InputError(["--format: several forms, and those that are no text, need --output DIR"])
    return formats


def _elsewhere(output: str | None, directory: Path) -> Path | None:
    """Return where files go, None for nowhere; raises InputError for a directory in which scans leave their reports."""
    if output is None:
        return None
    path = Path(output)
    try:
        kept = [path / SUMMARY, path / DIRECTORY]
        if path.resolve() in (directory.resolve(), (directory / DIRECTORY).resolve()) or any(p.exists() for p in kept):
            raise InputError(
                [f"--output: {shown(output, PATH_LIMIT)}: the last report of a scan is there; choose another"]
            )
    except (OSError, ValueError, RuntimeError):
        raise InputError([f"--output: {shown(output, PATH_LIMIT)}: is not a usable path"]) from None
    return path


def _record(history: Path, wanted_scan: str) -> ScanRecord:
    """Return the record of the scan asked for; raises InputError if there is none, or it was removed."""
    is_number = wanted_scan.isascii() and wanted_scan.isdecimal() and len(wanted_scan) <= 18
    if wanted_scan != "last" and not is_number:
        raise InputError([f"SCAN: {shown(wanted_scan, 40)}: the number of a stored scan, or last"])
    try:
        scans, removed = recorded(history)
    except OSError as error:
        raise InputError([f"{history}: the journal cannot be read: {error.strerror}"]) from None
    number = max(scans, default=0) if wanted_scan == "last" else int(wanted_scan)
    if number in removed:
        raise InputError([f"SCAN: scan {number} was removed by the retention rules"])
    if number not in scans:
        raise InputError([f"SCAN: no scan {number} is stored here (auditor history lists them)"])
    return scans[number]


def _document(history: Path, record: ScanRecord, config: Any, register: Any, *, now_too: bool) -> dict[str, Any]:
    """Return the document of the scan of `record` judged again; raises InputError."""
    if record.survey is None:
        raise InputError(
            [
                f"scan {record.number}: what it observed was not kept with it, so it cannot be judged again",
                f"its report as it was: auditor report {history / record.file} --output DIR",
                "a new scan keeps what it observes: auditor scan",
            ]
        )
    original = stored_report(history, record)
    seen = surveys.read(history / record.survey.name, record.survey)
    from auditor.reassess import reassess
    from reports.document import document  # NOTE: the texts of a report load only once there is something to report

    now = datetime.now(UTC)
    try:
        result = reassess(seen, record, config, register, judged_at=now, as_of=now if now_too else None)
        return document(result, Previous(report=original))
    except _ODD as error:
        name, kind = record.survey.name, type(error).__name__
        raise InputError([f"{history / name}: holds a value that cannot be judged ({kind})"]) from None


def _language(name: str, languages: str) -> str:
    """Return the language for the terminal: plain text has one, English unless Chinese is asked for."""
    return languages if name != "text" else "zh" if languages == "zh" else "en"


def _write(directory: Path, formats: tuple[str, ...], document: dict[str, Any], languages: str) -> None:
    """Write the files and print their paths; raises OutputError."""
    made = makers(formats, document, languages)
    told, known = FORMATS["json"].file, None
    if told in made:
        (written,) = write_all(directory, {told: made.pop(told)(None)})
        with written.open("rb") as stream:
            known = file_digest(stream, "sha256").hexdigest()
        print(written)
    for files in (made, extras(formats, document, languages)):
        for written in write_all(directory, {name: make(known) for name, make in files.items()}):
            print(written)
