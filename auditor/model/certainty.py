"""How sure something is; apart from the tunnels, since packets are told without them."""

from enum import StrEnum


class Certainty(StrEnum):
    """How sure it is that a connection is of the technology that it is called."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    def less(self) -> "Certainty":
        """Return the next lower one."""
        return Certainty.MEDIUM if self is Certainty.HIGH else Certainty.LOW

    def more(self) -> "Certainty":
        """Return the next higher one."""
        return Certainty.MEDIUM if self is Certainty.LOW else Certainty.HIGH
