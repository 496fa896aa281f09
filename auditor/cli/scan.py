"""`auditor scan`: look at this host, judge it, write the report, tell what it says."""

import argparse
import os
import sys
from pathlib import Path

from auditor import outcome, pipeline
from auditor.cli.formats import files, wanted
from auditor.config import find_config, load_both
from auditor.errors import InputError
from auditor.output import write_all
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
    stated = load_both(args.config or find_config())
    config, register = stated.config, stated.register
    formats, selected = wanted(args.format, config.report.formats), _selected(args)
    languages = args.lang or config.report.languages
    result = pipeline.scan(config, register, probes=PROBES, selected=selected, progress=_progress)
    from reports.document import document  # NOTE: the texts of a report load only once there is something to report

    shown = document(result)
    directory = Path(args.output or config.report.directory or DEFAULT_DIRECTORY)
    written = write_all(directory, files(formats, shown, languages, extra=False))
    print(FORMATS["text"].render(shown, "zh" if languages == "zh" else "en"), end="")
    for path in (*written, *write_all(directory, files(formats, shown, languages, extra=True))):
        print(path)
    return outcome.EXIT_CODES[result.status]


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
