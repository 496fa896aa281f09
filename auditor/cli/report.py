"""`auditor report`: write a stored report.json again, in any format; the host is not looked at."""

import argparse
from hashlib import sha256
from pathlib import Path

from auditor.cli.formats import extras, makers, wanted
from auditor.errors import InputError
from auditor.guidance.factsfile import PATH_LIMIT, shown
from auditor.output import write_all
from reports import FORMATS

EXAMPLE = "auditor report /var/lib/auditor/report/report.json --format pdf,csv --output /tmp/audit"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the file and the options."""
    parser.add_argument("report", metavar="REPORT.json", help="a report.json that a scan has written")
    parser.add_argument("--format", metavar="LIST", help=f"comma-separated, of {', '.join(FORMATS)} (default: html)")
    parser.add_argument("--output", metavar="DIR", help="where the files go (default: beside REPORT.json)")
    parser.add_argument("--lang", choices=("en", "zh", "both"), default="both", help="language (default: both)")


def run(args: argparse.Namespace) -> int:
    """Read, check, write; return the exit code of the scan that the report is of. Raises InputError."""
    formats = wanted(args.format, ("html",))
    path = Path(args.report)
    from reports import stored  # NOTE: the texts of a report load only once there is something to read

    content = _content(path, stored.SIZE_LIMIT_BYTES)
    document = stored.read(content, shown(args.report, PATH_LIMIT))
    directory, digest = Path(args.output) if args.output else path.parent, sha256(content).hexdigest()
    for files in (makers(formats, document, args.lang), extras(formats, document, args.lang)):
        for written in write_all(directory, {name: made(digest) for name, made in files.items()}):
            print(written)
    code: int = document["exit_code"]
    return code


def _content(path: Path, limit_bytes: int) -> bytes:
    """Return the bytes of a file, one more than `limit_bytes` at most; raises InputError."""
    try:
        with path.open("rb") as file:
            return file.read(limit_bytes + 1)
    except (OSError, ValueError) as error:
        words = getattr(error, "strerror", None) or "not a usable path"
        raise InputError([f"{shown(str(path), PATH_LIMIT)}: cannot be read: {words}"]) from None
