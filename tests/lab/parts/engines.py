"""Tunnels inside containers: a real one of Podman, and namespaces in control groups as other engines make them.

Docker, LXC, systemd-nspawn and Kubernetes are not run here: each has a process in a network namespace and a
control group of the form that it makes, and Docker its own file with names and secrets.
"""

import io
import json
import tarfile

from tests.lab import cgroups
from tests.lab.keys import WireGuardKey, wireguard_key
from tests.lab.node import Node, wait_until
from tests.lab.site import Site
from tests.lab.truth import End, TrueNotTunnel, TrueTunnel

FAR, NEAR, PORT = "203.0.113.95", "192.0.2.95", 51821
INSIDE = "10.95.0.1"
_DOCKER_ID = "3fa9c1d2e4b5" + "0a" * 26
_SANDBOX_ID = "77aa12cd34ef" + "0b" * 26
_EMULATED = (
    ("docker", f"docker-{_DOCKER_ID}.scope", "docker:web", "203.0.113.96"),
    ("lxc", "lxc.payload.gw2", "lxc:gw2", "203.0.113.97"),
    ("nspawn", r"machine.slice/machine-branch\x2doffice.scope", "nspawn:branch-office", "203.0.113.98"),
    (
        "kubernetes",
        "kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod3f2a1b9c_0d4e_4b6a_9c1d_2e3f4a5b6c7d.slice/"
        f"cri-containerd-{_SANDBOX_ID}.scope",
        "kubernetes:pod-3f2a1b9c",
        "203.0.113.99",
    ),
)
_GROUPS = "/sys/fs/cgroup"
# NOTE: limits and device rules are off, for not every machine that runs the lab grants them to root.
_PODMAN_RUN = (
    *("--name", "vpn", "--network", "none", "--privileged", "--pids-limit=-1", "--security-opt", "seccomp=unconfined"),
    *("--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024", "--no-hosts", "-v", "/usr:/usr:ro"),
)


def start(site: Site) -> None:
    """Build one tunnel in each container."""
    site.at_the_end(cgroups.remove_left_over)
    site.gateway.run("mount", "-t", "cgroup2", "cgroup2", _GROUPS)
    _podman(site)
    for engine, group, label, remote in _EMULATED:
        _emulated(site, engine, group, label, remote)


def _podman(site: Site) -> None:
    """wireguard-go in a container of Podman, with a secret in its environment."""
    mine = wireguard_key(site.secrets, "WireGuard private key in the container")
    theirs = wireguard_key(site.secrets, "WireGuard private key of the container's peer")
    far = site.far("container-peer", "c", f"{FAR}/24")
    site.run_far(far, "wireguard-go", "-f", "wgc0")
    _configure(far, (), theirs, mine, None, "10.95.0.2/32", INSIDE)
    engine = ("podman", "--storage-driver", "vfs", "--cgroup-manager", "cgroupfs", "--events-backend", "file")
    site.gateway.write("/run/image.tar", _image())
    site.gateway.run(*engine, "import", "-q", "/run/image.tar", "local/box")
    secret = site.secrets.token("secret in the container's environment")
    site.gateway.run(
        *(
            *engine,
            "run",
            "-d",
            *_PODMAN_RUN,
            "--cgroup-parent",
            f"/{cgroups.parent()}",
            "--env",
            f"API_TOKEN={secret}",
        ),
        *("local/box", "/usr/bin/wireguard-go", "-f", "wgc0"),
    )
    pid = site.gateway.run(*engine, "inspect", "-f", "{{.State.Pid}}", "vpn").stdout.strip()
    net = ("nsenter", "--net", "--target", pid, "--")
    site.internet.plug(site.gateway, "eth8", "a", default=False)
    site.gateway.ip(f"link set eth8 netns {pid}")
    for line in (
        "link set lo up",
        "link set eth8 up",
        f"address add {NEAR}/25 dev eth8",
        "route add default via 192.0.2.1",
    ):
        site.gateway.run(*net, "ip", *line.split())
    inside = ("nsenter", "--net", "--mount", "--pid", "--target", pid, "--")
    _configure(site.gateway, inside, mine, theirs, f"{FAR}:{PORT}", f"{INSIDE}/32", "10.95.0.2")
    site.later(
        "WireGuard in the container carries a ping",
        lambda: site.gateway.run(*net, "ping", "-n", "-c1", "-W1", INSIDE, check=False).returncode == 0,
    )
    site.tunnels.append(
        TrueTunnel(
            key="podman",
            technologies=("wireguard",),
            interface="wgc0",
            namespace="podman:vpn",
            states=("up",),
            owner="/usr/bin/wireguard-go",
            local=End(address=NEAR, port=PORT, transports=("udp",)),
            local_any=True,
            remotes=(End(address=FAR, port=PORT, transports=("udp",)),),
        )
    )
    for interface in ("lo", "eth8"):
        site.not_tunnels.append(TrueNotTunnel(interface=interface, why="device of a container", namespace="podman:vpn"))


