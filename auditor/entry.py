"""The door of the program: `auditor check` and `auditor watch` go straight to what they need."""

import gc
import sys


def main() -> int:
    """Run the command named on the command line and return its exit code, the last thing that the program does."""
    code = _run()
    gc.freeze()  # NOTE: or Python looks through everything twice for cycles before it ends: a tenth of a short command
    return code


def _run() -> int:
    """Run the command and return its exit code."""
    arguments = sys.argv[1:]
    if arguments[:1] == ["check"]:
        from auditor.check.main import main as check  # NOTE: the command line loads twenty times what a check needs

        return check(arguments[1:])
    if arguments[:1] == ["watch"]:
        from auditor.watch.daemon import main as watch  # NOTE: likewise; the watch stays in memory

        return watch(arguments[1:])
    gc.disable()  # NOTE: loading and a scan make no cycles worth a sweep, end soon, and are a fifth cheaper without
    from auditor.cli import main as run

    return run(arguments)
