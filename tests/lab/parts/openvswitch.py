"""Open vSwitch with its own datapath: tunnels that no kernel device shows, and TAP devices that are none."""

from tests.lab.site import UPLINK, Site
from tests.lab.truth import End, TrueNotTunnel, TrueTunnel

PATH = "/usr/lib/openvswitch-switch/ovs-vswitchd"
_DATABASE = "/etc/openvswitch/conf.db"
_SCHEMA = "/usr/share/openvswitch/vswitch.ovsschema"
_FAR = ("203.0.113.110", "203.0.113.111", "2001:db8:c::112")


def start(site: Site) -> None:
    """Start the switch with a bridge and four tunnel ports; nobody answers at their far ends."""
    psk = site.secrets.token("Open vSwitch PSK")
    gateway = site.gateway
    gateway.run("mkdir", "-p", "/run/openvswitch", "/etc/openvswitch", "/var/lib/openvswitch")
    gateway.run("ovsdb-tool", "create", _DATABASE, _SCHEMA)
    site.run_daemon("ovsdb", "ovsdb-server", _DATABASE, "--remote=punix:/run/openvswitch/db.sock")
    site.later("the switch's database", lambda: _answers(site))
    site.finish()
    words = [
        "--no-wait",
        "--",
        "init",
        "--",
        "add-br",
        "br-ovs",
        "--",
        "set",
        "Bridge",
        "br-ovs",
        "datapath_type=netdev",
    ]
    for name, kind, options in (
        ("vx-wuhan", "vxlan", f"options:remote_ip={_FAR[0]} options:local_ip={UPLINK} options:key=100"),
        ("gre-psk", "gre", f"options:remote_ip={_FAR[1]} options:psk={psk}"),
        ("gnv6", "geneve", f"options:remote_ip={_FAR[2]} options:dst_port=6090 options:key=flow"),
        ("vx-flow", "vxlan", "options:remote_ip=flow options:dst_port=4799"),
    ):
        words += ["--", "add-port", "br-ovs", name, "--", "set", "Interface", name, f"type={kind}", *options.split()]
    gateway.run("ovs-vsctl", *words)
    gateway.run("ovs-vsctl", "--no-wait", "set", "Interface", "vx-wuhan", "options:key=101")
    site.run_daemon("ovs-vswitchd", "ovs-vswitchd", "--no-chdir")
    site.later("the switch's bridge", lambda: "br-ovs" in gateway.run("ip", "-br", "link").stdout)
    site.tunnels += [
        _truth("vxlan", _FAR[0], 4789, local=UPLINK),
        _truth("gre", _FAR[1], None),
        _truth("geneve", _FAR[2], 6090),
        _truth("vxlan", None, 4799),
    ]
    site.not_tunnels += [TrueNotTunnel(interface=name, why="port of Open vSwitch") for name in ("br-ovs", "ovs-netdev")]


def _answers(site: Site) -> bool:
    """Return whether the database's server has opened its socket."""
    return site.gateway.run("test", "-S", "/run/openvswitch/db.sock", check=False).returncode == 0


def _truth(technology: str, far: str | None, port: int | None, local: str | None = None) -> TrueTunnel:
    """Return the truth of one port of the switch."""
    transports = ("gre",) if technology == "gre" else ("udp",)
    return TrueTunnel(
        key=f"ovs {technology} {far}",
        technologies=(technology,),
        interface=None,
        states=("up",),
        owner=PATH,
        local=End(address=local, port=port, transports=transports),
        remotes=(End(address=far, port=port, transports=transports),) if far else (),
        family="network_tunnel",
        role="peer",
        realisation="integrated_vpn",
    )
