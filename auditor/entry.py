"""The door of the program: `auditor check` and `auditor watch` go straight to what they need."""

import sys


def main() -> int:
    """Run the command named on the command line and return its exit code."""
    arguments = sys.argv[1:]
    if arguments[:1] == ["check"]:
        from auditor.check.main import main as check  # NOTE: the command line loads twenty times what a check needs

        return check(arguments[1:])
    if arguments[:1] == ["watch"]:
        from auditor.watch.daemon import main as watch  # NOTE: likewise; the watch stays in memory

        return watch(arguments[1:])
    from auditor.cli import main as run

    return run(arguments)
