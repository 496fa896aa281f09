"""`auditor scan`: look at this host, judge it, write the report, tell what it says."""

import argparse
import os
import sys
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

from auditor import outcome, pipeline
from auditor.config import find_config, load_both
from auditor.errors import InputError
from auditor.history import previous
from auditor.model.register import Config
from auditor.output import Digest, write_all
from probes import PROBES
from reports import FORMATS

EXAMPLE = "sudo auditor scan --config /etc/auditor/auditor.toml --output /var/lib/auditor/report"
DEFAULT_DIRECTORY = "/var/lib/auditor/report"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `scan`."""
    parser.add_argument("--config", metavar="FILE", help="configuration (default: /etc/auditor/auditor.toml if there)")
    parser.add_argument("--output", metavar="DIR", help=f"where the report goes (default: {DEFAULT_DIRECTORY})")
    parser.add_argument(
        "--format", metavar="LIST", help=f"comma-separated, of {', '.join(FORMATS)} (default: html,json)"
    )
    parser.add_argument("--lang", choices=("en", "zh", "both"), help="language of the report (default: both)")
    parser.add_argument(
        "--probe",
        metavar="NAME",
        action="append",
        help="run only this probe (repeatable); the others are listed as blind spots",
    )


def run(args: argparse.Namespace) -> int:
    """Scan, write and print; return the exit code of the status."""
    files = load_both(args.config or find_config())
    config, register = files.config, files.register
    formats, selected = _formats(args, config), _selected(args)
    languages = args.lang or config.report.languages
    result = pipeline.scan(config, register, probes=PROBES, selected=selected, progress=_progress)
    from reports.document import document  # NOTE: the texts of a report load only once there is something to report

    directory = Path(args.output or config.report.directory or DEFAULT_DIRECTORY)
    _progress("comparing with the last scan")
    shown = document(result, previous.find(directory))
    written, digest = _write(directory, formats, shown, languages)
    print(FORMATS["text"].render(shown, "zh" if languages == "zh" else "en", digest), end="")
    for path in written:
        print(path)
    return outcome.EXIT_CODES[result.status]


def _write(
    directory: Path, formats: tuple[str, ...], shown: dict[str, Any], languages: str
) -> tuple[list[Path], str | None]:
    """Write the report and return its files, and the SHA-256 of report.json: it is written first, others tell it."""
    digest = Digest()
    files: dict[str, Iterable[str]] = {}
    for name in sorted(formats, key=lambda name: name != "json"):
        if name == "json":
            files[FORMATS[name].file] = digest.of(FORMATS[name].pieces(shown, languages))
        else:
            files[FORMATS[name].file] = digest.told(partial(FORMATS[name].pieces, shown, languages))
    return write_all(directory, files), digest.hex


def _formats(args: argparse.Namespace, config: Config) -> tuple[str, ...]:
    """Return the formats wanted, each once; raises InputError."""
    wanted = tuple(dict.fromkeys(args.format.split(","))) if args.format else config.report.formats
    unknown = [name for name in wanted if name not in FORMATS]
    if unknown:
        raise InputError([f"--format: no such format: {name!r} (there are {', '.join(FORMATS)})" for name in unknown])
    return wanted


def _selected(args: argparse.Namespace) -> frozenset[str] | None:
    """Return the probes to run, None for all; raises InputError."""
    if not args.probe:
        return None
    known = {probe.name for probe in PROBES}
    unknown = sorted(set(args.probe) - known)
    if unknown:
        raise InputError([f"--probe: no such probe: {name!r} (auditor probes lists them)" for name in unknown])
    return frozenset(args.probe)


def _progress(message: str) -> None:
    """Show what is being done, on a terminal only."""
    if sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        print(f"auditor: {message}", file=sys.stderr)
