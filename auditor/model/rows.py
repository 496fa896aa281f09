"""Rows: what probes read of kernel tables, of /proc and of daemons, one type a kind of thing.

Rows are named tuples, not dataclasses, because a gateway can have 100,000 of them and a named
tuple costs a fifth of a frozen dataclass to make. Addresses are canonical text as `inet_ntop`
writes them; names read from the host are text with undecodable bytes shown as ``\\xNN``.
"""

from typing import NamedTuple


class Outer(NamedTuple):
    """The outer header a tunnel device writes, as its link data states it; never any key.

    `remote` None with `external` False means that the kernel has no fixed far end (multipoint).
    `identifier` is the VNI, GRE key, l2tp or xfrm interface id. Ports are UDP ports. `lower` is the
    ifindex that the device is bound to. `mode` is the variant of the kind, where it has any (isatap,
    6rd, mplsoip, gpe, erspan version ...).
    """

    local: str | None = None
    remote: str | None = None
    local_port: int | None = None
    remote_port: int | None = None
    identifier: int | None = None
    lower: int | None = None
    external: bool = False
    encapsulation: str | None = None
    mode: str | None = None


class Link(NamedTuple):
    """One network device (RTM_NEWLINK). `kind` is IFLA_INFO_KIND, None for real hardware and loopback.

    `lower` is IFLA_LINK and `lower_netnsid` IFLA_LINK_NETNSID (the lower device lives in another
    namespace). `operstate` is the IF_OPER_* number. `alias` is the administrator's text (ifalias).
    `hardware` is the bus address of the device behind it (IFLA_PARENT_DEV_NAME, Linux 5.14), None for
    virtual devices: an Ethernet device with neither kind nor hardware can be an L2TP pseudowire.
    """

    ifindex: int
    name: str
    kind: str | None
    arphrd: int
    flags: int
    mtu_bytes: int | None = None
    operstate: int | None = None
    master: int | None = None
    lower: int | None = None
    lower_netnsid: int | None = None
    alias: str | None = None
    vlan_id: int | None = None
    outer: Outer | None = None
    hardware: str | None = None


class InterfaceAddress(NamedTuple):
    """One address of a device (RTM_NEWADDR); `peer` only on point-to-point devices."""

    ifindex: int
    address: str
    prefix_len: int
    peer: str | None = None


class FdbRemote(NamedTuple):
    """A far end that a VXLAN device's forwarding table names (RTM_NEWNEIGH, NDA_DST)."""

    ifindex: int
    address: str
    port: int | None = None


class FarEnd(NamedTuple):
    """A far end that another table than the link data names for a device: mobile-core contexts, neighbours.

    `probe` is the one that saw it.
    """

    ifindex: int
    address: str
    probe: str
    port: int | None = None


class RouteOuter(NamedTuple):
    """What a route that encapsulates writes around packets, or which of this host's own segments it is.

    `labels` are of MPLS, outermost first, `segments` of SRv6 in the order of travel. `mode` is the SRv6
    mode or End behaviour, or that of ioam6. `identifier` is a key, VNI or xfrm interface id.
    """

    local: str | None = None
    remote: str | None = None
    identifier: int | None = None
    labels: tuple[int, ...] = ()
    segments: tuple[str, ...] = ()
    mode: str | None = None


class Route(NamedTuple):
    """One next hop of one route (a multipath route gives several rows).

    `destination` is "ADDRESS/LENGTH" ("0.0.0.0/0" and "::/0" for default routes). `kind` is the
    RTN_* name. `encapsulation` is the LWTUNNEL_ENCAP_* name when the route itself is a tunnel, `outer`
    what it states of the outer header.
    """

    destination: str
    table: int
    ifindex: int | None
    gateway: str | None = None
    kind: str = "unicast"
    metric: int | None = None
    encapsulation: str | None = None
    outer: RouteOuter | None = None


class LabelRoute(NamedTuple):
    """One next hop of one MPLS label route: packets that arrive with `label` leave with `labels` instead.

    No `labels`: the label is popped, so a label-switched path ends here (or one hop on).
    """

    label: int
    labels: tuple[int, ...]
    ifindex: int | None
    gateway: str | None = None


class FouPort(NamedTuple):
    """A UDP port on which the kernel takes tunnels out of UDP (linux/fou.h); it has no device.

    `kind` is fou or gue. `protocol` is the IP protocol inside, None for GUE, which states it per packet.
    """

    port: int
    kind: str
    protocol: int | None = None
    local: str | None = None
    remote: str | None = None
    remote_port: int | None = None


