"""What every finding about a device has, whatever the device is: who it is, its state, what is routed into it."""

from typing import Any

from auditor.correlate import routing
from auditor.correlate.identity import identify
from auditor.correlate.state import Judged
from auditor.correlate.tables import ScopeTable
from auditor.model.rows import Link
from auditor.model.text import Text
from auditor.model.tunnel import NotTunnel, Tunnel


def device_tunnel(
    table: ScopeTable, link: Link, judged: Judged, *, technology: str, unstated: str | None = None, **found: Any
) -> Tunnel:
    """Return the tunnel that device `link` is; `found` are the fields of `Tunnel` that only its kind can tell.

    Its id is of namespace, kind and name; `unstated` stands for a kind that the kernel does not state.
    """
    state, reason = judged
    routes = routing.prefixes(table, link.ifindex)
    return Tunnel(
        id=identify(table.scope, "device", link.kind or unstated, link.name),
        technology=technology,
        scope=table.scope,
        state=state,
        state_reason=reason,
        interface=link.name,
        ifindex=link.ifindex,
        alias=link.alias,
        routes=routes,
        default_route=routing.is_default(routes),
        **found,
    )


def not_tunnel(table: ScopeTable, link: Link, reason: Text) -> NotTunnel:
    """Return device `link` as no tunnel, for `reason`."""
    return NotTunnel(scope=table.scope, interface=link.name, ifindex=link.ifindex, kind=link.kind, reason=reason)
