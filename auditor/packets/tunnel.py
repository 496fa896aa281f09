"""What a capture comes to: tunnels, each with how sure that is and what its handshakes say."""

from dataclasses import dataclass, field
from typing import NamedTuple

from auditor.model.certainty import Certainty
from auditor.packets.message import Message


class Detail(NamedTuple):
    """One thing that a handshake says: a key of `said` in auditor/data/details.toml, who says it, what.

    `sender` is src or dst, "" for what this program says of it.
    """

    kind: str
    sender: str
    value: str


@dataclass(slots=True, kw_only=True)
class Tunnel:
    """One tunnel that packets showed; ports are None where they differ from flow to flow or the protocol has none.

    `messages` say how it is made; `details.describe.add` turns them into `details` and takes them away.
    """

    protocol: str
    src: str
    dst: str
    sport: int | None
    dport: int | None
    transport: str
    packets: int
    bytes: int
    first_s: float
    last_s: float
    confidence: Certainty
    signs: dict[str, int] = field(default_factory=dict)
    details: tuple[Detail, ...] = ()
    messages: tuple[Message, ...] = ()
    messages_left_out: int = 0