class OvpnDevice(NamedTuple):
    """An OpenVPN device of the kernel: number of peers, and the ends of the only one of a point-to-point device.

    Of a `multipoint` device, which serves people, no address is kept.
    """

    ifindex: int
    multipoint: bool
    peers: int
    local: str | None = None
    local_port: int | None = None
    remote: str | None = None
    remote_port: int | None = None


class SwitchTunnel(NamedTuple):
    """A tunnel port of Open vSwitch, as its database has it; keys of IPsec are dropped.

    `technology` is the value of the report. `remote` is an address or host name, None when flows set
    it per packet, and `key` likewise. `protected`: the switch is to put IPsec around it. `pid` is the
    database server, None when none runs.
    """

    name: str
    technology: str
    remote: str | None
    local: str | None
    port: int | None
    key: int | None
    protected: bool
    pid: int | None
    source: str


class Rule(NamedTuple):
    """One policy-routing rule; `table` None for actions that look up none.

    `inverted`: it holds for packets that its selectors do not select ("not" in `ip rule`).
    """

    family: int
    priority: int
    action: str
    table: int | None = None
    source: str | None = None
    destination: str | None = None
    fwmark: int | None = None
    iif: str | None = None
    oif: str | None = None
    inverted: bool = False


class Underlay(NamedTuple):
    """Where the kernel would send a packet to `destination` now (RTM_GETROUTE look-up).

    `mark` is the firewall mark that the packet carries, None for one without.
    """

    destination: str
    ifindex: int | None
    next_hop: str | None = None
    source: str | None = None
    table: int | None = None
    mark: int | None = None


class Process(NamedTuple):
    """One process that holds a socket, a TUN/TAP device or a namespace.

    `exe` is the full path of the executable, None when it could not be read or is a kernel thread.
    `netns` is the inode of its network namespace. `tun_devices` are the names in `iff:` lines of its
    descriptors. `unit` is the systemd unit of its cgroup, else the last component of that; `comm` and `unit`
    are read of processes that may own a tunnel. `held_netns` are (inode, descriptor) of network namespaces
    that it holds open. `exe_here`: that path leads to the very same file from here, so it names a program of
    this host and not of a container (None: not looked at). `packaged_by` is the Debian package that brings that
    path, looked for where the path alone does not tell what the program is. `ppid` is the parent of a process
    that may own a tunnel. `holds_ppp`: it has /dev/ppp open, as pppd has. `terminals` are the pseudoterminals that
    such a process speaks to, `masters` those whose other end a process holds: what carries the frames of a pppd
    holds the master of its terminal. Never a command line.
    """

    pid: int
    comm: str | None
    exe: str | None = None
    exe_deleted: bool = False
    netns: int | None = None
    mntns: int | None = None
    tun_devices: tuple[str, ...] = ()
    sockets: tuple[int, ...] = ()
    unit: str | None = None
    held_netns: tuple[tuple[int, int], ...] = ()
    exe_here: bool | None = None
    packaged_by: str | None = None
    ppid: int | None = None
    holds_ppp: bool = False
    terminals: tuple[int, ...] = ()
    masters: tuple[int, ...] = ()


class Socket(NamedTuple):
    """One TCP or UDP socket (INET_DIAG). `remote` None: not connected. `state` is TCP_* by name.

    `protocol` "gre" is a raw socket of that protocol, which has no ports (0).
    """

    protocol: str
    state: str
    local: str
    local_port: int
    remote: str | None
    remote_port: int | None
    inode: int


class WireGuardPeer(NamedTuple):
    """One peer without its keys; `public_key` is base64. `handshake_at_s` is Unix time, None: never."""

    public_key: str
    endpoint: str | None = None
    endpoint_port: int | None = None
    handshake_at_s: int | None = None
    allowed_ips: tuple[str, ...] = ()
    keepalive_s: int | None = None


class WireGuardDevice(NamedTuple):
    """A WireGuard interface. `door` is "netlink" (kernel) or "uapi" (user space).

    `fwmark` is the firewall mark on its outer packets, None when they carry none.
    """

    interface: str
    public_key: str | None
    listen_port: int | None
    peers: tuple[WireGuardPeer, ...]
    door: str
    pid: int | None = None
    fwmark: int | None = None


class XfrmState(NamedTuple):
    """One security association's header; its attributes hold keys and are never kept.

    `protocol` is esp, ah or comp; `mode` tunnel, transport, beet or other; ports are those of UDP
    encapsulation (NAT traversal).
    """

    source: str
    destination: str
    protocol: str
    mode: str
    reqid: int
    if_id: int | None = None
    source_port: int | None = None
    destination_port: int | None = None


