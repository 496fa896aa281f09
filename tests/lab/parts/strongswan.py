"""strongSwan with its user-space IPsec: a site-to-site child on a TUN, keys from a PSK."""

from tests.lab.node import Daemon, Node, wait_until
from tests.lab.site import LAN, UPLINK, Site
from tests.lab.truth import End, TrueTunnel

BRANCH, INSIDE = "203.0.113.30", "10.30.0.1"

SETTINGS = """\
charon-systemd {
    filelog {
        console {
            path = stderr
            default = 1
        }
    }
}
charon {
    load_modular = yes
    install_virtual_ip = no
    plugins {
        include strongswan.d/charon/*.conf
    }
}
include strongswan.d/*.conf
"""
_CONNECTION = """\
connections {{
    branch-bj {{
        version = {version}
        mobike = no
        local_addrs = {local}
        remote_addrs = {remote}
        local {{
            auth = psk
            id = {local_id}
        }}
        remote {{
            auth = psk
            id = {remote_id}
        }}
        children {{
            lan {{
                local_ts = {local_net}
                remote_ts = {remote_net}
                start_action = {action}
                esp_proposals = aes256-sha256
            }}
        }}
    }}
}}
secrets {{
    ike-branch {{
        id-1 = {local_id}
        id-2 = {remote_id}
        secret = "{secret}"
    }}
}}
"""
_CENTRE_ID, _BRANCH_ID = "gw-sha-01.corp.example", "gw-bjs-01.corp.example"


def start_version_1(site: Site) -> None:
    """Build the same by IKEv1, its vendor ids told; for recordings."""
    start(site, version=1)


def start(site: Site, *, version: int = 2) -> None:
    """Build ipsec0 to the own branch in Beijing."""
    settings = SETTINGS if version == 2 else SETTINGS.replace("charon {\n", "charon {\n    send_vendor_id = yes\n")
    secret = site.secrets.token("IPsec PSK")
    far = site.far("branch-bj", "c", f"{BRANCH}/24")
    far.ip(f"address add {INSIDE}/32 dev lo")
    centre = {"local": UPLINK, "local_id": _CENTRE_ID, "local_net": "10.8.0.0/24"}
    branch = {"local": BRANCH, "local_id": _BRANCH_ID, "local_net": "10.30.0.0/24"}
    for node, mine, other, action in ((far, branch, centre, "none"), (site.gateway, centre, branch, "start")):
        sides = mine | {key.replace("local", "remote"): value for key, value in other.items()}
        text = _CONNECTION.format(**sides, secret=secret, action=action, version=version)
        node.write("/etc/swanctl/conf.d/branch-bj.conf", text)
        node.write("/etc/strongswan.conf", settings, 0o644)
        node.write("/etc/strongswan.d/charon/kernel-libipsec.conf", "kernel-libipsec {\n    load = yes\n}\n", 0o644)
    _load(far, site.run_far(far, "charon-systemd"))
    run(site)
    site.later("strongSwan carries a ping", lambda: site.reaches(INSIDE, source=LAN))
    site.tunnels.append(
        TrueTunnel(
            key="strongswan",
            technologies=("ipsec",),
            interface="ipsec0",
            states=("up",),
            owner="/usr/sbin/charon-systemd",
            local=End(address=UPLINK, port=4500, transports=("udp", "esp")),
            remotes=(End(address=BRANCH, port=4500, transports=("udp", "esp")),),
            inside=INSIDE,
            verdict="permitted",
        )
    )


def run(site: Site) -> None:
    """Start charon on the gateway and load its connections; also after it was stopped."""
    _load(site.gateway, site.run_daemon("strongswan", "charon-systemd"))


def _load(node: Node, daemon: Daemon) -> None:
    def loaded() -> bool:
        daemon.require_running()
        return node.run("swanctl", "--load-all", "--noprompt", check=False).returncode == 0

    wait_until(f"charon on {node.name} takes its connections", loaded)
