"""Says of tunnels what their handshakes say: dissected once for all of them, each thing once for each end."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from auditor.model.text import Text
from auditor.packets.details import answers, launch, talk
from auditor.packets.tunnel import Detail, Tunnel

MOST_OF_TUNNEL = 40


class Outcome(NamedTuple):
    """`unread` says what was not dissected and why, None for nothing; `absent`: because Scapy is not installed."""

    unread: Text | None = None
    absent: bool = False


def add(tunnels: Iterable[Tunnel], *, begin: launch.Launch = launch.program) -> Outcome:
    """Give `tunnels` their details and take away the messages that say them; Scapy is started only if there are any.

    `begin` begins the process that dissects.
    """
    with_messages = [tunnel for tunnel in tunnels if tunnel.messages or tunnel.messages_left_out]
    messages = [message for tunnel in with_messages for message in tunnel.messages]
    left_out = sum(tunnel.messages_left_out for tunnel in with_messages)
    failed = 0
    why = None
    if messages:
        try:
            said = iter(talk.ask(messages, first=begin))
        except talk.NotDissected as error:
            why, failed = error.why, len(messages)
            unread = Detail("unread_absent" if why is talk.ABSENT else "unread", "", "")
            for tunnel in with_messages:
                tunnel.details = (unread,)
        else:
            failed = sum(_describe(tunnel, [next(said) for _ in tunnel.messages]) for tunnel in with_messages)
    for tunnel in with_messages:
        tunnel.messages, tunnel.messages_left_out = (), 0
    return Outcome(unread=_unread(failed, left_out, why), absent=why is talk.ABSENT)


def _describe(tunnel: Tunnel, said: Sequence[object]) -> int:
    """Give one tunnel its details; return how many messages could not be dissected."""
    found: dict[Detail, None] = {}
    failed = 0
    for message, answer in zip(tunnel.messages, said, strict=True):
        sender = "src" if message.sender == tunnel.src else "dst"
        try:
            for kind, value in answers.read(message.kind, answer):
                found[Detail(kind, sender, value)] = None
        except answers.Unsound:
            failed += 1
    tunnel.details = tuple(found)[:MOST_OF_TUNNEL]
    return failed + (len(found) > MOST_OF_TUNNEL)


def _unread(failed: int, left_out: int, why: Text | None) -> Text | None:
    """Return in words what was not dissected, None for nothing."""
    count = failed + left_out
    if not count:
        return None
    reason = why or Text("cut short, too many, or malformed", "不完整、数量过多或格式有误")
    return Text(
        f"details of {count:,} handshake messages were not read: {reason.en}",
        f"{count:,}个握手报文的细节未读取：{reason.zh}",
    )
