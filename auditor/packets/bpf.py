"""Classic BPF (bpf(4), Linux's filter.txt): its instructions, an assembler with names for places, and attaching."""

import ctypes
from collections.abc import Sequence
from itertools import accumulate
from struct import Struct, pack
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from socket import socket

KEPT_BYTES = 0xFFFF
_FEW = 3
_FARTHEST = 256  # instructions that a conditional jump can reach over, itself among them
_INSTRUCTION = Struct("=HBBI")
_CONSTANT, _CONSTANT_AT = Struct("=I"), 4
_PROGRAM = Struct("@HP")
_SO_ATTACH_FILTER = 26

LD, LDX, ST, STX, ALU, JMP, RET, MISC = range(8)
WORD, HALF, BYTE = 0x00, 0x08, 0x10
ABS, IND, MEM, LEN, MSH, IMM = 0x20, 0x40, 0x60, 0x80, 0xA0, 0x00
ADD, SUB, AND, LSH, RSH = 0x00, 0x10, 0x50, 0x60, 0x70
JA, JEQ, JGT, JGE, JSET = 0x00, 0x10, 0x20, 0x30, 0x40
X = 0x08
TAX, TXA = 0x00, 0x80

_Line = tuple[int, int, int, int | str, str | None]  # code, true, false, k, and where a far jump goes

EVERYTHING = _INSTRUCTION.pack(RET, 0, 0, KEPT_BYTES)
"""A program that wants every packet."""


class Slot(int):
    """A constant that is filled in when the program is assembled: the number of it."""


