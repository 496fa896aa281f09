"""Raw answers of the guest's kernel, with every secret overwritten before it can reach a file.

Written apart from the code under test: own socket, own walk over attributes.
"""

import socket
import struct
from collections.abc import Callable, Iterator

from tests.kernel.guest_topology import L2TP_COOKIES, WIREGUARD_KEYS, XFRM_KEYS

_DONE, _ERROR = 3, 2
_REQUEST_DUMP = 0x301
PLANTED_PRIVATE = WIREGUARD_KEYS["in_fixtures"]["private"].encode()
PLANTED_PRESHARED = WIREGUARD_KEYS["in_fixtures"]["preshared"].encode()
PLANTED_COOKIE = L2TP_COOKIES["in_fixtures"].encode()
PLANTED_XFRM = XFRM_KEYS["in_fixtures"].encode()

_WG_PRIVATE, _WG_PEERS, _WG_PEER_PRESHARED = 3, 8, 2
_L2TP_COOKIES = (15, 16)  # L2TP_ATTR_COOKIE, L2TP_ATTR_PEER_COOKIE
_XFRM_KEYED = {1: 68, 2: 68, 18: 72, 20: 72}  # XFRMA_ALG_AUTH, _CRYPT, _AEAD, _AUTH_TRUNC: where the key starts


def dump(family: int, message: int, body: bytes, *, buffer_bytes: int = 1 << 16) -> bytearray:
    """Return all messages of the answer to one dump request, one after the other, without NLMSG_DONE."""
    answer = bytearray()
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, family) as netlink:
        netlink.bind((0, 0))
        netlink.sendto(struct.pack("=IHHII", 16 + len(body), message, _REQUEST_DUMP, 1, 0) + body, (0, 0))
        while True:
            data = netlink.recv(buffer_bytes)
            for offset, kind, length in _walk_messages(data):
                if kind == _ERROR:
                    raise OSError(-struct.unpack_from("=i", data, offset + 16)[0], "netlink")
                if kind == _DONE:
                    return answer
                answer += data[offset : offset + ((length + 3) & ~3)]


def _walk_messages(data: bytes | bytearray) -> Iterator[tuple[int, int, int]]:
    """Yield (offset, type, length) of each message."""
    offset = 0
    while offset < len(data):
        length, kind = struct.unpack_from("=IH", data, offset)
        yield offset, kind, length
        offset += (length + 3) & ~3


