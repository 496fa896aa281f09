"""The contract of a dissector, one for each family of protocols (`dissectors/`).

`ip`, `udp` and `tcp` are looks at one packet: they return the protocol that it shows (an id of the table
`auditor/data/protocols.toml`) after noting in the flow what speaks for it, or None, and then have noted nothing in a
flow that was new. A look is called for the packets that it asked for: of an IP protocol number; of UDP by a port of
either end or by the first byte; of TCP by the first byte; and for every packet of a flow in which it has recognised
something.

`conclude` returns how sure it is by all that was noted of one protocol in one flow, None for not enough. A port alone
is never enough. No look keeps or returns content.

A look that recognises a packet of which many more are to be expected adds to its `alike` which bytes tell those. Once
the conversation is sure enough, they are counted without a look. It does not do so for a packet that `details` could
pick, unless what is picked is among these bytes. A stream is settled whole (`Flow.settle`).

`details` picks out, of the packets in which a protocol was recognised, the messages that say how the tunnel is made:
it returns the layer that such a message begins with and its bytes, None for any other packet. Scapy dissects them.
"""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from auditor.model.certainty import Certainty
from auditor.packets.flows import Flow, Seen
from auditor.packets.packet import Packet

Look = Callable[[Packet, Flow], str | None]
Conclude = Callable[[str, Seen, Flow], Certainty | None]
Pick = Callable[[Packet, Seen], tuple[str, bytes] | None]
_NONE: Mapping[Any, Any] = MappingProxyType({})


class Dissector(NamedTuple):
    """One family; `protocols` are the ids that its looks return."""

    name: str
    protocols: tuple[str, ...]
    conclude: Conclude
    ip: Mapping[int, Look] = _NONE
    udp: Look | None = None
    udp_ports: tuple[int, ...] = ()
    udp_first: Iterable[int] = ()
    tcp: Look | None = None
    tcp_first: Iterable[int] = ()
    beside: tuple[str, ...] = ()
    """Protocols of other families that share conversations with these."""
    spread: tuple[int, ...] = ()
    """UDP ports of receivers whose senders change their own port all the time (entropy): one conversation."""
    streams: Mapping[str, tuple[int, ...]] = _NONE
    """By protocol: over what its further packets do not show what they are, so that a filter has to let all through."""
    details: Mapping[str, Pick] = _NONE
    """By protocol."""
