"""A command of the company's that carries a notification on: mail, a webhook, a ticket.

It gets the notification as JSON on standard input and nothing else: no shell reads it, its output is dropped, it holds
none of the scan's privileges beyond the user's own, and it is ended when its time is over.
"""

import ctypes
import json
import os
import signal
import subprocess
from collections.abc import Callable
from typing import Any

from auditor.errors import AuditorError

_AMBIENT, _AMBIENT_CLEAR_ALL = 47, 4  # linux/prctl.h
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class CommandError(AuditorError):
    """The command did not do it; says why without a word of what it wrote."""


def run(program: str, told: dict[str, Any], limit_s: float) -> None:
    """Run `program` with the notification `told` on standard input; raises CommandError unless it ends in 0 in time.

    Its environment is PATH, LANG=C.UTF-8 and AUDITOR_STATUS, AUDITOR_EXIT_CODE, AUDITOR_GATEWAY, AUDITOR_SUBJECT.
    """
    environment = {
        "PATH": _PATH,
        "LANG": "C.UTF-8",
        "AUDITOR_STATUS": told["status"],
        "AUDITOR_EXIT_CODE": str(told["exit_code"]),
        "AUDITOR_GATEWAY": told["gateway"],
        "AUDITOR_SUBJECT": told["subject"],
    }
    try:
        child = subprocess.Popen(
            [program],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env=environment,
            start_new_session=True,
            preexec_fn=_without_ambient(),
        )
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise CommandError(f"cannot be started: {getattr(error, 'strerror', None) or 'not a usable command'}") from None
    try:
        child.communicate(json.dumps(told, ensure_ascii=True).encode("ascii") + b"\n", timeout=limit_s)
    except subprocess.TimeoutExpired:
        raise CommandError(f"did not end within {limit_s:g} s") from None
    except OSError as error:
        raise CommandError(f"did not read what it was told: {error.strerror}") from None
    finally:
        _end(child)
    if child.returncode != 0:
        raise CommandError(f"ended in {child.returncode}")


def _end(child: "subprocess.Popen[bytes]") -> None:
    """End the command and what it started in its session, if it has not ended by itself."""
    if child.poll() is None:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def _without_ambient() -> Callable[[], None]:
    """Return what gives up the capabilities that a program started here would inherit (capabilities(7), ambient)."""
    prctl = ctypes.CDLL(None).prctl

    def clear() -> None:
        prctl(_AMBIENT, _AMBIENT_CLEAR_ALL, 0, 0, 0)

    return clear
