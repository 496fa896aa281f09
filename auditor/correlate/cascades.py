"""Tunnels without a device of a server that has one for another tunnel.

A SoftEther server joins a hub to one elsewhere (a cascade): a tunnel between two sites, beside the one that
its local bridge is; and it can serve people in one hub while only another has a bridge. A server without
any device is in full what its configuration says.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from auditor import technologies
from auditor.correlate import far_ends, recheck, routing, state
from auditor.correlate.identity import identify
from auditor.correlate.owners import owner_of, recognised
from auditor.correlate.tables import ScopeTable, Tables
from auditor.model.address import is_address, parse
from auditor.model.rows import DaemonInstance, Process, Socket
from auditor.model.tunnel import Certainty, Endpoint, Family, Layer, Realisation, Remote, Role, Tunnel, Witness


def tunnels(tables: Tables, table: ScopeTable) -> Iterator[Tunnel]:
    """Yield each tunnel of a server in this namespace that has no device while another of the server's has."""
    for instance in tables.instances:
        process = tables.processes.get(instance.pid)
        if process is None or process.netns != table.scope.inode or not process.tun_devices:
            continue
        shown = any(tables.instance(process, device) is instance for device in process.tun_devices)
        if instance.complete and instance.device is None and not shown and (instance.remotes or instance.people):
            rows = [table.sockets[inode] for inode in process.sockets if inode in table.sockets]
            yield _Deviceless(table, process, instance, rows).tunnel()


@dataclass(frozen=True, slots=True)
class _Deviceless:
    """What `instance` says of `process`, and all its sockets that were seen."""

    table: ScopeTable
    process: Process
    instance: DaemonInstance
    rows: list[Socket]

    def tunnel(self) -> Tunnel:
        """Return the tunnel."""
        sockets, people, owner = self._sockets(), self.instance.people, owner_of(self.process)
        technology = technologies.load().by_id[self.instance.technology]
        known = recognised(self.process)
        judged, reason = state.of_sockets(self.rows, sockets, listens=people)
        named = (f"{end.host} port {end.port}" for end in self.instance.remotes)
        return Tunnel(
            id=identify(self.table.scope, "cascade", technology.id, owner.path, self.instance.source, *named),
            technology=technology.id,
            scope=self.table.scope,
            state=judged,
            state_reason=reason,
            layers=(Layer(technology=technology.id, door="process"),),
            certainty=known.certainty if known else Certainty.LOW,
            family=Family.REMOTE_ACCESS if people else Family.NETWORK_TUNNEL,
            realisation=Realisation.VPN_SERVER if people else technology.realisation,
            role=Role.SERVER if people else Role.CLIENT,
            local=self._local(sockets),
            remotes=tuple(self._remotes(sockets)),
            owner=owner,
            peers_count=None if people else 1,
            routes=(),
            default_route=False,
            witnesses=tuple(self._witnesses(sockets)),
        )

    def _sockets(self) -> list[Socket]:
        """Return the connections to the far end, or where the server listens."""
        if self.instance.people:
            wanted = self.instance.local_port
            listening = [row for row in self.rows if row.state == "LISTEN"]
            return sorted(listening, key=lambda row: (row.local_port != wanted, row.local_port, row.local))
        found = far_ends.leading(self.instance, self.rows)
        return [row for row in found if row.remote and row.state == "ESTABLISHED"]

    def _local(self, sockets: list[Socket]) -> Endpoint:
        """Return the near end, as far as it is known."""
        if not sockets:
            return Endpoint(port=self.instance.local_port, transport=self.instance.transport)
        first = sockets[0]
        address = None if parse(first.local).is_unspecified else first.local
        return Endpoint(address=address, port=first.local_port, transport=first.protocol)

    def _remotes(self, sockets: list[Socket]) -> Iterator[Remote]:
        """Yield the far end that is connected, else what the configuration names; none of people."""
        seen = dict.fromkeys((row.remote, row.remote_port, row.protocol) for row in sockets if row.remote)
        for address, port, transport in seen:
            endpoint = Endpoint(address=address, port=port, transport=transport)
            yield Remote(endpoint=endpoint, way=routing.way(self.table, address))
        for end in self.instance.remotes if not seen else ():
            known = end.host if is_address(end.host) else None
            endpoint = Endpoint(address=known, port=end.port, transport=end.transport, name=None if known else end.host)
            yield Remote(endpoint=endpoint, configured_only=True, way=routing.way(self.table, known))

    def _witnesses(self, sockets: list[Socket]) -> Iterator[Witness]:
        """Yield who said what."""
        instance, process = self.instance, self.process
        named = ", ".join(f"{end.host} port {end.port}" for end in instance.remotes)
        yield Witness(
            probe="instances",
            says=f"{instance.source}: PID {process.pid} ({process.exe or process.comm}), role {instance.role}"
            + (f", joins a hub to {named}" if named else ""),
            recheck=recheck.command("readlink", f"/proc/{process.pid}/exe"),
        )
        for row in sockets[:4]:
            leads = f"to {row.remote} port {row.remote_port}" if row.remote else "listens"
            yield Witness(
                probe="sockets",
                says=f"{row.protocol} {row.local} port {row.local_port} {leads}",
                recheck="ss -tunap" if row.remote else "ss -tulnp",
            )
