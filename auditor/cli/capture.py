"""`auditor capture`: which tunnels packets show, from capture files or from the wire."""

import argparse
import io
import sys
from collections.abc import Iterator
from contextlib import nullcontext

from auditor.cli.capture_output import FORMATS, Shown, printable
from auditor.cli.page import LANGUAGES
from auditor.cli.seconds import seconds
from auditor.errors import EXIT_UNKNOWN, InputError
from auditor.model.text import Text
from auditor.packets.capture import Capture, read

EXAMPLE = "auditor capture --read office.pcapng --format json; sudo auditor capture --interface eth0 --seconds 60"

_SECONDS = 30


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `capture`."""
    parser.add_argument(
        "--read",
        metavar="FILE",
        action="append",
        help='a capture (pcap or pcapng, also in gzip), or "-" for standard input; repeatable',
    )
    parser.add_argument(
        "--interface",
        metavar="NAME",
        action="append",
        help="listen to this interface (repeatable; default with --seconds: those with a default route)",
    )
    parser.add_argument("--seconds", metavar="N", type=seconds, help=f"how long to listen (default: {_SECONDS})")
    parser.add_argument("--config", metavar="FILE", help="configuration whose register names the company's networks")
    parser.add_argument("--format", choices=tuple(FORMATS), default="text", help="form of the answer (default: text)")
    parser.add_argument("--lang", choices=LANGUAGES, default="en", help="language of the text (default: en)")


def run(args: argparse.Namespace) -> int:
    """Print what each capture shows; return 0 whatever that is, or 3 if one could not be read or heard whole.

    Raises InputError for arguments that do not fit, and where nothing can be listened to.
    """
    listening = args.interface is not None or args.seconds is not None
    if listening == bool(args.read):
        raise InputError(["capture: give either --read FILE, or --interface NAME, --seconds N or both"])
    write = FORMATS[args.format](args.lang)
    incomplete = False
    for name, found in _listen(args) if listening else _files(args.read):
        capture = _with_details(found, alone=not listening)
        write.add(Shown(file=name, capture=capture))
        incomplete = incomplete or bool(capture.problems)
        _complain(printable(name), capture.problems, args.lang)
        if args.format == "csv":  # which has no place for them
            _complain(printable(name), capture.notes, args.lang)
    write.end()
    return EXIT_UNKNOWN if incomplete else 0


def _listen(args: argparse.Namespace) -> Iterator[tuple[str, Capture]]:
    """Yield what listening showed."""
    from auditor.cli import capture_live  # NOTE: reading a file needs neither the probes nor the register

    yield capture_live.capture(args.interface, args.seconds or _SECONDS, args.config)


def _files(names: list[str]) -> Iterator[tuple[str, Capture]]:
    """Yield what each file shows."""
    for name in names:
        yield "<stdin>" if name == "-" else name, _capture(name)


def _capture(name: str) -> Capture:
    """Return what the file `name` shows."""
    try:
        with nullcontext(sys.stdin.buffer) if name == "-" else io.FileIO(name) as source:
            return read(source)
    except OSError as error:
        problem = Text(f"cannot be read: {error.strerror}", f"无法读取：{error.strerror}")
        return Capture(tunnels=(), problems=(problem,))


def _with_details(capture: Capture, *, alone: bool) -> Capture:
    """Return `capture` with what handshakes say of its tunnels; what they say and nobody could read is a note.

    `alone`: this process knows captures and nothing else.
    """
    if not any(tunnel.messages or tunnel.messages_left_out for tunnel in capture.tunnels):
        return capture
    from auditor.packets.details import describe, launch  # NOTE: what begins a process is loaded only for one

    unread = describe.add(capture.tunnels, begin=launch.copy if alone else launch.program).unread
    return capture._replace(notes=(*capture.notes, unread)) if unread else capture


def _complain(name: str, problems: tuple[Text, ...], language: str) -> None:
    """Print to standard error what could not be read of a file."""
    for problem in problems:
        print(f"{name}: {problem.zh if language == 'zh' else problem.en}", file=sys.stderr)
