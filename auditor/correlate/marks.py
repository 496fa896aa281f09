"""What rules of a packet filter say in words, and where the marks that they set lead packets by policy routing."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from auditor.correlate import recheck
from auditor.correlate.tables import ScopeTable
from auditor.model.rows import Diversion
from auditor.model.tunnel import Tunnel, Witness

_DOORS = {"nf_tables": "nftables", "ip_tables": "iptables_legacy"}


def witness(row: Diversion) -> Witness:
    """Return what a rule says, and how to see it again."""
    return Witness(probe=_DOORS[row.filter], says=describe(row), recheck=_show(row))


def brought_back(table: ScopeTable, rules: Iterable[Diversion]) -> Iterator[Witness]:
    """Yield the routing rules by which packets marked by `rules` are taken for this host's own, as TPROXY needs it."""
    marks = {rule.mark for rule in (*rules, *table.diversions) if rule.mark}
    local = {
        route.table: route.destination for routes in table.routes.values() for route in routes if route.kind == "local"
    }
    for rule in table.rules:
        if rule.fwmark in marks and rule.table in local:
            yield Witness(
                probe="rules",
                says=f"packets with mark {rule.fwmark:#x} look up table {rule.table}, "
                f"which takes {local[rule.table]} for this host",
                recheck="ip rule show",
            )


def led_into(table: ScopeTable, tunnels: list[Tunnel]) -> list[Tunnel]:
    """Return `tunnels` with the rules by whose mark traffic is routed into their device, in this namespace."""
    setters = _setters(table)
    if not setters:
        return tunnels
    return [_led_into(table, one, setters) if one.scope == table.scope and one.ifindex else one for one in tunnels]


def describe(row: Diversion) -> str:
    """Return in words what a rule does."""
    where = f"{row.filter} {row.family} {row.table} {row.chain}"
    ports = ", ".join(str(low) if low == high else f"{low}-{high}" for low, high in row.ports or ())
    what = [row.protocol or "every protocol", f"to port {ports}" if ports else ""]
    what += [f"to {', '.join(row.destinations)}" if row.destinations else "", "and further conditions" * row.narrowed]
    goal = " ".join((row.to_address or "", f"port {row.to_port}" if row.to_port is not None else "")).strip()
    does = {"mark": f"sets mark {row.mark or 0:#x}"}.get(row.kind, f"{row.kind} to {goal or 'the same port'}")
    return f"{where}: {does}: {' '.join(filter(None, what))}"


def _show(row: Diversion) -> str:
    """Return the command that shows a rule again."""
    if row.filter == "nf_tables":
        return recheck.command("nft", "-a", "list", "chain", row.family, row.table, row.chain)
    tool = "ip6tables-legacy" if row.family == "ip6" else "iptables-legacy"
    return recheck.command(tool, "-t", row.table, "-S", row.chain)


def _setters(table: ScopeTable) -> dict[int, list[Diversion]]:
    """Return the first rules that set each mark which a routing rule asks for."""
    asked = {rule.fwmark for rule in table.rules if rule.fwmark}
    found: dict[int, list[Diversion]] = {}
    for row in table.diversions:
        if row.kind == "mark" and row.mark in asked and len(found.setdefault(row.mark or 0, [])) < 2:
            found[row.mark or 0].append(row)
    return found


def _led_into(table: ScopeTable, tunnel: Tunnel, setters: dict[int, list[Diversion]]) -> Tunnel:
    """Return `tunnel` with the rules by whose mark traffic is routed into its device, if there are any."""
    looked_up = {route.table for route in table.routes.get(tunnel.ifindex or 0, ()) if route.kind == "unicast"}
    found = []
    for rule in table.rules:
        if rule.fwmark in setters and rule.table in looked_up:
            says = f"packets with mark {rule.fwmark:#x} look up table {rule.table}, which leads into {tunnel.interface}"
            found.append(Witness(probe="rules", says=says, recheck="ip rule show"))
            rows = setters[rule.fwmark]
            found += map(witness, rows)
    return replace(tunnel, witnesses=(*tunnel.witnesses, *found)) if found else tunnel
