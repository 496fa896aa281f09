"""Which found tunnel a configuration accounts for: by program, device, keys, its name in IKE, far end."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from auditor import technologies
from auditor.correlate.tables import ScopeTable, Tables
from auditor.model.address import host_name, is_address
from auditor.model.rows import Configured, DaemonInstance, IkeSa, NamedEnd
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
_IPSEC_PROBES = ("vici", "xfrm")
_ALONE = ("nebula",)  # one program, one device; its sockets are connected to nobody
_CARRY_PPP = ("pptp", "sstp", "l2tp", "fortinet", "ssh", "stunnel", "openconnect")
_DIALLED = ("ipsec", "l2tp", "pptp", "sstp")  # whoever is connected, their people are one service
_MANY = ("ipsec", "l2tp")  # more than one configuration may account for one tunnel


def is_made_by_kernel(technology: str) -> bool:
    """Return whether a device of `technology` is made by name once, and is not one of many that a program may open."""
    return technology != "openvpn" and bool(technologies.load().by_id[technology].kinds)


def claim(tables: Tables, table: ScopeTable, groups: Sequence[Group], tunnels: Sequence[Tunnel]) -> dict[int, int]:
    """Return the index of the tunnel that each group of rows accounts for; the surest ways go first."""
    work = _Claims(tables, table, groups, tunnels)
    work.index()
    for way in (work.by_program, work.by_device, work.by_keys, work.by_name, work.by_ends):
        work.run(way)
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
    """Finds tunnels for groups of rows; `found` are the indexes of tunnels by those of groups.

    The other dictionaries tell which tunnels have a device, program, peers, far end or technology.
    """

    tables: Tables
    table: ScopeTable
    groups: Sequence[Group]
    tunnels: Sequence[Tunnel]
    found: dict[int, int] = field(default_factory=dict)
    _taken: set[int] = field(default_factory=set)
    _on: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    _of_pid: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    _with_keys: dict[frozenset[str | None], list[int]] = field(default_factory=lambda: defaultdict(list))
    _to: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    _called: dict[str, list[IkeSa]] = field(default_factory=lambda: defaultdict(list))
    _running: dict[str, list[DaemonInstance]] = field(default_factory=lambda: defaultdict(list))

    def index(self) -> None:
        """Fill the dictionaries."""
        for at, tunnel in enumerate(self.tunnels):
            if tunnel.interface and tunnel.scope == self.table.scope:
                self._on[tunnel.interface].append(at)
            if tunnel.owner and tunnel.owner.pid:
                self._of_pid[tunnel.owner.pid].append(at)
            self._with_keys[frozenset(r.identity for r in tunnel.remotes if r.identity_kind == "wireguard")].append(at)
            for end in {end for remote in tunnel.remotes for end in (remote.endpoint.address, remote.endpoint.name)}:
                self._to[host_name(end or "")].append(at)
        for sa in self.tables.ike:
            self._called[sa.name].append(sa)
        for one in self.tables.instances:
            self._running[_last(one.source)].append(one)

    def run(self, way: Callable[[Configured], Iterable[int]]) -> None:
        """Give each group without a tunnel the first that `way` finds and that is free."""
        for index, group in enumerate(self.groups):
            if index not in self.found:
                self._take(index, next((at for row in group for at in way(row) if self._is_free(at)), None))

    def _take(self, index: int, at: int | None) -> None:
        """Give group number `index` tunnel number `at`, if there is one."""
        if at is not None:
            self.found[index] = at
            self._taken.add(at)

    def _is_free(self, at: int) -> bool:
        """Return whether no file accounts for tunnel number `at`, or several may."""
        return at not in self._taken or self.tunnels[at].technology in _MANY

    def by_program(self, row: Configured) -> Iterator[int]:
        """Yield the tunnels of a program that reads the file of `row`, that on its device first."""
        for one in self._running.get(_last(row.source), ()):
            if _reads(self.tables, one, row):
                yield from sorted(
                    self._of_pid.get(one.pid, ()), key=lambda at: self.tunnels[at].interface != row.device
                )

    def by_device(self, row: Configured) -> Iterator[int]:
        """Yield the tunnel that has the device of `row`, if nothing says that it is of another file."""
        for at in self._on.get(row.device or "", ()):
            tunnel = self.tunnels[at]
            unowned = tunnel.technology in ("tun", "tap") and tunnel.owner is None
            fits = unowned or self._same_technology(row, tunnel) or _is_carriage_of(row, tunnel)
            if fits and not (row.technology == "openvpn" and self._has_file(tunnel)):
                yield at

    def by_keys(self, row: Configured) -> Iterator[int]:
        """Yield the tunnels with the very peers of `row`: their devices were renamed or moved."""
        if row.public_keys:
            yield from self._with_keys.get(frozenset(row.public_keys), ())

    def by_name(self, row: Configured) -> Iterator[int]:
        """Yield the tunnels whose connection the IKE daemon calls what `row` does."""
        for sa in self._called.get(row.name, ()) if row.technology == "ipsec" else ():
            for at, tunnel in enumerate(self.tunnels):
                if tunnel.scope == self.table.scope and self._same_technology(row, tunnel) and _is_of(sa, tunnel):
                    yield at

    def by_ends(self, row: Configured) -> Iterator[int]:
        """Yield the tunnels to a far end of `row`, and for people their service; of a program with a file none."""
        if row.technology not in (*_BY_ENDS, *_ONE_A_PAIR):
            return
        if row.people:
            if row.technology in _DIALLED:
                yield from (at for at, one in enumerate(self.tunnels) if self._serves_people(row, one))
            return
        for end in row.remotes:
            for at in self._to.get(host_name(end.host), ()):
                tunnel = self.tunnels[at]
                if (
                    tunnel.scope == self.table.scope
                    and self._same_technology(row, tunnel)
                    and self._fits(row, end, tunnel)
                ):
                    yield at

    def _serves_people(self, row: Configured, tunnel: Tunnel) -> bool:
        """Return whether `tunnel` is a service for people of the technology of `row`."""
        is_service = tunnel.family is Family.REMOTE_ACCESS and tunnel.scope == self.table.scope
        return is_service and self._same_technology(row, tunnel)

    def _fits(self, row: Configured, end: NamedEnd, tunnel: Tunnel) -> bool:
        """Return whether `tunnel`, which goes to the host of `end`, is no other connection to it than that of `row`."""
        if row.technology in _ONE_A_PAIR:
            return row.local == tunnel.local.address
        if row.technology == "openvpn":
            return not self._has_file(tunnel) and any(r.endpoint.port == end.port for r in tunnel.remotes)
        return tunnel.family is not Family.REMOTE_ACCESS

    def only_ones(self) -> None:
        """Pair what no test could with the one tunnel that it can be: a name not resolved, or a server's caller."""
        rivals = Counter(group[0].technology for group in self.groups)
        for index, group in enumerate(self.groups):
            row = group[0]
            if index in self.found or row.people or row.technology not in (*_BY_ENDS, *_ALONE):
                continue
            told_by_address = row.technology not in _ALONE and any(is_address(end.host) for end in row.remotes)
            if row.role != "server" and (rivals[row.technology] > 1 or told_by_address):
                continue
            fitting = [at for at, tunnel in enumerate(self.tunnels) if self._may_be(row, tunnel, at)]
            if fitting and (row.role == "server" or len(fitting) == 1):
                self._take(index, fitting[0])

    def _may_be(self, row: Configured, tunnel: Tunnel, at: int) -> bool:
        """Return whether tunnel number `at` is one of this host that no file accounts for and `row` could describe."""
        if at in self._taken or tunnel.scope != self.table.scope or tunnel.family is Family.REMOTE_ACCESS:
            return False
        return not self._has_file(tunnel) and (self._same_technology(row, tunnel) or _is_carriage_of(row, tunnel))

    def _has_file(self, tunnel: Tunnel) -> bool:
        """Return whether the program of `tunnel` is known to read a configuration file."""
        pid = tunnel.owner.pid if tunnel.owner else None
        return any(one.pid == pid and one.source != "command line" for one in self.tables.instances)

    def _same_technology(self, row: Configured, tunnel: Tunnel) -> bool:
        """Return whether `tunnel` is of the technology of `row`, or has it as a layer (VTI in IPsec).

        IPsec that only protects another tunnel has become a part of that one, enforced or not; its witnesses tell.
        """
        if row.technology == "ipsec" and any(witness.probe in _IPSEC_PROBES for witness in tunnel.witnesses):
            return True
        return row.technology == tunnel.technology or any(
            layer.technology == row.technology and layer.door != "outer" for layer in tunnel.layers
        )


def _last(source: str) -> str:
    """Return the last component of a path."""
    return source.rpartition("/")[2]


def _is_of(sa: IkeSa, tunnel: Tunnel) -> bool:
    """Return whether `tunnel` shows the connection that the IKE daemon tells of in `sa`."""
    if sa.remote_access:
        return tunnel.family is Family.REMOTE_ACCESS
    far = (sa.remote, None if sa.remote else sa.remote_name)
    return any((r.endpoint.address, None if sa.remote else r.endpoint.name) == far for r in tunnel.remotes)


def _is_carriage_of(row: Configured, tunnel: Tunnel) -> bool:
    """Return whether `tunnel` is a PPP session of which nobody could tell what carries it, and `row` carries PPP."""
    return tunnel.technology == "ppp" and row.technology in _CARRY_PPP
