"""Every device of a namespace: a tunnel, or no tunnel and why. Kind before name, owner before both."""

from collections.abc import Iterator

from auditor import technologies
from auditor.correlate import kernel, owned, state, wireguard
from auditor.correlate.tables import ScopeTable, Tables
from auditor.model.sightings import BlindSpot, Link, Reason
from auditor.model.text import Text
from auditor.model.tunnel import NotTunnel, Tunnel

Found = Tunnel | NotTunnel | BlindSpot

# linux/if_arp.h: hardware types that only tunnels have, for devices whose driver states no kind.
_TUNNEL_ARPHRD = {768: "ipip", 769: "ip6tnl", 776: "sit", 778: "gre", 823: "ip6gre", 512: "ppp", 65534: "tun"}
_ARPHRD_ETHER = 1
_WIRES = {1, 6, 24, 32, 280, 801, 802, 803, 804, 805, 824}  # Ethernet, 802, IEEE1394, InfiniBand, CAN, Wi-Fi, 802.15.4


def classify(tables: Tables, table: ScopeTable, *, now_s: int) -> Iterator[Found]:
    """Yield one finding for every device of `table`, in ifindex order; `now_s` is Unix time."""
    for link in sorted(table.links.values()):
        yield from _device(tables, table, link, now_s)


def _device(tables: Tables, table: ScopeTable, link: Link, now_s: int) -> Iterator[Found]:
    """Yield what `link` is."""
    known = technologies.load()
    technology = known.by_kind.get(link.kind or "")
    if link.flags & state.IFF_LOOPBACK:
        yield _none(table, link, Text("the host's loopback device", "本机环回设备"))
    elif technology and technology.id == "wireguard":
        yield wireguard.tunnel(tables, table, link, now_s=now_s)
    elif technology and is_fallback(link, technology.fallbacks):
        yield _none(table, link, _FALLBACK)
    elif technology:
        yield kernel.tunnel(table, link, technology)
    elif link.kind == "tun" or (link.kind is None and link.arphrd == _TUN_ARPHRD):
        yield owned.device(tables, table, link, now_s=now_s)
    elif link.kind == "ppp" or link.arphrd == _PPP_ARPHRD:
        yield owned.ppp(table, link)
    elif link.kind in known.devices:
        yield _none(table, link, known.devices[link.kind])
    elif link.kind is None and link.arphrd == _ARPHRD_ETHER and not _may_be_hardware(tables, link):
        yield _unrecognised(table, link)
    elif link.kind is None and link.arphrd in _WIRES:
        yield _none(table, link, Text("network port (no virtual device kind)", "网络端口（非虚拟设备）"))
    elif link.kind is None and link.arphrd in _TUNNEL_ARPHRD:
        yield kernel.tunnel(table, link, known.by_id[_TUNNEL_ARPHRD[link.arphrd]])
    else:
        yield _unrecognised(table, link)


_TUN_ARPHRD = 65534
_PPP_ARPHRD = 512
_FALLBACK = Text(
    "made by the kernel module itself in every namespace; down and without a far end",
    "由内核模块在每个命名空间自动创建；未启用且无对端",
)


def is_fallback(link: Link, names: tuple[str, ...]) -> bool:
    """Return whether `link` is a module's own device: exact name and kind, down, no far end."""
    if link.name not in names or link.flags & state.IFF_UP:
        return False
    return link.outer is None or (link.outer.remote is None and not link.outer.external)


def _may_be_hardware(tables: Tables, link: Link) -> bool:
    """Return whether an Ethernet device without a kind can be a real port.

    A real port names the bus device behind it; L2TP Ethernet sessions have no kind and name none. A
    kernel before 5.14 names none at all, and then nothing can be told from that.
    """
    return link.hardware is not None or not any(
        other.hardware is not None for table in tables.scopes.values() for other in table.links.values()
    )


def _none(table: ScopeTable, link: Link, reason: Text) -> NotTunnel:
    """Return `link` as no tunnel, for `reason`."""
    return NotTunnel(scope=table.scope, interface=link.name, ifindex=link.ifindex, kind=link.kind, reason=reason)


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