class XfrmTemplate(NamedTuple):
    """What a policy asks to be applied; outer addresses are None in transport mode."""

    source: str | None
    destination: str | None
    protocol: str
    mode: str
    reqid: int


class XfrmPolicy(NamedTuple):
    """One IPsec policy: the traffic it selects, and the tunnel that traffic enters.

    `protocol` is the number of the IP protocol that it selects, None for any; `source_port` and
    `destination_port` are None for any. `marked`: it takes only packets with a certain firewall mark.
    """

    direction: str
    source: str
    destination: str
    action: str
    templates: tuple[XfrmTemplate, ...]
    if_id: int | None = None
    protocol: int | None = None
    source_port: int | None = None
    destination_port: int | None = None
    marked: bool = False


class IkeChild(NamedTuple):
    """One child SA of an IKE SA (VICI list-sas)."""

    name: str
    state: str
    mode: str
    local_prefixes: tuple[str, ...] = ()
    remote_prefixes: tuple[str, ...] = ()
    reqid: int | None = None
    if_id: int | None = None


class IkeSa(NamedTuple):
    """One IKE security association as its daemon tells it (VICI list-sas); identities of persons dropped.

    `state` is the daemon's, or "CONFIGURED" for a connection without association, whose children tell name and
    mode only; that one may have `remote_name`, the far end's host name as configured. `remote_access`: the far
    end is a person's device, whose address is personal data (EAP, XAuth, or an address from our pool); None: not
    known.
    """

    name: str
    state: str
    local: str | None
    local_port: int | None
    remote: str | None
    remote_port: int | None
    local_id: str | None
    remote_id: str | None
    initiator: bool | None
    children: tuple[IkeChild, ...]
    pid: int
    remote_name: str | None = None
    remote_access: bool | None = None


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


class PppSession(NamedTuple):
    """One PPP session the kernel lists: `carrier` is "pppoe" or "l2tp"; `device` its Ethernet device.

    `interface` is its PPP device, which the kernel names for L2TP only, as it does the identifiers of
    tunnel and session, and whether the host is the `server` of the session (LNS).
    """

    carrier: str
    device: str | None = None
    local: str | None = None
    remote: str | None = None
    interface: str | None = None
    tunnel_id: int | None = None
    session_id: int | None = None
    server: bool | None = None


class L2tpSession(NamedTuple):
    """One L2TP session with its tunnel's outer ends; `session_id` None: a tunnel without a session.

    `encapsulation` is "udp" or "ip" (protocol 115), `pseudowire` "ppp" or "ethernet" (None: another).
    `interface` is the name that the session's Ethernet device was made with. `server`: the host is the LNS
    of a PPP session, so the far end dialled in (None: not told). Identifiers are those of
    RFC 2661 (version 2) and RFC 3931 (version 3); cookies are dropped.
    """

    tunnel_id: int
    session_id: int | None = None
    peer_tunnel_id: int | None = None
    peer_session_id: int | None = None
    version: int | None = None
    encapsulation: str | None = None
    local: str | None = None
    local_port: int | None = None
    remote: str | None = None
    remote_port: int | None = None
    pseudowire: str | None = None
    interface: str | None = None
    server: bool | None = None


class Diversion(NamedTuple):
    """One rule of a packet filter that hands packets to a local port or queue, rewrites their goal, or marks them.

    `kind` is redirect, tproxy, dnat, mark or queue (`to_port` is then the queue's number). `filter` is nf_tables
    or ip_tables, whose `family`, `table` and `chain` follow; `hooks` are where packets come to that chain, ()
    if only through verdict maps.
    `to_port` None with redirect or dnat: the port stays. `ports` are ranges of destination ports, `destinations`
    prefixes; None: not limited by them. `own`: only packets to the host's own addresses. `narrowed`: limited by
    something else about the goal, or by what was not followed. Selectors of the sender are not kept.
    """

    filter: str
    family: str
    table: str
    chain: str
    hooks: tuple[str, ...]
    kind: str
    to_address: str | None = None
    to_port: int | None = None
    mark: int | None = None
    protocol: str | None = None
    ports: tuple[tuple[int, int], ...] | None = None
    destinations: tuple[str, ...] | None = None
    own: bool = False
    narrowed: bool = False


Row = (
    Link
    | InterfaceAddress
    | FdbRemote
    | FarEnd
    | Route
    | LabelRoute
    | FouPort
    | OvpnDevice
    | SwitchTunnel
    | Rule
    | Underlay
    | Process
    | Socket
    | WireGuardDevice
    | XfrmState
    | XfrmPolicy
    | IkeSa
    | DaemonInstance
    | Configured
    | PppSession
    | L2tpSession
    | Diversion
)
