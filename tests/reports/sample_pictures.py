"""Gateways for tests of the picture: connections of every verdict, state, place and operator."""

from dataclasses import replace

from auditor.model.scan import Audited, Gap, Scan
from auditor.model.tunnel import State
from tests.reports import samples
from tests.reports.sample_objects import access, handoff
from tests.reports.sample_paths import judged, path, place
from tests.reports.sample_tunnels import ipsec, openvpn, tinc, vxlan, wireguard

PLACES = ("SG", "US", "JP", "HK", "CN", "DE", "TW", "GB", None, "MO", "FR", "CN")
_KINDS = (openvpn, wireguard, ipsec, vxlan, tinc)


def one(
    number: int, location: str | None = "US", *, down: bool = False, operator: str | None = None, **facts: object
) -> Audited:
    """Return an OpenVPN tunnel to `location` that no circuit explains."""
    return moved(openvpn(), number, location, down=down, operator=operator, **facts)


def moved(
    kind: Audited,
    number: int,
    location: str | None,
    *,
    down: bool = False,
    operator: str | None = None,
    **facts: object,
) -> Audited:
    """Return `kind` under another name with its far ends at `location`, judged again."""
    assert kind.tunnel is not None
    address = f"203.0.{number >> 8 & 255}.{number & 255}"
    remotes = tuple(replace(r, endpoint=replace(r.endpoint, address=address)) for r in kind.tunnel.remotes)
    tunnel = replace(
        kind.tunnel,
        id=f"t-{number:012x}",
        interface=f"{kind.tunnel.technology[:3]}{number}",
        remotes=remotes,
        state=State.DOWN if down else kind.tunnel.state,
    )
    there = place(location, operator=operator)
    stated = {
        "remote_location": location or "unknown",
        "remote_location_confidence": there.confidence,
        "tunnel_state": "down" if down else "up",
        **facts,
    }
    paths = tuple(replace(p, remote=address, place=there, facts=p.facts.replace(**stated)) for p in kind.paths)
    return judged("tunnel", tunnel, paths, circuit=kind.circuit)


def variety(count: int, gaps: tuple[Gap, ...] = ()) -> Scan:
    """Return a gateway with `count` tunnels of five technologies to eleven places, a hand-off and public access."""
    found = []
    for number in range(count):
        kind = _KINDS[number * 7 % 5]()
        location = "SG" if kind.circuit else PLACES[number * 5 % len(PLACES)]
        operator = f"Operator {number % 3}" if number % 2 else None
        found.append(moved(kind, number, location, down=number % 9 == 0, operator=operator))
    return samples.scan(*found, handoff(), access(), gaps=gaps)


def at(scan: Scan, location: str | None) -> Scan:
    """Return `scan` with its gateway elsewhere."""
    return replace(scan, config=replace(scan.config, site=replace(scan.config.site, location=location)))


def inside(inner: Audited, outer: Audited) -> Audited:
    """Return `inner` as carried by `outer`."""
    assert inner.tunnel is not None
    return replace(inner, tunnel=replace(inner.tunnel, outer_id=outer.id))


def to_several(number: int, *locations: str | None) -> Audited:
    """Return a tunnel with one far end at each of `locations`."""
    found = one(number)
    base = found.paths[0]
    paths = tuple(
        replace(
            path(f"198.51.100.{index}", place(location), base.match),
            facts=base.facts.replace(remote_location=location or "unknown"),
        )
        for index, location in enumerate(locations)
    )
    assert found.tunnel is not None
    remotes = tuple(
        replace(found.tunnel.remotes[0], endpoint=replace(found.tunnel.remotes[0].endpoint, address=p.remote))
        for p in paths
    )
    return judged("tunnel", replace(found.tunnel, remotes=remotes), paths)
