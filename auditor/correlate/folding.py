"""IPsec that protects nothing but another tunnel's packets becomes a layer of that tunnel, not one of its own.

The inner tunnel keeps what the IPsec connection showed: its layers (outermost first), witnesses and
contradictions, the IKE identity of each far end, by which a leased line can be matched, and the IKE daemon.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from auditor.correlate.shields import Flow, Shields
from auditor.model.text import Text
from auditor.model.tunnel import Endpoint, Layer, Remote, State, Tunnel, Witness

_WORSE = (State.UP, State.STALE, State.UNKNOWN, State.DOWN)
_UNPROTECTED = Text(
    "IPsec is configured for these packets, but the kernel has no policy for it: they leave unprotected",
    "已为这些报文配置IPsec，但内核中没有相应策略：报文未受保护即离开",
)


def flows(tunnel: Tunnel) -> list[tuple[int, Flow] | None]:
    """Return the namespace and outer packets of each far end of `tunnel`, None where the address is not known."""
    return [_flow(tunnel, remote) for remote in tunnel.remotes]


def _flow(tunnel: Tunnel, remote: Remote) -> tuple[int, Flow] | None:
    """Return the namespace that packets to `remote` leave from, and these packets."""
    if remote.endpoint.address is None:
        return None
    local = tunnel.local.address or (remote.way.source if remote.way else None)
    scope = (remote.way.scope if remote.way else None) or tunnel.scope
    return scope.inode, Flow.of(local, tunnel.local, remote.endpoint)


def fold(tunnels: Iterable[Tunnel], shields: Shields) -> tuple[Tunnel, ...]:
    """Return `tunnels` without the bare IPsec connections that protect one of the others, which have them as layers."""
    listed = tuple(tunnels)
    if not shields:
        return listed
    by_id = {tunnel.id: tunnel for tunnel in listed}
    used: set[str] = set()
    folded: list[Tunnel] = []
    for tunnel in listed:
        around = _Around(tunnel, tuple(_outer(found, by_id, shields) for found in flows(tunnel)))
        if tunnel.technology == "ipsec" or not around.distinct():
            folded.append(tunnel)
            continue
        used |= {outer.id for outer in around.distinct()}
        folded.append(around.merged())
    return tuple(tunnel for tunnel in folded if tunnel.id not in used)


def _outer(found: tuple[int, Flow] | None, by_id: dict[str, Tunnel], shields: Shields) -> Tunnel | None:
    """Return the bare IPsec connection that takes one flow, None if none does."""
    tunnel_id = shields.taking(*found) if found else None
    outer = by_id.get(tunnel_id or "")
    return outer if outer and outer.shield and outer.shield.bare else None


@dataclass(frozen=True, slots=True)
class _Around:
    """A tunnel, and the bare IPsec connection around each of its far ends."""

    tunnel: Tunnel
    outers: tuple[Tunnel | None, ...]

    def distinct(self) -> list[Tunnel]:
        """Return the connections, each once."""
        return list({outer.id: outer for outer in self.outers if outer}.values())

    def merged(self) -> Tunnel:
        """Return the tunnel with its connections as layers; one that the kernel does not enforce is no layer."""
        tunnel, outers = self.tunnel, self.distinct()
        real = [one for one in outers if one.state is not State.DOWN or (one.shield and one.shield.installed)]
        protected = sum(outer in real for outer in self.outers)
        state, reason = _state(tunnel, real)
        first = outers[0]
        return replace(
            tunnel,
            state=state,
            state_reason=reason,
            layers=(*_layers(real), *tunnel.layers),
            local=tunnel.local if tunnel.local.address else replace(tunnel.local, address=first.local.address),
            remotes=tuple(map(_identified, tunnel.remotes, (one if one in real else None for one in self.outers))),
            owner=tunnel.owner or (next((one.owner for one in real if one.owner), None)),
            witnesses=(*tunnel.witnesses, *(w for one in outers for w in _witnesses(one))),
            contradictions=(
                *tunnel.contradictions,
                *(text for one in outers for text in one.contradictions),
                *((_UNPROTECTED,) if len(real) < len(outers) else ()),
                *((_partly(protected, len(self.outers)),) if 0 < protected < len(self.outers) else ()),
            ),
        )


def _partly(protected: int, ends: int) -> Text:
    """Return that IPsec protects only some of the far ends."""
    return Text(
        f"IPsec protects the packets to {protected} of {ends} far ends",
        f"IPsec仅保护发往{ends}个对端中{protected}个的报文",
    )


def _state(tunnel: Tunnel, outers: list[Tunnel]) -> tuple[State, Text]:
    """Return the worse state of the tunnel and the IPsec around it, and which of both it is."""
    worst = max(outers, key=lambda one: _WORSE.index(one.state), default=None)
    if worst is None or _WORSE.index(worst.state) <= _WORSE.index(tunnel.state):
        return tunnel.state, tunnel.state_reason
    said = worst.state_reason
    return worst.state, Text(f"the IPsec around it: {said.en}", f"外层IPsec：{said.zh}")


def _layers(outers: list[Tunnel]) -> tuple[Layer, ...]:
    """Return the layers of `outers`, each once."""
    return tuple(dict.fromkeys(layer for outer in outers for layer in outer.layers))


def _identified(remote: Remote, outer: Tunnel | None) -> Remote:
    """Return `remote` with the identity and name that IKE knows of it."""
    known = outer.remotes[0] if outer and outer.remotes else None
    if known is None or remote.identity:
        return remote
    end: Endpoint = remote.endpoint if remote.endpoint.name else replace(remote.endpoint, name=known.endpoint.name)
    return replace(remote, endpoint=end, identity=known.identity, identity_kind=known.identity_kind)


def _witnesses(outer: Tunnel) -> tuple[Witness, ...]:
    """Return what was seen of `outer`, its daemon included."""
    owner = outer.owner
    if owner is None:
        return outer.witnesses
    says = f"{owner.path or owner.program} (PID {owner.pid}) negotiates the IPsec around it"
    return (*outer.witnesses, Witness(probe="processes", says=says, recheck=f"ls -l /proc/{owner.pid}/exe"))
