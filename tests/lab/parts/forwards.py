"""Port forwards by ssh in both directions, in every way they are asked for, and sessions that forward nothing."""

from tests.lab.keys import ssh_key
from tests.lab.node import Node
from tests.lab.parts.proxies import client, listens, server
from tests.lab.site import LAN, UPLINK, Site
from tests.lab.truth import End

FAR, FAR_BACK, FAR_CONFIG, FAR_BEHIND, SITE, HOME = (f"203.0.113.{number}" for number in (110, 111, 112, 114, 113, 79))
_FARS = (FAR, FAR_BACK, FAR_CONFIG, FAR_BEHIND)
PORT = 2222
_SERVER = """\
Port {port}
HostKey /etc/ssh/lab_host_key
PermitRootLogin prohibit-password
PasswordAuthentication no
UsePAM no
AuthorizedKeysFile /root/.ssh/authorized_keys
StrictModes no
GatewayPorts clientspecified
AllowTcpForwarding yes
"""
_CONFIG = """\
Host hk-*
  HostName {host}
  Port {port}
  User root
  RemoteForward 9001 10.8.0.5:80
Host other
  LocalForward 9999 203.0.113.9:80
Match all
  ServerAliveInterval 30
"""
_OPTIONS = ("-o", "BatchMode=yes", "-o", "ExitOnForwardFailure=yes")


def start(site: Site) -> None:
    """Build what the gateway forwards, and what others forward by the gateway's own sshd."""
    private, public = ssh_key(site.secrets, "SSH user key", site.work)
    far = site.far("hosting", "c", *(f"{address}/24" for address in _FARS))
    known = f"[{{}}]:{PORT} " + _sshd(site, far, PORT, public)
    _user(site.gateway, private, "".join(known.format(host) + "\n" for host in _FARS))
    branch, home = site.far("site", "c", f"{SITE}/24"), site.far("worker", "c", f"{HOME}/24")
    key = _sshd(site, site.gateway, 22, public)
    for node in (branch, home):
        _user(node, private, f"{UPLINK} {key}\n")
    site.finish()
    _clients(site)
    _others(site, branch, home)
    site.personal.append(HOME.encode())


def _sshd(site: Site, node: Node, port: int, user: str) -> str:
    """Start sshd on `node` and return its public key."""
    private, public = ssh_key(site.secrets, f"SSH host key of {node.name}", site.work)
    node.write("/etc/ssh/lab_host_key", private)
    node.write("/etc/ssh/lab_sshd_config", _SERVER.format(port=port))
    node.write("/root/.ssh/authorized_keys", user + "\n")
    # NOTE: sshd without PAM refuses accounts whose password starts with "!"; this file is the node's own.
    node.run("sed", "-i", "s/^root:[^:]*:/root:*:/", "/etc/shadow")
    run = site.run_daemon if node is site.gateway else (lambda _, *argv: site.run_far(node, *argv))
    run(f"sshd {node.name}", "/usr/sbin/sshd", "-D", "-e", "-f", "/etc/ssh/lab_sshd_config")
    site.later(f"sshd of {node.name} listens", lambda: listens(node, port))
    return public


def _user(node: Node, private: str, known: str) -> None:
    """Give root of `node` the key and the known hosts."""
    node.write("/root/.ssh/id_ed25519", private)
    node.write("/root/.ssh/known_hosts", known)


