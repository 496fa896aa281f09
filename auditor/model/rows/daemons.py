"""Rows of what daemons run by, and of what configuration files would start."""

from typing import NamedTuple


class NamedEnd(NamedTuple):
    """One far end as a configuration names it: host as written, port, and "udp" or "tcp" (None: not stated).

    `peer` is the public key of a WireGuard peer, `inside` the far end's address inside the tunnel, where the
    configuration knows it by that.
    """

    host: str
    port: int | None = None
    transport: str | None = None
    inside: str | None = None
    peer: str | None = None


class DaemonInstance(NamedTuple):
    """A running tunnel daemon, as its configuration or its own status describes it.

    `role` is server, client or p2p, None if that cannot be told. `clients` counts who is connected
    (None: not known). `people`: those who connect are individuals, of whom only the number is kept;
    `remotes` are then the sites among them. `source` names what was read. `complete`: the daemon connects to
    none but `remotes`, so its other connections are no far ends of this tunnel.
    """

    pid: int
    technology: str
    role: str | None
    local: str | None
    local_port: int | None
    remotes: tuple[NamedEnd, ...]
    device: str | None
    clients: int | None
    source: str
    people: bool = False
    transport: str | None = None
    complete: bool = False


class Configured(NamedTuple):
    """A tunnel that a configuration file describes, whether it runs or not.

    `manager` is the program that would start it (wg-quick, openvpn, swanctl, networkd ...), `name` what
    it calls the connection, `source` the file. `public_keys` are those of WireGuard peers, `prefixes`
    what it would carry. `autostart` None: not known. `people`: those who would connect are individuals.
    """

    technology: str
    manager: str
    name: str
    source: str
    device: str | None = None
    role: str | None = None
    local: str | None = None
    local_port: int | None = None
    remotes: tuple[NamedEnd, ...] = ()
    public_keys: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    autostart: bool | None = None
    people: bool = False
