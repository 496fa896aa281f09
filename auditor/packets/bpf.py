"""Classic BPF (bpf(4), Linux's filter.txt): its instructions, an assembler with names for places, and attaching."""

import ctypes
import socket
from collections.abc import Sequence
from struct import Struct, pack

KEPT_BYTES = 0xFFFF
_FEW = 3
_INSTRUCTION = Struct("=HBBI")
_PROGRAM = Struct("@HP")
_SO_ATTACH_FILTER = 26

LD, LDX, ST, STX, ALU, JMP, RET, MISC = range(8)
WORD, HALF, BYTE = 0x00, 0x08, 0x10
ABS, IND, MEM, LEN, MSH, IMM = 0x20, 0x40, 0x60, 0x80, 0xA0, 0x00
ADD, SUB, AND, LSH, RSH = 0x00, 0x10, 0x50, 0x60, 0x70
JA, JEQ, JGT, JGE, JSET = 0x00, 0x10, 0x20, 0x30, 0x40
X = 0x08
TAX, TXA = 0x00, 0x80


class Slot(int):
    """A constant that is filled in when the program is assembled: the number of it."""


class Assembler:
    """Instructions with names for places; a jump that is too far for a conditional goes by way of an absolute one."""

    def __init__(self) -> None:
        """Begin an empty program."""
        self._code: list[tuple[int, int, int, int | str]] = []
        self._places: dict[str, int] = {}
        self._numbers: list[int] = []
        self._slots: list[tuple[int, int]] = []

    def add(self, code: int, k: int | str = 0, true: int = 0, false: int = 0) -> None:
        """Add one instruction; a name as `k` is a place to jump to."""
        self._code.append((code, true, false, k))

    def here(self, name: str) -> None:
        """Name this place."""
        self._places[name] = len(self._code)

    def load(self, size: int, at: int) -> None:
        """A = what stands at X + `at`."""
        self.add(LD | size | IND, at)

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

    def accept_if_in(self, values: Sequence[int]) -> None:
        """End with the packet wanted if A is one of the sorted `values`; as few are looked at as can be."""
        if len(values) <= _FEW:
            self.accept_if(JEQ, *values)
            return
        middle = len(values) // 2
        above, behind = f"above {len(self._code)}", f"behind {len(self._code)}"
        self.go_if(JGT, values[middle - 1], above)
        self.accept_if_in(values[:middle])
        self.add(JMP | JA, behind)
        self.here(above)
        self.accept_if_in(values[middle:])
        self.here(behind)

    def drop_if(self, test: int, value: int) -> None:
        """End with the packet dropped if A passes `test`."""
        self.add(JMP | test, value, 0, 1)
        self.drop()

    def go_if(self, test: int, value: int, place: str) -> None:
        """Go on at `place` if A passes `test`."""
        self.add(JMP | test, value, 0, 1)
        self.add(JMP | JA, place)

    def minus(self, cell: int, back: int) -> None:
        """A = A - `cell`; X is lost and taken from cell `back`."""
        self.add(LDX | MEM, cell)
        self.add(ALU | SUB | X)
        self.add(LDX | MEM, back)

    def assemble(self, values: Sequence[int] = ()) -> bytes:
        """Return the program as the kernel and libpcap take it, `values` in the places of each `Slot`."""
        if not self._numbers:
            for at, (code, true, false, k) in enumerate(self._code):
                number = self._places[k] - at - 1 if isinstance(k, str) else k
                if isinstance(k, Slot):
                    self._slots.append((len(self._numbers) + 3, k))
                self._numbers += (code, true, false, number)
        numbers = self._numbers
        for place, slot in self._slots:
            numbers[place] = values[slot]
        return pack("=" + "HBBI" * len(self._code), *numbers)


def instructions(program: bytes) -> int:
    """Return how many instructions an assembled program has."""
    return len(program) // _INSTRUCTION.size


def attach(door: socket.socket, program: bytes) -> None:
    """Have the kernel drop whatever `program` does not want of what arrives at `door`, from now on; raises OSError."""
    code = ctypes.create_string_buffer(program, len(program))
    wanted = _PROGRAM.pack(instructions(program), ctypes.addressof(code))
    door.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, wanted)
