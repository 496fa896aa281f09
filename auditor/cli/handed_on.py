"""Commands that know their own options, so that their programs start without this command line: all is handed on."""

import argparse


def configure(parser: argparse.ArgumentParser, text: str) -> None:
    """Take whatever follows as it stands; `text` is the help."""
    parser.usage = argparse.SUPPRESS
    parser.description = text
    parser.add_argument("options", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
