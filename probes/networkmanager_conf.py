"""Tunnels among NetworkManager's connections (nm-settings-keyfile(5)): VPN plug-ins, WireGuard, IP tunnels, VXLAN.

An Ethernet, Wi-Fi, mobile or PPPoE connection is no tunnel and gives nothing.

Cannot see: connections of other settings plug-ins; keys, users and passwords, which stay in the file.
"""

from collections.abc import Iterator

from auditor.conffiles import ends
from auditor.conffiles.hostfiles import HostFiles
from auditor.conffiles.probe import conf_probe
from auditor.formats import ini
from auditor.model.rows import Configured, NamedEnd

_PLACES = tuple(f"{top}/NetworkManager/system-connections" for top in ("/etc", "/run", "/usr/lib"))
_WANTED = frozenset(
    ["type", "id", "interface-name", "autoconnect", "service-type", "mode", "local", "remote", "parent", "listen-port"]
    + ["endpoint", "allowed-ips", "destination-port", "gateway", "address", "port", "proto-tcp", "connection-type"]
    + ["right", "protocol", "ipsec gateway", "server", "topdomain", "nameserver"]
)
# NMIPTunnelMode (libnm): technology and outer transport.
_MODES = {
    "1": ("ipip", "ipip"),
    "2": ("gre", "gre"),
    "3": ("sit", "sit"),
    "4": ("sit", "sit"),
    "5": ("vti", "esp"),
    "6": ("ip6tnl", "ipip"),
    "7": ("ip6tnl", "ipip"),
    "8": ("ip6gre", "gre"),
    "9": ("vti", "esp"),
    "10": ("gretap", "gre"),
    "11": ("ip6gretap", "gre"),
}
# Last part of service-type: technology, keys of the far end, transport and port.
_SERVICES: dict[str, tuple[str, tuple[str, ...], str | None, int | None]] = {
    "openvpn": ("openvpn", ("remote",), "udp", 1194),
    "l2tp": ("l2tp", ("gateway",), "udp", 1701),
    "pptp": ("pptp", ("gateway",), "tcp", 1723),
    "sstp": ("sstp", ("gateway",), "tcp", 443),
    "strongswan": ("ipsec", ("address",), None, None),
    "libreswan": ("ipsec", ("right",), None, None),
    "openswan": ("ipsec", ("right",), None, None),
    "vpnc": ("ipsec", ("ipsec gateway",), None, None),
    "openconnect": ("openconnect", ("gateway",), "tcp", 443),
    "fortisslvpn": ("fortinet", ("gateway",), "tcp", 443),
    "ssh": ("ssh", ("remote",), "tcp", 22),
    "iodine": ("iodine", ("nameserver", "topdomain"), "udp", 53),
    "wireguard": ("wireguard", ("endpoint",), "udp", None),
}
_OPENCONNECT = {"gp": "globalprotect", "fortinet": "fortinet"}
_PEER = "wireguard-peer."


def parse(files: HostFiles, path: str) -> Configured | None:
    """Return the tunnel that `path` describes, None if it is another kind of connection."""
    found = ini.sections(files.lines(path), _WANTED, files.problems(path), comments="#")
    sections = {section.name: section for section in found}
    nothing = ini.Section("", 0)
    connection = sections.get("connection", nothing)
    name = connection.one("id") or path.rpartition("/")[2].removesuffix(".nmconnection")
    row = Configured(
        technology="",
        manager="NetworkManager",
        name=name,
        source=path,
        device=ends.device(connection.one("interface-name")),
        role="p2p",
        autostart=connection.one("autoconnect") != "false",
    )
    match connection.one("type"):
        case "vpn":
            return _vpn(files, path, sections.get("vpn", nothing), row._replace(device=None, role="client"))
        case "wireguard":
            return _wireguard(files, path, sections, row)
        case "ip-tunnel":
            section = sections.get("ip-tunnel", nothing)
            technology, transport = _MODES.get(section.one("mode") or "", ("", None))
            return _kernel(files, path, section, row._replace(technology=technology), transport)
        case "vxlan":
            section = sections.get("vxlan", nothing)
            return _kernel(files, path, section, row._replace(technology="vxlan"), "udp")
        case "macsec":
            return row._replace(technology="macsec")
    return None


