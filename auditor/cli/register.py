"""`auditor register check`: every mistake in configuration and register, and what is worth a warning."""

import argparse
from datetime import UTC, datetime

from auditor.config import find_config, load_both
from auditor.config.check import warnings
from auditor.config.read import CONFIG_PATH, Files
from auditor.config.words import clean
from auditor.errors import EXIT_UNKNOWN, InputError
from auditor.guidance import catalogue
from probes import PROBES

EXAMPLE = "auditor register check --config /etc/auditor/auditor.toml"

_DESCRIPTION = """\
Checks configuration and register, without looking at the host. Prints one line for each mistake or
warning (file:line: key: text). Ends in 0 if all is well, 1 with warnings, 3 with mistakes.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add `check` and its options."""
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    check = actions.add_parser(
        "check",
        help="list mistakes and warnings of both files",
        description=_DESCRIPTION,
        epilog=f"example: {EXAMPLE}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    check.add_argument("--config", metavar="FILE", help=f"configuration (default: {CONFIG_PATH} if there)")
    check.add_argument("--register", metavar="FILE", help="register (default: the one that the configuration names)")


def run(args: argparse.Namespace) -> int:
    """Check as of now; return 0, 1 with warnings, 3 with mistakes."""
    return check(args.config, args.register, datetime.now(UTC))


def check(config_path: str | None, register_path: str | None, now: datetime) -> int:
    """Print mistakes or warnings and a summary as of `now` (aware); return the exit code."""
    try:
        files = load_both(config_path or find_config(), register_path)
        if files.register_document is None:
            raise InputError([_nothing(files)])
    except InputError as error:
        print(*error.problems, sep="\n")
        return EXIT_UNKNOWN
    known = {probe.name for probe in PROBES}
    lines = warnings(files, now, controls=tuple(catalogue.controls()), probes=known or None)
    print(*lines, _summary(files, len(lines)), sep="\n")
    return 1 if lines else 0


def _nothing(files: Files) -> str:
    """Return why there is no register to check."""
    if files.config.path is None:
        return f"there is no {CONFIG_PATH}; give --config FILE or --register FILE"
    return f"{clean(files.config.path, 300)}: names no register, and there is no register.toml beside it"


def _summary(files: Files, count: int) -> str:
    """Return one line on what was read."""
    register = files.register
    entries = ", ".join(
        f"{len(items)} {name}{'' if len(items) == 1 else 's'}"
        for name, items in (
            ("network", register.networks),
            ("provider", register.providers),
            ("circuit", register.circuits),
            ("review", register.reviews),
            ("waiver", register.waivers),
            ("acknowledgement", register.acknowledgements),
        )
    )
    found = "no mistakes, " + ("nothing to warn about" if count == 0 else f"{count} warning{'' if count == 1 else 's'}")
    return f"{clean(register.path or '', 300)}: {found} ({entries})"
