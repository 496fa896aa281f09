"""Rows of the routing tables, of policy routing, and of what the kernel answers about a way out."""

from typing import NamedTuple


class RouteOuter(NamedTuple):
    """What a route that encapsulates writes around packets, or which of this host's own segments it is.

    `labels` are of MPLS, outermost first, `segments` of SRv6 in the order of travel. `mode` is the SRv6
    mode or End behaviour, or that of ioam6. `identifier` is a key, VNI or xfrm interface id.
    """

    local: str | None = None
    remote: str | None = None
    identifier: int | None = None
    labels: tuple[int, ...] = ()
    segments: tuple[str, ...] = ()
    mode: str | None = None


class Route(NamedTuple):
    """One next hop of one route (a multipath route gives several rows).

    `destination` is "ADDRESS/LENGTH" ("0.0.0.0/0" and "::/0" for default routes). `kind` is the
    RTN_* name. `encapsulation` is the LWTUNNEL_ENCAP_* name when the route itself is a tunnel, `outer`
    what it states of the outer header.
    """

    destination: str
    table: int
    ifindex: int | None
    gateway: str | None = None
    kind: str = "unicast"
    metric: int | None = None
    encapsulation: str | None = None
    outer: RouteOuter | None = None


class LabelRoute(NamedTuple):
    """One next hop of one MPLS label route: packets that arrive with `label` leave with `labels` instead.

    No `labels`: the label is popped, so a label-switched path ends here (or one hop on).
    """

    label: int
    labels: tuple[int, ...]
    ifindex: int | None
    gateway: str | None = None


class Rule(NamedTuple):
    """One policy-routing rule; `table` None for actions that look up none.

    `inverted`: it holds for packets that its selectors do not select ("not" in `ip rule`).
    """

    family: int
    priority: int
    action: str
    table: int | None = None
    source: str | None = None
    destination: str | None = None
    fwmark: int | None = None
    iif: str | None = None
    oif: str | None = None
    inverted: bool = False


class Underlay(NamedTuple):
    """Where the kernel would send a packet to `destination` now (RTM_GETROUTE look-up).

    `mark` is the firewall mark that the packet carries, None for one without.
    """

    destination: str
    ifindex: int | None
    next_hop: str | None = None
    source: str | None = None
    table: int | None = None
    mark: int | None = None
