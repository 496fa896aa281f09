"""The process in which Scapy dissects messages: takes a list from standard input, gives one answer for each, in order.

Started by `talk`, never imported by the rest of the program. Input: JSON, a list of [kind, bytes in hexadecimal].
Output: JSON, a list of objects as `answers` describes them, null for a message that cannot be dissected. Only numbers,
names of manufacturers and the ids of programs are taken out of a message; whatever else it holds is left in it.
"""

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from typing import Any

from auditor.packets import privileges
from auditor.packets.details.enclosure import close_off, empty_network

NO_NAMESPACE, NO_SCAPY, NOT_CLOSED = 10, 11, 12
MOST_INPUT_BYTES = 8 << 20
_MOST_MEMORY_BYTES = 256 << 20
_MOST_CPU_S = 10
_MOST_LAYERS = 200
_RESPONSE = 0x20
_V1_ATTRIBUTES = {
    "Encryption": "encr",
    "Hash": "hash",
    "Authentication": "auth",
    "GroupDesc": "group",
    "KeyLength": "bits",
}
Answer = dict[str, Any]


def main(parent: int) -> None:
    """Close this process off, then dissect what standard input holds; ends with a code above where it cannot."""
    privileges.die_with(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        empty_network()
    except OSError:
        sys.exit(NO_NAMESPACE)
    try:
        dissectors = load()
    except ImportError:
        sys.exit(NO_SCAPY)
    wanted = json.loads(sys.stdin.buffer.read(MOST_INPUT_BYTES))
    try:
        privileges.give_up(_MOST_MEMORY_BYTES)
        close_off(_MOST_CPU_S)
    except OSError:
        sys.exit(NOT_CLOSED)
    answers = [dissect(dissectors, kind, bytes.fromhex(data)) for kind, data in wanted]
    sys.stdout.write(json.dumps(answers))
    sys.stdout.flush()
    os._exit(0)


def load() -> dict[str, Callable[[bytes], Answer]]:
    """Return what dissects each kind of message, with all that it needs loaded; raises ImportError without Scapy."""
    import logging

    logging.disable(logging.CRITICAL)  # Scapy warns of every odd field
    _pass_over()
    from scapy.contrib.ikev2 import IKEv2
    from scapy.layers import isakmp
    from scapy.layers.l2 import GRE
    from scapy.layers.pptp import PPTP

    from auditor.packets.details.l2tp_layers import control_2, control_3

    return {
        "ike": lambda data: _ike_2(IKEv2(data)) if data[17:18] == b"\x20" else _ike_1(isakmp.ISAKMP(data), isakmp),
        "l2tp": control_2,
        "l2tpv3": control_3,
        "pptp": lambda data: _pptp(PPTP(data)),
        "gre": lambda data: _gre(GRE(data)),
    }


def _pass_over() -> None:
    """Stand in for what Scapy loads and nothing here asks for: more than half of the time of this process.

    Certificates are bytes to IKE then (nobody looks into them here), there is no route, and no manufacturer of a
    network card has a name, neither from Scapy's list nor from Wireshark's.
    """
    from importlib import import_module
    from types import ModuleType

    for name in ("scapy.route", "scapy.route6", "scapy.libs.manuf", "scapy.libs.bluetoothids"):
        sys.modules[name] = ModuleType(name)
    sys.modules["scapy.libs.manuf"].DATA = ""  # type: ignore[attr-defined]
    sys.modules["scapy.libs.bluetoothids"].DATA = {}  # type: ignore[attr-defined]
    exists = os.path.exists
    os.path.exists = lambda path: False
    try:
        import_module("scapy.data")
    finally:
        os.path.exists = exists
    from scapy.packet import Raw

    certificates = ModuleType("scapy.layers.x509")
    certificates.X509_Cert = certificates.X509_CRL = Raw  # type: ignore[attr-defined]
    sys.modules[certificates.__name__] = certificates


def dissect(dissectors: dict[str, Callable[[bytes], Answer]], kind: str, data: bytes) -> Answer | None:
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
    if header.length != len(header):
        raise ValueError("not the whole message")
    answer: Answer = {
        "version": header.version >> 4,
        "exchange": int(header.exch_type),
        "response": answers,
        "suites": [],
        "vendors": [],
        "notifies": [],
    }
    for layer in _layers(header.payload):
        if "prop" in layer.fields:
            answer["suites"] += [suite for one in _layers(layer.prop) if "trans" in one.fields for suite in suites(one)]
        vendor = _value(layer, "vendorID", "VendorID")
        if vendor is None and layer.name.endswith("Vendor ID"):
            vendor = _value(layer, "load")
        if vendor:
            answer["vendors"].append(bytes(vendor).hex())
        if "Notif" in layer.name:
            kind = _value(layer, "type", "not_type", "notify_msg_type")
            answer["notifies"] += [int(kind)] if isinstance(kind, int) else []
    return answer


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
    if message.len != len(message):
        raise ValueError("not the whole message")
    answer: Answer = {"message": int(message.ctrl_msg_type)}
    vendor = _value(message, "vendor_string")
    if vendor is not None:
        answer["vendor"] = bytes(vendor).split(b"\0")[0].decode("ascii", "replace")
    for name, field in (("protocol", "protocol_version"), ("call", "call_id"), ("peer_call", "peer_call_id")):
        value = _value(message, field)
        if isinstance(value, int):
            answer[name] = value
    return answer


def _gre(packet: Any) -> Answer:
    """Return the key of a GRE header (RFC 2890)."""
    return {"key": int(packet.key)}
