"""Installing location data: every file is whole before anything is replaced, and all are replaced at once or none.

New files stand beside the old ones under names of their own; the moment at which the index is renamed is the moment
at which they count. What nothing names any more is removed after that.
"""

import fcntl
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from auditor.errors import InputError, OutputError
from auditor.guidance.factsfile import shown
from auditor.ipdata import candidates, embedded
from auditor.ipdata.candidates import INCOMING
from auditor.ipdata.installed import INDEX, Index, read_index, stored
from auditor.ipdata.snapshot import KINDS
from auditor.model.dataset import DataSet
from auditor.output import sync

SNAPSHOT = "snapshot"
_OURS = re.compile(rf"(?s:.+)\.[0-9a-f]{{16}}\.(?:mmdb|xz)|{re.escape(INCOMING)}.*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One data set of an update, and what it takes the place of (None: nothing of its kind was there).

    `same`: it was installed already, byte for byte.
    """

    new: DataSet
    old: DataSet | None
    same: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """What an update did; `index_damaged`: what had been installed before could not be told, and is gone."""

    changes: tuple[Change, ...]
    index_damaged: bool = False


def update(source: str, directory: str, now: datetime) -> Update:
    """Install what is at `source` (a file or a directory) into `directory`, made if absent; `now` is aware.

    Raises InputError that names the file that is not sound, OutputError when it cannot be written; then
    everything is as it was.
    """
    if Path(source).resolve() == Path(directory).resolve():
        raise InputError([f"{shown(source, 300)}: is where installed data are kept"])
    given = candidates.given(source)
    with _held(directory):
        old, damaged = _before(directory)
        waiting: dict[str, Path] = {}
        try:
            new, changes = _examined(given, directory, old, now, waiting)
            _commit(directory, new, waiting)
        finally:
            for temporary in waiting.values():
                with suppress(OSError):
                    temporary.unlink(missing_ok=True)
    return Update(changes=changes, index_damaged=damaged)


def remove(names: list[str], directory: str) -> None:
    """Take the data sets called `names` out of use ("snapshot": the shipped one counts again); raises InputError."""
    with _held(directory, make=False):
        old = read_index(directory)
        known = {entry.name for entry in old.entries} | ({SNAPSHOT} if old.manifest else set())
        wrong = [f"{shown(name)}: no data set of that name is installed" for name in names if name not in known]
        if wrong:
            raise InputError(wrong)
        kept = tuple(entry for entry in old.entries if entry.name not in names)
        _commit(directory, Index(entries=kept, manifest=None if SNAPSHOT in names else old.manifest), {})


def _before(directory: str) -> tuple[Index, bool]:
    """Return what is installed, and whether that cannot be told: an update must be able to mend it."""
    try:
        return read_index(directory), False
    except InputError:
        return Index(), True


def _examined(
    given: candidates.Given, directory: str, old: Index, now: datetime, waiting: dict[str, Path]
) -> tuple[Index, tuple[Change, ...]]:
    """Return what will be installed, and how it differs; fills `waiting` (name in `directory` -> copy)."""
    entries, changes = list(old.entries), []
    for path in given.files:
        temporary, entry = candidates.mmdb_copy(path, directory, now)
        waiting[entry.file] = temporary
        before = [e for e in entries if candidates.data_set_of(e.name) == candidates.data_set_of(entry.name)]
        entries = [*(e for e in entries if e not in before), entry]
        changes.append(
            Change(new=entry.data_set(), old=before[0].data_set() if before else None, same=before == [entry])
        )
    new = Index(entries=tuple(sorted(entries, key=lambda entry: entry.name)), manifest=old.manifest)
    if given.snapshot is not None:
        manifest = candidates.manifest_at(given.snapshot, now)
        changes += _tables(manifest, given.snapshot, directory, old, waiting)
        new = replace(new, manifest=manifest)
    return new, tuple(changes)


def _tables(
    manifest: dict[str, Any], source: str, directory: str, old: Index, waiting: dict[str, Path]
) -> Iterator[Change]:
    """Yield how each table of a new snapshot differs from the one in use; fills `waiting`."""
    in_use = old.manifest or embedded.snapshot().manifest
    before = {entry["name"]: entry for entry in in_use["data_sets"]}
    for entry in manifest["data_sets"]:
        temporary, networks = candidates.table_copy(entry, source, directory)
        waiting[stored(f"{entry['name']}.xz", entry["sha256"])] = temporary
        earlier = before[entry["name"]]
        yield Change(
            new=_table(entry, networks),
            old=_table(earlier, None, "snapshot" if old.manifest else "shipped"),
            same=old.manifest is not None and earlier["sha256"] == entry["sha256"],
        )


def _commit(directory: str, new: Index, waiting: dict[str, Path]) -> None:
    """Put the copies in their places, then the index, then remove what it does not name; raises OSError."""
    try:
        for name, temporary in waiting.items():
            temporary.replace(Path(directory, name))
        sync(Path(directory))
        _write_index(directory, new.written())
        sync(Path(directory))
    finally:
        _tidy(directory)


def _tidy(directory: str) -> None:
    """Remove files that an update put into `directory` and that the index there does not name."""
    try:
        named = read_index(directory).files
        left = [path for path in Path(directory).iterdir() if _OURS.fullmatch(path.name) and path.name not in named]
    except (InputError, OSError):
        return
    for path in left:
        with suppress(OSError):
            path.unlink()


def _write_index(directory: str, text: str) -> None:
    """Replace the index by `text` at once."""
    descriptor, temporary = tempfile.mkstemp(prefix=INCOMING, dir=directory)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fchmod(stream.fileno(), 0o644)
            os.fsync(stream.fileno())
        Path(temporary).replace(Path(directory, INDEX))
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


@contextmanager
def _held(directory: str, *, make: bool = True) -> Iterator[None]:
    """Hold `directory` against another update; raises InputError if one runs, OutputError if it cannot be used."""
    try:
        if make:
            Path(directory).mkdir(mode=0o755, parents=True, exist_ok=True)
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise _unwritten(directory, error) from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise InputError([f"{shown(directory, 300)}: another update is running there"]) from None
    except OSError as error:
        raise _unwritten(directory, error) from None
    finally:
        os.close(descriptor)


def _unwritten(directory: str, error: OSError) -> OutputError:
    """Return an error that says why nothing could be changed."""
    return OutputError(f"{shown(directory, 300)}: nothing was changed: {error.strerror or error}")


def _table(entry: dict[str, Any], networks: int | None, origin: str = SNAPSHOT) -> DataSet:
    """Return a table of a manifest as a data set."""
    return DataSet(
        name=entry["name"],
        origin=origin,
        dated=entry["dated"],
        sha256=entry["sha256"],
        kind=KINDS[entry["name"]],
        networks=networks,
    )
