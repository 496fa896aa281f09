"""Configuration files in a made tree, what a probe says of them, and the search for planted secrets."""

from collections.abc import Iterator
from pathlib import Path

from auditor.errors import SourceDenied
from auditor.host import Host
from auditor.model.rows import Configured
from auditor.model.sightings import BlindSpot, Reason, Scope
from auditor.probe import Probe, View

SECRET = "hunter2-NeverToBeSeen"
KEY = "uJ2tA9yTqkI1PCNQq7qmrKIyKFVlCvrjWkQJqmYvMUo="  # of a peer, public
OTHER_KEY = "m4fCCLZBhYhV2NvhcL8JdnQfaRTKy9AAYQF1LgDAfxs="


class Denied(Host):
    """A host that lets nobody read below `closed`."""

    def __init__(self, root: str, closed: str) -> None:
        super().__init__(root)
        self.closed = closed

    def lines(self, path: str, **options: object) -> Iterator[bytes]:
        if path.startswith(self.closed):
            raise SourceDenied("Permission denied", needs=str(options["needs"]))
        return super().lines(path, **options)  # type: ignore[arg-type]

    def names(self, path: str, *, needs: str | None = None) -> list[str]:
        if path == self.closed:
            raise SourceDenied("Permission denied", needs=needs)
        return super().names(path, needs=needs)


def write(root: Path, files: dict[str, str]) -> None:
    """Write `files`, by their paths on the host."""
    for path, content in files.items():
        target = root / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode("utf-8", "surrogateescape"))


def ask(root: Path, probe: Probe, *, closed: str | None = None) -> tuple[list[Configured], list[BlindSpot]]:
    """Return what `probe` sees below `root`; fails when a planted secret is among it."""
    host = Denied(str(root), closed) if closed else Host(str(root))
    seen = list(probe.run(View(host=host, scope=Scope(name=None, inode=1, door="/"))))
    assert SECRET not in repr(seen)
    rows = [one for one in seen if isinstance(one, Configured)]
    gaps = [one for one in seen if isinstance(one, BlindSpot)]
    assert len(rows) + len(gaps) == len(seen)
    return rows, gaps


def said(gaps: list[BlindSpot]) -> list[tuple[str, str]]:
    """Return (source, detail) of gaps that are all of what could not be understood."""
    assert {gap.reason for gap in gaps} <= {Reason.UNPARSED}
    return [(gap.source, gap.detail) for gap in gaps]


def withstands(root: Path, probe: Probe, path: str, content: str) -> int:
    """Give `probe` the file cut at every place and spoiled at every line; return how often it told of a gap.

    Fails when it raises, or when a secret is in what it says.
    """
    told = 0
    for spoil in _spoilers(content):
        write(root, {path: spoil})
        told += bool(ask(root, probe)[1])
    return told


def _spoilers(content: str) -> Iterator[str]:
    """Yield `content` cut short everywhere, and with hostile lines between its own."""
    for size in range(0, len(content), 1 if len(content) < 400 else 3):
        yield content[:size]
    lines = content.splitlines(keepends=True)
    for at in range(len(lines) + 1):
        for hostile in ("[\n", "=\n", "{{{{\n", '"\n', "\udcff\udcfe\x00\n", "}\n", "\t- x\n", "x" * 5000 + "\n"):
            yield "".join((*lines[:at], hostile, *lines[at:]))


def is_denied(root: Path, probe: Probe, closed: str) -> BlindSpot:
    """Return the one gap that `probe` tells of when `closed` may not be read."""
    _, gaps = ask(root, probe, closed=closed)
    (gap,) = gaps
    assert (gap.reason, gap.needs, gap.hides) == (Reason.PERMISSION, "CAP_DAC_READ_SEARCH", probe.covers)
    return gap
