"""Servers with a process and a device for each person: one tunnel, whoever is connected.

ocserv makes a device when somebody connects and removes it afterwards. Shown one by one, these would tell
when people come and go, so the server stands for them all, under an id that it keeps while it is idle.
"""

from dataclasses import replace

from auditor.correlate import recheck
from auditor.correlate.found import not_tunnel
from auditor.correlate.identity import identify
from auditor.correlate.owners import owner_of, recognised
from auditor.correlate.tables import ScopeTable, Tables
from auditor.model.address import parse
from auditor.model.rows import Process, Socket
from auditor.model.sightings import BlindSpot
from auditor.model.text import Text
from auditor.model.tunnel import Endpoint, Family, NotTunnel, State, Tunnel, Witness

Found = Tunnel | NotTunnel | BlindSpot


def put_together(tables: Tables, table: ScopeTable, found: list[Found]) -> list[Found]:
    """Return `found` with the devices of each such server as one tunnel, and as devices that are none.

    Before routes are read nothing is put together: a network behind a device is a site, and no person.
    """
    if not table.routes_read:
        return found
    servers: dict[int, list[Tunnel]] = {}
    mains: dict[int, tuple[Process, Socket]] = {}
    for item in found:
        if isinstance(item, Tunnel) and (main := _main(tables, item)):
            mains[main[0].pid] = main
            servers.setdefault(main[0].pid, []).append(item)
    merged = {one.id: pid for pid, ones in servers.items() for one in ones}
    result: list[Found] = []
    for item in found:
        if not isinstance(item, Tunnel) or item.id not in merged:
            result.append(item)
            continue
        if item is servers[merged[item.id]][0]:
            result.append(_server(tables, table, *mains[merged[item.id]], servers[merged[item.id]]))
        result.append(not_tunnel(table, table.links[item.ifindex or 0], _PERSON))
    return result


_PERSON = Text(
    "the device of one person who is connected to a remote-access server; counted there",
    "某一人员接入远程访问服务器时的设备；已计入该服务器",
)


def _main(tables: Tables, tunnel: Tunnel) -> tuple[Process, Socket] | None:
    """Return the process, and its socket, that took in the person whose device `tunnel` is; None for all others."""
    worker = tables.processes.get(tunnel.owner.pid or 0) if tunnel.owner else None
    known = recognised(worker) if worker else None
    if worker is None or known is None or not known.signature.people or tunnel.family is not Family.REMOTE_ACCESS:
        return None
    home = tables.home_of(worker, tables.scopes[tunnel.scope.inode])
    own = [home.sockets[inode] for inode in worker.sockets if inode in home.sockets]
    if any(row.state == "LISTEN" for row in own):
        return None  # NOTE: it takes in its clients itself, all on one device
    ports = {row.local_port for row in own if row.protocol == "tcp" and row.remote}
    for process in sorted(tables.processes.values()):
        other = recognised(process)
        if process.netns != worker.netns or other is None or other.technology is not known.technology:
            continue
        rows = (home.sockets[inode] for inode in process.sockets if inode in home.sockets)
        listening = [row for row in rows if row.state == "LISTEN" and row.local_port in ports]
        if listening and process.pid != worker.pid:
            return process, min(listening)
    return None


def _server(tables: Tables, table: ScopeTable, main: Process, listener: Socket, devices: list[Tunnel]) -> Tunnel:
    """Return the server `main` with the people on `devices`."""
    first, count = devices[0], len(devices)
    instance = tables.instance(main, "")
    owner = owner_of(main)
    up = next((one for one in devices if one.state is State.UP), first)
    key = (instance.source, str(instance.local_port or "")) if instance else ("", str(listener.local_port))
    return replace(
        first,
        # NOTE: as for a daemon without a device, which it is while nobody is connected.
        id=identify(table.scope, "program", first.technology, owner.path or owner.program, *key),
        state=up.state,
        state_reason=up.state_reason,
        interface=None,
        ifindex=None,
        alias=None,
        local=Endpoint(
            address=None if parse(listener.local).is_unspecified else listener.local,
            port=listener.local_port,
            transport=listener.protocol,
        ),
        owner=owner,
        peers_count=count,
        routes=(),
        default_route=False,
        witnesses=(
            Witness(
                probe="processes",
                says=f"PID {main.pid} ({main.exe or main.comm}) serves people; its processes hold {count} devices",
                recheck=recheck.holders(main.pid),
            ),
            Witness(
                probe="sockets",
                says=f"{listener.protocol} {listener.local} port {listener.local_port} listens",
                recheck="ss -tlnp",
            ),
        ),
    )
