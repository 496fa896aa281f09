"""Routes that write an outer header themselves: MPLS and SRv6, and what they have in common with tunnels."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from auditor import technologies
from auditor.correlate import routing
from auditor.correlate.identity import identify
from auditor.correlate.tables import ScopeTable
from auditor.model.rows import Route
from auditor.model.sightings import BlindSpot, Reason
from auditor.model.text import Text
from auditor.model.tunnel import Endpoint, Layer, Remote, Role, State, Tunnel, Way, Witness

_OF_A_DEVICE = ("ip", "ip6", "xfrm")  # for a device in external mode, which is the tunnel
_NO_TUNNEL = ("ila",)  # only translates addresses
_RECHECK = {"mpls": "ip -f mpls route show", "route": "ip route show table all", "six": "ip -6 route show table all"}
_SHOWN = 8


def unknown_encapsulations(table: ScopeTable) -> Iterator[BlindSpot]:
    """Yield a gap for each encapsulation of routes that the technology table does not know: it may be a tunnel."""
    known = (*technologies.load().by_encapsulation, *_OF_A_DEVICE, *_NO_TUNNEL)
    for name in sorted({route.encapsulation or "" for route in table.encapsulated} - set(known)):
        yield BlindSpot(
            probe="routes",
            scope=table.scope.label,
            source=f"routes with encapsulation {name}",
            reason=Reason.UNPARSED,
            detail="this encapsulation is not in the technology table; the routes may be a tunnel",
            hides=("srv6", "mpls"),
            needs=None,
        )


def first_hops(table: ScopeTable) -> tuple[str, ...]:
    """Return the addresses that encapsulated packets are sent to first, where that is not the far end."""
    return tuple(dict.fromkeys(r.outer.segments[0] for r in table.encapsulated if r.outer and r.outer.segments))


@dataclass(slots=True)
class _Group:
    """The routes of one encapsulation to one far end (None: those by which paths end here) through one device."""

    technology: str
    ifindex: int | None
    far_end: str | None
    first: str | None = None
    gateway: str | None = None
    prefixes: dict[str, None] = field(default_factory=dict)
    own: dict[str, None] = field(default_factory=dict)
    said: dict[tuple[str, str, str], None] = field(default_factory=dict)


def tunnels(table: ScopeTable) -> Iterator[Tunnel]:
    """Yield one tunnel for each encapsulation, far end and device, however many prefixes are routed into it."""
    groups: dict[tuple[str, int | None, str | None], _Group] = {}

    def at(technology: str, ifindex: int | None, far_end: str | None) -> _Group:
        return groups.setdefault((technology, ifindex, far_end), _Group(technology, ifindex, far_end))

    known = technologies.load().by_encapsulation
    for route in table.encapsulated:
        technology = known.get(route.encapsulation or "")
        if technology and not (route.encapsulation == "ioam6" and route.outer and route.outer.mode == "inline"):
            _add(at(technology.id, route.ifindex, _far_end(route)), route)
    for row in table.label_routes:
        group = at("mpls", row.ifindex, row.gateway if row.labels else None)
        group.gateway = row.gateway if row.labels else None
        to = f"label{'s' * (len(row.labels) > 1)} {_numbers(row.labels)} by {row.gateway}" if row.labels else "popped"
        group.said["mpls", f"label {row.label}: {to}", _RECHECK["mpls"]] = None
    for group in groups.values():
        yield _tunnel(table, group)


def _far_end(route: Route) -> str | None:
    """Return where the outer header ends: for MPLS only the next hop of the path is known."""
    if route.encapsulation == "mpls":
        return route.gateway
    return route.outer.remote if route.outer else None


def _add(group: _Group, route: Route) -> None:
    """Add one route to its group."""
    group.gateway = route.gateway
    outer = route.outer
    if route.encapsulation == "seg6local":
        group.own[route.destination] = None
    else:
        group.prefixes[route.destination] = None
    said = f"routes with encapsulation {route.encapsulation}"
    if outer:
        group.first = outer.segments[0] if outer.segments else None
        said += f" {outer.mode}" if outer.mode else ""
        said += f" labels {_numbers(outer.labels)}" if outer.labels else ""
        said += f" segments {', '.join(outer.segments)}" if outer.segments else ""
    if len(group.said) < _SHOWN:
        six = "six" if ":" in route.destination else "route"
        group.said["routes", said, _RECHECK[six]] = None


def _numbers(labels: tuple[int, ...]) -> str:
    """Return a label stack as text, outermost first."""
    return "/".join(map(str, labels))


def _tunnel(table: ScopeTable, group: _Group) -> Tunnel:
    """Return the tunnel that the routes of one group are."""
    name = table.name_of(group.ifindex)
    routes = tuple(group.prefixes)
    transport = group.technology if group.technology == "mpls" else "ipv6"
    own = [prefix.rpartition("/")[0] for prefix in group.own if prefix.endswith("/128")]
    ends = (_remote(table, group, transport),) if group.far_end else ()
    return Tunnel(
        id=identify(table.scope, "route", group.technology, name, group.far_end),
        technology=group.technology,
        scope=table.scope,
        state=State.UP,
        state_reason=Text("routes with this encapsulation are installed", "已安装带有该封装的路由"),
        layers=(Layer(technology=group.technology, door="route"),),
        realisation=technologies.load().by_id[group.technology].realisation,
        role=Role.PEER,
        interface=name,
        ifindex=group.ifindex,
        local=Endpoint(address=own[0] if len(own) == 1 else None, transport=transport),
        remotes=ends,
        routes=routes,
        default_route=routing.is_default(routes),
        witnesses=tuple(
            Witness(probe=probe, says=says, recheck=again) for probe, says, again in list(group.said)[:_SHOWN]
        ),
        contradictions=_unsaid(group),
    )


def _unsaid(group: _Group) -> tuple[Text, ...]:
    """Return what the kernel cannot tell of the far ends."""
    if group.far_end is None:
        return (_ENDS_HERE,)
    return (_NEXT_HOP,) if group.technology == "mpls" else ()


_NEXT_HOP = Text(
    "the kernel knows only the next hop of a label-switched path, not its far end",
    "内核仅知标签交换路径的下一跳，不知其对端",
)
_ENDS_HERE = Text(
    "paths of others end or pass here; the kernel does not know where they begin",
    "他方路径在本机终结或经过本机；内核不知其起点",
)


def _remote(table: ScopeTable, group: _Group, transport: str) -> Remote:
    """Return the far end of a group with the way that encapsulated packets leave by."""
    if group.technology == "mpls":
        way: Way | None = Way(interface=table.name_of(group.ifindex), next_hop=group.gateway, scope=table.scope)
    else:
        way = routing.way(table, group.first or group.far_end)
    return Remote(endpoint=Endpoint(address=group.far_end, transport=transport), way=way)
