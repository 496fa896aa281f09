"""Starts the child that dissects, hands it messages over a pipe, and takes its answer: bounded in size and time."""

import json
import os
import select
import sys
import time
from collections.abc import Sequence
from typing import Any

from auditor.model.text import Text
from auditor.packets.details import endings, launch
from auditor.packets.message import Message

_LIMIT_S = 30.0
_MOST_ANSWER_BYTES = 4 << 20
_PIECE_BYTES = 1 << 16
_NO_PYTHON = Text("no Python interpreter is known to run it with", "未知可用的Python解释器")
_WHY = {
    endings.NO_SCAPY: Text("Scapy is not installed (python3-scapy)", "未安装Scapy（python3-scapy）"),
    endings.NO_NAMESPACE: Text(
        "no empty network namespace can be made for Scapy (CAP_SYS_ADMIN, or user namespaces)",
        "无法为Scapy创建空的网络命名空间（需CAP_SYS_ADMIN或用户命名空间）",
    ),
    endings.NOT_CLOSED: Text("the process of Scapy cannot be closed off", "无法隔离Scapy进程"),
}
_OUT_OF_TIME = Text("the process of Scapy took too long", "Scapy进程超时")
_BROKEN = Text("the process of Scapy ended without a sound answer", "Scapy进程未给出有效结果便已结束")
ABSENT = _WHY[endings.NO_SCAPY]


class NotDissected(Exception):
    """Messages could not be dissected: why, in words."""

    def __init__(self, why: Text) -> None:
        """Keep the reason."""
        super().__init__(why.en)
        self.why = why


def ask(messages: Sequence[Message], *, first: launch.Launch = launch.program, limit_s: float = _LIMIT_S) -> list[Any]:
    """Return the child's answer to each of `messages`, unchecked; raises NotDissected.

    `first` begins the child that most often is the only one.
    """
    numbers: dict[tuple[str, bytes], int] = {}
    for one in messages:  # the same packet is often seen on two sides of a gateway
        numbers.setdefault((one.kind, one.data), len(numbers))
    question = json.dumps([[kind, data.hex()] for kind, data in numbers]).encode()
    deadline_s = time.monotonic() + limit_s
    code, said = _run(question, first, "spare", deadline_s)
    if code == endings.NOT_SPARE:
        code, said = _run(question, launch.program, "whole", deadline_s)
    if code:
        raise NotDissected(_WHY.get(code, _BROKEN))
    answers = _list(said, len(numbers))
    return [answers[numbers[one.kind, one.data]] for one in messages]


def _run(question: bytes, begin: launch.Launch, how: str, deadline_s: float) -> tuple[int, bytes]:
    """Return the exit code of a child and what it says to `question`; raises NotDissected.

    `how` much of Scapy it loads: spare (stand-ins for the rest) or whole.
    """
    if not sys.executable:
        raise NotDissected(_NO_PYTHON)
    try:
        child = begin(how)
    except OSError as error:
        raise NotDissected(
            Text(f"no process for Scapy: {error.strerror}", f"无法启动Scapy进程：{error.strerror}")
        ) from None
    try:
        said = _converse(child, question, deadline_s)
        return child.code(deadline_s), said
    except TimeoutError:
        raise NotDissected(_OUT_OF_TIME) from None
    finally:
        child.end()


def _list(said: bytes, wanted: int) -> list[Any]:
    """Return the answers; raises NotDissected if there are not as many as messages."""
    try:
        answers = json.loads(said)
    except (ValueError, RecursionError):
        raise NotDissected(_BROKEN) from None
    if not isinstance(answers, list) or len(answers) != wanted:
        raise NotDissected(_BROKEN)
    return answers


def _converse(child: launch.Child, question: bytes, deadline_s: float) -> bytes:
    """Return what `child` says to `question`; raises TimeoutError, NotDissected if it says too much."""
    said = bytearray()
    left = memoryview(question)
    while True:
        writing = [] if child.door is None else [child.door]
        ready, able, _ = select.select([child.ear], writing, [], max(0.0, deadline_s - time.monotonic()))
        if not ready and not able:
            raise TimeoutError
        for door in able:
            try:
                left = left[os.write(door, left[:_PIECE_BYTES]) :]
            except BrokenPipeError:
                left = left[:0]  # it ended early, and says why with its code
            if not left:
                child.told()
        if ready:
            piece = os.read(child.ear, _PIECE_BYTES)
            if not piece:
                return bytes(said)
            said += piece
            if len(said) > _MOST_ANSWER_BYTES:
                raise NotDissected(_BROKEN)
