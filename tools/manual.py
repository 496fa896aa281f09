"""The manual page auditor(1), made from the command line's own parser: ``python tools/manual.py > auditor.1``."""

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from auditor import __version__
from auditor.cli import EPILOG, whole_parser

_FILES = (
    ("/etc/auditor/auditor.toml", "the site, its uplinks, switches; the example shows every key"),
    ("/etc/auditor/register.toml", "the circuit register"),
    ("/var/lib/auditor/report", "the last report, the summary for checks, and every scan in history"),
)


def main() -> int:
    """Print the page."""
    parser = whole_parser()
    day = datetime.now(UTC).date().isoformat()
    lines = [f'.TH AUDITOR 1 "{day}" "auditor {__version__}" "User Commands"', ".SH NAME"]
    lines += [r"auditor \- audit the tunnels and leased lines of this gateway", ".SH SYNOPSIS", ".B auditor"]
    lines += [r".I COMMAND", r"[\fIOPTIONS\fR]", ".SH DESCRIPTION", _plain(parser.description or ""), ".SH COMMANDS"]
    for name, command in _commands(parser):
        lines += [".SS " + _plain(f"auditor {name}"), *_command(command)]
    lines += [".SH EXIT STATUS", ".nf", *map(_plain, EPILOG.strip().splitlines()), ".fi", ".SH FILES"]
    for path, text in _FILES:
        lines += [".TP", f".I {_plain(path)}", _plain(text)]
    lines += [".SH NOTES", "Technical audit aid, not legal advice.", ".SH SEE ALSO", r"\fBauditor explain\fR \fIID\fR"]
    print("\n".join(lines))
    return 0


def _commands(parser: argparse.ArgumentParser) -> list[tuple[str, argparse.ArgumentParser]]:
    """Return the commands of a parser with their names, actions of a command as ``data show``."""
    found: list[tuple[str, argparse.ArgumentParser]] = []
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, command in action.choices.items():
                inner = _commands(command)
                found += [(f"{name} {deeper}", one) for deeper, one in inner] or [(name, command)]
    return found


def _command(command: argparse.ArgumentParser) -> list[str]:
    """Return description, options and example of one command."""
    text = (command.description or "").strip()
    lines = [".nf", *map(_plain, text.splitlines()), ".fi"] if "\n" in text else [_plain(text)]
    for action in command._actions:
        if action.help in (None, argparse.SUPPRESS) or isinstance(action, argparse._HelpAction):
            continue
        value = action.metavar or ("|".join(action.choices) if action.choices else action.dest.upper())
        names = [_plain(name) for name in action.option_strings]
        shown = ", ".join(rf"\fB{name}\fR" for name in names) if names else rf"\fI{_plain(str(value))}\fR"
        lines += [".TP", shown + (rf" \fI{_plain(str(value))}\fR" if names and action.nargs != 0 else "")]
        lines += [_plain(str(action.help).replace("%%", "%"))]
    return lines + ([".PP", _plain(command.epilog)] if command.epilog else [])


def _plain(text: str) -> str:
    """Return text as roff shows it literally."""
    text = text.replace("\\", r"\e").replace("-", r"\-")
    return rf"\&{text}" if text[:1] in (".", "'") else text


if __name__ == "__main__":
    sys.exit(main())
