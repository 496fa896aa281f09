"""IPsec policies and security associations of the kernel, from NETLINK_XFRM (linux/xfrm.h).

Policies come first: their templates name the tunnels' ends and hold no key. Of an association only the
fixed header, the interface id and the UDP encapsulation are read; its other attributes, which hold
keys, are walked over, and the answer is overwritten with zeros before a row leaves this module.

Opening such a socket would load the module xfrm_user, so /proc/net/netlink is asked first whether the
protocol is there. Without it only PF_KEY can have made associations, and those are then a blind spot.

libreswan's pluto tells its connections over its control socket only, by which it is also stopped and told to
negotiate (ipsec_pluto(8)), and which names the users of XAUTH; so it is not asked. What it has installed
shows here: checked with libreswan 4.10, site-to-site, host-to-host and on demand.

Left out: policies of single sockets (directions above forward; IKE daemons let their own packets pass
with them), associations without an algorithm (placeholders while IKE negotiates; the policy shows the
tunnel), and those the kernel makes for itself below IPComp or for Mobile IPv6. Cannot see: which
daemon made them, identities, and IPsec that a program does by itself through a TUN device.
"""

import struct
from collections.abc import Callable, Iterable, Iterator

from auditor.errors import ParseError, SourceAbsent, SourceError
from auditor.model.rows import XfrmPolicy, XfrmState, XfrmTemplate
from auditor.model.sightings import Sighting
from auditor.netlink.wire import NETLINK_XFRM, Message, address, attribute_list, be16, u32
from auditor.probe import Probe, View

_NETLINK_TABLE = "/proc/thread-self/net/netlink"
_PF_KEY_TABLE = "/proc/thread-self/net/pfkey"
_GET_STATE, _GET_POLICY = 18, 21
_POLICY_SOURCE, _STATE_SOURCE = "xfrm netlink: XFRM_MSG_GETPOLICY", "xfrm netlink: XFRM_MSG_GETSA"

# struct xfrm_userpolicy_info: selector's daddr, saddr, dport, its mask, sport, its mask, family, prefixlen_d,
# prefixlen_s, proto; then dir, action
_POLICY = struct.Struct("=16s16s2s2s2s2sHBBB115xBB6x")
# struct xfrm_usersa_info: (selector) id.daddr, id.spi, id.proto, saddr, (lifetimes, stats) reqid, family, mode
_STATE = struct.Struct("=56x16s4xB3x16s112xIHB9x")
# struct xfrm_user_tmpl: id.daddr, id.spi, id.proto, family, saddr, reqid, mode
_TEMPLATE = struct.Struct("=16s4xB3xH2x16sIB15x")
_ENCAPSULATION_BYTES = 24  # struct xfrm_encap_tmpl

_ENCAP, _TMPL, _MARK, _IF_ID = 4, 5, 21, 31
_MARK_BYTES = 8  # struct xfrm_mark: value, mask
_ALGORITHMS = frozenset((1, 2, 3, 18, 20))  # XFRMA_ALG_AUTH, _CRYPT, _COMP, _AEAD, _AUTH_TRUNC
_ADDRESS_BYTES = {2: 4, 10: 16}  # by AF_INET, AF_INET6
_PROTOCOLS = {50: "esp", 51: "ah", 108: "comp"}
_MODES = {0: "transport", 1: "tunnel", 4: "beet", 5: "tunnel"}  # 5 is IP-TFS (RFC 9347), a tunnel mode
_DIRECTIONS = {0: "in", 1: "out", 2: "fwd"}
_ACTIONS = {0: "allow", 1: "block"}


def _address(value: bytes, family: int) -> str:
    """Return an xfrm_address_t as text; raises ParseError on an unknown family."""
    if family not in _ADDRESS_BYTES:
        raise ParseError("IPsec address of an unknown family")
    return address(value[: _ADDRESS_BYTES[family]])


def _prefix(value: bytes, family: int, length: int) -> str:
    """Return a selector's address as "ADDRESS/LENGTH"; raises ParseError."""
    shown = _address(value, family)
    if length > 8 * _ADDRESS_BYTES[family]:
        raise ParseError("IPsec selector with an impossible length")
    return f"{shown}/{length}"


def _protocol(number: int) -> str:
    """Return the name of an IPsec protocol, the number for one that is none."""
    return _PROTOCOLS.get(number, str(number))


def parse_policy(message: Message) -> XfrmPolicy | None:
    """Return the policy of one XFRM_MSG_NEWPOLICY, None for one of a single socket; raises ParseError."""
    if len(message.payload) < _POLICY.size:
        raise ParseError("IPsec policy cut short")
    (destination, source, dport, dport_mask, sport, sport_mask, *rest) = _POLICY.unpack_from(message.payload)
    family, destination_len, source_len, protocol, direction, action = rest
    if direction not in _DIRECTIONS:
        return None
    templates: tuple[XfrmTemplate, ...] = ()
    if_id = None
    marked = False
    for kind, value in attribute_list(message.payload, _POLICY.size):
        if kind == _TMPL:
            templates = parse_templates(value)
        elif kind == _MARK:
            marked = _is_mark(value)
        elif kind == _IF_ID:
            if_id = u32(value)
    return XfrmPolicy(
        direction=_DIRECTIONS[direction],
        source=_prefix(source, family, source_len),
        destination=_prefix(destination, family, destination_len),
        action=_ACTIONS.get(action, "other"),
        templates=templates,
        if_id=if_id,
        protocol=protocol or None,
        source_port=be16(sport) if any(sport_mask) else None,
        destination_port=be16(dport) if any(dport_mask) else None,
        marked=marked,
    )


