"""Which found tunnel a configuration accounts for: by program, device, keys, its name in IKE, far end."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from auditor import technologies
from auditor.correlate.tables import ScopeTable, Tables
from auditor.model.address import host_name, is_address
from auditor.model.rows import Configured, DaemonInstance
from auditor.model.tunnel import Family, Tunnel

Group = tuple[Configured, ...]

# Of these the kernel has one device only for a pair of ends, whatever it is called (ip_tunnel_find()).
_ONE_A_PAIR = ("gre", "gretap", "ip6gre", "ip6gretap", "ipip", "sit", "ip6tnl", "vti")
_BY_ENDS = (
    "ipsec",
    "l2tp",
    "pptp",
    "sstp",
    "openvpn",
    "openconnect",
    "fortinet",
    "globalprotect",
    "ssh",
    "ppp",
    "tinc",
)
_ALONE = ("nebula",)  # one program, one device; its sockets are connected to nobody
_CARRY_PPP = ("pptp", "sstp", "l2tp", "fortinet", "ssh", "stunnel", "openconnect")
_MANY = ("ipsec", "l2tp")  # more than one configuration may account for one tunnel


def is_made_by_kernel(technology: str) -> bool:
    """Return whether a device of `technology` is made by name once, and is not one of many that a program may open."""
    return technology != "openvpn" and bool(technologies.load().by_id[technology].kinds)


def claim(tables: Tables, table: ScopeTable, groups: Sequence[Group], tunnels: Sequence[Tunnel]) -> dict[int, int]:
    """Return the index of the tunnel that each group of rows accounts for; the surest ways go first."""
    work = _Claims(tables, table, groups, tunnels)
    for test in (work.by_program, work.by_device, work.by_keys, work.by_name, work.by_ends):
        work.run(test)
    work.only_ones()
    return work.found


def instance(tables: Tables, group: Group) -> DaemonInstance | None:
    """Return the running daemon of this host that reads one of the files of `group`."""
    return next((one for row in group for one in tables.instances if _reads(tables, one, row)), None)


def _reads(tables: Tables, running: DaemonInstance, row: Configured) -> bool:
    """Return whether `running` is a program of this host that was started with the file of `row`.

    A container's program has files of its own under the same paths.
    """
    process = tables.processes.get(running.pid)
    if running.technology != row.technology or (process and process.exe_here is False):
        return False
    return row.source == running.source or (
        not running.source.startswith("/") and row.source.endswith("/" + running.source.removeprefix("./"))
    )


@dataclass(slots=True)
class _Claims:
    """Finds tunnels for groups of rows; `found` are the indexes of tunnels by those of groups."""

    tables: Tables
    table: ScopeTable
    groups: Sequence[Group]
    tunnels: Sequence[Tunnel]
    found: dict[int, int] = field(default_factory=dict)

    def run(self, test: Callable[[Configured, Tunnel], bool]) -> None:
        """Give each group without a tunnel the first that `test` holds for."""
        for index, group in enumerate(self.groups):
            if index in self.found:
                continue
            for at, tunnel in enumerate(self.tunnels):
                free = tunnel.technology in _MANY or at not in self.found.values()
                if free and any(test(row, tunnel) for row in group):
                    self.found[index] = at
                    break

    def by_program(self, row: Configured, tunnel: Tunnel) -> bool:
        """Return whether the program that reads the file of `row` carries `tunnel`."""
        if tunnel.owner is None:
            return False
        return any(one.pid == tunnel.owner.pid and _reads(self.tables, one, row) for one in self.tables.instances)

    def by_device(self, row: Configured, tunnel: Tunnel) -> bool:
        """Return whether `tunnel` has the device of `row`, and nothing says that it is of another file."""
        if row.device is None or tunnel.interface != row.device or tunnel.scope != self.table.scope:
            return False
        if tunnel.owner and row.technology == "openvpn":
            others = [one for one in self.tables.instances if one.pid == tunnel.owner.pid]
            if any(one.source != "command line" for one in others):
                return False
        held_by_nobody_known = tunnel.technology in ("tun", "tap") and tunnel.owner is None
        return held_by_nobody_known or self._same_technology(row, tunnel) or _is_carriage_of(row, tunnel)

    def by_keys(self, row: Configured, tunnel: Tunnel) -> bool:
        """Return whether `tunnel` has the very peers of `row`: its device was renamed or moved."""
        keys = {remote.identity for remote in tunnel.remotes if remote.identity_kind == "wireguard"}
        return bool(row.public_keys) and keys == set(row.public_keys)

    def by_name(self, row: Configured, tunnel: Tunnel) -> bool:
        """Return whether the IKE daemon calls the connection of `tunnel` what `row` does."""
        if row.technology != "ipsec" or not self._same_technology(row, tunnel) or tunnel.scope != self.table.scope:
            return False
        for sa in self.tables.ike:
            if sa.name != row.name:
                continue
            if sa.remote_access:
                return tunnel.family is Family.REMOTE_ACCESS
            far = (sa.remote, None if sa.remote else sa.remote_name)
            if any((r.endpoint.address, None if sa.remote else r.endpoint.name) == far for r in tunnel.remotes):
                return True
        return False

    def by_ends(self, row: Configured, tunnel: Tunnel) -> bool:
        """Return whether `tunnel` goes to a far end of `row`; one that another file accounts for is not asked."""
        if row.technology not in (*_BY_ENDS, *_ONE_A_PAIR) or not self._same_technology(row, tunnel):
            return False
        if tunnel.scope != self.table.scope or (row.people and tunnel.family is not Family.REMOTE_ACCESS):
            return False
        if row.people or tunnel.family is Family.REMOTE_ACCESS:
            return row.people and row.technology == "ipsec"
        if row.technology in _ONE_A_PAIR and row.local != tunnel.local.address:
            return False
        if row.technology == "openvpn" and self._has_file(tunnel):
            return False
        ends = {(host_name(end.host), end.port if row.technology == "openvpn" else None) for end in row.remotes}
        return any(
            (host_name(name), remote.endpoint.port if row.technology == "openvpn" else None) in ends
            for remote in tunnel.remotes
            for name in (remote.endpoint.address, remote.endpoint.name)
            if name
        )

    def only_ones(self) -> None:
        """Pair what no test could with the one tunnel that it can be: a name not resolved, or a server's caller."""
        for index, group in enumerate(self.groups):
            row = group[0]
            if index in self.found or row.people or row.technology not in (*_BY_ENDS, *_ALONE):
                continue
            fitting = [at for at, tunnel in enumerate(self.tunnels) if self._may_be(row, tunnel, at)]
            rivals = [other for other in self.groups if other[0].technology == row.technology]
            told_by_address = row.technology not in _ALONE and any(is_address(end.host) for end in row.remotes)
            if fitting and (row.role == "server" or (len(rivals) == len(fitting) == 1 and not told_by_address)):
                self.found[index] = fitting[0]

    def _may_be(self, row: Configured, tunnel: Tunnel, at: int) -> bool:
        """Return whether tunnel number `at` is one of this host that no file accounts for and `row` could describe."""
        if at in self.found.values() or tunnel.scope != self.table.scope or tunnel.family is Family.REMOTE_ACCESS:
            return False
        return not self._has_file(tunnel) and (self._same_technology(row, tunnel) or _is_carriage_of(row, tunnel))

    def _has_file(self, tunnel: Tunnel) -> bool:
        """Return whether the program of `tunnel` is known to read a configuration file."""
        pid = tunnel.owner.pid if tunnel.owner else None
        return any(one.pid == pid and one.source != "command line" for one in self.tables.instances)

    def _same_technology(self, row: Configured, tunnel: Tunnel) -> bool:
        """Return whether `tunnel` is of the technology of `row`, or has it as a layer (VTI in IPsec)."""
        return row.technology == tunnel.technology or any(
            layer.technology == row.technology and layer.door != "outer" for layer in tunnel.layers
        )


def _is_carriage_of(row: Configured, tunnel: Tunnel) -> bool:
    """Return whether `tunnel` is a PPP session of which nobody could tell what carries it, and `row` carries PPP."""
    return tunnel.technology == "ppp" and row.technology in _CARRY_PPP
