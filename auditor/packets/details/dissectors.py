"""What Scapy makes of a message, as an answer (`answers` describes them). Loaded in the child only.

Only numbers, names of manufacturers and the ids of programs are taken out of a message; the rest is left in it.
"""

from collections.abc import Callable, Collection, Iterator
from typing import Any

_MOST_LAYERS = 200
_VERSION_2, _RESPONSE = 0x20, 0x20
_NOTIFICATION_1 = 11
_CUT = "not the whole message"
_V1_ATTRIBUTES = {
    "Encryption": "encr",
    "Hash": "hash",
    "Authentication": "auth",
    "GroupDesc": "group",
    "KeyLength": "bits",
}
_GRE_CHECKSUM_OR_ROUTING, _GRE_KEY, _GRE_SEQUENCE, _GRE_PPP = 0xC000, 0x2000, 0x1000, 0x880B
Answer = dict[str, Any]
Dissectors = dict[str, Callable[[bytes], Answer]]


def load(kinds: Collection[str]) -> Dissectors:
    """Return what dissects messages of `kinds`, with what that needs loaded; raises ImportError without Scapy."""
    found: Dissectors = {"gre": _gre}
    if "ike" in kinds:
        from scapy.contrib.ikev2 import IKEv2
        from scapy.layers import isakmp

        def ike(data: bytes) -> Answer:
            if int.from_bytes(data[24:28]) != len(data):
                raise ValueError(_CUT)
            return _ike_2(IKEv2(data)) if data[17] == _VERSION_2 else _ike_1(isakmp.ISAKMP(data), isakmp)

        found["ike"] = ike
    if "pptp" in kinds:
        from scapy.layers.pptp import PPTP

        def pptp(data: bytes) -> Answer:
            if int.from_bytes(data[:2]) != len(data):
                raise ValueError(_CUT)
            return _pptp(PPTP(data))

        found["pptp"] = pptp
    if "l2tp" in kinds or "l2tpv3" in kinds:
        from auditor.packets.details.l2tp_layers import control_2, control_3

        found |= {"l2tp": control_2, "l2tpv3": control_3}
    return found


def dissect(dissectors: Dissectors, kind: str, data: bytes) -> Answer | None:
    """Return what one message says, None if it cannot be dissected; never raises for what is in it."""
    try:
        return dissectors[kind](data)
    except Exception:  # noqa: BLE001 - untrusted bytes in somebody else's code, in a process made for that
        return None


def _layers(packet: Any) -> Iterator[Any]:
    """Yield the layers of a packet from the outermost on."""
    for _ in range(_MOST_LAYERS):
        if not getattr(packet, "fields_desc", None):
            return
        yield packet
        packet = packet.payload


def _value(packet: Any, *names: str) -> Any:
    """Return the first field of `names` that a layer has; their names differ between versions of Scapy."""
    return next((packet.fields[name] for name in names if name in packet.fields), None)


def _ike(header: Any, suites: Callable[[Any], Iterator[Answer]], *, answers: bool) -> Answer:
    """Return what an IKE message says, its proposals taken apart by `suites`; `answers`: it is the responder's."""
    answer: Answer = {
        "version": header.version >> 4,
        "exchange": int(header.exch_type),
        "response": answers,
        "suites": [],
        "vendors": [],
        "notifies": [],
    }
    before = header
    for layer in _layers(header.payload):
        if "prop" in layer.fields:
            answer["suites"] += [suite for one in _layers(layer.prop) if "trans" in one.fields for suite in suites(one)]
        vendor = _value(layer, "vendorID", "VendorID")
        if vendor is None and layer.name.endswith("Vendor ID"):
            vendor = _value(layer, "load")
        if vendor:
            answer["vendors"].append(bytes(vendor).hex())
        kind = _notified(layer, _value(before, "next_payload"))
        answer["notifies"] += [int(kind)] if isinstance(kind, int) else []
        before = layer
    return answer


def _notified(layer: Any, kind: Any) -> Any:
    """Return what the payload `layer`, of type `kind`, notifies of; None or something odd where it does not."""
    if "Notif" in layer.name:
        return _value(layer, "type", "not_type", "notify_msg_type")
    if kind == _NOTIFICATION_1 and layer.name == "ISAKMP payload":  # Scapy 2.5 has no fields of it (RFC 2408 3.14)
        load = bytes(_value(layer, "load"))
        return int.from_bytes(load[6:8]) if len(load) >= 8 else None
    return None


def _ike_2(header: Any) -> Answer:
    """Return what a message of IKEv2 says."""
    return _ike(header, _suites_2, answers=bool(int(header.flags) & _RESPONSE))


def _suites_2(proposal: Any) -> Iterator[Answer]:
    """Yield the proposal: all transforms that it offers, by type (RFC 7296 3.3.2)."""
    transforms = []
    for one in _layers(proposal.trans):
        kind, number, bits = (_value(one, name) for name in ("transform_type", "transform_id", "key_length"))
        if not isinstance(kind, int) or not isinstance(number, int):
            raise TypeError("transform")
        transforms.append([kind, number, bits & 0xFFFF if isinstance(bits, int) else None])
    yield {"transforms": transforms}


def _ike_1(header: Any, isakmp: Any) -> Answer:
    """Return what a message of IKEv1 says."""
    answers = any(bytes(header.resp_cookie))
    return _ike(header, lambda proposal: _suites_1(proposal, isakmp.ISAKMPAttributeTypes), answers=answers)


def _suites_1(proposal: Any, attributes: Any) -> Iterator[Answer]:
    """Yield a suite for each transform of a proposal (RFC 2409 appendix A); Scapy's names become numbers again."""
    if proposal.SPIsize:
        raise ValueError("a proposal with an SPI, whose end Scapy misplaces")
    for one in _layers(proposal.trans):
        suite: Answer = {}
        unit = None
        for name, value in _value(one, "transforms") or ():
            numbers = attributes[name][1] if name in attributes else {}
            number = numbers.get(value, value)
            if name in _V1_ATTRIBUTES:
                suite[_V1_ATTRIBUTES[name]] = number
            elif name == "LifeType":
                unit = number
            elif name == "LifeDuration" and unit == 1:
                suite["life_s"] = number
        if suite:
            yield suite


def _pptp(message: Any) -> Answer:
    """Return what a control message of PPTP says: the manufacturer, calls (RFC 2637 2)."""
    answer: Answer = {"message": int(message.ctrl_msg_type)}
    vendor = _value(message, "vendor_string")
    if vendor is not None:
        answer["vendor"] = bytes(vendor).split(b"\0")[0].decode("ascii", "replace")
    for name, field in (("protocol", "protocol_version"), ("call", "call_id"), ("peer_call", "peer_call_id")):
        value = _value(message, field)
        if isinstance(value, int):
            answer[name] = value
    return answer


def _gre(data: bytes) -> Answer:
    """Return the key of a GRE header (RFC 2890), which stands where the flags say: no need of Scapy."""
    flags, kind = int.from_bytes(data[:2]), int.from_bytes(data[2:4])
    at = 8 if flags & _GRE_CHECKSUM_OR_ROUTING else 4
    size = at + (8 if flags & _GRE_SEQUENCE else 4)
    if not flags & _GRE_KEY or kind == _GRE_PPP or len(data) < size:
        raise ValueError("no key, or not the whole header")
    return {"key": int.from_bytes(data[at : at + 4])}
