"""The command line: one module a command, loaded when asked for; every way out ends in 0, 1, 2 or 3.

A command module has `configure(parser)` and `run(args) -> int`. A usage error, an error the agent
expects, an uncaught exception and a signal all end in 3 (unknown): argparse's own 2 would be read as
critical by monitoring, and Python's 1 as warning.
"""

import argparse
import io
import os
import signal
import sys
from functools import cache
from importlib import import_module
from types import FrameType
from typing import NoReturn

from auditor import __version__
from auditor.errors import EXIT_UNKNOWN, AuditorError, whereabouts

COMMANDS = {
    "scan": "find this host's tunnels, judge them, write the report",
    "check": "what monitoring asks: one line from the last scan, in the ways of a Nagios plug-in",
    "diff": "what changed from one stored scan or report.json to another, and why",
    "report": "write a stored report.json again, in any format",
    "reassess": "judge an old scan again with the register, rules and data of now",
    "assess": "judge given facts: what would the guidance say of this connection?",
    "register": "check the circuit register",
    "data": "where an address is and who announces it, by every data source",
    "history": "the stored scans, and what became of each connection",
    "verify": "whether every stored scan and report is what was recorded, and signed by whom",
    "evidence": "one stored scan with all that an outside auditor needs, in one file",
    "doctor": "what this host lets the agent see, and whether everything around a scan is healthy",
    "watch": "write down the tunnels that exist only between two scans",
    "capture": "which tunnels packets show, in capture files or on the wire",
    "probes": "what each probe reads and needs, and whether it can here",
    "explain": "a control, probe, technology, verdict or exit code, in words",
}

EPILOG = """\
exit codes: 0 ok, 1 warning (needs review), 2 critical (not in line with the guidance),
            3 unknown (incomplete, or bad input)

example: sudo auditor scan --output /var/lib/auditor/report
"""


class Interrupted(BaseException):
    """A signal asked the agent to stop; clean-up runs on the way out."""


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """Texts as they stand, as wide as the terminal."""

    def __init__(self, prog: str) -> None:
        """Begin a text; the width is found here, since argparse loads shutil, bz2 and lzma to find it."""
        super().__init__(prog, width=_columns() - 2)


@cache
def _columns() -> int:
    """Return how wide the terminal is, 80 where there is none (as shutil.get_terminal_size)."""
    told = os.environ.get("COLUMNS", "")
    if told.isdecimal() and int(told):
        return int(told)
    try:
        return os.get_terminal_size(1).columns or 80
    except OSError:
        return 80


class _Parser(argparse.ArgumentParser):
    """A parser whose usage errors end in 3."""

    def error(self, message: str) -> NoReturn:
        """Print the usage and `message`, end in 3."""
        self.print_usage(sys.stderr)
        self.exit(EXIT_UNKNOWN, f"{self.prog}: {message}\n")


def main(argv: list[str] | None = None) -> int:
    """Run the command line `argv` (default: the process's own) and return the exit code."""
    arguments = sys.argv[1:] if argv is None else argv
    _show_anything()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    try:
        args = _parser(arguments).parse_args(arguments)
        code: int = args.run(args)
        if sys.stdout is not None:  # None: started without one
            sys.stdout.flush()
    except AuditorError as error:
        return _fail(str(error))
    except (KeyboardInterrupt, Interrupted):
        return _fail("stopped by a signal before the end; every file is the old one or the new one")
    except BrokenPipeError:
        sys.stderr.close()
        return EXIT_UNKNOWN
    except (RecursionError, MemoryError):
        return _fail("the input is too large or too deeply nested")
    except Exception as error:  # noqa: BLE001 - whatever went wrong, monitoring must read "unknown"
        return _fail(f"internal error: {whereabouts(error)}")
    return code


def _show_anything() -> None:
    """Let streams write what their encoding lacks (Chinese in locale C, names of devices) as escapes, not fail."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _stop(_number: int, _frame: FrameType | None) -> NoReturn:
    """Turn a signal into an exception, so that temporary files and the worker end with the command."""
    raise Interrupted


def _fail(message: str) -> int:
    """Print `message` for people and return the exit code of "unknown"."""
    for line in message.splitlines() or [""]:
        print(line, file=sys.stderr)
    return EXIT_UNKNOWN


def whole_parser() -> argparse.ArgumentParser:
    """Return the parser with the options of every command, for manuals and completion."""
    return _parser(list(COMMANDS), whole=True)


def _parser(arguments: list[str], *, whole: bool = False) -> argparse.ArgumentParser:
    """Return the parser; only the command that `arguments` name is imported, all of them for the `whole` one."""
    parser = _Parser(
        prog="auditor",
        description="Audits the tunnels and leased lines of this gateway against the company's circuit register.",
        epilog=EPILOG,
        formatter_class=_Formatter,
    )
    parser.add_argument("--version", action="version", version=f"auditor {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True, prog="auditor")
    wanted = next((argument for argument in arguments if argument in COMMANDS), None)
    first = "" if whole or not arguments else arguments[0]
    shown = {first: COMMANDS[first]} if first in COMMANDS else COMMANDS  # nobody then asks what others there are
    for name, text in shown.items():
        words = text[0].upper() + text[1:].rstrip("?") + "."
        command = commands.add_parser(name, help=text, description=words, formatter_class=_Formatter)
        if whole or name == wanted:
            module = import_module(f"auditor.cli.{name}")
            command.epilog = f"example: {module.EXAMPLE}"
            module.configure(command)
            command.set_defaults(run=module.run)
    return parser
