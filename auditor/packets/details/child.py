"""The process in which Scapy dissects messages: takes a list from standard input, gives one answer for each, in order.

Begun by `launch`, never imported by the rest of the program. Input: JSON, a list of [kind, bytes in hexadecimal].
Output: JSON, a list of objects as `answers` describes them, null for a message that cannot be dissected.
"""

import json
import os
import signal
import sys
from collections.abc import Collection

from auditor.packets import privileges
from auditor.packets.details.dissectors import Dissectors, dissect, load
from auditor.packets.details.enclosure import close_off, empty_network
from auditor.packets.details.endings import NO_NAMESPACE, NO_SCAPY, NOT_CLOSED, NOT_SPARE

MOST_INPUT_BYTES = 8 << 20
_MOST_MEMORY_BYTES = 256 << 20
_MOST_CPU_S = 10


def main(parent: int, *, spare: bool) -> None:
    """Close this process off, then dissect what standard input holds; ends with a code of `endings` where it cannot.

    Nothing stays open but the standard streams. `spare`: with stand-ins for most of Scapy.
    """
    privileges.die_with(parent)
    privileges.close_all()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        empty_network()
    except OSError:
        sys.exit(NO_NAMESPACE)
    os.chdir("/")
    with open(0, "rb") as question:  # NOTE: not sys.stdin, which in a copy may hold what its original read
        wanted = json.loads(question.read(MOST_INPUT_BYTES))
    kinds = {kind for kind, _ in wanted}
    dissectors = _spare(kinds) if spare else _whole(kinds)
    try:
        privileges.give_up(_MOST_MEMORY_BYTES)
        close_off(_MOST_CPU_S)
    except OSError:
        sys.exit(NOT_CLOSED)
    answers = [dissect(dissectors, kind, bytes.fromhex(data)) for kind, data in wanted]
    with open(1, "wb") as said:
        said.write(json.dumps(answers).encode())
    os._exit(0)


def _spare(kinds: Collection[str]) -> Dissectors:
    """Return what dissects `kinds`, as little of Scapy loaded as will do, once it has proved itself."""
    from auditor.packets.details import proof, stand_ins

    try:
        if kinds != {"gre"}:
            stand_ins.take_their_places()
        dissectors = load(kinds)
        sound = proof.given(dissectors, kinds)
    except ModuleNotFoundError as error:
        sys.exit(NO_SCAPY if error.name == "scapy" else NOT_SPARE)
    except Exception:  # noqa: BLE001 - another version of Scapy may fail in any way
        sys.exit(NOT_SPARE)
    if not sound:
        sys.exit(NOT_SPARE)
    return dissectors


def _whole(kinds: Collection[str]) -> Dissectors:
    """Return what dissects `kinds`, with all of Scapy loaded."""
    import logging

    logging.disable(logging.CRITICAL)  # Scapy warns of every odd field
    try:
        return load(kinds)
    except ImportError:
        sys.exit(NO_SCAPY)
