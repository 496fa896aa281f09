"""Uplinks: devices by which the site reaches the public network, and who provides them (N-01, U-01)."""

from dataclasses import dataclass

from auditor.correlate.identity import identify
from auditor.model.facts import Facts
from auditor.model.match import Match, Place, Strength
from auditor.model.register import Uplink
from auditor.model.scan import Audited, Path
from auditor.model.sightings import Scope
from auditor.model.tunnel import Port, Way
from auditor.model.uplink import UplinkSeen
from auditor.objects import access
from auditor.objects.context import Context
from auditor.objects.facts import gateway_facts
from auditor.objects.judged import NO_LEASE, judged
from auditor.objects.near import near_ends

_WORST_FIRST = ("foreign_confirmed", "foreign_suspected", "unknown", "licensed_isp", "basic_carrier")


@dataclass(frozen=True, slots=True)
class Uplinks:
    """The uplinks seen on the host and those that the configuration declares.

    `unread`: the routes of a port that can be one could not be read, so there may be more. `shown` is what the
    network says of each, seen or declared.
    """

    declared: tuple[Uplink, ...]
    seen: tuple[Port, ...]
    unread: bool = False
    shown: tuple[UplinkSeen, ...] = ()

    def class_of(self, scope: Scope, interface: str | None) -> str:
        """Return the fact `uplink_class` of device `interface`; of the whole gateway if it is no uplink."""
        return self._class(scope.name, interface) or self.worst()

    def worst(self) -> str:
        """Return the worst class of all uplinks: seen ones that nobody declared are unknown."""
        classes = [self._class(port.scope.name, port.interface) or "unknown" for port in self.seen]
        declared = [self._class(uplink.namespace, uplink.interface) or "unknown" for uplink in self.declared]
        classes = classes or declared or ["unknown"]
        classes += ["unknown"] if self.unread else []
        return min((*classes, *(name for name in declared if name.startswith("foreign"))), key=_WORST_FIRST.index)

    def _class(self, namespace: str | None, interface: str | None) -> str | None:
        """Return the class of a declared device: as declared, or as doubtful as what the network shows makes it."""
        declared = declaration(self.declared, namespace, interface)
        if declared is None:
            return None
        shown = next((one for one in self.shown if (one.namespace, one.interface) == (namespace, interface)), None)
        return shown.class_ if shown else declared.class_


def declaration(declared: tuple[Uplink, ...], namespace: str | None, interface: str | None) -> Uplink | None:
    """Return what the configuration says of device `interface`, None if nothing."""
    return next((one for one in declared if (one.namespace, one.interface) == (namespace, interface)), None)


def find(context: Context, ports: tuple[Port, ...], handed_off: frozenset[tuple[int, int]]) -> Uplinks:
    """Return the uplinks: ports with a default route, hand-offs (namespace inode, ifindex) excepted.

    In other namespaces only real ports count, and VLANs of a port elsewhere: they lead out on a wire. The
    default route of a container leads to this host.
    """
    able = [
        port
        for port in ports
        if (port.scope.name is None or port.hardware or (port.vlan_id is not None and port.parent is None))
        and (port.scope.inode, port.ifindex) not in handed_off
    ]
    declared = context.config.site.uplinks
    stated = [(port, declaration(declared, port.scope.name, port.interface)) for port in ports]
    seen = tuple(port for port in able if port.default_route)
    return Uplinks(
        declared=declared,
        seen=seen,
        unread=any(port.default_route is None for port in able),
        shown=(
            *(access.seen(context, port, known) for port, known in stated if known or port in seen),
            *(access.absent(one) for one in declared if one not in (known for _, known in stated)),
        ),
    )


def public_access(context: Context, uplinks: Uplinks) -> tuple[Audited, ...]:
    """Return ordinary public-network access over each uplink, judged by U-01 and N-01."""
    return tuple(_access(context, port, uplinks.class_of(port.scope, port.interface)) for port in uplinks.seen)


def _access(context: Context, port: Port, uplink_class: str) -> Audited:
    """Return public-network access over `port`."""
    facts = Facts().replace(
        object_type="public_network_access",
        tunnel_family="none",
        protocol="none",
        realisation="not_vpn",
        tunnel_state="up" if port.up else "down",
        seen_up_recently=True if port.up else None,
        initiator="local",
        remote_operator_class="not_applicable",
        default_route=True,
        onward_reach="not_applicable",
        **NO_LEASE,
        **gateway_facts(context, uplink_class),
    )
    way = Way(interface=port.interface, next_hop=port.next_hops[0] if port.next_hops else None)
    path = Path(
        remote=None,
        place=Place(),
        match=Match(strength=Strength.NONE),
        way=way,
        facts=facts,
        near=near_ends(context, port.addresses),
    )
    return judged((path,), id=identify(port.scope, "access", port.interface), kind="public_network_access", port=port)
