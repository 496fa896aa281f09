"""Listens to interfaces for a while, in a child process that gives up every privilege once its sockets are open.

What comes back are tunnels, as from a file. Addresses of others than the gateway are dropped in the child: of tunnels
between two ends that `known` has neither of, only the number of each technology is told.
"""

import base64
import json
import os
import select
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from auditor.errors import SourceDenied, SourceError
from auditor.host import source_error
from auditor.model.certainty import Certainty
from auditor.model.text import Text
from auditor.packets import privileges
from auditor.packets.engine import Engine
from auditor.packets.message import Message
from auditor.packets.prefilter import program
from auditor.packets.ring import Ring
from auditor.packets.tunnel import Tunnel

_ETHERNET, _RAW = 1, 101
_LINK_TYPES = {"1": _ETHERNET, "772": _ETHERNET}  # ARPHRD_ETHER, ARPHRD_LOOPBACK; others come without a link header
_WITHOUT_HEADER = frozenset(("512", "519", "768", "769", "776", "778", "823", "65534"))  # PPP, raw, tunnels, none
_POLL_MS = 200
_GRACE_S = 15.0
_MOST_BYTES = 512 << 20
_LARGEST_ANSWER = 64 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What was heard. `others` counts tunnels between ends that are not the gateway's, by protocol."""

    tunnels: tuple[Tunnel, ...] = ()
    others: dict[str, int] = field(default_factory=dict)
    dropped: int = 0
    problems: tuple[Text, ...] = ()


def link_type(arphrd: str) -> int | None:
    """Return the link type of a device whose /sys/class/net/NAME/type is `arphrd`, None for one not known here."""
    return _LINK_TYPES.get(arphrd) or (_RAW if arphrd in _WITHOUT_HEADER else None)


def listen(links: dict[str, int], seconds: float, known: Callable[[str], bool]) -> Heard:
    """Return what `seconds` of listening to the interfaces `links` (name to link type) showed.

    Raises SourceDenied without CAP_NET_RAW, SourceError for an interface that cannot be listened to.
    """
    pipe_in, pipe_out = os.pipe()
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        os.close(pipe_in)
        _child(pipe_out, parent, links, seconds, known)
    os.close(pipe_out)
    try:
        answer = _answer(pipe_in, time.monotonic() + seconds + _GRACE_S)
    finally:
        os.close(pipe_in)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    return _heard(answer)


def _answer(pipe: int, deadline_s: float) -> dict[str, Any]:
    """Return what the child says, an error if it does not say it in time or whole."""
    parts: list[bytes] = []
    size = 0
    while True:
        left = deadline_s - time.monotonic()
        if left <= 0 or not select.select([pipe], [], [], left)[0]:
            return {"error": "the listening process did not answer"}
        piece = os.read(pipe, 1 << 16)
        if not piece:
            break
        parts.append(piece)
        size += len(piece)
        if size > _LARGEST_ANSWER:
            return {"error": "the listening process said too much"}
    try:
        answer: dict[str, Any] = json.loads(b"".join(parts))
    except ValueError:
        return {"error": "the listening process ended early"}
    return answer


def _heard(answer: dict[str, Any]) -> Heard:
    """Return the child's answer in types; raises SourceDenied or SourceError for what it could not do."""
    if "error" in answer:
        if answer.get("denied"):
            raise SourceDenied(answer["error"], needs="CAP_NET_RAW")
        raise SourceError(answer["error"])
    return Heard(
        tunnels=tuple(map(_tunnel, answer["tunnels"])),
        others=answer["others"],
        dropped=answer["dropped"],
        problems=tuple(Text(*one) for one in answer["problems"]),
    )


def _tunnel(said: dict[str, Any]) -> Tunnel:
    """Return a tunnel as the child says it."""
    messages = tuple(Message(kind, sender, base64.b64decode(data)) for kind, sender, data in said["messages"])
    return Tunnel(**{**said, "confidence": Certainty(said["confidence"]), "messages": messages, "details": ()})


def _said(tunnel: Tunnel) -> dict[str, Any]:
    """Return a tunnel as JSON takes it; of handshakes the bytes, which nobody but the process of Scapy looks into."""
    messages = [(one.kind, one.sender, base64.b64encode(one.data).decode()) for one in tunnel.messages]
    return {**tunnel.fields(), "messages": messages}


def _child(pipe: int, parent: int, links: dict[str, int], seconds: float, known: Callable[[str], bool]) -> None:
    """Open, give up privileges, listen, answer, and end this process without returning."""
    code = 1
    try:
        privileges.die_with(parent)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        answer = _listen(links, seconds, known)
        data = json.dumps(answer).encode()
        while data:
            data = data[os.write(pipe, data) :]
        code = 0
    finally:
        os._exit(code)


def _listen(links: dict[str, int], seconds: float, known: Callable[[str], bool]) -> dict[str, Any]:
    """Return the answer for the parent."""
    rings: list[tuple[Ring, int]] = []
    for name, link in links.items():
        code = program(link, short=True)
        try:
            rings.append((Ring(name, code or b""), link))
        except OSError as error:
            cause = source_error(error)
            return {"error": f"{name}: {cause.detail}", "denied": isinstance(cause, SourceDenied)}
    try:
        privileges.give_up(_MOST_BYTES)
    except OSError as error:
        return {"error": f"privileges could not be given up: {os.strerror(error.errno or 0)}"}
    engine = Engine()
    problems = _run(rings, engine, time.monotonic() + seconds)
    dropped = sum(ring.dropped for ring, _ in rings)
    shown, others = _separate(engine.tunnels(), known)
    return {
        "tunnels": list(map(_said, shown)),
        "others": others,
        "dropped": dropped,
        "problems": problems,
    }


def _run(rings: list[tuple[Ring, int]], engine: Engine, deadline_s: float) -> list[Text]:
    """Feed `engine` until the deadline; return what went wrong."""
    poll, errors, streams = select.poll(), dict[str, int](), 0
    by_number = {ring.socket.fileno(): ring for ring, _ in rings}
    for number in by_number:
        poll.register(number, select.POLLIN | select.POLLERR)
    while (left := deadline_s - time.monotonic()) > 0:
        for number, event in poll.poll(min(_POLL_MS, left * 1000)):
            if event & select.POLLERR:  # reading the error clears it, or this would never wait again
                errors.setdefault(by_number[number].interface, by_number[number].error())
        for ring, link in rings:
            for at_s, length, data in ring.frames():
                engine.frame(data, link, at_s, length)
        if engine.streams_known != streams:
            streams = engine.streams_known
            _refresh(rings, engine)
    for ring, _ in rings:
        ring.count_drops()
    words = {name: os.strerror(error) for name, error in errors.items() if error}
    return [Text(f"{name}: {error}", f"{name}：{error}") for name, error in words.items()]


def _refresh(rings: list[tuple[Ring, int]], engine: Engine) -> None:
    """Let the rest of the conversations that were recognised through the filter."""
    for ring, link in rings:
        code = program(link, engine.streams, short=True)
        if code is not None:
            ring.filter(code)


def _separate(tunnels: Iterable[Tunnel], known: Callable[[str], bool]) -> tuple[list[Tunnel], dict[str, int]]:
    """Return the tunnels that have an end which `known` says is the company's, and how many others of each protocol."""
    shown: list[Tunnel] = []
    others: Counter[str] = Counter()
    for one in tunnels:
        if known(one.src) or known(one.dst):
            shown.append(one)
        else:
            others[one.protocol] += 1
    return shown, dict(others)
