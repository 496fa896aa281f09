"""One thing that was looked at: how it is, and what would mend it."""

from dataclasses import dataclass
from enum import IntEnum

from auditor.model.text import Text


class Health(IntEnum):
    """How a thing is; a larger number is worse. A NOTE is said and asks for nothing."""

    FINE = 0
    NOTE = 1
    CARE = 2
    BROKEN = 3


@dataclass(frozen=True, slots=True)
class Advice:
    """What was looked at (`about`), how it is, and what would mend it (None: nothing to mend)."""

    health: Health
    about: Text
    says: Text
    mend: Text | None = None
