"""A cycle of packets for trafgen(8): ordinary traffic, and 5 % of tunnels, of which it is known how many there are.

WireGuard between 20 pairs of ends, handshake and data; IKE_SA_INIT and ESP between five more. All handshakes are whole
and answered. The generator sends the same bytes in each cycle: counters do not go up.
"""

import random
from pathlib import Path

from tests.auditor.packets.conversations import u16, u32
from tests.auditor.packets.handshakes import sa_init
from tests.auditor.packets.made import ethernet, ip, tcp, udp

WIREGUARD_PAIRS, IKE_PAIRS = 20, 5
PAIRS = WIREGUARD_PAIRS + IKE_PAIRS
_DATA, _ESP = 3, 3  # of each end
WANTED = WIREGUARD_PAIRS * 2 * (1 + _DATA) + IKE_PAIRS * 2 * (1 + _ESP)
CYCLE = 20 * WANTED
HANDSHAKES = {
    "wireguard": "responses to the very session that the other end began",
    "ikev2": "messages of the other end",
}
"""What the evidence of a tunnel says when both halves of its handshake were seen."""


def _wanted(pick: random.Random) -> list[bytes]:
    frames = []
    for number in range(WIREGUARD_PAIRS):
        a, b, one, two = "10.99.0.1", f"198.51.{100 + number}.1", u32(1000 + number), u32(2000 + number)
        first = b"\1\0\0\0" + one + pick.randbytes(124) + bytes(16)
        frames += [ethernet(udp(a, 40000, b, 51820, first))]
        frames += [ethernet(udp(b, 51820, a, 40000, b"\2\0\0\0" + two + one + pick.randbytes(80)))]
        for counter in range(_DATA):
            rest = counter.to_bytes(8, "little") + pick.randbytes(pick.choice((80, 400, 1296)))
            frames += [ethernet(udp(a, 40000, b, 51820, b"\4\0\0\0" + two + rest))]
            frames += [ethernet(udp(b, 51820, a, 40000, b"\4\0\0\0" + one + rest))]
    for number in range(IKE_PAIRS):
        a, b = "10.99.0.1", f"203.0.{100 + number}.1"
        frames += [ethernet(udp(*((a, 500, b, 500) if ahead else (b, 500, a, 500)), data)) for ahead, data in sa_init()]
        for counter in range(1, _ESP + 1):
            rest = u32(counter) + pick.randbytes(pick.choice((80, 1296)))
            frames += [ethernet(ip(50, a, b, u32(0xC0000001) + rest)), ethernet(ip(50, b, a, u32(0xC0000002) + rest))]
    return frames


def _ordinary(pick: random.Random) -> bytes:
    a, b, port = f"10.0.{pick.randrange(250)}.9", f"198.18.{pick.randrange(250)}.9", pick.randrange(20000, 60000)
    kind = pick.random()
    if kind < 0.6:
        return ethernet(tcp(b, 443, a, port, b"\x17\x03\x03" + u16(400) + pick.randbytes(pick.choice((60, 400, 1300)))))
    if kind < 0.9:
        return ethernet(udp(b, 443, a, port, bytes([0x40 | pick.randrange(64)]) + pick.randbytes(1100)))
    name = b"\1\0\0\1\0\0\0\0\0\0\3www\7example\3com\0\0\1\0\1"
    return ethernet(udp(a, port, "10.0.0.53", 53, pick.randbytes(2) + name))


def frames() -> list[bytes]:
    """Return one cycle, every twentieth packet of a tunnel."""
    pick = random.Random(3)
    cycle = []
    for wanted in _wanted(pick):
        cycle += [wanted, *(_ordinary(pick) for _ in range(CYCLE // WANTED - 1))]
    return cycle


def write(file: Path) -> None:
    """Write the cycle as trafgen's configuration."""
    packets = ("{ " + ", ".join(f"0x{byte:02x}" for byte in frame) + " }" for frame in frames())
    file.write_text("\n".join(packets) + "\n")
