"""`auditor capture`: which tunnels packets show, from capture files or from the wire."""

import argparse
import sys
from contextlib import nullcontext
from pathlib import Path

from auditor.cli.capture_output import FORMATS, Shown, printable
from auditor.cli.page import LANGUAGES
from auditor.model.text import Text
from auditor.outcome import EXIT_UNKNOWN
from auditor.packets.capture import Capture, read

EXAMPLE = "auditor capture --read office.pcapng --format json"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `capture`."""
    parser.add_argument(
        "--read",
        metavar="FILE",
        action="append",
        required=True,
        help='a capture (pcap or pcapng, also in gzip), or "-" for standard input; repeatable',
    )
    parser.add_argument("--format", choices=tuple(FORMATS), default="text", help="form of the answer (default: text)")
    parser.add_argument("--lang", choices=LANGUAGES, default="en", help="language of the text (default: en)")


def run(args: argparse.Namespace) -> int:
    """Print what each capture shows; return 0 whatever that is, or 3 if one could not be read to its end."""
    write = FORMATS[args.format](args.lang)
    incomplete = False
    for name in args.read:
        capture = _capture(name)
        write.add(Shown(file="<stdin>" if name == "-" else name, capture=capture))
        incomplete = incomplete or bool(capture.problems)
        _complain(printable(name), capture.problems, args.lang)
    write.end()
    return EXIT_UNKNOWN if incomplete else 0


def _capture(name: str) -> Capture:
    """Return what the file `name` shows."""
    try:
        with nullcontext(sys.stdin.buffer) if name == "-" else Path(name).open("rb", buffering=0) as source:
            return read(source)
    except OSError as error:
        problem = Text(f"cannot be read: {error.strerror}", f"无法读取：{error.strerror}")
        return Capture(tunnels=(), problems=(problem,))


def _complain(name: str, problems: tuple[Text, ...], language: str) -> None:
    """Print to standard error what could not be read of a file."""
    for problem in problems:
        print(f"{name}: {problem.zh if language == 'zh' else problem.en}", file=sys.stderr)
