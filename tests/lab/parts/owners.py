"""Devices whose owner is hard to tell: programs at odd places, with others' names, removed, or one of several.

The programs are hard links of this node's Python under other names, and of the real OpenVPN.
"""

from pathlib import Path

from tests.lab.site import Site
from tests.lab.truth import End, TrueTunnel

ODD = "/var/opt/vendor/bin"
NOT_UTF8, MARKUP = b"t\xff\xfe<i>", b"<b>&\"'tun15chx_"  # the second has as many bytes as a name can have
NOBODY = "203.0.113.91"
_HOLD = """\
import ctypes, fcntl, os, signal, socket, struct, sys

def make(name):
    device = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(device, 0x400454CA, struct.pack("16sH22x", bytes.fromhex(name), 0x1001))
    return device

task, *rest = sys.argv[1:]
if task == "hold":
    held = [make(name) for name in rest]
if task == "disguise":
    held = make(rest[1])
    ctypes.CDLL(None).prctl(15, rest[0].encode(), 0, 0, 0)
if task == "share":
    os.set_inheritable(make(rest[1]), True)
    if os.fork() == 0:
        os.execv(rest[0], [rest[0], "-IS", sys.argv[0], "wait"])
if task == "take":
    door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    door.bind(rest[0])
    door.listen()
    _, held, _, _ = socket.recv_fds(door.accept()[0], 1, 1)
if task == "give":
    door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    door.connect(rest[0])
    socket.send_fds(door, [b"x"], [make(rest[1])])
    sys.exit()
signal.pause()
"""
_SCRIPT, _DOOR = "/var/opt/hold.py", "/run/vendor.sock"


def start(site: Site) -> None:
    """Build one device for each way in which an owner can mislead."""
    site.gateway.write(_SCRIPT, _HOLD)
    for name in ("warp-svc", "netbird", "agent", "edge", "client", "launcher", "giver"):
        _install(site, "/usr/bin/python3", f"{ODD}/{name}")
    site.gateway.write("/var/lib/dpkg/info/tailscale:amd64.list", f"/.\n/var\n{ODD}/agent\n", 0o644)
    _by_name(site)
    _strangers(site)
    _handed_over(site)
    _openvpn(site)
    site.finish()


def _install(site: Site, program: str, place: str) -> None:
    """Put the file of `program` at `place`, which is then the path of the executable."""
    site.gateway.run("install", "-D", program, place)


def _hold(site: Site, key: str, program: str, *arguments: str) -> None:
    site.run_daemon(f"owner-{key}", program, "-IS", _SCRIPT, *arguments)


def _truth(
    site: Site, key: str, technology: str, name: bytes, owner: str, *, remotes: tuple[End, ...] = (), up: bool = True
) -> None:
    """Wait for device `name`, switch it on and note what is true of it."""
    interface = name.decode(errors="backslashreplace")
    place = Path(f"{site.gateway.root}/sys/class/net") / name.decode(errors="surrogateescape")
    site.later(f"device of {key}", place.is_dir)
    site.finish()
    if up:
        site.gateway.run("ip", "link", "set", "dev", name, "up")
    site.tunnels.append(
        TrueTunnel(
            key=key,
            technologies=(technology,),
            interface=interface,
            states=("up",),
            owner=owner,
            local=End(),
            local_any=True,
            remotes=remotes,
            family="network_tunnel",
        )
    )


def _by_name(site: Site) -> None:
    """Programs whose name, package or removed file tells what they are."""
    _hold(site, "name", f"{ODD}/warp-svc", "hold", b"vendor0".hex())
    _truth(site, "owner-name", "warp", b"vendor0", f"{ODD}/warp-svc")
    _hold(site, "package", f"{ODD}/agent", "hold", b"vendor1".hex())
    _truth(site, "owner-package", "tailscale", b"vendor1", f"{ODD}/agent")
    _hold(site, "removed", f"{ODD}/netbird", "hold", b"vendor2".hex())
    _truth(site, "owner-removed", "netbird", b"vendor2", f"{ODD}/netbird")
    site.gateway.run("rm", f"{ODD}/netbird")
    _install(site, "/usr/bin/python3", f"{ODD}/netbird")  # as an upgrade does


def _strangers(site: Site) -> None:
    """Programs that are nothing known: with a name that many have, with a false one, with devices of hostile names."""
    _hold(site, "generic", f"{ODD}/edge", "hold", b"edge0".hex())
    _truth(site, "owner-generic", "tun", b"edge0", f"{ODD}/edge")
    python = site.gateway.run("readlink", "-f", "/usr/bin/python3").stdout.strip()
    _hold(site, "disguise", "/usr/bin/python3", "disguise", "openvpn", b"tun0".hex())
    _truth(site, "owner-disguise", "tun", b"tun0", python)
    _hold(site, "hostile", f"{ODD}/client", "hold", NOT_UTF8.hex(), MARKUP.hex(), b"wg0".hex())
    for number, name in enumerate((NOT_UTF8, MARKUP)):
        _truth(site, f"owner-hostile-{number}", "tun", name, f"{ODD}/client")
    site.later("wg0", lambda: "wg0" in site.gateway.run("ls", "/sys/class/net").stdout)
    site.finish()
    site.gateway.run("ip", "link", "set", "dev", "wg0", "name", "eth7")
    _truth(site, "owner-renamed", "tun", b"eth7", f"{ODD}/client")


def _handed_over(site: Site) -> None:
    """A device given away by a known program that has ended, and one that two programs hold."""
    _hold(site, "taken", f"{ODD}/client", "take", _DOOR)
    site.later("the taker listens", Path(f"{site.gateway.root}{_DOOR}").exists)
    site.finish()
    site.gateway.run(f"{ODD}/warp-svc", "-IS", _SCRIPT, "give", _DOOR, b"given0".hex())
    _truth(site, "owner-taken", "tun", b"given0", f"{ODD}/client")
    _hold(site, "shared", f"{ODD}/launcher", "share", f"{ODD}/netbird", b"shared0".hex())
    _truth(site, "owner-shared", "netbird", b"shared0", f"{ODD}/netbird")


def _openvpn(site: Site) -> None:
    """The real OpenVPN elsewhere: under its name, and under another one, which nobody knows."""
    for name, technology, device in (("openvpn", "openvpn", "odd0"), ("netd", "tun", "odd1")):
        _install(site, "/usr/sbin/openvpn", f"{ODD}/{name}")
        site.run_daemon(
            f"owner-{name}",
            *(f"{ODD}/{name}", "--dev", device, "--dev-type", "tun", "--ifconfig", "10.81.0.1", "10.81.0.2"),
            *("--remote", NOBODY, "1194", "udp", "--nobind"),
        )
        remotes = (End(address=NOBODY, port=1194, transports=("udp",)),) if technology == "openvpn" else ()
        _truth(site, f"owner-real-{name}", technology, device.encode(), f"{ODD}/{name}", remotes=remotes, up=False)
