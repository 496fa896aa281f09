"""SoftEther (Cedar of its source): questions to its NAT traversal servers, their packs, and its HTTP greeting."""

import re

from auditor.model.certainty import Certainty
from auditor.packets.dissector import Dissector
from auditor.packets.flows import Flow, Seen
from auditor.packets.packet import Packet

_PORT = 5004
_ADDRESS = re.compile(rb"IP=[0-9A-Fa-f:.]{2,45},PORT=[0-9]{1,5}")
_ELEMENT = re.compile(rb"[a-zA-Z_][a-zA-Z0-9_]{1,62}")
_MOST_ELEMENTS, _LAST_TYPE = 64, 4
_REQUESTS = (b"POST /vpnsvc/connect.cgi", b"POST /vpnsvc/vpn.cgi")


def _look_udp(packet: Packet, flow: Flow) -> str | None:
    """Note an address told by a traversal server, or a pack (PackToBuf) of named values."""
    data = packet.data
    if _ADDRESS.fullmatch(data) and packet.size == len(data):
        flow.of("softether").sign("address_told")
        return "softether"
    known = flow.peek("softether")
    if known is not None and data in (b"A", b"B") and packet.size == 1:
        known.sign("address_asked")
        return "softether"
    if not packet.has_port(_PORT) or not _pack(data):
        return None
    flow.of("softether").sign("pack")
    return "softether"


def _pack(data: bytes) -> bool:
    """Return whether a pack begins here: how many elements, then the first one's name, type and number of values."""
    if len(data) < 24:
        return False
    elements, length = int.from_bytes(data[:4]), int.from_bytes(data[4:8])
    name = data[8 : 7 + length]
    if not 0 < elements <= _MOST_ELEMENTS or not 2 < length <= 64 or not _ELEMENT.fullmatch(name):
        return False
    kind, values = int.from_bytes(data[7 + length : 11 + length]), int.from_bytes(data[11 + length : 15 + length])
    return kind <= _LAST_TYPE and 0 < values <= _MOST_ELEMENTS


def _look_tcp(packet: Packet, flow: Flow) -> str | None:
    """Note the greeting with which a client begins where it is not inside TLS."""
    if not packet.data.startswith(_REQUESTS):
        return None
    flow.of("softether").sign("greeting")
    return "softether"


def _conclude(_protocol: str, seen: Seen, _flow: Flow) -> Certainty | None:
    """Return high for packs with an address told; an address alone is what a client keeps asking for."""
    if seen.has("greeting") or seen.has("pack", "address_told") or seen.signs.get("pack", 0) > 1:
        return Certainty.HIGH
    return Certainty.MEDIUM if seen.has("address_told") or seen.has("pack") else None


DISSECTOR = Dissector(
    name="softether",
    protocols=("softether",),
    udp=_look_udp,
    udp_ports=(_PORT,),
    udp_first=(ord("I"),),
    tcp=_look_tcp,
    tcp_first=(ord("P"),),
    conclude=_conclude,
)
