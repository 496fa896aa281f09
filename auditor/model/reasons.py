"""Why something could not be read; apart from the sightings, since every command loads it with the errors."""

from enum import StrEnum


class Reason(StrEnum):
    """Why a probe could not read what it set out to read."""

    PERMISSION = "permission"
    ABSENT = "absent"
    UNPARSED = "unparsed"
    TIMEOUT = "timeout"
    INTERRUPTED = "interrupted"
    OVERFLOW = "overflow"
    TRUNCATED = "truncated"
    CRASHED = "crashed"
    KILLED = "killed"
    SKIPPED = "skipped"
    CHANGED = "changed"
