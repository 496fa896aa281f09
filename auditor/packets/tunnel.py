"""What a capture comes to: tunnels, each with how sure that is and what its handshakes say."""

from typing import Any, NamedTuple

from auditor.model.certainty import Certainty
from auditor.packets.message import Message


class Detail(NamedTuple):
    """One thing that a handshake says: a key of `said` in auditor/data/details.toml, who says it, what.

    `sender` is src or dst, "" for what this program says of it.
    """

    kind: str
    sender: str
    value: str


class Tunnel:
    """One tunnel that packets showed; ports are None where they differ from flow to flow or the protocol has none.

    `alike` of the packets were not looked into, but counted by what they have in common with the others: no sign counts
    them. `messages` say how it is made; `details.describe.add` turns them into `details` and takes them away.
    No dataclass: with what they load they would take an eighth of the time of a small capture.
    """

    __slots__ = (
        "alike",
        "bytes",
        "confidence",
        "details",
        "dport",
        "dst",
        "first_s",
        "last_s",
        "messages",
        "messages_left_out",
        "packets",
        "protocol",
        "signs",
        "sport",
        "src",
        "transport",
    )

    def __init__(
        self,
        *,
        protocol: str,
        src: str,
        dst: str,
        sport: int | None,
        dport: int | None,
        transport: str,
        packets: int,
        bytes: int,
        first_s: float,
        last_s: float,
        confidence: Certainty,
        signs: dict[str, int] | None = None,
        alike: int = 0,
        details: tuple[Detail, ...] = (),
        messages: tuple[Message, ...] = (),
        messages_left_out: int = 0,
    ) -> None:
        """Keep all of it."""
        self.protocol = protocol
        self.src = src
        self.dst = dst
        self.sport = sport
        self.dport = dport
        self.transport = transport
        self.packets = packets
        self.bytes = bytes
        self.first_s = first_s
        self.last_s = last_s
        self.confidence = confidence
        self.signs = signs or {}
        self.alike = alike
        self.details = details
        self.messages = messages
        self.messages_left_out = messages_left_out

    __hash__ = None  # type: ignore[assignment] # it changes

    def __eq__(self, other: object) -> bool:
        """Return whether every value is the same."""
        return isinstance(other, Tunnel) and self.fields() == other.fields()

    def __repr__(self) -> str:
        """Return every value with its name."""
        return f"Tunnel({self.fields()})"

    def fields(self) -> dict[str, Any]:
        """Return every value by its name."""
        return {name: getattr(self, name) for name in self.__slots__}