class Assembler:
    """Instructions with names for places; a jump that is too far for a conditional goes by way of an absolute one.

    Where it loads from is counted from `origin`. Several programs can be put one behind the other: a place in those
    that follow is `behind` the end of this one. Numbers of instructions to skip are for those that never grow: all but
    `go_if` and `unless`.
    """

    def __init__(self) -> None:
        """Begin an empty program, which loads from where X stands."""
        self._code: list[_Line] = []
        self._places: dict[str, int] = {}
        self._behind: dict[str, int] = {}
        self._packed = bytearray()
        self._slots: list[tuple[int, int]] = []
        self._mode, self._origin = IND, 0

    def add(self, code: int, k: int | str = 0, true: int = 0, false: int = 0) -> None:
        """Add one instruction; a name as `k` is a place to jump to."""
        self._code.append((code, true, false, k, None))

    def here(self, name: str) -> None:
        """Name this place."""
        self._places[name] = len(self._code)

    def behind(self, name: str, distance: int = 0) -> None:
        """Name the place so many instructions behind the end of this program."""
        self._behind[name] = distance

    def place(self, name: str) -> int:
        """Return how many instructions of the program stand before the place `name`."""
        return self._at()[self._places[name]]

    def length(self) -> int:
        """Return how many instructions the program has."""
        return self._at()[-1]

    def origin(self, at: int = 0, *, fixed: bool = False) -> None:
        """Count what is loaded from now on from X + `at`, or from `at` of the frame where that is `fixed`."""
        self._mode, self._origin = ABS if fixed else IND, at

    def load(self, size: int, at: int) -> None:
        """A = what stands `at` bytes from the origin."""
        self.add(LD | size | self._mode, self._origin + at)

    def store(self, cell: int) -> None:
        """Keep A in `cell`."""
        self.add(ST, cell)

    def move(self, step: int) -> None:
        """X = X + `step`."""
        self.add(MISC | TXA)
        self.add(ALU | ADD, step)
        self.add(MISC | TAX)

    def drop(self) -> None:
        """End: the packet is not wanted."""
        self.add(RET, 0)

    def accept(self) -> None:
        """End: the packet is wanted."""
        self.add(RET, KEPT_BYTES)

    def accept_if(self, test: int, *values: int) -> None:
        """End with the packet wanted if A passes `test` against one of `values`."""
        for value in values:
            self.add(JMP | test, value, 0, 1)
            self.accept()

    def accept_if_in(self, values: Sequence[int], otherwise: str) -> None:
        """End with the packet wanted if A is one of the sorted `values`, go on at `otherwise` if not.

        As few are looked at as can be.
        """
        if len(values) <= _FEW:
            self.accept_if(JEQ, *values[:-1])
            self.unless(JEQ, values[-1], otherwise)
            self.accept()
            return
        middle = len(values) // 2
        above = f"above {len(self._code)}"
        self.go_if(JGT, values[middle - 1], above)
        self.accept_if_in(values[:middle], otherwise)
        self.here(above)
        self.accept_if_in(values[middle:], otherwise)

    def drop_if(self, test: int, value: int) -> None:
        """End with the packet dropped if A passes `test`."""
        self.add(JMP | test, value, 0, 1)
        self.drop()

    def go(self, place: str) -> None:
        """Go on at `place`."""
        self.add(JMP | JA, place)

    def go_if(self, test: int, value: int, place: str) -> None:
        """Go on at `place` if A passes `test`."""
        self._code.append((JMP | test, 1, 0, value, place))

    def unless(self, test: int, value: int, place: str) -> None:
        """Go on at `place` if A does not pass `test`."""
        self._code.append((JMP | test, 0, 1, value, place))

    def minus(self, cell: int, back: int) -> None:
        """A = A - `cell`; X is lost and taken from cell `back`."""
        self.add(LDX | MEM, cell)
        self.add(ALU | SUB | X)
        self.add(LDX | MEM, back)

    def assemble(self, values: Sequence[int] = ()) -> bytes:
        """Return the program as the kernel and libpcap take it, `values` in the places of each `Slot`."""
        if not self._packed:
            self._link()
        for at, slot in self._slots:
            _CONSTANT.pack_into(self._packed, at, values[slot])
        return bytes(self._packed)

    def _at(self) -> list[int]:
        """Return where each line begins, and at last where the program ends: far jumps take two instructions."""
        sizes = [1] * len(self._code)
        jumps = [(line, one[4]) for line, one in enumerate(self._code) if one[4] is not None]
        while True:
            at = list(accumulate(sizes, initial=0))
            far = [line for line, place in jumps if sizes[line] == 1 and self._target(at, place) - at[line] > _FARTHEST]
            if not far:
                return at
            for line in far:
                sizes[line] = 2

    def _target(self, at: list[int], place: str) -> int:
        """Return where `place` is, for lines that begin `at`."""
        return at[self._places[place]] if place in self._places else at[-1] + self._behind[place]

    def _link(self) -> None:
        """Put numbers in the place of names."""
        at, numbers = self._at(), list[int]()
        for line, (code, true, false, k, place) in enumerate(self._code):
            if isinstance(k, Slot):
                self._slots.append((at[line] * _INSTRUCTION.size + _CONSTANT_AT, k))
            value = self._target(at, k) - at[line] - 1 if isinstance(k, str) else k
            if place is None:
                numbers += (code, true, false, value)
                continue
            distance = self._target(at, place) - at[line] - 1
            if at[line + 1] - at[line] == 1:
                numbers += (code, true * distance, false * distance, value)
            else:
                numbers += (code, 1 - true, 1 - false, value, JMP | JA, 0, 0, distance - 1)
        self._packed[:] = pack("=" + "HBBI" * (len(numbers) // 4), *numbers)


def instructions(program: bytes) -> int:
    """Return how many instructions an assembled program has."""
    return len(program) // _INSTRUCTION.size


def attach(door: "socket", program: bytes) -> None:
    """Have the kernel drop whatever `program` does not want of what arrives at `door`, from now on; raises OSError."""
    from socket import SOL_SOCKET  # NOTE: who reads a file needs no sockets, which take 2 ms to load

    code = ctypes.create_string_buffer(program, len(program))
    wanted = _PROGRAM.pack(instructions(program), ctypes.addressof(code))
    door.setsockopt(SOL_SOCKET, _SO_ATTACH_FILTER, wanted)
