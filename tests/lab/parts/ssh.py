"""An `ssh -w` tunnel to a stranger's sshd on a port of its own."""

from tests.lab.keys import ssh_key
from tests.lab.node import Daemon
from tests.lab.site import UPLINK, Site
from tests.lab.truth import End, TrueTunnel

FAR, PORT, INSIDE = "203.0.113.50", 2222, "10.60.0.2"
_SERVER = f"""\
Port {PORT}
ListenAddress {FAR}
HostKey /etc/ssh/lab_host_key
PermitRootLogin prohibit-password
PermitTunnel yes
PasswordAuthentication no
UsePAM no
AuthorizedKeysFile /root/.ssh/authorized_keys
StrictModes no
"""


def start(site: Site) -> None:
    """Build tun7 to the far sshd, as root of the lab's nodes only."""
    far = site.far("shell", "c", f"{FAR}/24")
    host_private, host_public = ssh_key(site.secrets, "SSH host key", site.work)
    user_private, user_public = ssh_key(site.secrets, "SSH user key", site.work)
    far.write("/etc/ssh/lab_host_key", host_private)
    far.write("/etc/ssh/lab_sshd_config", _SERVER)
    far.write("/root/.ssh/authorized_keys", user_public + "\n")
    # NOTE: sshd without PAM refuses accounts whose password starts with "!"; this file is the node's own.
    far.run("sed", "-i", "s/^root:[^:]*:/root:*:/", "/etc/shadow")
    site.run_far(far, "/usr/sbin/sshd", "-D", "-e", "-f", "/etc/ssh/lab_sshd_config")
    site.gateway.write("/root/.ssh/id_ed25519", user_private)
    site.gateway.write("/root/.ssh/known_hosts", f"[{FAR}]:{PORT} {host_public}\n")
    site.later("sshd listens", lambda: far.run("ss", "-Hltn", f"sport = :{PORT}").stdout)
    site.finish()
    run(site)
    site.later(
        "ssh made its devices", lambda: all("tun7" in n.run("ls", "/sys/class/net").stdout for n in (site.gateway, far))
    )
    site.finish()
    for node, mine, other in ((site.gateway, "10.60.0.1", INSIDE), (far, INSIDE, "10.60.0.1")):
        node.ip(f"address add {mine} peer {other} dev tun7", "link set tun7 up")
    site.later("ssh carries a ping", lambda: site.reaches(INSIDE))
    site.tunnels.append(
        TrueTunnel(
            key="ssh",
            technologies=("ssh",),
            interface="tun7",
            states=("up",),
            owner="/usr/bin/ssh",
            local=End(address=UPLINK, transports=("tcp",)),
            remotes=(End(address=FAR, port=PORT, transports=("tcp",)),),
            inside=INSIDE,
            verdict="needs_review",
        )
    )


def run(site: Site) -> Daemon:
    """Start ssh on the gateway."""
    options = ["-o", "BatchMode=yes", "-o", "ExitOnForwardFailure=yes", "-o", "ServerAliveInterval=15"]
    return site.run_daemon("ssh", "ssh", "-N", "-w", "7:7", *options, "-p", str(PORT), f"root@{FAR}")
