"""Judged objects as documents hold them: one mapping for each tunnel, hand-off or public access."""

from functools import lru_cache
from typing import Any

from auditor.guidance.consequences import consequences_of
from auditor.model.facts import Facts
from auditor.model.match import Match
from auditor.model.scan import Audited, Path, Scan
from auditor.model.text import Text
from auditor.model.tunnel import Endpoint, Family, Owner, Remote, Tunnel, Way
from reports import ends, evidence, known_since, network, paste, privacy, sentences, waivers
from reports.labels import both, both_or_none

ROUTES_LIMIT = 1000
_WORST_MATCH_FIRST = ("conflict", "none", "ambiguous", "weak", "strong")


def entry(scan: Scan, audited: Audited) -> dict[str, Any]:
    """Return `audited` with every field of the report's schema; client details are withheld (guidance 9)."""
    subject = _of_tunnel(audited.tunnel) if audited.tunnel else _of_port(audited)
    matches = [_match(path.match) for path in audited.paths]
    described = {
        **subject,
        "id": audited.id,
        "kind": audited.kind,
        "name": sentences.name(audited),
        "summary": both(sentences.summary(audited)),
        "circuit": audited.circuit,
        "underlay": _underlay(audited),
        "places": ends.places(scan, audited),
        "match": _worst(audited.paths, matches),
        "paths": [_path(audited, index, match) for index, match in enumerate(matches)],
        "results": [_result(scan, audited, index) for index in range(len(audited.assessment.results))],
        "verdict": audited.verdict.value,
        "severity": audited.severity.value,
        "capped": audited.assessment.capped,
        "warnings": [both(text) for text in audited.assessment.warnings],
        "waiver": waivers.waiver(audited.waiver) if audited.waiver else None,
        "accepted_by": [waivers.waiver(accepted) for accepted in waivers.of(audited)],
        "waived_controls": list(audited.waived_controls),
        "waived": waived(audited),
        "suggested": paste.suggested(scan, audited),
    }
    if scan.past.scans:
        described["history"] = known_since.known(scan.past, audited.id, scan.config.zone)
    return privacy.withheld(audited, described)


def waived(audited: Audited) -> str:
    """Return how much of what fails or needs review is accepted: all (then `waiver` is set), part or none."""
    if audited.waiver:
        return "all"
    return "part" if audited.waived_controls else "none"


def _of_tunnel(tunnel: Tunnel) -> dict[str, Any]:
    """Return what was seen of a tunnel."""
    return {
        "technology": tunnel.technology,
        "technology_name": both(sentences.technology_name(tunnel.technology)),
        "certainty": tunnel.certainty.value,
        "layers": [{"technology": layer.technology, "door": layer.door} for layer in tunnel.layers],
        "family": tunnel.family.value,
        "realisation": tunnel.realisation.value,
        "role": tunnel.role.value if tunnel.role else None,
        "interface": tunnel.interface,
        "ifindex": tunnel.ifindex,
        "alias": tunnel.alias,
        "namespace": tunnel.scope.name,
        "state": tunnel.state.value,
        "state_reason": both(tunnel.state_reason),
        "local": _endpoint(tunnel.local),
        "remotes": [_remote(remote) for remote in tunnel.remotes],
        "peers_count": tunnel.peers_count,
        "clients": privacy.clients(tunnel),
        "owner": _owner(tunnel),
        "carried_by": sentences.carried_by(tunnel),
        **_routes(tunnel.routes, tunnel.default_route),
        "outer": tunnel.outer_id,
        "witnesses": [
            {"probe": w.probe, "says": w.says, "recheck": w.recheck}
            | ({"details": [text._asdict() for text in w.details]} if w.details else {})
            for w in tunnel.witnesses
        ],
        "contradictions": [both(text) for text in tunnel.contradictions],
    }


_NO_TUNNEL: dict[str, Any] = {
    "technology": None,
    "technology_name": None,
    "certainty": None,
    "layers": [],
    "role": None,
    "state_reason": None,
    "local": None,
    "remotes": [],
    "peers_count": None,
    "clients": None,
    "owner": None,
    "carried_by": None,
    "outer": None,
    "witnesses": [],
    "contradictions": [],
}


def _of_port(audited: Audited) -> dict[str, Any]:
    """Return what was seen of a hand-off or of an ordinary way to the public network."""
    port = audited.port
    handoff = audited.kind == Family.CARRIER_HANDOFF.value
    return {
        **_NO_TUNNEL,
        "family": Family.CARRIER_HANDOFF.value if handoff else Family.NONE.value,
        "realisation": "not_vpn",
        "interface": port.interface if port else None,
        "ifindex": port.ifindex if port else None,
        "alias": port.alias if port else None,
        "namespace": port.scope.name if port else None,
        "state": "unknown" if port is None else "up" if port.up else "down",
        "parent": port.parent if port else None,
        "vlan": port.vlan_id if port else None,
        "addresses": list(port.addresses) if port else [],
        "next_hops": None if port is None or port.next_hops is None else list(port.next_hops),
        **_routes(port.routes if port else None, port.default_route if port else None),
    }


def _endpoint(endpoint: Endpoint) -> dict[str, Any]:
    """Return one end of the outer connection."""
    return {
        "address": endpoint.address,
        "port": endpoint.port,
        "transport": endpoint.transport,
        "name": endpoint.name,
    }


