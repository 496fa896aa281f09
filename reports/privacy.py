"""What a report keeps to itself about people (guidance section 9): clients of remote access are counted, not named."""

from typing import Any

from auditor.model.counts import SMALLEST_TOLD
from auditor.model.scan import Audited
from auditor.model.text import Text
from auditor.model.tunnel import Family, Tunnel
from reports.labels import both, say


def serves_people(audited: Audited) -> bool:
    """Return whether the far ends of `audited` are individual clients."""
    return audited.tunnel is not None and audited.tunnel.family is Family.REMOTE_ACCESS


def count_label(count: int | None) -> Text:
    """Return a number of clients as it may be shown: "fewer than 5" below five, "not known" for None."""
    if count is None:
        return say("word.not_known")
    return say("word.fewer_than_5") if count < SMALLEST_TOLD else Text(str(count), str(count))


def clients(tunnel: Tunnel) -> dict[str, Any] | None:
    """Return the number of clients of a remote-access server, None for any other tunnel."""
    if tunnel.family is not Family.REMOTE_ACCESS:
        return None
    count = tunnel.peers_count
    shown = count if count is not None and count >= SMALLEST_TOLD else None
    return {"count": shown, "label": both(count_label(count))}


def withheld(audited: Audited, described: dict[str, Any]) -> dict[str, Any]:
    """Return `described` without anything that names a client; objects that serve nobody stay as they are.

    Far ends, register comparisons and host routes go; addresses, names and identities of clients are
    replaced wherever else they stand in a text.
    """
    if not serves_people(audited):
        return described
    described = {
        **described,
        "remotes": [],
        "peers_count": None,
        "underlay": None,
        "paths": _alike(described["paths"]),
        "places": {**described["places"], "remotes": _counted(described["places"]["remotes"])},
        "match": _without_reasons(described["match"]),
        "suggested": None,
    }
    routes = described["routes"]
    if routes is not None:
        described["routes"] = [route for route in routes if not route.endswith(("/32", "/128"))]
    redacted: dict[str, Any] = _redact(described, _names_of_clients(audited), both(say("word.withheld")))
    return redacted


def _alike(paths: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return each sort of path once, without who is at its end: their number would tell how many clients there are."""
    found: list[dict[str, Any]] = []
    for path in paths:
        told = {**path, "remote": None, "match": None, "underlay": None}
        if told not in found:
            found.append(told)
    return found


_NOBODYS: dict[str, Any] = {"remote": None, "operator": None, "source": None, "origins": [], "reverse_names": []}


def _counted(places: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return one entry for each place, without the far ends that are there."""
    hidden = dict.fromkeys(("operator_name", "asn", "asn_source", "asn_dated", "why")) | _NOBODYS
    first = {place["location"]: {**place, **hidden} for place in reversed(places)}
    return [first[location] for location in sorted(first, key=str)]


def _without_reasons(match: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return a match without the values compared, which can be clients' addresses."""
    return (
        None if match is None else {**match, "reasons": [], "network_evidence_reason": None, "network_comparisons": []}
    )


def _names_of_clients(audited: Audited) -> tuple[str, ...]:
    """Return every text that would name a client, longest first."""
    names: set[str] = {path.remote for path in audited.paths if path.remote}
    for remote in audited.tunnel.remotes if audited.tunnel else ():
        names.update(filter(None, (remote.endpoint.address, remote.endpoint.name, remote.identity)))
        names.update(prefix for prefix in remote.prefixes if prefix.endswith(("/32", "/128")))
    return tuple(sorted(names, key=lambda name: (-len(name), name)))


def _redact(value: Any, names: tuple[str, ...], stand_in: dict[str, str], language: str = "en") -> Any:
    """Return `value` with `names` replaced in every text below it, in the language of that text."""
    if isinstance(value, str):
        for name in names:
            value = value.replace(name, stand_in[language])
        return value
    if isinstance(value, dict):
        return {key: _redact(item, names, stand_in, "zh" if key == "zh" else "en") for key, item in value.items()}
    if isinstance(value, list):
        return [_redact(item, names, stand_in, language) for item in value]
    return value
