"""Yggdrasil: a node with peers over TLS and TCP, one that never answers, and one that calls us."""

import json

from tests.lab.keys import tool
from tests.lab.node import Daemon
from tests.lab.site import UPLINK, Site
from tests.lab.truth import End, TrueTunnel

TLS, TCP, SILENT, CALLER = "203.0.113.84", "2001:db8:c::85", "203.0.113.86", "203.0.113.87"
PORT, LISTEN = 9101, 9102
_PLAIN = {"IfName": "none", "AdminListen": "none", "MulticastInterfaces": []}
_MULTICAST = {"Regex": "eth0", "Beacon": True, "Listen": True, "Port": 0, "Priority": 0}


def start(site: Site) -> None:
    """Build `lan9` (a TUN) of one node with four peers, each a host of its own."""
    far = [
        ("ygg-tls", f"{TLS}/24", {"Listen": [f"tls://{TLS}:{PORT}"], "IfName": "ygg0"}),
        ("ygg-tcp", f"{TCP}/64", {"Listen": [f"tcp://[{TCP}]:{PORT}"]}),
        ("ygg-caller", f"{CALLER}/24", {"Peers": [f"tcp://{UPLINK}:{LISTEN}"]}),
    ]
    inside, pinned = "", ""
    for name, address, settings in far:
        if name == "ygg-caller":
            site.gateway.write("/etc/yggdrasil/yggdrasil.conf", _hjson(_configuration(site, "gateway"), pinned))
            run(site)
            # NOTE: a peer that does not answer at once is tried again after a minute.
            site.later("yggdrasil listens", lambda: site.gateway.run("ss", "-Hltn", f"sport = :{LISTEN}").stdout)
            site.finish()
        node = site.far(name, "c", address)
        made = _configuration(site, name)
        node.write("/etc/yggdrasil.conf", json.dumps(made | _PLAIN | settings))
        site.run_far(node, "yggdrasil", "-useconffile", "/etc/yggdrasil.conf", "-loglevel", "error")
        if name == "ygg-tls":
            pinned = str(made["PublicKey"])
            inside = node.run("yggdrasil", "-useconffile", "/etc/yggdrasil.conf", "-address").stdout.strip()
    neighbour = _neighbour(site)
    site.later("yggdrasil carries a ping", lambda: site.reaches(inside))
    site.later("the TCP peer of yggdrasil is there", lambda: _connected(site, TCP))
    site.later("a node called", lambda: _connected(site, CALLER))
    site.tunnels.append(
        TrueTunnel(
            key="yggdrasil",
            technologies=("yggdrasil",),
            interface="lan9",
            states=("up",),
            owner="/usr/sbin/yggdrasil",
            local=End(transports=("tcp",)),
            local_any=True,
            remotes=(
                End(address=TLS, port=PORT, transports=("tcp",)),
                End(address=TCP, port=PORT, transports=("tcp",)),
                End(address=SILENT, port=PORT, transports=("tcp",)),
                End(address=CALLER, transports=("tcp",)),
                End(address=neighbour, transports=("tcp",)),
            ),
            role="peer",
            family="network_tunnel",
            realisation="software_vpn",
            inside=inside,
        )
    )


def _neighbour(site: Site) -> str:
    """Start a node beside the gateway that nobody has configured: both find each other by multicast."""
    node = site.far("ygg-neighbour", "a", "192.0.2.40/25")
    found = json.loads(node.run("ip", "-j", "-6", "address", "show", "dev", "eth0", "scope", "link").stdout)
    address: str = found[0]["addr_info"][0]["local"]
    made = _configuration(site, "neighbour") | _PLAIN | {"MulticastInterfaces": [_MULTICAST]}
    node.write("/etc/yggdrasil.conf", json.dumps(made))
    site.run_far(node, "yggdrasil", "-useconffile", "/etc/yggdrasil.conf", "-loglevel", "error")
    site.later("the neighbour is connected", lambda: _connected(site, address))
    return address


def run(site: Site) -> Daemon:
    """Start the gateway's node, as yggdrasil.service of Debian does."""
    arguments = ["-useconffile", "/etc/yggdrasil/yggdrasil.conf", "-loglevel", "error"]
    return site.run_daemon("yggdrasil", "yggdrasil", *arguments)


def _connected(site: Site, address: str) -> bool:
    return address in site.gateway.run("ss", "-Htn", "state", "established").stdout


def _configuration(site: Site, name: str) -> dict[str, object]:
    """Return a new configuration of the daemon's own making, its private key kept as secret."""
    made: dict[str, object] = json.loads(tool("yggdrasil", "-genconf", "-json"))
    private = str(made["PrivateKey"])[:64]  # NOTE: the other half is the public key
    site.secrets.keep(f"yggdrasil private key of {name}", private.encode())
    site.secrets.keep(f"yggdrasil private key of {name} (bytes)", bytes.fromhex(private))
    return made


def _hjson(made: dict[str, object], pinned: str) -> str:
    """Return the gateway's configuration in HJSON, as the daemon writes it: quoteless, with comments."""
    return f"""\
{{
  # Peers: [ "tls://192.0.2.99:1" ]
  Peers: [
    tls://{TLS}:{PORT}?key={pinned}
    "tcp://{SILENT}:{PORT}",
  ]
  /* InterfacePeers of the uplink */
  InterfacePeers: {{ "eth0": ["tcp://[{TCP}]:{PORT}"] }}
  Listen: [ "tcp://{UPLINK}:{LISTEN}" ]
  AdminListen: none
  MulticastInterfaces: [ {{ Regex: ".*", Beacon: true, Listen: true, Port: 0 }} ]
  PublicKey: {made["PublicKey"]}
  PrivateKey: {made["PrivateKey"]}
  IfName: lan9
  IfMTU: 65535
  NodeInfo: {{ note: '''Peers: [
    tcp://192.0.2.98:1 ]''' }}
}}
"""
