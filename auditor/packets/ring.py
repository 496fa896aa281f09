"""A packet socket with a filter and a ring (packet(7), packet_mmap.txt): ordinary traffic never gets here.

The filter is attached before the socket is bound, so no packet slips past it. What the kernel had to drop is counted.
"""

import errno
import mmap
import socket
import struct
from collections.abc import Iterator

from auditor.packets.bpf import EVERYTHING, attach

_SOL_PACKET = 263
_RX_RING, _STATISTICS, _VERSION = 5, 6, 10
_TPACKET_V3 = 2
_ETH_P_ALL = 3
_BLOCK_BYTES, _BLOCKS, _FRAME_BYTES, _RETIRE_MS = 1 << 19, 8, 2048, 100
_USER = 1  # the block is this process's
_BLOCK = struct.Struct("=III").unpack_from  # status, number of packets, offset of the first
_PACKET = struct.Struct("=IIIII4xH").unpack_from  # next, seconds, nanoseconds, captured, length, offset of the frame
Frame = tuple[float, int, bytes]


class Ring:
    """One interface listened to; `dropped` counts what was lost because this process was too slow."""

    def __init__(self, interface: str, program: bytes) -> None:
        """Open the socket; raises OSError (EPERM without CAP_NET_RAW, ENODEV for no such interface)."""
        self.interface = interface
        self.dropped = 0
        self._block = 0
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_CLOEXEC, 0)
        try:
            self.filter(program)
            self.socket.setsockopt(_SOL_PACKET, _VERSION, _TPACKET_V3)
            frames = _BLOCK_BYTES // _FRAME_BYTES * _BLOCKS
            request = (_BLOCK_BYTES, _BLOCKS, _FRAME_BYTES, frames, _RETIRE_MS, 0, 0)
            self.socket.setsockopt(_SOL_PACKET, _RX_RING, struct.pack("=7I", *request))
            self._memory = mmap.mmap(self.socket.fileno(), _BLOCK_BYTES * _BLOCKS)
            self.socket.bind((interface, _ETH_P_ALL))
        except BaseException:
            self.socket.close()
            raise

    def filter(self, program: bytes) -> None:
        """Have the kernel drop whatever `program` does not want, from now on; raises OSError."""
        try:
            attach(self.socket, program)
        except OSError as error:
            if error.errno != errno.ENOMEM:
                raise
            attach(self.socket, EVERYTHING)  # no room for two: packets that slip in meanwhile are looked at in vain
            attach(self.socket, program)

    def frames(self) -> Iterator[Frame]:
        """Yield every frame that is there by now: when (Unix time), its length on the wire, and its bytes."""
        for _ in range(_BLOCKS):
            base = self._block * _BLOCK_BYTES
            status, packets, offset = _BLOCK(self._memory, base + 8)
            if not status & _USER:
                return
            at = base + offset
            for _ in range(packets):
                step, seconds, nanoseconds, kept, length, start = _PACKET(self._memory, at)
                yield seconds + nanoseconds / 1e9, length, self._memory[at + start : at + start + kept]
                at += step
            struct.pack_into("=I", self._memory, base + 8, 0)
            self._block = (self._block + 1) % _BLOCKS

    def error(self) -> int:
        """Return the number of the error that the socket has (SO_ERROR), 0 for none, and clear it."""
        return self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)

    def count_drops(self) -> None:
        """Add what the kernel dropped since the last time; raises OSError."""
        statistics = self.socket.getsockopt(_SOL_PACKET, _STATISTICS, 12)
        self.dropped += struct.unpack_from("=II", statistics)[1]

    def close(self) -> None:
        """Stop listening."""
        self._memory.close()
        self.socket.close()
