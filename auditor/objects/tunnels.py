"""Tunnels as objects: every far end is a path, matched, placed and judged; the worst path decides."""

from dataclasses import dataclass, replace
from ipaddress import ip_network

from auditor import places
from auditor.lookups.answers import Answers
from auditor.matching import Observed, match
from auditor.matching.attributes import covers
from auditor.model.match import Match, Place
from auditor.model.scan import Audited, Path
from auditor.model.tunnel import Endpoint, Port, Remote, Tunnel, Way
from auditor.objects.context import Context
from auditor.objects.facts import path_facts
from auditor.objects.judged import judged
from auditor.objects.near import near_ends
from auditor.objects.uplinks import Uplinks

_NOWHERE = Remote(endpoint=Endpoint())


@dataclass(frozen=True, slots=True)
class _Found:
    """One far end of a tunnel with its place and the register's answer."""

    remote: Remote
    place: Place
    match: Match


def _carrier(ends: tuple[_Found, ...], inner: Remote) -> _Found | None:
    """Return which of the outer tunnel's `ends` carries `inner`: the only one, else the one that its prefixes name.

    None if that cannot be told: an end that happens to be listed first vouches for nobody.
    """
    if len(ends) == 1:
        return ends[0]
    names = {(found.remote.endpoint.name, found.remote.endpoint.port) for found in ends}
    if len(names) == 1 and any(found.remote.resolved for found in ends):
        return _together(ends)
    lengths = [_longest(found.remote.prefixes, inner.endpoint.address) for found in ends]
    best = max(lengths, default=-1)
    return ends[lengths.index(best)] if best >= 0 and lengths.count(best) == 1 else None


def _together(ends: tuple[_Found, ...]) -> _Found:
    """Return the addresses of one name as one far end: the least sure of them; without a place where they differ."""
    least = min(ends, key=lambda found: ("none", "low", "high").index(found.place.confidence))
    if len({found.place.location for found in ends}) == 1:
        return least
    return replace(least, place=replace(least.place, location=None, basis="none", confidence="low"))


def _longest(prefixes: tuple[str, ...], address: str | None) -> int:
    """Return the length of the longest of `prefixes` that holds `address`, -1 if none does."""
    if address is None:
        return -1
    networks = [ip_network(text, strict=False) for text in prefixes]
    return max((network.prefixlen for network in networks if covers((network,), address)), default=-1)


class TunnelJudge:
    """Judges the tunnels of one scan; outer tunnels first, since inner ones inherit from them."""

    def __init__(
        self,
        context: Context,
        ports: tuple[Port, ...],
        tunnels: tuple[Tunnel, ...],
        answers: Answers | None = None,
    ) -> None:
        """Match `tunnels`; `ports` tell VLAN, parent and alias of the devices by which packets leave.

        `answers` are what name servers said of the far ends, None if nobody was asked.
        """
        self._context = context
        self._answers = answers or Answers()
        self._ports = {(port.scope.inode, port.interface): port for port in ports}
        self._tunnels = tunnels
        self._by_id = {tunnel.id: tunnel for tunnel in tunnels}
        self._found: dict[str, tuple[_Found, ...]] = {}
        for tunnel in tunnels:
            self._find(tunnel)

    def _find(self, tunnel: Tunnel) -> None:
        """Locate every far end of `tunnel`, those of the tunnels around it first, the outermost foremost."""
        waiting = [tunnel]
        while (around := self._by_id.get(waiting[-1].outer_id or "")) and around not in waiting:
            waiting.append(around)
        for known in reversed(waiting):
            if known.id not in self._found:
                ends = known.remotes or (_NOWHERE,)
                self._found[known.id] = tuple(self._locate(known, remote) for remote in ends)

    def carried(self) -> frozenset[tuple[str, str]]:
        """Return the circuits, as (provider, cid), that tunnels showed."""
        return frozenset(
            (found.match.provider, found.match.cid)
            for ends in self._found.values()
            for found in ends
            if found.match.provider and found.match.cid
        )

    def judge(self, uplinks: Uplinks) -> tuple[Audited, ...]:
        """Return the judgement of every tunnel, in the order given."""
        return tuple(self._judge(tunnel, uplinks) for tunnel in self._tunnels)

    def _judge(self, tunnel: Tunnel, uplinks: Uplinks) -> Audited:
        """Return the judgement of one tunnel: of all its paths, the worst deciding."""
        paths = tuple(self._path(tunnel, found, uplinks) for found in self._found[tunnel.id])
        circuit = next((path.match.cid for path in paths if path.match.cid), None)
        return judged(paths, id=tunnel.id, kind="tunnel", tunnel=tunnel, circuit=circuit)

    def _path(self, tunnel: Tunnel, found: _Found, uplinks: Uplinks) -> Path:
        """Return one path with its facts."""
        endpoint, way = found.remote.endpoint, found.remote.way
        return Path(
            remote=endpoint.address or endpoint.name,
            place=found.place,
            match=found.match,
            way=way,
            facts=path_facts(
                self._context,
                tunnel,
                endpoint.address,
                found.place,
                found.match,
                uplink_class=uplinks.class_of(
                    way.scope if way and way.scope else tunnel.scope, way.interface if way else None
                ),
            ),
            near=near_ends(self._context, (tunnel.local.address, way.source if way else None)),
        )

    def _locate(self, tunnel: Tunnel, remote: Remote) -> _Found:
        """Return where a far end is and which circuit explains it; an inner tunnel takes its outer one's.

        NOTE: answers of others come last. A doubt that they raise must not remove a contradiction from the match.
        """
        place = places.observed(remote.endpoint, self._context.networks, self._context.locator)
        if around := _carrier(self._found.get(tunnel.outer_id or "", ()), remote):
            known, answer = around.place, around.match
            place = places.inherited(place, known)
        else:
            answer = match(self._observed(tunnel, remote, place), self._context.index, self._context.providers)
            circuit = self._context.circuit(answer.provider, answer.cid)
            reviewed = self._context.register.reviewed_on
            place = places.with_register(place, answer, circuit, reviewed_on=reviewed)
        return _Found(remote, self._answers.place(place, remote.endpoint), answer)

    def _observed(self, tunnel: Tunnel, remote: Remote, place: Place) -> Observed:
        """Return what the register can be asked about this path."""
        way = remote.way or Way()
        port = self._ports.get(((way.scope or tunnel.scope).inode, way.interface or ""))
        local = tunnel.local.address or way.source
        return Observed(
            local=local,
            remote=remote.endpoint.address,
            remote_name=remote.endpoint.name,
            identity=remote.identity,
            identity_kind=remote.identity_kind,
            technology=tunnel.technology,
            layers=tuple(layer.technology for layer in tunnel.layers),
            executable=tunnel.owner.path if tunnel.owner else None,
            interface=way.interface,
            parent=port.parent if port else None,
            vlan=port.vlan_id if port else None,
            next_hops=(way.next_hop,) if way.next_hop else (),
            interface_addresses=port.addresses if port else (),
            aliases=tuple(filter(None, (tunnel.alias, port.alias if port else None))),
            place=place,
            asn=place.asn,
            dedicated=port is not None and port.default_route is False,
            device_read=port is not None,
            site_location=self._context.config.site.location,
        )
