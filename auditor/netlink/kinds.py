"""What the link data of each tunnel kind says of its outer header (linux/if_link.h, linux/if_tunnel.h).

One table a kind: attribute number to column. `outer` turns the columns into an `Outer`. Kinds that
are not in `DATA` have no outer header in their link data (wireguard, ppp, veth ...).
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from auditor.model.rows import Outer
from auditor.netlink import wire
from auditor.netlink.decoder import Field, Wanted

_GRE_KEY = 0x2000  # linux/if_tunnel.h GRE_KEY, in network order on the wire
_ENCAPSULATIONS = {1: "fou", 2: "gue", 3: "mpls"}  # enum tunnel_encap_types
_IPV6 = 41
_INSIDE = {4: "IPv4 inside", 41: "IPv6 inside", 137: "MPLS inside"}  # IFLA_IPTUN_PROTO
_SIT_ISATAP = 0x0001  # linux/if_tunnel.h: a __be16 that the kernel keeps in host order
_SIX_TO_FOUR = (bytes.fromhex("2002") + bytes(14), 16)  # what a SIT device has until 6rd is configured
_TUN_TYPES = {1: "tun", 2: "tap"}  # linux/if_tun.h IFF_TUN, IFF_TAP


class LinkData(NamedTuple):
    """IFLA_INFO_DATA as read; numbers in host order, the rest as bytes; None where there is no such attribute."""

    identifier: int | None = None
    local: bytes | None = None
    remote: bytes | None = None
    port: bytes | None = None
    source_port: bytes | None = None
    device: int | None = None
    external: bytes | None = None
    encapsulation: int | None = None
    key_in: bytes | None = None
    key_out: bytes | None = None
    flags_in: bytes | None = None
    flags_out: bytes | None = None
    tun_type: int | None = None
    vlan_id: int | None = None
    variant: int | None = None
    flags: bytes | None = None
    prefix: bytes | None = None
    prefix_len: int | None = None


_VXLAN: Mapping[int, Wanted] = {
    1: Field("identifier", "I"),
    2: Field("remote"),  # IFLA_VXLAN_GROUP: a multicast group or one far end
    3: Field("device", "I"),
    4: Field("local"),
    15: Field("port"),
    16: Field("remote"),  # IFLA_VXLAN_GROUP6
    17: Field("local"),  # IFLA_VXLAN_LOCAL6
    25: Field("external"),
    27: Field("flags"),  # IFLA_VXLAN_GPE
}
_GENEVE: Mapping[int, Wanted] = {
    1: Field("identifier", "I"),
    2: Field("remote"),
    5: Field("port"),
    6: Field("external"),
    7: Field("remote"),  # IFLA_GENEVE_REMOTE6
}
_GRE: Mapping[int, Wanted] = {
    1: Field("device", "I"),
    2: Field("flags_in"),
    3: Field("flags_out"),
    4: Field("key_in"),
    5: Field("key_out"),
    6: Field("local"),
    7: Field("remote"),
    14: Field("encapsulation", "H"),
    16: Field("source_port"),
    17: Field("port"),
    18: Field("external"),
    22: Field("variant", "B"),  # IFLA_GRE_ERSPAN_VER
}
_IPTUN: Mapping[int, Wanted] = {
    1: Field("device", "I"),
    2: Field("local"),
    3: Field("remote"),
    8: Field("flags"),
    9: Field("variant", "B"),  # IFLA_IPTUN_PROTO: what is inside
    11: Field("prefix"),  # IFLA_IPTUN_6RD_PREFIX
    13: Field("prefix_len", "H"),
    15: Field("encapsulation", "H"),
    17: Field("source_port"),
    18: Field("port"),
    19: Field("external"),
}
_VTI: Mapping[int, Wanted] = {
    1: Field("device", "I"),
    2: Field("key_in"),
    3: Field("key_out"),
    4: Field("local"),
    5: Field("remote"),
}
_AMT: Mapping[int, Wanted] = {
    1: Field("variant", "I"),
    2: Field("port"),  # IFLA_AMT_RELAY_PORT
    3: Field("source_port"),  # IFLA_AMT_GATEWAY_PORT
    4: Field("device", "I"),
    5: Field("local"),
    6: Field("remote"),
}

DATA: Mapping[bytes, Mapping[int, Wanted]] = {
    b"vxlan": _VXLAN,
    b"geneve": _GENEVE,
    b"bareudp": {1: Field("port")},
    **dict.fromkeys((b"gre", b"gretap", b"erspan", b"ip6gre", b"ip6gretap", b"ip6erspan"), _GRE),
    **dict.fromkeys((b"ipip", b"sit", b"ip6tnl"), _IPTUN),
    **dict.fromkeys((b"vti", b"vti6"), _VTI),
    b"xfrm": {1: Field("device", "I"), 2: Field("identifier", "I"), 3: Field("external")},
    b"amt": _AMT,
    b"macsec": {7: Field("variant", "B")},  # IFLA_MACSEC_ENCRYPT
    b"gtp": {4: Field("variant", "I")},  # IFLA_GTP_ROLE
    b"ovpn": {1: Field("variant", "B")},  # IFLA_OVPN_MODE
    b"tun": {3: Field("tun_type", "B")},
    b"vlan": {1: Field("vlan_id", "H")},
}


def outer(kind: str, data: LinkData) -> Outer | None:
    """Return the outer header that link data of `kind` states, None if that kind states none.

    Raises ParseError when an address or port has a length that none has.
    """
    build = _BUILDERS.get(kind)
    return build(data) if build else None


def _udp(data: LinkData) -> Outer:
    """Return the header of a kind over UDP, which sends to the port that it also listens on."""
    external = _flag(data.external)
    port = _port(data.port)
    return Outer(
        local=_address(data.local),
        remote=_address(data.remote),
        local_port=port,
        remote_port=port,
        identifier=None if external else data.identifier,
        lower=data.device or None,
        external=external,
        mode="gpe" if data.flags is not None else None,
    )


def _ip(data: LinkData) -> Outer:
    """Return the header of a kind over IP, with FOU or GUE (linux/fou.h) around it if so configured."""
    wrapping = _ENCAPSULATIONS.get(data.encapsulation or 0)
    key = _key(data.key_out, data.flags_out)
    return Outer(
        local=_address(data.local),
        remote=_address(data.remote),
        local_port=_port(data.source_port) if wrapping else None,
        remote_port=_port(data.port) if wrapping else None,
        identifier=_key(data.key_in, data.flags_in) if key is None else key,
        lower=data.device or None,
        external=_flag(data.external),
        encapsulation=wrapping,
    )


def _ip_in_ip(data: LinkData) -> Outer:
    """Return the header of a kind that states what it carries; SIT devices without a far end are of several modes."""
    return _ip(data)._replace(mode=_INSIDE.get(data.variant or 0))


def _sit(data: LinkData) -> Outer:
    """Return the header of a SIT device: ISATAP (RFC 5214), 6rd (RFC 5969) or plain."""
    found = _ip(data)
    if data.flags is not None and wire.u16(data.flags) & _SIT_ISATAP:
        return found._replace(mode="isatap")
    if data.prefix is not None and (data.prefix, data.prefix_len) != _SIX_TO_FOUR:
        return found._replace(mode="6rd")
    return found._replace(mode=_INSIDE.get(data.variant or 0) if data.variant != _IPV6 else None)


def _erspan(data: LinkData) -> Outer:
    """Return the header of an ERSPAN device with its version."""
    return _ip(data)._replace(mode=None if data.variant is None else f"version {data.variant}")


def _amt(data: LinkData) -> Outer:
    """Return the header of an AMT device (RFC 7450): a gateway's far end is the relay, a relay's are not told."""
    gateway = data.variant == 0
    ports = _port(data.source_port), _port(data.port)
    return Outer(
        local=_address(data.local),
        remote=_address(data.remote) if gateway else None,
        local_port=ports[0] if gateway else ports[1],
        remote_port=ports[1] if gateway else None,
        lower=data.device or None,
        mode="gateway" if gateway else "relay",
    )


def _named(*names: str) -> Callable[[LinkData], Outer]:
    """Return a reader of link data that holds nothing but a number, for which `names` stand."""
    return lambda data: Outer(mode=dict(enumerate(names)).get(-1 if data.variant is None else data.variant))


def _xfrm(data: LinkData) -> Outer:
    """Return what an xfrm interface states: its addresses are those of the policies with its id."""
    external = _flag(data.external)
    return Outer(identifier=None if external else data.identifier, lower=data.device or None, external=external)


def _tun(data: LinkData) -> Outer:
    """Return the layer a TUN/TAP device works at; its outer header is known to its process alone."""
    return Outer(encapsulation=_TUN_TYPES.get(data.tun_type or 0))


_BUILDERS: Mapping[str, Callable[[LinkData], Outer]] = {
    **dict.fromkeys(("vxlan", "geneve", "bareudp"), _udp),
    **dict.fromkeys(("gre", "gretap", "ip6gre", "ip6gretap", "vti", "vti6"), _ip),
    **dict.fromkeys(("erspan", "ip6erspan"), _erspan),
    **dict.fromkeys(("ipip", "ip6tnl"), _ip_in_ip),
    "sit": _sit,
    "amt": _amt,
    "macsec": _named("integrity only", "encrypting"),
    "gtp": _named("ggsn", "sgsn"),
    "ovpn": _named("point-to-point", "multipoint"),
    "xfrm": _xfrm,
    "tun": _tun,
}


def _address(value: bytes | None) -> str | None:
    """Return an address as text, None for none and for the unspecified one."""
    return None if value is None or value in _UNSPECIFIED else wire.address(value)


_UNSPECIFIED = (bytes(4), bytes(16))


def _port(value: bytes | None) -> int | None:
    """Return a port in network order, None for none and for 0 (chosen by the kernel)."""
    return None if value is None else wire.be16(value) or None


def _flag(value: bytes | None) -> bool:
    """Return whether a flag is set: by being there without a value, or by a value other than 0."""
    return value is not None and (not value or any(value))


def _key(key: bytes | None, flags: bytes | None) -> int | None:
    """Return a key in network order if the device uses it: GRE says so by a flag, VTI by a key other than 0."""
    if key is None:
        return None
    number = wire.be32(key)
    if flags is None:
        return number or None
    return number if wire.be16(flags) & _GRE_KEY else None
