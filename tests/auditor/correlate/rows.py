"""Short ways to write the rows of a scan."""

from auditor.correlate import correlate
from auditor.model.rows import Link, Outer, Process, Row, Socket
from auditor.model.sightings import BlindSpot, ProbeRun, Scope
from auditor.model.tunnel import Inventory, NotTunnel, Tunnel

HOST = Scope(name=None, inode=100, door="/proc/self/ns/net")
BRANCH = Scope(name="branch", inode=200, door="/run/netns/branch")
NOW_S = 1_800_000_000
UP = 0x10043  # IFF_UP | IFF_BROADCAST | IFF_RUNNING | IFF_LOWER_UP
DOWN = 0x1002
ETHER, TUNNEL, LOOPBACK = 1, 65534, 772


def link(index: int, name: str, kind: str | None, *, arphrd: int = ETHER, flags: int = UP, **more: object) -> Link:
    return Link(ifindex=index, name=name, kind=kind, arphrd=arphrd, flags=flags, **more)  # type: ignore[arg-type]


def tun(index: int, name: str, **more: object) -> Link:
    return link(index, name, "tun", arphrd=TUNNEL, **more)  # type: ignore[arg-type]


def vxlan(index: int, name: str, **outer: object) -> Link:
    return link(index, name, "vxlan", outer=Outer(**outer))  # type: ignore[arg-type]


def process(pid: int, exe: str | None, *tun_devices: str, netns: int = 100, sockets: tuple[int, ...] = ()) -> Process:
    return Process(
        pid=pid,
        comm=(exe or "?").rpartition("/")[2][:15],
        exe=exe,
        netns=netns,
        tun_devices=tun_devices,
        sockets=sockets,
        exe_here=True,
    )


def tcp(inode: int, local: tuple[str, int], remote: tuple[str, int] | None, state: str = "ESTABLISHED") -> Socket:
    far = remote or (None, None)
    return Socket("tcp", state, local[0], local[1], far[0], far[1], inode)


def udp(inode: int, local: tuple[str, int]) -> Socket:
    return Socket("udp", "CLOSE", local[0], local[1], None, None, inode)


def run(probe: str, *rows: Row, scope: Scope = HOST, blind: tuple[BlindSpot, ...] = ()) -> ProbeRun:
    return ProbeRun(probe=probe, scope=scope, rows=rows, blind_spots=blind, duration_s=0.0)


def seen(*runs: ProbeRun) -> tuple[Inventory, tuple[BlindSpot, ...]]:
    return correlate(runs, now_s=NOW_S)


def only_tunnel(*runs: ProbeRun) -> Tunnel:
    inventory, _ = seen(*runs)
    (tunnel,) = inventory.tunnels
    return tunnel


def only_device(*runs: ProbeRun) -> NotTunnel:
    inventory, gaps = seen(*runs)
    assert not inventory.tunnels
    assert not gaps
    (device,) = inventory.not_tunnels
    return device
