"""TUN and TAP devices: what they are is what their owner is."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from auditor import technologies
from auditor.correlate import far_ends, recheck, routing, state, wireguard
from auditor.correlate.found import device_tunnel, not_tunnel
from auditor.correlate.owners import likeliest, owner_of, recognised
from auditor.correlate.tables import ScopeTable, Tables
from auditor.model.address import is_address, parse
from auditor.model.rows import DaemonInstance, Link, NamedEnd, Process, Socket
from auditor.model.text import Text
from auditor.model.tunnel import (
    Certainty,
    Endpoint,
    Family,
    Layer,
    NotTunnel,
    Owner,
    Realisation,
    Remote,
    Role,
    Tunnel,
    Way,
    Witness,
)
from auditor.technologies import Recognition, Technology

_LISTENING = ("LISTEN", "CLOSE")  # a UDP socket without a remote end shows as CLOSE


def device(tables: Tables, table: ScopeTable, link: Link, *, now_s: int) -> Tunnel | NotTunnel:
    """Return what TUN/TAP device `link` is: by its owner, else a tunnel of an unrecognised owner."""
    holders = tables.holders(link.name, table.scope)
    known = technologies.load()
    if reason := _plumbing(link, holders):
        return not_tunnel(table, link, reason)
    here = [holder for holder in holders if holder.netns == table.scope.inode] or holders
    holder = likeliest(here)
    recognition = recognised(holder) if holder else None
    owner = owner_of(holder) if holder else None
    if link.name in table.wireguard or (recognition and recognition.technology.id == "wireguard"):
        return wireguard.tunnel(tables, table, link, now_s=now_s, holder=holder, owner=owner)
    unknown = known.by_id[_mode(link)]
    technology = recognition.technology if recognition else unknown
    found = _Owned(tables, table, link, holder, technology, recognition, tuple(holders))
    return found.tunnel(owner)


def _role(instance: DaemonInstance | None, remotes: tuple[Remote, ...], *, server: bool) -> Role | None:
    """Return the host's part: what the daemon is configured for, else by who connects; None if neither tells."""
    if server:
        return Role.SERVER
    if instance and instance.role == "p2p":
        return Role.PEER
    return Role.CLIENT if remotes or (instance and instance.role == "client") else None


def _bound(instance: DaemonInstance | None, sockets: list[Socket]) -> Socket | None:
    """Return the bound socket that the configuration means, else the first."""
    bound = [row for row in sockets if row.state in _LISTENING]
    named = (instance.transport, instance.local_port) if instance else None
    return next((row for row in bound if (row.protocol, row.local_port) == named), next(iter(bound), None))


def _stays(remote: str, own: set[str]) -> bool:
    """Return whether packets to `remote` reach no other host: it is this one, or a group."""
    address = parse(remote)
    return address.is_loopback or address.is_multicast or remote in own


def _unseen(instance: DaemonInstance, sockets: list[Socket]) -> Iterator[NamedEnd]:
    """Yield the far ends that the configuration names and no connected socket shows.

    A client has one connection at a time, to any of its remotes, as OpenVPN has in every role; a node of a
    mesh one to each. Of a node named by a host name, a connection to that port that no other end explains is
    taken for it.
    """
    connected = [row for row in sockets if row.remote]
    if instance.role != "p2p" or instance.technology == "openvpn" or not connected:
        known = {row.protocol for row in connected} | ({None} if connected else set())
        yield from (named for named in instance.remotes if named.transport not in known)
        return
    named_ends = {(named.host, named.port) for named in instance.remotes}
    seen = {row.remote for row in connected}
    spare = Counter(row.remote_port for row in connected if (row.remote, row.remote_port) not in named_ends)
    for named in instance.remotes:
        if is_address(named.host):
            if named.host not in seen:
                yield named
        elif spare[named.port]:
            spare[named.port] -= 1
        else:
            yield named


def _plumbing(link: Link, holders: list[Process]) -> Text | None:
    """Return why `link` is no tunnel: a TAP that only programs of virtual machines or containers can hold.

    One such holder clears nothing while another is there too: the device may be the other's, or shared.
    """
    known = technologies.load()
    reasons = [known.plumbing_of(h.exe) if h.exe_here and not h.exe_deleted else None for h in holders]
    return reasons[0] if reasons and all(reasons) and _mode(link) == "tap" else None


def _mode(link: Link) -> str:
    """Return "tap" for devices that carry Ethernet frames, else "tun"."""
    return "tap" if link.arphrd == 1 or (link.outer and link.outer.encapsulation == "tap") else "tun"


