"""The door of the program: `auditor check` goes straight to what it needs, everything else to the command line."""

import sys


def main() -> int:
    """Run the command named on the command line and return its exit code."""
    arguments = sys.argv[1:]
    if arguments[:1] == ["check"]:
        from auditor.check.main import main as check  # NOTE: the command line loads twenty times what a check needs

        return check(arguments[1:])
    from auditor.cli import main as run

    return run(arguments)