def _is_mark(value: memoryview) -> bool:
    """Return whether XFRMA_MARK asks for a firewall mark at all: its mask is not zero; raises ParseError."""
    if len(value) != _MARK_BYTES:
        raise ParseError("IPsec mark of wrong size")
    return any(value[4:])


def parse_templates(value: memoryview) -> tuple[XfrmTemplate, ...]:
    """Return the templates of XFRMA_TMPL, in the order they are applied; raises ParseError."""
    if len(value) % _TEMPLATE.size:
        raise ParseError("IPsec templates cut short")
    return tuple(_template(value, offset) for offset in range(0, len(value), _TEMPLATE.size))


def _template(value: memoryview, offset: int) -> XfrmTemplate:
    """Return the template at `offset`; an unspecified address is None."""
    destination, protocol, family, source, reqid, mode = _TEMPLATE.unpack_from(value, offset)
    return XfrmTemplate(
        source=_address(source, family) if any(source) else None,
        destination=_address(destination, family) if any(destination) else None,
        protocol=_protocol(protocol),
        mode=_MODES.get(mode, "other"),
        reqid=reqid,
    )


def parse_state(message: Message) -> XfrmState | None:
    """Return the association of one XFRM_MSG_NEWSA, None for one that the module text leaves out.

    Raises ParseError. Of attributes that hold keys only the type is looked at.
    """
    if len(message.payload) < _STATE.size:
        raise ParseError("IPsec association cut short")
    destination, protocol, source, reqid, family, mode = _STATE.unpack_from(message.payload)
    if_id = source_port = destination_port = None
    keyed = False
    for kind, value in attribute_list(message.payload, _STATE.size):
        if kind == _IF_ID:
            if_id = u32(value)
        elif kind == _ENCAP:
            source_port, destination_port = _ports(value)
        elif kind in _ALGORITHMS:
            keyed = True
    if protocol not in _PROTOCOLS or not keyed:
        return None
    return XfrmState(
        source=_address(source, family),
        destination=_address(destination, family),
        protocol=_PROTOCOLS[protocol],
        mode=_MODES.get(mode, "other"),
        reqid=reqid,
        if_id=if_id,
        source_port=source_port,
        destination_port=destination_port,
    )


def _ports(value: memoryview) -> tuple[int, int]:
    """Return source and destination port of a struct xfrm_encap_tmpl; raises ParseError."""
    if len(value) != _ENCAPSULATION_BYTES:
        raise ParseError("IPsec encapsulation of wrong size")
    return be16(value[2:4]), be16(value[4:6])


def parse_netlink_table(lines: Iterable[bytes]) -> bool:
    """Return whether /proc/net/netlink shows a socket of NETLINK_XFRM, the kernel's own included; raises ParseError."""
    rows = iter(lines)
    if next(rows, b"").split()[:3] != [b"sk", b"Eth", b"Pid"]:
        raise ParseError("table of netlink sockets of unknown form")
    return any(line.split()[1:2] == [b"%d" % NETLINK_XFRM] for line in rows)


def _absent(view: View) -> Iterator[Sighting]:
    """Yield a gap if IPsec may be there although the kernel offers no NETLINK_XFRM."""
    try:
        view.host.read(_PF_KEY_TABLE)
    except SourceAbsent:
        return
    except SourceError as error:
        yield PROBE.blind(view, _PF_KEY_TABLE, error)
        return
    words = "PF_KEY is in use, but the kernel module by which IPsec can be read is not loaded"
    yield PROBE.blind(view, _STATE_SOURCE, SourceAbsent(words, needs="kernel module xfrm_user"))


def run(view: View) -> Iterator[Sighting]:
    """Yield policies, then associations, of this namespace; nothing when the kernel has no IPsec."""
    try:
        offered = parse_netlink_table(view.host.lines(_NETLINK_TABLE))
    except SourceError as error:
        yield PROBE.blind(view, _NETLINK_TABLE, error)
        return
    if not offered:
        yield from _absent(view)
        return
    yield from _table(view, _GET_POLICY, _POLICY_SOURCE, parse_policy)
    yield from _table(view, _GET_STATE, _STATE_SOURCE, parse_state)


def _table(
    view: View, request: int, source: str, parse: Callable[[Message], XfrmPolicy | XfrmState | None]
) -> Iterator[Sighting]:
    """Yield the rows of one table, and one gap for what of it could not be read."""
    rows: list[Sighting] = []
    failure: SourceError | None
    try:
        with view.host.netlink(NETLINK_XFRM) as netlink, netlink.dump(request, b"") as dump:
            failure = _parse_each(dump.messages(), parse, rows)
    except SourceError as error:
        failure = error
    yield from rows
    if failure is not None:
        yield PROBE.blind(view, source, failure)


def _parse_each(
    messages: Iterable[Message], parse: Callable[[Message], XfrmPolicy | XfrmState | None], rows: list[Sighting]
) -> ParseError | None:
    """Put every row into `rows`; return the last error, for one unreadable message does not hide the others."""
    failure = None
    for message in messages:
        try:
            row = parse(message)
        except ParseError as error:
            failure = error
            continue
        if row is not None:
            rows.append(row)
    return failure


PROBE = Probe(
    name="xfrm",
    summary="IPsec policies and security associations of the kernel, without keys",
    reads=(_POLICY_SOURCE, _STATE_SOURCE),
    needs=("CAP_NET_ADMIN",),
    covers=("ipsec",),
    run=run,
)
