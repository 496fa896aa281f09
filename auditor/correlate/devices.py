"""Every device of a namespace: a tunnel, or no tunnel and why. Kind before name, owner before both."""

from collections.abc import Collection, Iterator

from auditor import technologies
from auditor.correlate import carriage, kernel, l2tp, ovpn, owned, ppp, state, wireguard
from auditor.correlate.found import not_tunnel
from auditor.correlate.tables import ScopeTable, Tables, is_tun
from auditor.model.rows import Link
from auditor.model.sightings import BlindSpot, Reason
from auditor.model.text import Text
from auditor.model.tunnel import NotTunnel, Tunnel

Found = Tunnel | NotTunnel | BlindSpot

# linux/if_arp.h: hardware types that only tunnels have, for devices whose driver states no kind.
_TUNNEL_ARPHRD = {768: "ipip", 769: "ip6tnl", 776: "sit", 778: "gre", 823: "ip6gre"}
_WIRES = {1, 6, 24, 32, 280, 801, 802, 803, 804, 805, 824}  # Ethernet, 802, IEEE1394, InfiniBand, CAN, Wi-Fi, 802.15.4

_MODEMS = {519, 530, 65534}  # raw IP, serial multiplex, none: what mobile modems are, with hardware behind them


_ENTANGLED = ("wireguard", "openvpn", "xfrm", "vti")  # daemons or IPsec have a say in what these are


def settled(tables: Tables) -> dict[int, dict[int, Link]]:
    """Return the devices, by namespace and ifindex, that are tunnels whatever daemons and IPsec show."""
    known = technologies.load().by_kind
    sessions = l2tp.assign(tables)
    plain = {kind: one for kind, one in known.items() if one.id not in _ENTANGLED}
    return {
        table.scope.inode: {
            link.ifindex: link
            for link in table.links.values()
            if (technology := plain.get(link.kind or ""))
            and not (link.flags & state.IFF_LOOPBACK or is_fallback(link, technology.fallbacks))
            and not (l2tp.is_ppp(link) or sessions.of(table, link))
        }
        for table in tables.scopes.values()
    }


def classify(
    tables: Tables, table: ScopeTable, sessions: l2tp.Sessions, *, now_s: int, without: Collection[int] = ()
) -> Iterator[Found]:
    """Yield one finding for every device of `table` but those `without`, in ifindex order; `now_s` is Unix time."""
    lines = carriage.assign(tables, sessions) if any(map(l2tp.is_ppp, table.links.values())) else {}
    reasons = ppp.cleared(tables, table, sessions, lines)
    for link in sorted(link for link in table.links.values() if link.ifindex not in without):
        if l2tp.is_ppp(link):
            yield ppp.device(tables, table, link, sessions, lines, reasons)
        elif carried := sessions.of(table, link):
            yield l2tp.device(table, link, carried)
        else:
            yield _device(tables, table, link, now_s)


def _device(tables: Tables, table: ScopeTable, link: Link, now_s: int) -> Found:
    """Return what `link` is, by its kind, its owner or its hardware type."""
    known = technologies.load()
    technology = known.by_kind.get(link.kind or "")
    if link.flags & state.IFF_LOOPBACK:
        return not_tunnel(table, link, Text("the host's loopback device", "本机环回设备"))
    if technology and technology.id == "wireguard":
        return wireguard.tunnel(tables, table, link, now_s=now_s)
    if technology and technology.id == "openvpn":
        return ovpn.tunnel(tables, table, link)
    if technology and is_fallback(link, technology.fallbacks):
        return not_tunnel(table, link, _FALLBACK)
    if technology:
        return kernel.tunnel(tables, table, link, technology)
    if is_tun(link):
        return owned.device(tables, table, link, now_s=now_s)
    if link.kind in known.devices:
        return not_tunnel(table, link, known.devices[link.kind])
    if l2tp.is_nameless_ethernet(link) and l2tp.names_hardware(tables):
        return _unrecognised(table, link)  # NOTE: a virtual device of an unknown driver may be a tunnel
    if link.kind is None and (link.arphrd in _WIRES or (link.arphrd in _MODEMS and link.hardware is not None)):
        return not_tunnel(table, link, Text("network port (no virtual device kind)", "网络端口（非虚拟设备）"))
    if link.kind is None and link.arphrd in _TUNNEL_ARPHRD:
        return kernel.tunnel(tables, table, link, known.by_id[_TUNNEL_ARPHRD[link.arphrd]])
    return _unrecognised(table, link)


_FALLBACK = Text(
    "made by the kernel module itself in every namespace; down and without a far end",
    "由内核模块在每个命名空间自动创建；未启用且无对端",
)


def is_fallback(link: Link, names: tuple[str, ...]) -> bool:
    """Return whether `link` is a module's own device: exact name and kind, down, no far end."""
    if link.name not in names or link.flags & state.IFF_UP:
        return False
    return link.outer is None or (link.outer.remote is None and not link.outer.external)


def _unrecognised(table: ScopeTable, link: Link) -> BlindSpot:
    """Return the gap that a device of a kind not in the table leaves: it may be a tunnel."""
    what = f"kind {link.kind!r}" if link.kind else f"hardware type {link.arphrd}"
    return BlindSpot(
        probe="links",
        scope=table.scope.label,
        source=f"device {link.name}",
        reason=Reason.UNPARSED,
        detail=f"{what} is not in the technology table; the device may be a tunnel",
        hides=("tun", "tap"),
        needs=None,
    )
