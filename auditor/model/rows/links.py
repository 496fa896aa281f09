"""Rows of network devices: the device, its addresses, its far ends, and tunnels of the kernel without any."""

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
