"""Between which pairs of outer ends IPsec runs, by every door: policies, associations, the IKE daemon."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from auditor.correlate import routing
from auditor.correlate.shields import host_ends, is_trap
from auditor.correlate.tables import ScopeTable, Tables
from auditor.model.rows import IkeSa, XfrmPolicy, XfrmState
from auditor.model.tunnel import Layer, Witness

_UNSPECIFIED = (None, "0.0.0.0", "::")
UP = ("ESTABLISHED", "REKEYING", "REKEYED")
Pair = tuple[str | None, str | None]


@dataclass(slots=True)
class Connection:
    """What every door shows of IPsec between one pair of outer addresses, local first.

    `guards` are policies of transport mode, which name no outer addresses: those are what they select.
    """

    local: str | None
    remote: str | None
    states: list[XfrmState] = field(default_factory=list)
    policies: list[XfrmPolicy] = field(default_factory=list)
    guards: list[XfrmPolicy] = field(default_factory=list)
    ike: list[IkeSa] = field(default_factory=list)


def connections(tables: Tables, table: ScopeTable) -> dict[Pair, Connection]:
    """Return every pair of outer ends that states, policies or IKE daemons of this namespace name."""
    found: dict[Pair, Connection] = {}

    def at(local: str | None, remote: str | None) -> Connection:
        return found.setdefault((local, remote), Connection(local, remote))

    for policy in table.policies:
        for template in policy.templates:
            if template.mode == "transport":
                if between := host_ends(policy):
                    at(*between).guards.append(policy)
                elif is_trap(policy):
                    at(None, None).policies.append(policy)
                continue
            ends = (template.source, template.destination)
            local, remote = ends if policy.direction == "out" else ends[::-1]
            at(_known(local), _known(remote)).policies.append(policy)
    for row in table.states:
        outward = row.source in table.own_addresses or row.destination not in table.own_addresses
        local, remote = (row.source, row.destination) if outward else (row.destination, row.source)
        at(_known(local), _known(remote)).states.append(row)
    for sa in tables.ike:
        process = tables.processes.get(sa.pid)
        home = process.netns if process else None
        if home == table.scope.inode or (home is None and table.scope.name is None):
            at(_known(sa.local), _known(sa.remote)).ike.append(sa)
    _fold_wildcards(found)
    return found


def take_roaming(found: dict[Pair, Connection]) -> Connection | None:
    """Take the associations of roaming users out of `found` and return them as one, without their addresses.

    They are people (guidance section 9): only how many there are is kept.
    """
    pairs = [pair for pair, connection in found.items() if any(sa.remote_access for sa in connection.ike)]
    if not pairs:
        return None
    together = Connection(next((local for local, _ in pairs if local), None), None)
    for pair in pairs:
        users = [sa for sa in found[pair].ike if sa.remote_access]
        together.ike += users
        if len(users) < len(found[pair].ike):  # NOTE: a site behind the same address stays a tunnel of its own
            found[pair].ike = [sa for sa in found[pair].ike if not sa.remote_access]
        else:
            together.states += found.pop(pair).states
    return together


def _known(address: str | None) -> str | None:
    """Return `address`, None for the unspecified one."""
    return None if address in _UNSPECIFIED else address


def _fold_wildcards(found: dict[Pair, Connection]) -> None:
    """Merge a pair whose local end is unspecified into the one with the same remote and a known local end."""
    for local, remote in [pair for pair in found if pair[0] is None and pair[1] is not None]:
        full = [c for (other, far), c in found.items() if far == remote and other is not None]
        if len(full) == 1:
            bare = found.pop((local, remote))
            full[0].policies += bare.policies
            full[0].guards += bare.guards
            full[0].states += bare.states
            full[0].ike += bare.ike


def names_if_no_remote(connection: Connection) -> tuple[str, ...]:
    """Return the IKE connection names for a connection whose far end is not fixed."""
    return () if connection.remote else tuple(sorted({sa.name for sa in connection.ike}))


def transport(connection: Connection) -> str:
    """Return "udp" for associations in UDP (NAT traversal), else the IPsec protocol."""
    if any(row.source_port for row in connection.states) or any(sa.remote_port == 4500 for sa in connection.ike):
        return "udp"
    return next((row.protocol for row in connection.states), "esp")


def layers(connection: Connection) -> tuple[Layer, ...]:
    """Return the doors by which the connection showed, as layers of IPsec."""
    doors = (
        ("xfrm state", connection.states),
        ("xfrm policy", connection.policies or connection.guards),
        ("vici", connection.ike),
    )
    return tuple(Layer(technology="ipsec", door=door) for door, rows in doors if rows)


def default_policy(connection: Connection) -> bool | None:
    """Return whether the traffic selectors amount to a default route."""
    selectors = [p.destination for p in connection.policies if p.direction == "out"]
    selectors += [prefix for sa in connection.ike for child in sa.children for prefix in child.remote_prefixes]
    return routing.is_default(selectors) if selectors else None


def witnesses(connection: Connection) -> Iterator[Witness]:
    """Yield what each door showed."""
    ends = f"{connection.local or 'any'} and {connection.remote or 'any'}"
    if connection.states:
        says = f"{len(connection.states)} security associations between {ends}"
        yield Witness(probe="xfrm", says=says, recheck="ip xfrm state count")
    for policy in connection.policies[:4]:
        says = f"policy {policy.direction}: {policy.source} to {policy.destination} between {ends}"
        yield Witness(probe="xfrm", says=says, recheck="ip xfrm policy")
    for policy in connection.guards[:4]:
        says = f"policy {policy.direction}: protects {policy.source} to {policy.destination} in transport mode"
        yield Witness(probe="xfrm", says=says, recheck="ip xfrm policy")
    for sa in connection.ike:
        yield Witness(probe="vici", says=f"IKE SA {sa.name} is {sa.state} between {ends}", recheck="swanctl --list-sas")