def _walk_attributes(data: bytearray, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yield (type, start of the value, end of the value) of each attribute."""
    while start < end:
        length, kind = struct.unpack_from("=HH", data, start)
        yield kind & 0x3FFF, start + 4, start + length
        start += (length + 3) & ~3


def overwrite_wireguard(answer: bytearray) -> None:
    """Put planted keys over the private and preshared keys of a WG_CMD_GET_DEVICE answer."""
    for offset, _, length in list(_walk_messages(answer)):
        for kind, start, end in _walk_attributes(answer, offset + 20, offset + length):
            if kind == _WG_PRIVATE:
                answer[start:end] = PLANTED_PRIVATE
            if kind == _WG_PEERS:
                for _, peer_start, peer_end in _walk_attributes(answer, start, end):
                    _overwrite_preshared(answer, peer_start, peer_end)


def _overwrite_preshared(answer: bytearray, start: int, end: int) -> None:
    for kind, key_start, key_end in _walk_attributes(answer, start, end):
        if kind == _WG_PEER_PRESHARED:
            answer[key_start:key_end] = PLANTED_PRESHARED


def overwrite_xfrm(answer: bytearray) -> None:
    """Put planted keys over every key of an XFRM_MSG_GETSA answer."""
    for offset, _, length in list(_walk_messages(answer)):
        for kind, start, end in _walk_attributes(answer, offset + 16 + 224, offset + length):
            if kind in _XFRM_KEYED:
                size = end - start - _XFRM_KEYED[kind]
                answer[start + _XFRM_KEYED[kind] : end] = (PLANTED_XFRM * 3)[:size]


def links() -> bytearray:
    """Return RTM_GETLINK of this namespace, statistics left out (RTEXT_FILTER_SKIP_STATS | RTEXT_FILTER_VF)."""
    return dump(0, 18, struct.pack("=BxHiII", 0, 0, 0, 0, 0) + struct.pack("=HHI", 8, 29, 9))


def family_number(name: str) -> int:
    """Return the number of a generic netlink family."""
    answer = dump(16, 16, struct.pack("=BBH", 3, 2, 0))
    for offset, _, length in _walk_messages(answer):
        values = _walk_attributes(answer, offset + 20, offset + length)
        found = {kind: bytes(answer[start:end]) for kind, start, end in values}
        if found[2].rstrip(b"\0").decode() == name:
            return int(struct.unpack("=H", found[1])[0])
    raise LookupError(name)


def wireguard(index: int, *, buffer_bytes: int = 1 << 16) -> bytearray:
    """Return WG_CMD_GET_DEVICE of the device numbered `index`, its keys overwritten."""
    body = struct.pack("=BBH", 0, 1, 0) + struct.pack("=HHI", 8, 1, index)
    answer = dump(16, family_number("wireguard"), body, buffer_bytes=buffer_bytes)
    overwrite_wireguard(answer)
    return answer


def l2tp_tunnels() -> bytearray:
    """Return L2TP_CMD_TUNNEL_GET of this namespace."""
    return dump(16, family_number("l2tp"), struct.pack("=BBH", 4, 1, 0))


def l2tp_sessions() -> bytearray:
    """Return L2TP_CMD_SESSION_GET of this namespace, its cookies overwritten."""
    answer = dump(16, family_number("l2tp"), struct.pack("=BBH", 8, 1, 0))
    for offset, _, length in list(_walk_messages(answer)):
        for kind, start, end in _walk_attributes(answer, offset + 20, offset + length):
            if kind in _L2TP_COOKIES:
                answer[start:end] = PLANTED_COOKIE[: end - start]
    return answer


def xfrm_policies() -> bytearray:
    """Return XFRM_MSG_GETPOLICY of this namespace."""
    return dump(6, 21, bytes(64))


def xfrm_states() -> bytearray:
    """Return XFRM_MSG_GETSA of this namespace, its keys overwritten."""
    answer = dump(6, 18, bytes(24))
    overwrite_xfrm(answer)
    return answer


def label_routes() -> bytearray:
    """Return RTM_GETROUTE of AF_MPLS."""
    return dump(0, 26, bytes((28,)) + bytes(11))


def routes(family: int) -> bytearray:
    """Return RTM_GETROUTE of an address family."""
    return dump(0, 26, bytes((family,)) + bytes(11))


def neighbours() -> bytearray:
    """Return RTM_GETNEIGH of AF_INET."""
    return dump(0, 30, bytes((2,)) + bytes(11))


def fou_ports() -> bytearray:
    """Return FOU_CMD_GET of this namespace."""
    return dump(16, family_number("fou"), struct.pack("=BBH", 3, 1, 0))


def gtp_contexts() -> bytearray:
    """Return GTP_CMD_GETPDP of this namespace; the subscribers in it are made up."""
    return dump(16, family_number("gtp"), struct.pack("=BBH", 2, 0, 0))


RECORDS: dict[str, Callable[[], bytearray]] = {
    "encap/fou.bin": fou_ports,
    "encap/gtp.bin": gtp_contexts,
    "encap/labels.bin": label_routes,
    "encap/neighbours.bin": neighbours,
    "encap/routes4.bin": lambda: routes(2),
    "encap/routes6.bin": lambda: routes(10),
    "l2tp/sessions.bin": l2tp_sessions,
    "l2tp/tunnels.bin": l2tp_tunnels,
    "netlink/kernel-links.bin": links,
    "xfrm/policies.bin": xfrm_policies,
    "xfrm/states.bin": xfrm_states,
}