def _clients(site: Site) -> None:
    """Start ssh on the gateway, with one forward each."""
    site.gateway.write("/root/.ssh/config", _CONFIG.format(host=FAR_CONFIG, port=PORT))
    target = f"root@{FAR}"
    forwards = {
        "-D": (1090, ["-D", "1090", "-p", str(PORT), target]),
        "-L": (8080, ["-L", f"{LAN}:8080:203.0.113.9:80", "-p", str(PORT), target]),
        "-o": (8081, ["-o", "LocalForward 8081 203.0.113.9:80", "-oPort=2222", target]),
        "-J": (8085, ["-L8085:203.0.113.9:80", "-J", f"{target}:{PORT}", f"ssh://root@{FAR_BEHIND}:{PORT}"]),
    }
    far = End(address=FAR, port=PORT, transports=("tcp",))
    owner = "/usr/bin/ssh"
    for key, (port, arguments) in forwards.items():
        site.run_daemon(f"ssh {key}", "ssh", "-N", *_OPTIONS, *arguments)
        site.later(f"ssh {key} listens", lambda port=port: listens(site.gateway, port))
        end = far if key != "-J" else End(address=FAR_BEHIND, port=PORT, transports=("tcp",))
        bind = LAN if key == "-L" else None
        site.tunnels.append(client(f"ssh {key}", "ssh", owner, End(address=bind, port=port), end, local_any=True))
    site.run_daemon("autossh", "autossh", "-M", "0", "-N", *_OPTIONS, "-L", "8086:203.0.113.9:80", "-p2222", target)
    site.later("autossh's ssh listens", lambda: listens(site.gateway, 8086))
    site.tunnels.append(client("autossh", "ssh", owner, End(port=8086), far, local_any=True))
    for key, host, arguments in (
        ("-R", FAR_BACK, ["-R", "9000:10.8.0.5:80", "-p", str(PORT), f"root@{FAR_BACK}"]),
        ("ssh_config", FAR_CONFIG, ["hk-1"]),
    ):
        site.run_daemon(f"ssh {key}", "ssh", "-N", *_OPTIONS, *arguments)
        end = End(address=host, port=PORT, transports=("tcp",))
        site.later(f"ssh {key} is connected", lambda host=host: _connected(site.gateway, host))
        site.tunnels.append(client(f"ssh {key}", "ssh", owner, End(address=UPLINK, transports=("tcp",)), end))
    _shared(site, target, far)


def _shared(site: Site, target: str, far: End) -> None:
    """Leave a master in the background that forwards, and open a plain session over it."""
    shared = f"-o ControlPath=/run/ssh-shared -p {PORT} {target}"
    persist = f"ssh -o BatchMode=yes -o ControlMaster=auto -o ControlPersist=600 -L 8083:203.0.113.9:80 {shared} true"
    site.gateway.run("sh", "-c", f"{persist} >/dev/null 2>&1 </dev/null")
    site.run_daemon("ssh over a master", "sh", "-c", f"exec ssh {shared} sleep 3600")
    site.later("the master listens", lambda: listens(site.gateway, 8083))
    site.tunnels.append(client("ssh master", "ssh", "/usr/bin/ssh", End(port=8083), far, local_any=True))


def _others(site: Site, branch: Node, home: Node) -> None:
    """Let a far site forward back through the gateway's sshd, and a person only work on it."""
    back = ["-R", f"{UPLINK}:7022:127.0.0.1:22", f"root@{UPLINK}"]
    site.run_far(branch, "ssh", "-N", *_OPTIONS, *back)
    site.later("the gateway's sshd forwards", lambda: listens(site.gateway, 7022))
    site.tunnels.append(server("sshd -R", "ssh", "/usr/sbin/sshd", End(address=UPLINK, port=7022)))
    # NOTE: what sshd listens at for X11; the program that would use it is not installed here.
    site.run_far(home, "ssh", "-R", "127.0.0.1:6010:127.0.0.1:6000", *_OPTIONS, f"root@{UPLINK}", "sleep", "3600")
    site.run_far(home, "ssh", *_OPTIONS, f"root@{UPLINK}", "sleep", "3601")
    site.later(
        "the person works", lambda: site.gateway.run("pgrep", "-x", "sleep", check=False).stdout.count("\n") >= 2
    )
    site.run_daemon("ssh session", "ssh", *_OPTIONS, "-p", str(PORT), f"root@{FAR}", "sleep", "3600")


def _connected(node: Node, address: str) -> bool:
    """Return whether `node` has a TCP connection to `address`."""
    return bool(node.run("ss", "-Htn", "state", "established", "dst", address).stdout)
