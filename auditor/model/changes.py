"""What changed from one report to the next, and why."""

from dataclasses import dataclass
from enum import StrEnum

Value = str | int | float | bool | None | tuple[str, ...]
"""A value as it is told of a change: a plain one, or the members of a set in order; None is "not known"."""


class Kind(StrEnum):
    """What happened to a thing."""

    NEW = "new"
    GONE = "gone"
    CHANGED = "changed"


class Cause(StrEnum):
    """Why two reports differ."""

    HOST = "host"
    REGISTER = "register"
    RULES = "rules"
    COVERAGE = "coverage"
    TIME = "time"


class Subject(StrEnum):
    """What a change is about; connections and objects are what is judged."""

    AUDIT = "audit"
    CONNECTION = "connection"
    OBJECT = "object"
    GATEWAY_CONTROL = "gateway_control"
    CIRCUIT = "circuit"
    PROVIDER = "provider"
    WAIVER = "waiver"
    BLIND_SPOT = "blind_spot"
    DEVICE = "device"
    SETTINGS = "settings"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """One field that differs: its path in the report, e.g. ``remotes[203.0.113.7].transport``."""

    field: str
    old: Value
    new: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that is new, gone or changed.

    `causes` are all that are possible, likeliest first. `sure` is False for a thing that may have been
    there all the time: what could be read is not the same in both scans. Verdicts are None for what has none.
    """

    kind: Kind
    subject: Subject
    id: str
    name: str
    fields: tuple[FieldChange, ...] = ()
    causes: tuple[Cause, ...] = ()
    sure: bool = True
    verdict_old: str | None = None
    verdict_new: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """All changes between two reports of one gateway; moments are ISO 8601 with an offset, as the reports have them."""

    old_at: str
    new_at: str
    changes: tuple[Change, ...]
