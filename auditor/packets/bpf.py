"""Classic BPF (bpf(4), Linux's filter.txt): its instructions, and an assembler with names for places."""

from struct import Struct

KEPT_BYTES = 0xFFFF
_INSTRUCTION = Struct("=HBBI")

LD, LDX, ST, STX, ALU, JMP, RET, MISC = range(8)
WORD, HALF, BYTE = 0x00, 0x08, 0x10
ABS, IND, MEM, LEN, IMM = 0x20, 0x40, 0x60, 0x80, 0x00
ADD, SUB, AND, LSH, RSH, XOR = 0x00, 0x10, 0x50, 0x60, 0x70, 0xA0
JA, JEQ, JGT, JGE, JSET = 0x00, 0x10, 0x20, 0x30, 0x40
X = 0x08
TAX, TXA = 0x00, 0x80


class Assembler:
    """Instructions with names for places; a jump that is too far for a conditional goes by way of an absolute one."""

    def __init__(self) -> None:
        """Begin an empty program."""
        self._code: list[tuple[int, int, int, int | str]] = []
        self._places: dict[str, int] = {}

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

    def assemble(self) -> bytes:
        """Return the program as the kernel and libpcap take it."""
        parts = []
        for at, (code, true, false, k) in enumerate(self._code):
            number = self._places[k] - at - 1 if isinstance(k, str) else k
            parts.append(_INSTRUCTION.pack(code, true, false, number))
        return b"".join(parts)


def instructions(program: bytes) -> int:
    """Return how many instructions an assembled program has."""
    return len(program) // _INSTRUCTION.size
