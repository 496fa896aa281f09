"""Network devices of every kind and the outer header of kernel tunnels (RTM_GETLINK).

The kind is what the driver says it is (IFLA_INFO_KIND), never what the device is called. For a
TUN/TAP device `Outer.encapsulation` says which of the two it is. IFLA_INFO_SLAVE_KIND, which tells
what a device is a port of, is not the device's kind and is not read.

Cannot see: who holds a TUN/TAP device, WireGuard peers, the far ends of multipoint devices,
devices in other network namespaces, tunnels that use no device (policy IPsec, proxies, forwards).
"""

from collections.abc import Iterable, Iterator

from auditor.errors import ParseError, SourceError
from auditor.model.rows import Link
from auditor.model.sightings import Sighting
from auditor.netlink import kinds, tables, wire
from auditor.netlink.decoder import Choice, Decoder, Field, Wanted
from auditor.probe import Probe, View

_FIXED = "2xHiI4x"  # struct ifinfomsg: type, index, flags
_COLUMNS = ("name", "mtu", "lower", "lower_netnsid", "master", "operstate", "alias", "hardware", "kind")
_WANTED: dict[int, Wanted] = {
    3: Field("name"),
    4: Field("mtu", "I"),
    5: Field("lower", "I"),
    10: Field("master", "I"),
    16: Field("operstate", "B"),
    18: Choice("kind", 1, 2, kinds.DATA),
    20: Field("alias"),
    37: Field("lower_netnsid", "i"),
    56: Field("hardware"),
}
_NO_DATA = kinds.LinkData()


def parse_links(chunks: Iterable[bytes | bytearray]) -> Iterator[Link]:
    """Yield the devices in datagrams of RTM_NEWLINK messages; raises ParseError at the first malformed one."""
    decoder = Decoder(wire.RTM_NEWLINK, _FIXED, _COLUMNS + kinds.LinkData._fields, _WANTED)
    for chunk in chunks:
        for row in decoder.rows(chunk):
            arphrd, index, flags, name, mtu, lower, netnsid, master, operstate, alias, hardware, kind, *data = row
            if name is None:
                raise ParseError("network device without a name")
            kind_text = None if kind is None else wire.text(kind)
            read = kinds.LinkData._make(data)
            yield Link(
                ifindex=index,
                name=wire.text(name),
                kind=kind_text,
                arphrd=arphrd,
                flags=flags,
                mtu_bytes=mtu,
                operstate=operstate,
                master=master,
                lower=lower or None,
                lower_netnsid=netnsid,
                alias=None if alias is None else wire.text(alias),
                vlan_id=read.vlan_id,
                outer=None if kind_text is None or read == _NO_DATA else kinds.outer(kind_text, read),
                hardware=None if hardware is None else wire.text(hardware),
            )


def run(view: View) -> Iterator[Sighting]:
    """Yield every device of the namespace."""
    try:
        with view.host.netlink(wire.NETLINK_ROUTE) as netlink:
            dump = netlink.dump(*tables.links(), attempts=tables.ATTEMPTS_AMONG_CONTAINERS)
        yield from parse_links(dump.chunks)
    except SourceError as error:
        yield PROBE.blind(view, "rtnetlink devices", error)


PROBE = Probe(
    name="links",
    summary="Network devices, their kinds, and the outer headers of kernel tunnels",
    reads=("rtnetlink RTM_GETLINK",),
    needs=(),
    covers=(
        "wireguard",
        "openvpn",
        "xfrm",
        "vti",
        "gre",
        "gretap",
        "erspan",
        "ip6gre",
        "ip6gretap",
        "ipip",
        "sit",
        "ip6tnl",
        "vxlan",
        "geneve",
        "bareudp",
        "amt",
        "fou",
        "gue",
        "gtp",
        "amt",
        "macsec",
        "l2tp",
        "pptp",
        "sstp",
        "ppp",
        "tun",
        "tap",
    ),
    run=run,
)
