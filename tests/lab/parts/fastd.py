"""fastd: one TAP to several peers (one answers, one never, one calls us), and a device a peer (multitap)."""

from tests.lab.keys import tool
from tests.lab.node import Daemon, Node
from tests.lab.site import UPLINK, Site
from tests.lab.truth import End, TrueTunnel

HUB, SILENT, CALLER, SPARE = "203.0.113.80", "203.0.113.81", "203.0.113.82", "2001:db8:c::80"
PORT, SPARE_PORT = 10000, 10001
OWNER = "/usr/bin/fastd"


def start(site: Site) -> None:
    """Build `backbone` to a hub, and `link-spare` as the device of one peer of a second daemon."""
    far = site.far("fastd-hub", "c", f"{HUB}/24", f"{CALLER}/24", f"{SPARE}/64")
    mine, hub, caller, silent = (_key(site, name) for name in ("gateway", "hub", "caller", "silent"))
    conf = "/etc/fastd/backbone"
    site.gateway.write(
        f"{conf}/fastd.conf",
        f'# the backbone\ninclude "secret.conf"; bind {UPLINK}:{PORT};\ninterface "backbone"; mode tap;\n'
        f'method "salsa2012+umac"; method "null"; mtu 1400;\nhide ip addresses yes; log level warn;\n'
        f'on up "ip link set up dev $INTERFACE";\nforward no;\n'
        f'peer group "spokes" {{ peer limit 3; include peers from "peers"; }}\n'
        f'peer "caller" {{ key "{caller[1]}"; }}\n',
    )
    site.gateway.write(f"{conf}/secret.conf", f'secret "{mine[0]}";\n')
    site.gateway.write(
        f"{conf}/peers/hub", f'/* remote 192.0.2.99:1; */\nkey "{hub[1]}";\nremote ipv4 "{HUB}" port {PORT};\n'
    )
    site.gateway.write(f"{conf}/peers/silent", f'key "{silent[1]}"; remote {SILENT}:{PORT};\n')
    site.gateway.write(f"{conf}/peers/old~", f'key "{hub[1]}"; remote 203.0.113.99:1;\n')
    run(site)
    _far(site, far, "hub", HUB, hub[0], mine[1], "")
    _far(site, far, "caller", CALLER, caller[0], mine[1], f" remote {UPLINK}:{PORT};")
    _address(site, site.gateway, "backbone", "10.61.0.1/24")
    _address(site, far, "hub", "10.61.0.2/24")
    site.later("fastd carries a ping", lambda: site.reaches("10.61.0.2"))
    _expect(site, "fastd", "backbone", UPLINK, PORT, (End(address=HUB, port=PORT), End(address=SILENT, port=PORT)))
    _multitap(site, far)


def _multitap(site: Site, far: Node) -> None:
    """Build a daemon in mode multitap, started by its arguments, over IPv6."""
    mine, spare = _key(site, "gateway's multitap"), _key(site, "spare")
    site.gateway.write(
        "/etc/fastd/spare.conf",
        f'secret "{mine[0]}"; method "null"; mode multitap; mtu 1400; interface "link-%n";\n'
        f'on up "ip link set up dev $INTERFACE";\n'
        f'peer "spare" {{ key "{spare[1]}"; remote [{SPARE}]:{SPARE_PORT}; }}\n',
    )
    site.run_daemon("fastd-multitap", "fastd", "--config", "/etc/fastd/spare.conf", "--bind", f"any:{SPARE_PORT}")
    _far(site, far, "spare", f"[{SPARE}]", spare[0], mine[1], "", SPARE_PORT)
    _address(site, site.gateway, "link-spare", "10.62.0.1/24")
    _address(site, far, "spare", "10.62.0.2/24")
    site.later("fastd multitap carries a ping", lambda: site.reaches("10.62.0.2"))
    _expect(site, "fastd-multitap", "link-spare", None, SPARE_PORT, (End(address=SPARE, port=SPARE_PORT),))


def run(site: Site) -> Daemon:
    """Start the backbone's daemon, as fastd@backbone.service of Debian does."""
    return site.run_daemon("fastd", "fastd", "--syslog-level", "error", "-c", "/etc/fastd/backbone/fastd.conf")


def _far(site: Site, far: Node, name: str, bind: str, secret: str, peer: str, remote: str, port: int = PORT) -> None:
    far.write(
        f"/etc/fastd/{name}.conf",
        f'secret "{secret}"; bind {bind}:{port}; interface "{name}"; mode tap; mtu 1400;\n'
        f'method "salsa2012+umac"; method "null"; on up "ip link set up dev $INTERFACE";\n'
        f'peer "gateway" {{ key "{peer}";{remote} }}\n',
    )
    site.run_far(far, "fastd", "-c", f"/etc/fastd/{name}.conf")


def _address(site: Site, node: Node, device: str, address: str) -> None:
    def added() -> bool:
        return node.run("ip", "address", "replace", address, "dev", device, check=False).returncode == 0

    site.later(f"fastd made {device}", added)


def _key(site: Site, name: str) -> tuple[str, str]:
    """Return secret and public key in hexadecimal."""
    secret, public = (line.split()[1] for line in tool("fastd", "--generate-key").decode().splitlines())
    site.secrets.keep(f"fastd secret of {name}", secret.encode())
    site.secrets.keep(f"fastd secret of {name} (bytes)", bytes.fromhex(secret))
    return secret, public


def _expect(site: Site, key: str, interface: str, local: str | None, port: int, remotes: tuple[End, ...]) -> None:
    site.tunnels.append(
        TrueTunnel(
            key=key,
            technologies=("fastd",),
            interface=interface,
            states=("up",),
            owner=OWNER,
            local=End(address=local, port=port, transports=("udp",)),
            remotes=tuple(End(address=end.address, port=end.port, transports=("udp",)) for end in remotes),
            role="peer",
            family="network_tunnel",
            realisation="software_vpn",
        )
    )
