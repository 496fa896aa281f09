"""A PPPoE and an L2TP session as pppd makes them, and an IPsec policy of one socket as IKE daemons make them.

Nothing answers at the far ends. Source: linux/if_pppox.h, linux/if_pppol2tp.h, linux/ppp-ioctl.h, linux/xfrm.h.
"""

import ctypes
import fcntl
import os
import socket
import struct
from pathlib import Path

_AF_PPPOX = 24
_PX_PROTO_OE, _PX_PROTO_OL2TP = 0, 1
_PPPIOCGCHAN, _PPPIOCATTCHAN, _PPPIOCNEWUNIT, _PPPIOCCONNECT = 0x80047437, 0x40047438, 0xC004743E, 0x4004743A
_IP_XFRM_POLICY = 17
_libc = ctypes.CDLL(None, use_errno=True)


def _connect(descriptor: int, address: bytes) -> None:
    """Connect with an address that Python's socket module does not know."""
    if _libc.connect(descriptor, address, len(address)):
        raise OSError(ctypes.get_errno(), "connect")


def _unit(channel_socket: int) -> list[int]:
    """Give the session a network device; return the descriptors to keep open."""
    channel = struct.unpack("i", fcntl.ioctl(channel_socket, _PPPIOCGCHAN, struct.pack("i", 0)))[0]
    channel_end = os.open("/dev/ppp", os.O_RDWR)
    fcntl.ioctl(channel_end, _PPPIOCATTCHAN, struct.pack("i", channel))
    unit_end = os.open("/dev/ppp", os.O_RDWR)
    unit = fcntl.ioctl(unit_end, _PPPIOCNEWUNIT, struct.pack("i", -1))
    fcntl.ioctl(channel_end, _PPPIOCCONNECT, unit)
    return [channel_end, unit_end]


def pppoe(device: str, session: int, far_mac: bytes) -> list[int]:
    """Open PPPoE session `session` over `device`; return the descriptors that keep it."""
    end = socket.socket(_AF_PPPOX, socket.SOCK_STREAM, _PX_PROTO_OE).detach()
    far_end = struct.pack(">H", session) + far_mac
    _connect(end, struct.pack("=HI8s16s", _AF_PPPOX, _PX_PROTO_OE, far_end, device.encode()))
    return [end, *_unit(end)]


def l2tp(near: str, far: str) -> list[int]:
    """Open an L2TP tunnel between two IPv4 addresses; return the descriptors that keep it.

    Of its two PPP sessions the second has a network device.
    """
    outer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    outer.bind((near, 1701))
    outer.connect((far, 1701))
    carrier = outer.detach()
    kept = [carrier]
    for session in (0, 6, 7):
        far_end = struct.pack("=H2s4s8x", socket.AF_INET, struct.pack(">H", 1701), socket.inet_aton(far))
        ids = struct.pack("=HHHH", 11, session, 22, session and session + 1)
        end = socket.socket(_AF_PPPOX, socket.SOCK_DGRAM, _PX_PROTO_OL2TP).detach()
        _connect(end, struct.pack("=HIii", _AF_PPPOX, _PX_PROTO_OL2TP, 0, carrier) + far_end + ids)
        kept.append(end)
    return [*kept, *_unit(kept[-1])]


def make_node() -> None:
    """Make sure that /dev/ppp exists."""
    if not Path("/dev/ppp").exists():
        os.mknod("/dev/ppp", 0o600 | 0o020000, os.makedev(108, 0))


def socket_policy() -> int:
    """Let one UDP socket pass by all IPsec policies, as IKE daemons do; return its descriptor."""
    daemon = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for direction in (0, 1):
        policy = bytearray(168)
        struct.pack_into("=H", policy, 40, socket.AF_INET)
        policy[160] = direction
        daemon.setsockopt(socket.SOL_IP, _IP_XFRM_POLICY, bytes(policy))
    return daemon.detach()