def _kernel(
    files: HostFiles, path: str, section: ini.Section, row: Configured, transport: str | None
) -> Configured | None:
    """Return `row` with the ends of a tunnel of the kernel; a mode that is not known is a gap."""
    written = section.one("remote")
    remote = ends.address(written)
    if not row.technology or (written and remote is None):
        files.problem(path, section.number, "a mode or remote end of unknown form")
    if not row.technology:
        return None
    port = ends.port(section.one("destination-port")) or (4789 if row.technology == "vxlan" else None)
    return row._replace(
        local=ends.address(section.one("local")),
        remotes=(NamedEnd(remote, port, transport),) if remote else (),
    )


def _wireguard(files: HostFiles, path: str, sections: dict[str, ini.Section], row: Configured) -> Configured:
    """Return `row` with the peers, whose public keys are the names of their sections."""
    peers = [
        (section, ends.public_key(name.removeprefix(_PEER)))
        for name, section in sections.items()
        if name.startswith(_PEER)
    ]
    remotes = []
    for section, key in peers:
        written = section.one("endpoint")
        end = ends.socket(written, "udp")
        if key is None or (written and end is None):
            files.problem(path, section.number, "a peer whose key or endpoint has not the form of one")
        remotes += [end._replace(peer=key)] if end else []
    own = sections.get("wireguard")
    return row._replace(
        technology="wireguard",
        local_port=ends.port(own.one("listen-port")) if own else None,
        remotes=tuple(remotes),
        public_keys=tuple(key for _, key in peers if key),
        prefixes=ends.prefixes(p for section, _ in peers for p in ends.listed(section.one("allowed-ips"))),
    )


def _vpn(files: HostFiles, path: str, section: ini.Section, row: Configured) -> Configured | None:
    """Return `row` with what the VPN plug-in is told; a plug-in that is not known is a gap."""
    service = (section.one("service-type") or "").rpartition(".")[2]
    if service not in _SERVICES:
        files.problem(path, section.number, "a VPN plug-in that is not known")
        return None
    technology, keys, transport, port = _SERVICES[service]
    if service == "openconnect":
        technology = _OPENCONNECT.get(section.one("protocol") or "", technology)
    if service == "openvpn":
        transport = "tcp" if section.one("proto-tcp") == "yes" else "udp"
        port = ends.port(section.one("port")) or port
    written = [one for key in keys for one in ends.listed(section.one(key))]
    remotes = [end for one in written if (end := _end(one, transport, port))]
    if len(remotes) < len(written):
        files.problem(path, section.number, "a far end that has not the form of a host")
    return row._replace(technology=technology, remotes=tuple(dict.fromkeys(remotes)))


def _end(written: str, transport: str | None, port: int | None) -> NamedEnd | None:
    """Return a far end; OpenVPN's may be "HOST:PORT:PROTOCOL", others a URL."""
    written = written.partition("://")[2].partition("/")[0] or written
    for suffix in (":udp", ":udp4", ":udp6", ":tcp", ":tcp4", ":tcp6", ":tcp-client"):
        if written.endswith(suffix):
            return ends.with_port(written.removesuffix(suffix), suffix[1:4], port)
    return ends.with_port(written, transport, port)


def rows(files: HostFiles) -> Iterator[Configured]:
    """Yield one row for each tunnel; of files of one name only the first place counts."""
    for path in files.first(_PLACES, ".nmconnection"):
        if row := parse(files, path):
            yield row


PROBE = conf_probe(
    name="networkmanager_conf",
    summary="Tunnels that NetworkManager is configured for, whether they are up or not",
    reads=tuple(f"{place}/*.nmconnection" for place in _PLACES),
    covers=tuple(
        sorted(
            {technology for technology, _ in _MODES.values()}
            | {service[0] for service in _SERVICES.values()}
            | {"vxlan", "macsec", *_OPENCONNECT.values()}
        )
    ),
    rows=rows,
)