def _remote(remote: Remote) -> dict[str, Any]:
    """Return one far end with what identifies it and its way out."""
    return {
        **_endpoint(remote.endpoint),
        "identity": remote.identity,
        "identity_kind": remote.identity_kind,
        "handshake_age_s": remote.handshake_age_s,
        "configured_only": remote.configured_only,
        "resolved": remote.resolved,
        "underlay": _way(remote.way),
        "prefixes": list(remote.prefixes),
    }


def _owner(tunnel: Tunnel) -> dict[str, Any] | None:
    """Return the process that carries `tunnel`, None for the kernel or a process that is not known."""
    owner: Owner | None = tunnel.owner
    if owner is None:
        return None
    return {
        "program": owner.program,
        "path": owner.path,
        "pid": owner.pid,
        "role": tunnel.role.value if tunnel.role else None,
        "unit": owner.unit,
        "deleted": owner.deleted,
    }


def _way(way: Way | None) -> dict[str, Any] | None:
    """Return how outer packets leave, None if that is not known."""
    return _shared_way(way.interface, way.next_hop, way.source) if way else None


@lru_cache(maxsize=4096)
def _shared_way(interface: str | None, next_hop: str | None, source: str | None) -> dict[str, Any]:
    """Return a way as the document has it: one entry for all that leave alike, never to be changed."""
    return {"interface": interface, "next_hop": next_hop, "source": source}


def _underlay(audited: Audited) -> dict[str, Any] | None:
    """Return the first way out that is known; `remotes` and `paths` have one each."""
    if audited.port:
        hops = audited.port.next_hops or ()
        return {"interface": audited.port.interface, "next_hop": hops[0] if hops else None, "source": None}
    remotes = audited.tunnel.remotes if audited.tunnel else ()
    ways = [path.way for path in _in_order(audited.paths)] + [remote.way for remote in remotes]
    return next((_way(way) for way in ways if way), None)


def _in_order(paths: tuple[Path, ...]) -> list[Path]:
    """Return paths by far end, so that which one stands for all does not hang on the order of a table."""
    return sorted(paths, key=lambda path: path.remote or "")


def _routes(routes: tuple[str, ...] | None, default: bool | None) -> dict[str, Any]:
    """Return the prefixes sent into the object, at most ROUTES_LIMIT of `routes_total`."""
    return {
        "routes": None if routes is None else list(routes[:ROUTES_LIMIT]),
        "routes_total": None if routes is None else len(routes),
        "default_route": default,
    }


def _worst(paths: tuple[Path, ...], matches: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return that of `matches`, one a path, by which the register explains its path worst, None without any path."""
    ordered = sorted(range(len(paths)), key=lambda index: paths[index].remote or "")
    worst = min(ordered, key=lambda index: _WORST_MATCH_FIRST.index(matches[index]["strength"]), default=None)
    return None if worst is None else matches[worst]


def _match(match: Match) -> dict[str, Any]:
    """Return the register's answer with every reason for and against."""
    return {
        "circuit": match.cid,
        "provider": match.provider,
        "strength": match.strength.value,
        "candidates": sorted(match.candidates),
        "reasons": [
            {
                "attribute": reason.attribute,
                "agrees": reason.agrees,
                "observed": reason.observed,
                "registered": reason.registered,
                "circuit": reason.cid,
                "counts": reason.counts,
            }
            for reason in match.reasons
        ],
        "network_evidence": match.network_evidence.value,
        "network_evidence_reason": both_or_none(match.network_evidence_reason),
        "network_comparisons": network.comparisons(match.network_comparisons),
    }


def _path(audited: Audited, index: int, match: dict[str, Any]) -> dict[str, Any]:
    """Return one way to one far end, as it was judged, with the register's `match` of it."""
    path = audited.paths[index]
    scopes = audited.assessment.scopes
    return {
        "remote": path.remote,
        "scope": scopes[index] if index < len(scopes) else None,
        "match": match,
        "underlay": _way(path.way),
    }


def _result(scan: Scan, audited: Audited, index: int) -> dict[str, Any]:
    """Return one control's outcome with the reason and the evidence for it."""
    result = audited.assessment.results[index]
    facts = audited.paths[result.path].facts if result.path < len(audited.paths) else Facts()
    return _shared_result(
        result.control,
        result.outcome.value,
        result.severity.value,
        result.reason,
        evidence.of(scan, audited, result),
        tuple(consequence.id for consequence in consequences_of(result, facts)),
        result.control in audited.waived_controls,
    )


@lru_cache(maxsize=8192)
def _shared_result(
    control: str,
    outcome: str,
    severity: str,
    reason: Text,
    shown: tuple[Text, ...],
    consequences: tuple[str, ...],
    waived: bool,
) -> dict[str, Any]:
    """Return a result as the document has it.

    NOTE: most results of most objects are the same few, so equal ones are one entry, never to be changed;
    with 1,000 tunnels that saves half the time and memory of the document.
    """
    return {
        "control": control,
        "outcome": outcome,
        "severity": severity,
        "reason": both(reason),
        "evidence": [both(text) for text in shown],
        "consequences": list(consequences),
        "waived": waived,
    }
