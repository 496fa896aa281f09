"""What a probe run gives: rows of what was seen, and blind spots where it could not look."""

from dataclasses import dataclass

from auditor.model.reasons import Reason as Reason
from auditor.model.rows import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """One network namespace of the gateway.

    `name` is None for the namespace that the agent itself runs in (shown as the host's own).
    `door` is the file by which it is entered. `inode` identifies it within one scan only.
    """

    name: str | None
    inode: int
    door: str

    @property
    def label(self) -> str:
        """Return the name to show people: the namespace's own, or "host"."""
        return self.name if self.name is not None else "host"


@dataclass(frozen=True, slots=True, kw_only=True)
class BlindSpot:
    """One thing that a probe set out to read and could not.

    `source` is what was to be read, `detail` the error in words without any bytes of the source,
    `hides` the technologies that could be missed because of it, `needs` the capability or package
    that would open it (None: none would), `scope` the label of the namespace.
    """

    probe: str
    scope: str
    source: str
    reason: Reason
    detail: str
    hides: tuple[str, ...]
    needs: str | None = None


Sighting = Row | BlindSpot


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeRun:
    """What one probe saw in one namespace; `duration_s` is wall time."""

    probe: str
    scope: Scope
    rows: tuple[Row, ...]
    blind_spots: tuple[BlindSpot, ...]
    duration_s: float