@dataclass(frozen=True, slots=True)
class _Owned:
    """One TUN/TAP device with what is known of its owner."""

    tables: Tables
    table: ScopeTable
    link: Link
    holder: Process | None
    technology: Technology
    recognition: Recognition | None
    holders: tuple[Process, ...]

    def tunnel(self, owner: Owner | None) -> Tunnel:
        """Return the tunnel that the device is."""
        link = self.link
        instance = far_ends.elsewhere(self.tables.instance(self.holder, link.name), self._own_addresses())
        sockets = far_ends.leading(instance, self._sockets())
        server = self._serves(instance, sockets)
        people = server and self._serves_people(instance, sockets)
        remotes = tuple(self._remotes(instance, sockets, server=server))
        clients = instance.clients if instance and server else None
        return device_tunnel(
            self.table,
            link,
            state.of_owned_device(link, held=self._held(), connected=self._connected(sockets, server=server)),
            technology=self.technology.id,
            certainty=self._certainty(sockets),
            layers=(Layer(technology=self.technology.id, door=_mode(link)),),
            family=Family.REMOTE_ACCESS if people and not remotes else self.technology.family,
            realisation=Realisation.VPN_SERVER
            if server and (people or clients is not None)
            else self.technology.realisation,
            role=_role(instance, remotes, server=server),
            local=self._local(instance, sockets, remotes),
            remotes=remotes,
            owner=owner,
            peers_count=clients if instance and server else len(remotes) or None,
            witnesses=tuple(self._witnesses(instance, sockets)),
            contradictions=tuple(self._other_holders()),
        )

    def _certainty(self, sockets: list[Socket]) -> Certainty:
        """Return how sure the technology is: a usual port of it supports a name or unit, and counts for nothing else.

        That a device is one of an unrecognised owner is sure.
        """
        found = self.recognition
        if found is None:
            return Certainty.HIGH
        supported = any(f"{row.protocol}/{row.local_port}" in found.technology.ports for row in sockets)
        return found.certainty.more() if supported and found.by in ("name", "unit") else found.certainty

    def _other_holders(self) -> Iterator[Text]:
        """Yield a sentence for each program of something else that can hold the device: it may carry the packets."""
        told: set[str | None] = {self.holder.exe} if self.holder else set()
        for other in self.holders:
            known = recognised(other)
            if other.exe in told or (known and known.technology is self.technology):
                continue
            told.add(other.exe)
            name = other.exe or other.comm or "?"
            yield Text(
                f"another program can hold the device too: {name} (PID {other.pid})",
                f"另有程序也可能持有该设备：{name}（PID {other.pid}）",
            )

    def _held(self) -> bool | None:
        """Return whether a process holds the device, None if not every process could be looked at."""
        if self.holder:
            return True
        return False if not self.link.flags & state.IFF_LOWER_UP else None

    def _sockets(self) -> list[Socket]:
        """Return the owner's sockets that can carry a tunnel: none that stay on this host."""
        if self.holder is None:
            return []
        homes = (self.tables.home_of(self.holder, self.table), self.table)
        found = {inode: home.sockets[inode] for home in homes for inode in self.holder.sockets if inode in home.sockets}
        own = self._own_addresses()
        rows = [row for row in found.values() if not (row.remote and _stays(row.remote, own))]
        if self.technology.family is not Family.PROXY:
            return rows
        instance = self.tables.instance(self.holder, self.link.name)
        named = {end.host for end in instance.remotes} if instance else set()
        return [row for row in rows if row.remote is None or row.remote in named]  # NOTE: the rest is people's

    def _own_addresses(self) -> set[str]:
        """Return the host's own addresses where the owner is, and those on the device."""
        inside = {row.address for row in self.table.addresses.get(self.link.ifindex, ())}
        return self.tables.home_of(self.holder, self.table).own_addresses | inside

    def _connected(self, sockets: list[Socket], *, server: bool) -> bool | None:
        """Return whether the owner is connected to a peer, None where that shows nothing: a server may be idle."""
        if self.holder is None or self.technology.connected is None or not self._sockets():
            return None
        connected = any(row.state == "ESTABLISHED" and row.remote for row in sockets)
        return connected or (None if server else False)

    def _serves(self, instance: DaemonInstance | None, sockets: list[Socket]) -> bool:
        """Return whether the host is the server: by configuration, else by accepted connections only."""
        if instance:
            return instance.role == "server"
        if self.recognition and self.recognition.signature.people:
            return True
        ports = {row.local_port for row in sockets if row.state == "LISTEN"}
        accepted = [row for row in sockets if row.remote]
        if self.technology.id == "ssh" and self.holder and self.holder.exe:
            return self.holder.exe.rpartition("/")[2] in ("sshd", "sshd-session", "dropbear")
        return bool(accepted) and all(row.local_port in ports for row in accepted)

    def _serves_people(self, instance: DaemonInstance | None, sockets: list[Socket]) -> bool:
        """Return whether those who connect to this server are individuals: only their number is kept.

        Where another process listens, the device is that of one client, and networks behind it are a site's.
        """
        always = self.recognition is not None and self.recognition.signature.people
        if always and not any(row.state == "LISTEN" for row in sockets):
            return not far_ends.holds_networks(routing.prefixes(self.table, self.link.ifindex))
        return instance.people if instance else always

    def _remotes(self, instance: DaemonInstance | None, sockets: list[Socket], *, server: bool) -> Iterator[Remote]:
        """Yield each far end once: connected sockets first, then what the configuration names.

        Of a server for people no socket counts, for it may be a person's; its sites are those it names itself.
        """
        seen: set[tuple[str, str]] = set()
        people = server and self._serves_people(instance, sockets)
        for row in sockets if not people else ():
            if row.remote and (row.remote, row.protocol) not in seen:
                seen.add((row.remote, row.protocol))
                endpoint = Endpoint(address=row.remote, port=row.remote_port, transport=row.protocol)
                trying = row.state == "SYN_SENT"
                yield Remote(endpoint=endpoint, configured_only=trying, way=self._way(row.remote))
        for named in _unseen(instance, sockets if not people else []) if instance else ():
            address = named.host if is_address(named.host) else None
            if address and _stays(address, self._own_addresses()):
                continue
            yield Remote(
                endpoint=Endpoint(
                    address=address,
                    port=named.port,
                    transport=named.transport,
                    name=None if address else named.host,
                ),
                configured_only=not people,
                way=self._way(address),
            )

    def _way(self, address: str | None) -> Way | None:
        """Return how packets to `address` leave the namespace that the owner sends them from."""
        home = self.tables.home_of(self.holder, self.table)
        return routing.way(home, address, through=self.link.ifindex if home is self.table else None)

    def _local(self, instance: DaemonInstance | None, sockets: list[Socket], remotes: tuple[Remote, ...]) -> Endpoint:
        """Return the local end: a connected socket's, else a bound one's with the kernel's source address."""
        transport = next((remote.endpoint.transport for remote in remotes), None)
        fitting = [row for row in sockets if transport in (None, row.protocol)]
        connected = min(
            (row for row in fitting if row.remote), key=lambda row: row.state != "ESTABLISHED", default=None
        )
        bound = _bound(instance, fitting)
        way = next((remote.way for remote in remotes if remote.way and remote.way.source), None)
        if connected:
            return Endpoint(address=connected.local, port=connected.local_port, transport=connected.protocol)
        address = instance.local if instance else None
        if address is None and bound and not parse(bound.local).is_unspecified:
            address = bound.local
        return Endpoint(
            address=address or (way.source if way else None),
            port=bound.local_port if bound else instance.local_port if instance else None,
            transport=bound.protocol if bound else transport,
        )

    def _witnesses(self, instance: DaemonInstance | None, sockets: list[Socket]) -> Iterator[Witness]:
        """Yield who said what of the device."""
        link, holder = self.link, self.holder
        yield Witness(
            probe="links",
            says=f"{link.name} is of kind {link.kind} ({_mode(link)})",
            recheck=recheck.device(link),
        )
        if holder:
            yield Witness(
                probe="processes",
                says=f"PID {holder.pid} ({holder.exe or holder.comm}) holds {link.name}",
                recheck=recheck.holders(holder.pid),
            )
        if instance:
            named = ", ".join(f"{r.host} port {r.port}/{r.transport}" for r in instance.remotes) or "no remote"
            yield Witness(probe=instance.technology, says=f"{instance.source}: role {instance.role}, {named}")
        if self._serves(instance, sockets) and self._serves_people(instance, sockets):
            return
        for row in [row for row in sockets if row.remote][:4]:
            yield Witness(
                probe="sockets",
                says=f"{row.protocol} {row.local} port {row.local_port} to {row.remote} port {row.remote_port}",
                recheck="ss -tunap",
            )
