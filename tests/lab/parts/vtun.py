"""VTun: a client over TCP, a client over UDP on a TAP, and a server that one site calls."""

from tests.lab.node import Daemon, Node
from tests.lab.site import UPLINK, Site
from tests.lab.truth import End, TrueTunnel

FAR, CALLER = "203.0.113.88", "203.0.113.89"
PORT, OWN_PORT = 5000, 5055
OWNER = "/usr/sbin/vtund"
_OPTIONS = "options {{ port {port}; }}\ndefault {{ keepalive yes; }}\n"
_SESSION = """\
{name} {{
  passwd  {secret};
  type    {kind};
  proto   {proto};
  device  {device};
}}
"""
_SESSIONS = (("hq-tcp", "tun", "tcp", "cable0", "10.63.0"), ("hq-udp", "ether", "udp", "cable1", "10.64.0"))


def start(site: Site) -> None:
    """Build `cable0` (TUN, TCP) and `cable1` (TAP, UDP) as client, `cable2` as server."""
    far = site.far("vtun-hq", "c", f"{FAR}/24", f"{CALLER}/24")
    theirs, ours = _OPTIONS.format(port=PORT), _OPTIONS.format(port=PORT)
    for name, kind, proto, device, net in _SESSIONS:
        secret = site.secrets.token(f"vtun password of {name}")
        common = {"name": name, "secret": secret, "kind": kind, "proto": proto}
        ours += _SESSION.format(**common, device=device)
        _devices(site, far, device, kind, net)
        theirs += _SESSION.format(**common, device=f"far-{device}")
    _devices(site, far, "cable2", "tun", "10.65.0")
    secret = site.secrets.token("vtun password of the caller")
    common = {"name": "spoke", "secret": secret, "kind": "tun", "proto": "tcp"}
    server = _OPTIONS.format(port=OWN_PORT) + _SESSION.format(**common, device="cable2")
    caller = _OPTIONS.format(port=OWN_PORT) + _SESSION.format(**common, device="far-cable2")
    caller = caller.replace("keepalive yes;", f"keepalive yes; srcaddr {{ addr {CALLER}; }};")
    far.write("/etc/vtund.conf", theirs)
    far.write("/etc/vtund-caller.conf", caller)
    site.gateway.write("/etc/vtund.conf", ours)
    site.gateway.write("/etc/vtund-server.conf", server)
    for node in (far, site.gateway):
        node.run("mkdir", "-p", "/run/lock/vtund", "/var/lock/vtund", "/var/log/vtund")
    site.run_far(far, "vtund", "-n", "-s", "-L", FAR)
    run_server(site)
    site.later("vtund listens", lambda: far.run("ss", "-Hltn", f"sport = :{PORT}").stdout)
    site.later("our vtund listens", lambda: site.gateway.run("ss", "-Hltn", f"sport = :{OWN_PORT}").stdout)
    site.finish()
    for name, *_ in _SESSIONS:
        run(site, name)
    site.run_far(far, "vtund", "-n", "-p", "-f", "/etc/vtund-caller.conf", "spoke", UPLINK)
    for name, net in (*((name, net) for name, *_, net in _SESSIONS), ("server", "10.65.0")):
        site.later(f"vtun {name} carries a ping", lambda net=net: site.reaches(f"{net}.2"))
    for name, _, proto, device, _ in _SESSIONS:
        _expect(site, f"vtun-{name}", device, End(transports=(proto,)), "client", End(address=FAR, transports=(proto,)))
    _expect(
        site,
        "vtun-server",
        "cable2",
        End(address=UPLINK, port=OWN_PORT, transports=("tcp",)),
        "server",
        End(address=CALLER, transports=("tcp",)),
    )


def run(site: Site, session: str) -> Daemon:
    """Start a client on the gateway."""
    return site.run_daemon(f"vtun-{session}", "vtund", "-n", "-p", session, FAR)


def run_server(site: Site) -> Daemon:
    """Start the server on the gateway."""
    return site.run_daemon("vtun-server", "vtund", "-n", "-s", "-f", "/etc/vtund-server.conf")


def _devices(site: Site, far: Node, name: str, kind: str, net: str) -> None:
    """Make the devices of one session at both ends: vtund gives up a session whose device is not up at once."""
    mode = "tap" if kind == "ether" else "tun"
    for node, device, address in ((site.gateway, name, f"{net}.1/24"), (far, f"far-{name}", f"{net}.2/24")):
        node.ip(f"tuntap add {device} mode {mode}", f"address add {address} dev {device}", f"link set {device} up")


def _expect(site: Site, key: str, interface: str, local: End, role: str, remote: End) -> None:
    site.tunnels.append(
        TrueTunnel(
            key=key,
            technologies=("vtun",),
            interface=interface,
            states=("up",),
            owner=OWNER,
            local=local,
            local_any=True,
            remotes=(remote,),
            role=role,
            family="network_tunnel",
            realisation="software_vpn",
        )
    )
