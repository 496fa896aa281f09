"""TUN and TAP devices that nobody knows: held by a program without a name for it, and held by none."""

from tests.lab.site import Site
from tests.lab.truth import End, TrueTunnel

_HOLD = """\
import fcntl, signal, struct
device = open("/dev/net/tun", "r+b", buffering=0)
fcntl.ioctl(device, 0x400454CA, struct.pack("16sH22x", b"corp0", 0x1001))
signal.pause()
"""
_INTERPRETER = "/usr/bin/python3"


def start(site: Site) -> None:
    """Build corp0 (a TUN held by an interpreter) and left0 (a persistent TAP that nobody holds)."""
    site.run_daemon("odd", _INTERPRETER, "-c", _HOLD)
    site.later("corp0 is there", lambda: "corp0" in site.gateway.run("ls", "/sys/class/net").stdout)
    site.finish()
    site.gateway.ip("address add 10.80.0.1/24 dev corp0", "link set corp0 up", "tuntap add left0 mode tap")
    owner = site.gateway.run("readlink", "-f", _INTERPRETER).stdout.strip()
    for key, technology, interface, states, path in (
        ("unknown-owner", "tun", "corp0", ("up", "unknown"), owner),
        ("no-owner", "tap", "left0", ("down",), None),
    ):
        site.tunnels.append(
            TrueTunnel(
                key=key,
                technologies=(technology,),
                interface=interface,
                states=states,
                owner=path,
                local=End(),
                local_any=True,
                remotes=(),
                verdict="needs_review",
            )
        )
