"""The check itself: options, the last scan, one answer. Whatever goes wrong is UNKNOWN, in one line."""

import sys
import time

from auditor import __version__
from auditor.check import options as asked
from auditor.check import state
from auditor.check.answer import Answer, answer, nagios, unknown
from auditor.check.summary import Unfit

UNKNOWN = 3


def main(arguments: list[str]) -> int:
    """Run ``auditor check`` with `arguments`; return the plug-in state 0, 1, 2 or 3."""
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    code, text = _run(arguments)
    sys.stdout.write(text)
    sys.stdout.flush()
    return code


def _run(arguments: list[str]) -> tuple[int, str]:
    """Return the state and what is printed."""
    try:
        wanted = asked.parse(arguments)
    except asked.Wrong as error:
        return UNKNOWN, nagios(unknown(f"{error} (auditor check --help)"), 0)
    # NOTE: UNKNOWN, as all Monitoring Plugins: a service that runs the plug-in with these has looked at nothing.
    if wanted.help:
        return UNKNOWN, asked.HELP
    if wanted.version:
        return UNKNOWN, f"auditor {__version__}\n"
    try:
        _alarm(wanted.timeout_s)
        return _told(wanted)
    except _Late:
        found = unknown(f"no answer within {wanted.timeout_s} s")
    except Unfit as error:
        found = unknown(str(error))
    except Exception as error:  # noqa: BLE001 - monitoring must read "unknown", whatever went wrong
        found = unknown(f"internal error: {type(error).__name__}")
    finally:
        _alarm(0)
    return found.state, _shown(found, wanted)


def _told(wanted: asked.Options) -> tuple[int, str]:
    """Return the state and the answer; raises Unfit where the form of the answer has no way to say unknown."""
    found = (_scanned(wanted) if wanted.scan else None) or _asked(wanted)
    if not wanted.format.startswith("zabbix"):
        return found.state, _shown(found, wanted)
    from auditor.check import zabbix  # NOTE: reads the whole report, with a parser of JSON

    return found.state, zabbix.discovery(wanted.directory) if "discovery" in wanted.format else zabbix.items(found)


def _asked(wanted: asked.Options) -> Answer:
    """Return what the last scan says; that it cannot be relied on is an answer too."""
    try:
        summary = state.last_scan(wanted.directory)
        age_s = state.age_s(summary, time.time(), wanted.max_age_s)
        return answer(summary, age_s, wanted)
    except Unfit as error:
        return unknown(str(error))


def _shown(found: Answer, wanted: asked.Options) -> str:
    """Return the answer as the monitoring system reads it."""
    if wanted.format == "checkmk":
        from auditor.check import checkmk

        return checkmk.lines(found)
    return nagios(found, wanted.verbose)


def _scanned(wanted: asked.Options) -> Answer | None:
    """Scan, quietly; return an answer only if the scan could not be made. An older scan must not speak for it."""
    from auditor.cli import main as run  # NOTE: everything that a scan needs loads here

    before = _record(wanted.directory)
    arguments = ["scan", "--output", wanted.directory, "--quiet"]
    run(arguments + (["--config", wanted.config] if wanted.config else []))
    if _record(wanted.directory) == before:
        return unknown("the scan could not be made; its errors are on standard error")
    return None


def _record(directory: str) -> str | None:
    """Return which scan is the last one in `directory`, None if there is none to rely on."""
    try:
        return state.last_scan(directory).values["record"]
    except Unfit:
        return None


class _Late(BaseException):
    """The time is over."""


def _alarm(seconds: int) -> None:
    """Raise _Late in `seconds`; 0: not any more."""
    from _signal import SIGALRM, alarm, signal  # type: ignore[import-not-found] # NOTE: `signal` itself loads `enum`, a fifth of a check

    def late(_number: int, _frame: object) -> None:
        raise _Late

    signal(SIGALRM, late)
    alarm(seconds)
