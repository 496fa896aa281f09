"""One plain sentence on each object: what it is, where it leads, whether it works, who runs it."""

import re
from dataclasses import replace

from auditor import technologies
from auditor.model.match import Place
from auditor.model.scan import Audited, Path
from auditor.model.text import Text
from auditor.model.tunnel import Endpoint, Family, Port, Remote, Role, State, Tunnel
from reports import ends, privacy
from reports.labels import Value, say

_PASSING_FROM = 32768  # net.ipv4.ip_local_port_range
_DIGITS = re.compile("([0-9]+)")
_USER_SPACE_DOORS = ("tun", "tap", "uapi", "packets", "configuration", "redirect", "tproxy", "dnat")


def technology_name(technology: str) -> Text:
    """Return the name of a technology for people, its id if the table does not list it."""
    known = technologies.load().by_id.get(technology)
    return known.name if known else Text(technology, technology)


def summary(audited: Audited) -> Text:
    """Return the sentence on `audited`, without names of people."""
    if audited.tunnel is None:
        return _of_port(audited)
    tunnel = audited.tunnel
    common: dict[str, Value] = {
        "technology": technology_name(tunnel.technology),
        "namespace": _in_namespace(tunnel.scope.name),
        "state": say("sentence.state_unknown" if tunnel.state is State.UNKNOWN else f"state.{tunnel.state.value}"),
        "carried": _carried(tunnel),
    }
    if privacy.serves_people(audited):
        count = say("sentence.clients", count=privacy.count_label(tunnel.peers_count))
        if tunnel.interface is None:
            return say("sentence.server_no_device", clients=count, **common)
        return say("sentence.server", device=tunnel.interface, clients=count, **common)
    far_end = _far_end(audited)
    if tunnel.interface is None and tunnel.role is Role.SERVER and not tunnel.remotes and tunnel.local.port:
        return say("sentence.listener", port=tunnel.local.port, **common)
    if tunnel.interface is None and tunnel.family is Family.PROXY:
        port = _entrance(tunnel)
        at = say("sentence.at_port", port=port) if port else Text("", "")
        return say("sentence.proxy", port=at, far_end=far_end, **common)
    if tunnel.interface is None:
        return say("sentence.tunnel_no_device", far_end=far_end, **common)
    key = "sentence.unrecognised" if tunnel.technology in ("tun", "tap") else "sentence.tunnel"
    return say(key, device=tunnel.interface, far_end=far_end, **common)


def name(audited: Audited) -> str:
    """Return the short name of an object: its device (``namespace/device``), else its technology and far end."""
    subject = audited.tunnel or audited.port
    if subject is None:
        return audited.id
    scope = f"{subject.scope.name}/" if subject.scope.name else ""
    if subject.interface:
        return scope + subject.interface
    technology = technology_name(audited.tunnel.technology).en if audited.tunnel else audited.kind
    known = [_configured(remote) for remote in (audited.tunnel.remotes if audited.tunnel else ())]
    far_end = next((address for address in known if address), None)
    if far_end is None or privacy.serves_people(audited):
        port = audited.tunnel.local.port if audited.tunnel else None
        return f"{scope}{technology} :{port}" if port else scope + technology
    entrance = _entrance(audited.tunnel) if audited.tunnel and audited.tunnel.family is Family.PROXY else None
    return f"{scope}{technology} :{entrance} → {far_end}" if entrance else f"{scope}{technology} → {far_end}"


def _entrance(tunnel: Tunnel) -> int | None:
    """Return the port by which traffic enters a proxy, None if it is only that of its connection outwards."""
    port = tunnel.local.port
    return port if port is not None and port < _PASSING_FROM else None


def natural(text: str) -> tuple[tuple[int, str], ...]:
    """Return a sort key in which numbers inside `text` count by value: vx9 before vx10."""
    parts = _DIGITS.split(text)
    return tuple((len(part.lstrip("0")) if odd % 2 else 0, part) for odd, part in enumerate(parts))


def carried_by(tunnel: Tunnel) -> str:
    """Return what carries `tunnel`: process, kernel or unknown (also while it is configured only)."""
    if tunnel.owner:
        return "process"
    doors = {layer.door for layer in tunnel.layers}
    return "unknown" if doors & set(_USER_SPACE_DOORS) or not doors else "kernel"


def socket_address(endpoint: Endpoint) -> str | None:
    """Return ``address:port`` (IPv6 in brackets), the name where there is no address, None if neither is known."""
    host = endpoint.address or endpoint.name
    if host is None or endpoint.port is None:
        return host
    return f"[{host}]:{endpoint.port}" if ":" in host else f"{host}:{endpoint.port}"


def _configured(remote: Remote) -> str | None:
    """Return the far end as `socket_address` does; by its name where the address was looked up, since that changes."""
    return socket_address(replace(remote.endpoint, address=None) if remote.resolved else remote.endpoint)


def place_of(audited: Audited, remote: Remote) -> Path | None:
    """Return the judged path that leads to `remote`, None if none does."""
    wanted = {remote.endpoint.address, remote.endpoint.name, socket_address(remote.endpoint), remote.identity} - {None}
    return next((path for path in audited.paths if path.remote in wanted), None)


def _of_port(audited: Audited) -> Text:
    """Return the sentence on a hand-off or on ordinary public-network access."""
    port: Port | None = audited.port
    hops = port.next_hops if port else None
    values: dict[str, Value] = {
        "device": port.interface if port else "",
        "namespace": _in_namespace(port.scope.name if port else None),
        "next_hop": say("sentence.by_next_hop", next_hop=hops[0]) if hops else Text("", ""),
        "state": say("word.port_up" if port and port.up else "word.port_down"),
    }
    if audited.kind == Family.CARRIER_HANDOFF.value:
        return say("sentence.handoff", circuit=audited.circuit, **values)
    return say("sentence.public", **values)


def _in_namespace(name: str | None) -> Text:
    """Return the words for a namespace other than the host's own, nothing for that."""
    return Text("", "") if name is None else say("sentence.in_namespace", name=name)


def _carried(tunnel: Tunnel) -> Text:
    """Return the words for what runs `tunnel`."""
    carrier = carried_by(tunnel)
    if carrier == "process" and tunnel.owner:
        return say("sentence.by_program", program=tunnel.owner.path or tunnel.owner.program)
    is_configured_only = tunnel.owner is None and {layer.door for layer in tunnel.layers} == {"configuration"}
    return say("sentence.by_nothing" if is_configured_only else f"sentence.by_{carrier}")


def _far_end(audited: Audited) -> Text:
    """Return the words for the far ends: the first with its place, and how many more there are."""
    remotes = audited.tunnel.remotes if audited.tunnel else ()
    named = [remote for remote in remotes if socket_address(remote.endpoint)]
    if not named:
        return say("sentence.far_end_unknown")
    first = _placed(audited, named[0])
    return first if len(remotes) == 1 else say("sentence.far_ends_more", first=first, count=len(remotes) - 1)


def _placed(audited: Audited, remote: Remote) -> Text:
    """Return the address of `remote` with its place, on whose word and of which day, and who announces it."""
    address = (
        f"{_configured(remote)} ({remote.endpoint.address})" if remote.resolved else socket_address(remote.endpoint)
    )
    path = place_of(audited, remote) or (audited.paths[0] if len(audited.paths) == 1 else None)
    return say("sentence.far_end_at", address=address, place=ends.told(path.place if path else Place()))