def _configure(
    node: Node,
    inside: tuple[str, ...],
    mine: WireGuardKey,
    theirs: WireGuardKey,
    end: str | None,
    allowed: str,
    own: str,
) -> None:
    """Give a wireguard-go its keys and address; `inside` enters its container, `end` None waits for the other."""
    wait_until("wgc0", lambda: node.run(*inside, "wg", "show", "wgc0", check=False).returncode == 0)
    settings = (
        f"[Interface]\nPrivateKey = {mine.private}\nListenPort = {PORT}\n"
        f"[Peer]\nPublicKey = {theirs.public}\nAllowedIPs = {allowed}\n"
    ) + (f"Endpoint = {end}\nPersistentKeepalive = 5\n" if end else "")
    node.run(*inside, "wg", "setconf", "wgc0", "/dev/stdin", text=settings)
    for line in (f"address add {own}/24 dev wgc0", "link set wgc0 up"):
        node.run(*inside, "ip", *line.split())


def _image() -> bytes:
    """Return an image of nothing but links into /usr, which is mounted from the host."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as image:
        for name in ("bin", "sbin", "lib", "lib64"):
            link = tarfile.TarInfo(name)
            link.type, link.linkname = tarfile.SYMTYPE, f"usr/{name}"
            image.addfile(link)
        for name in ("usr", "run", "var", "tmp"):
            directory = tarfile.TarInfo(name)
            directory.type, directory.mode = tarfile.DIRTYPE, 0o755
            image.addfile(directory)
        link = tarfile.TarInfo("var/run")
        link.type, link.linkname = tarfile.SYMTYPE, "/run"
        image.addfile(link)
    return made.getvalue()


def _emulated(site: Site, engine: str, group: str, label: str, remote: str) -> None:
    """A process in a network namespace and control group of its own, with a VXLAN device."""
    process = site.run_daemon(engine, "unshare", "--net", "sleep", "infinity")
    seen = ("readlink", f"/proc/{process.pid}/ns/net", "/proc/1/ns/net")
    wait_until(f"namespace of {engine}", lambda: len(set(site.gateway.run(*seen).stdout.split())) == 2)
    path = f"{_GROUPS}/{cgroups.parent()}/{group}"
    site.gateway.run("mkdir", "-p", path)
    site.gateway.run("tee", f"{path}/cgroup.procs", text=f"{process.pid}\n")
    if engine == "docker":
        secret = site.secrets.token("secret in Docker's file")
        settings = {
            "Config": {"Env": [f"DB_PASSWORD={secret}"], "Labels": {"Name": "/other"}},
            "ID": _DOCKER_ID,
            "Name": "/web",
        }
        site.gateway.write(
            f"/var/lib/docker/containers/{_DOCKER_ID}/config.v2.json", json.dumps(settings, separators=(",", ":"))
        )
    device = f"link add vx0 type vxlan id 9 remote {remote} dstport 4789"
    for line in ("link set lo up", device, "link set vx0 up"):
        site.gateway.run("nsenter", "--net", "--target", str(process.pid), "--", "ip", *line.split())
    site.tunnels.append(
        TrueTunnel(
            key=engine,
            technologies=("vxlan",),
            interface="vx0",
            namespace=label,
            states=("up", "unknown"),
            local=End(transports=("udp",)),
            remotes=(End(address=remote, port=4789, transports=("udp",)),),
        )
    )
    site.not_tunnels.append(TrueNotTunnel(interface="lo", why="loopback of a container", namespace=label))
