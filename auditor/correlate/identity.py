"""Identifiers that stay the same from scan to scan."""

from collections.abc import Iterable
from dataclasses import replace
from hashlib import sha256

from auditor.model.sightings import Scope
from auditor.model.tunnel import Tunnel


def identify(scope: Scope, *parts: str | None) -> str:
    """Return an id for what `parts` name in `scope`: 12 hex digits of a digest.

    Parts must survive reboots: device names, addresses and identities do; ifindex, PID, namespace
    inode and ephemeral ports do not.
    """
    text = "\0".join((scope.name or "", *(part or "" for part in parts)))
    return "t-" + sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def distinct(tunnels: Iterable[Tunnel]) -> tuple[Tunnel, ...]:
    """Return `tunnels` with repeated ids told apart by a counter, in the order given."""
    seen: dict[str, int] = {}
    result = []
    for tunnel in tunnels:
        count = seen[tunnel.id] = seen.get(tunnel.id, 0) + 1
        result.append(tunnel if count == 1 else replace(tunnel, id=f"{tunnel.id}-{count}"))
    return tuple(result)
