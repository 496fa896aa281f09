"""Tunnels seen in packets, joined to what probes found: one witness more, or a tunnel whose owner nobody knows.

Packets never decide: a tunnel that only they show is of unknown state and is reviewed, and one that probes found keeps
whatever they say. Who is connected to a server of the gateway's is never named.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

from auditor.correlate.identity import identify
from auditor.model.counts import told
from auditor.model.sightings import Scope
from auditor.model.text import Text
from auditor.model.tunnel import Certainty, Endpoint, Family, Inventory, Layer, Remote, Role, State, Tunnel, Witness
from auditor.packets.details.words import lines, products
from auditor.packets.protocols import protocols
from auditor.packets.tunnel import Tunnel as Seen
from auditor.technologies import load

PROBE = "packets"
_GRE = frozenset(("gre", "gretap", "ip6gre", "ip6gretap", "erspan", "ip6erspan"))
_IP = frozenset(("ipip", "sit", "ip6tnl", "fou", "gue"))
_ALIKE = (_GRE, _IP, frozenset(("wireguard", "tailscale", "netbird", "warp")), frozenset(("ipsec", "vti", "xfrm")))
_UNKNOWN_OWNER = frozenset(("tun", "tap"))
_WHY = Text(
    "seen in packets only: no probe knows who carries it, or whether it works",
    "仅见于数据包：没有探测项知道由谁承载、是否有效",
)


def join(inventory: Inventory, seen: Iterable[Seen], addresses: Mapping[str, Scope]) -> Inventory:
    """Return `inventory` with what packets showed; `addresses` are the gateway's own, with their namespaces.

    Tunnels without an end here are not the gateway's and are left out.
    """
    tunnels = {tunnel.id: tunnel for tunnel in inventory.tunnels}
    people: dict[str, set[str]] = {}
    for one in seen:
        ends = _ends(one, addresses)
        if ends is None:
            continue
        local, remote = ends
        known = _known(tunnels.values(), one, local, remote)
        if known is None:
            made = _made(one, addresses[local.address or ""], local, remote)
            before = tunnels.get(made.id)
            tunnels[made.id] = made if before is None else _with(before, made.witnesses[0])
        elif _serves(known):
            people.setdefault(known.id, set()).add(remote.address or "")
        else:
            witness = _witness(one, local)
            asked = _questions(one, local, known)
            tunnels[known.id] = _with(known, replace(witness, details=(*witness.details, *asked)))
    for identifier, clients in people.items():
        says = f"packets between this server and {told(len(clients))} client(s)"
        tunnels[identifier] = _with(tunnels[identifier], Witness(probe=PROBE, says=says))
    return replace(inventory, tunnels=tuple(tunnels.values()))


def clients_apart(
    inventory: Inventory, seen: Iterable[Seen], addresses: Mapping[str, Scope]
) -> tuple[tuple[Seen, ...], Counter[str]]:
    """Return what may be told with its addresses, and by protocol how many of `seen` a client has with a server here.

    The far end of those is a person's address (guidance section 9); which servers there are is what probes found.
    """
    shown: list[Seen] = []
    people: Counter[str] = Counter()
    for one in seen:
        ends = _ends(one, addresses)
        known = None if ends is None else _known(inventory.tunnels, one, *ends)
        if known is not None and _serves(known):
            people[one.protocol] += 1
        else:
            shown.append(one)
    return tuple(shown), people


def _ends(one: Seen, addresses: Mapping[str, Scope]) -> tuple[Endpoint, Endpoint] | None:
    """Return the gateway's end and the far one, None if neither is the gateway's."""
    source = Endpoint(address=one.src, port=one.sport, transport=_transport(one))
    destination = Endpoint(address=one.dst, port=one.dport, transport=_transport(one))
    if one.src in addresses:
        return source, destination
    return (destination, source) if one.dst in addresses else None


def _transport(one: Seen) -> str:
    """Return udp, tcp, or for others the protocol itself."""
    return one.transport if one.transport != "ip" else one.protocol


def _known(tunnels: Iterable[Tunnel], one: Seen, local: Endpoint, remote: Endpoint) -> Tunnel | None:
    """Return the tunnel that `one` is a witness of: with the same far end, else a server that listens there."""
    technology = protocols()[one.protocol].technology
    fitting = [tunnel for tunnel in tunnels if _fits(tunnel, technology)]
    for tunnel in fitting:
        if any(remote.address == known.endpoint.address for known in tunnel.remotes):
            return tunnel
    servers = [tunnel for tunnel in fitting if _serves(tunnel) and tunnel.technology not in _UNKNOWN_OWNER]
    return next((tunnel for tunnel in servers if tunnel.local.port in (None, local.port)), None)


def _fits(tunnel: Tunnel, technology: str) -> bool:
    """Return whether packets of `technology` can be those of `tunnel`, by itself or a layer of it."""
    names = {tunnel.technology, *(layer.technology for layer in tunnel.layers)}
    if technology in names or names & _UNKNOWN_OWNER:
        return True
    if any(technology in alike and names & alike for alike in _ALIKE):
        return True
    return tunnel.family is Family.PROXY and load().by_id[technology].family is Family.PROXY


def _serves(tunnel: Tunnel) -> bool:
    """Return whether people or clients connect to `tunnel`, who are not named."""
    return tunnel.family is Family.REMOTE_ACCESS or (tunnel.role is Role.SERVER and not tunnel.remotes)


def _witness(one: Seen, local: Endpoint) -> Witness:
    """Return what packets say of one tunnel, whose near end is `local`."""
    name = protocols()[one.protocol].name.en
    says = f"{name} seen in {one.packets} packets, confidence {one.confidence.value}"
    return Witness(probe=PROBE, says=says, details=lines(one, _end(one, local)))


def _end(one: Seen, local: Endpoint) -> str:
    """Return which end of a tunnel is the near one."""
    return "src" if local.address == one.src else "dst"


def _questions(one: Seen, local: Endpoint, tunnel: Tunnel) -> list[Text]:
    """Return what packets make doubtful of `tunnel`: a near end that says it is no product of the daemon's here."""
    program = tunnel.owner.program if tunnel.owner else None
    said = products(one, _end(one, local))
    if program is None or any(program.startswith(known) for vendor in said for known in vendor.programs or ()):
        return []
    return [
        Text(
            f"question: this end calls itself {vendor.name}, but {program} holds the tunnel here; is there another "
            "device behind this address?",
            f"疑问：本端自称{vendor.name}，而此处由{program}持有该隧道；该地址之后是否另有设备？",
        )
        for vendor in dict.fromkeys(said)
    ]


def _with(tunnel: Tunnel, witness: Witness) -> Tunnel:
    """Return `tunnel` with one witness more; nothing else of it changes."""
    return replace(tunnel, witnesses=tuple(dict.fromkeys((*tunnel.witnesses, witness))))


def _made(one: Seen, scope: Scope, local: Endpoint, remote: Endpoint) -> Tunnel:
    """Return a tunnel that nothing but packets shows; its id has no port that changes from time to time."""
    technology = protocols()[one.protocol].technology
    evidence = "; ".join(words.en for words in protocols()[one.protocol].evidence(one.signs, one.alike))
    witness = _witness(one, local)
    return Tunnel(
        id=identify(scope, PROBE, technology, remote.address),
        technology=technology,
        scope=scope,
        state=State.UNKNOWN,
        state_reason=_WHY,
        layers=(Layer(technology=technology, door=PROBE),),
        certainty=Certainty.LOW if one.confidence is Certainty.LOW else one.confidence.less(),
        family=load().by_id[technology].family,
        local=local,
        remotes=(Remote(endpoint=remote),),
        witnesses=(replace(witness, says=f"{witness.says}: {evidence}"),),
    )
