"""`auditor scan`: look at this host, judge it, write the report, tell what it says."""

import argparse
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from auditor import namespaces, outcome, pipeline
from auditor.check.options import DEFAULT_DIRECTORY
from auditor.cli.formats import extras, makers, wanted
from auditor.cli.seconds import seconds
from auditor.config import find_config, load_both
from auditor.errors import InputError
from auditor.history import previous
from auditor.history.index import past, take
from auditor.history.records import digest, to_line
from auditor.history.signing import Signer
from auditor.history.store import opened
from auditor.model.judgement import Status
from auditor.output import write_shared
from auditor.publish import Published, publish
from auditor.watch.between import settled, taken
from probes import PROBES
from reports import FORMATS, log

EXAMPLE = "sudo auditor scan --config /etc/auditor/auditor.toml --output /var/lib/auditor/report"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `scan`."""
    parser.add_argument("--config", metavar="FILE", help="configuration (default: /etc/auditor/auditor.toml if there)")
    parser.add_argument("--output", metavar="DIR", help=f"where the report goes (default: {DEFAULT_DIRECTORY})")
    parser.add_argument(
        "--format", metavar="LIST", help=f"comma-separated, of {', '.join(FORMATS)} (default: html,json)"
    )
    parser.add_argument("--lang", choices=("en", "zh", "both"), help="language of the report (default: both)")
    told = parser.add_mutually_exclusive_group()
    told.add_argument("--quiet", action="store_true", help="print nothing; the exit code and the files say it all")
    told.add_argument(
        "--log", action="store_true", help="print lines of key=value with syslog priorities, for journald"
    )
    parser.add_argument(
        "--probe",
        metavar="NAME",
        action="append",
        help="run only this probe (repeatable); the others are listed as blind spots",
    )
    parser.add_argument(
        "--with-capture",
        metavar="SECONDS",
        type=seconds,
        help="listen to the uplinks too: packets are a witness of tunnels, and may show some that no probe knows",
    )


def run(args: argparse.Namespace) -> int:
    """Scan, write and print; return the exit code of the status."""
    stated = load_both(args.config or find_config())
    config, register = stated.config, stated.register
    formats, selected = wanted(args.format, config.report.formats), _selected(args)
    languages = args.lang or config.report.languages
    directory = Path(args.output or config.report.directory or DEFAULT_DIRECTORY)
    now = datetime.now(UTC)
    signer = Signer(config.history.signing_key) if config.history.signing_key else None
    notice = signer.notice if signer else None
    with opened(directory, now, signer) as store:
        result = pipeline.scan(
            config,
            register,
            probes=PROBES,
            selected=selected,
            now=now,
            past=past(store.directory),
            between=taken(directory, namespaces.own(), now.timestamp(), store.next_number()),
            progress=_progress,
            listen_s=args.with_capture,
            remarks=(notice,) if notice else (),
        )
        from reports.document import document  # NOTE: the texts of a report load only once there is something to report

        _progress("comparing with the last scan")
        shown = document(result, previous.find(directory))
        files, extra = makers(formats, shown, languages), extras(formats, shown, languages)
        published = publish(shown, files, directory, store, config.history, now, extra, result.seen)
        take(store.directory, published.record.number, shown)
        settled(directory)
    if config.notify.is_on:
        from auditor.notify.run import notify  # NOTE: only where somebody is to be told

        for failed in notify(config.notify, shown, published.record, directory, now):
            print(f"<3>event=notification {failed}" if args.log else f"auditor: {failed}", file=sys.stderr)
    _tell(args, shown, languages, published, _for_node_exporter(config.report.textfile_directory, shown))
    if published.lacking is not None:
        raise published.lacking
    return outcome.EXIT_CODES[Status.WARNING if published.unsigned and result.status is Status.OK else result.status]


def _for_node_exporter(directory: str | None, shown: dict[str, Any]) -> list[Path]:
    """Write the metrics where node-exporter reads them, if there is such a place; raises OutputError.

    NOTE: last of all: that another program's directory cannot be written must lose nothing of the scan.
    """
    if directory is None:
        return []
    metrics = FORMATS["prometheus"]
    return [write_shared(Path(directory), metrics.file, metrics.pieces(shown))]


def _tell(
    args: argparse.Namespace, shown: dict[str, Any], languages: str, published: Published, shared: list[Path]
) -> None:
    """Print what the caller wants to read of a finished scan, and in any case what its report cannot say itself."""
    if published.unsigned:
        print(f"auditor: {published.unsigned.en}", file=sys.stderr)
    if args.log:
        print(*log.lines(shown), sep="\n")
    elif not args.quiet:
        print(FORMATS["text"].render(shown, "zh" if languages == "zh" else "en", published.json_sha256), end="")
        print(*published.paths, *shared, sep="\n")
        print(f"recorded as scan {published.record.number}: {digest(to_line(published.record))}")


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
