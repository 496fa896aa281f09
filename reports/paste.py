"""Entries for register.toml, ready to complete and paste. Keys are those of `auditor.config`.

What only a person can know stands in angle brackets; days are left in a form that the register's own
check refuses, so that an entry pasted without being completed is an error and never an exception.
"""

from collections.abc import Iterable
from ipaddress import ip_address

from auditor.model.match import Strength
from auditor.model.scan import Audited, Scan
from auditor.model.tunnel import Remote, Tunnel
from reports import privacy, words
from reports.escape import toml_string

_MOST = 8


def suggested(scan: Scan, audited: Audited) -> dict[str, str | None] | None:
    """Return a register entry for an unmatched tunnel and a waiver for what is open; None where neither helps."""
    register = _circuit(scan, audited) if _unmatched(audited) else None
    controls = words.open_controls(audited)
    waiver = _waiver(audited, controls) if controls else None
    return {"register": register, "waiver": waiver} if register or waiver else None


def _unmatched(audited: Audited) -> bool:
    """Return whether `audited` is a tunnel that no register entry explains and whose result is open."""
    if audited.tunnel is None or privacy.serves_people(audited) or not words.open_controls(audited):
        return False
    return any(path.match.strength is Strength.NONE for path in audited.paths)


def _waiver(audited: Audited, controls: tuple[str, ...]) -> str:
    """Return a waiver for the open controls of one object."""
    return "\n".join(
        (
            "[[waiver]]",
            'id = "<W-number>"',
            'reason = "<why this is accepted>"',
            'owner = "<who answers for it>"',
            'approver = "<somebody else, who approves it>"',
            'approved_on = "<YYYY-MM-DD>"',
            'expires = "<YYYY-MM-DD>"',
            f"controls = {_array(controls)}",
            f"objects = {_array((audited.id,))}",
        )
    )


def _circuit(scan: Scan, audited: Audited) -> str | None:
    """Return a circuit that would match the tunnel, with every attribute that identifies it."""
    tunnel = audited.tunnel
    if tunnel is None:
        return None
    lines = [
        "[[circuit]]",
        'provider = "<slug of a provider>"',
        'cid = "<circuit id on the contract>"',
        'type = "<iplc, mpls-vpn, ...>"',
        'status = "active"',
        'install_date = "<YYYY-MM-DD>"',
        'termination_date = "<YYYY-MM-DD>"',
        'contract = "<contract number>"',
        'contract_party = "unknown"',
        'purpose = "unknown"',
        "[circuit.a]",
        f"site = {toml_string(scan.config.site.name)}",
        *_stated("location", scan.config.site.location),
        "[circuit.z]",
        *_stated("location", _location(audited)),
        *_list("prefixes", () if tunnel.default_route else tunnel.routes or ()),
        "[circuit.match]",
        *_match_keys(tunnel),
    ]
    return "\n".join(lines)


def _location(audited: Audited) -> str | None:
    """Return the place of the far ends if all are at one and the same."""
    places = {path.place.location for path in audited.paths}
    return places.pop() if len(places) == 1 else None


def _match_keys(tunnel: Tunnel) -> Iterable[str]:
    """Return the lines of what identifies `tunnel`."""
    remotes = tunnel.remotes
    yield from _list("peer_prefixes", filter(None, map(_peer_prefix, remotes)))
    yield from _list("hostnames", filter(None, (remote.endpoint.name for remote in remotes)))
    for kind, key in (("wireguard", "wireguard_public_keys"), ("ike", "ike_identities")):
        yield from _list(key, filter(None, (r.identity for r in remotes if r.identity_kind == kind)))
    yield from _list("executables", filter(None, (tunnel.owner.path if tunnel.owner else None,)))
    yield from _list("technologies", (tunnel.technology,))


def _peer_prefix(remote: Remote) -> str | None:
    """Return the far endpoint as a prefix of one address, None if it is not known or no unicast address."""
    try:
        address = ip_address((remote.endpoint.address or "").partition("%")[0])
    except ValueError:
        return None
    return None if address.is_multicast or address.is_unspecified else f"{address}/{address.max_prefixlen}"


def _stated(key: str, value: str | None) -> list[str]:
    """Return one line, none where the value is not known."""
    return [] if value is None else [f"{key} = {toml_string(value)}"]


def _list(key: str, values: Iterable[str]) -> list[str]:
    """Return one line with the values, each once, none where there are none; long lists are cut and say so."""
    each = tuple(dict.fromkeys(values))
    if not each:
        return []
    left_out = [f"# {len(each) - _MOST} more {key} left out"] if len(each) > _MOST else []
    return [f"{key} = {_array(each[:_MOST])}", *left_out]


def _array(values: Iterable[str]) -> str:
    """Return a TOML array of strings."""
    return f"[{', '.join(toml_string(value) for value in values)}]"
