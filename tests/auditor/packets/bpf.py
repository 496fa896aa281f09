"""A classic BPF machine for tests, as bpf(4) describes it: what the kernel and libpcap make of a program."""

import struct


def run(program: bytes, frame: bytes) -> int:
    """Return how many bytes `program` wants of `frame`; raises ValueError for what a kernel would refuse."""
    code = [struct.unpack_from("=HBBI", program, at) for at in range(0, len(program), 8)]
    a = x = 0
    memory: dict[int, int] = {}
    at = 0
    while True:
        op, true, false, k = code[at]
        at += 1
        kind, size = op & 7, {0x00: 4, 0x08: 2, 0x10: 1}.get(op & 0x18, 0)
        if kind == 6:
            return k
        if kind == 0:
            mode = op & 0xE0
            if mode == 0x80:
                a = len(frame)
            elif mode == 0x60:
                a = memory[k]
            elif mode == 0:
                a = k
            else:
                place = k + (x if mode == 0x40 else 0)
                if place + size > len(frame):
                    return 0
                a = int.from_bytes(frame[place : place + size])
        elif kind == 1:
            if op & 0xE0 == 0xA0 and k >= len(frame):
                return 0
            x = memory[k] if op & 0xE0 == 0x60 else 4 * (frame[k] & 15) if op & 0xE0 == 0xA0 else k
        elif kind in (2, 3):
            memory[k] = a if kind == 2 else x
        elif kind == 4:
            value = x if op & 8 else k
            how = op & 0xF0
            a = {0x00: a + value, 0x10: a - value, 0x50: a & value}.get(
                how, a << value if how == 0x60 else a >> value if how == 0x70 else -1
            ) & 0xFFFFFFFF
        elif kind == 5:
            how = op & 0xF0
            if how == 0x00:
                at += k
            else:
                value = x if op & 8 else k
                passed = {0x10: a == value, 0x20: a > value, 0x30: a >= value, 0x40: bool(a & value)}[how]
                at += true if passed else false
        elif op & 0xF8 == 0x80:
            a = x
        else:
            x = a
