"""Files that are to be installed: found, copied beside what they may replace, and examined there as copies.

What is examined is what is installed: nobody can change a file in between. Every error names the file as given.
"""

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from auditor.errors import InputError, ParseError
from auditor.guidance.factsfile import shown
from auditor.ipdata import mmdb, packed, snapshot
from auditor.ipdata.installed import Entry, is_name, open_regular
from auditor.ipdata.mmdb import MmdbFile

INCOMING = ".incoming."  # how files begin that are not installed yet
_MANIFEST_LIMIT_BYTES = 1 << 16
_TABLE_LIMIT_BYTES = 64 << 20
_DATE = re.compile(r"[-_. ]?20\d\d[-_.]?[01]\d(?:[-_.]?[0-3]\d)?")
_KEPT = ("name", "dated", "sha256", "licence", "from")


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What is at the place that a person named: MMDB files, and the directory of a snapshot if there is one."""

    files: tuple[str, ...] = ()
    snapshot: str | None = None


def given(source: str) -> Given:
    """Return what there is to install at `source`, a file or a directory; raises InputError when there is nothing."""
    path = Path(source)
    if not path.is_dir():
        if path.name == snapshot.MANIFEST:
            return Given(snapshot=str(path.parent))
        _check_name(source)
        return Given(files=(source,))
    try:
        names = sorted(found.name for found in path.iterdir() if not found.name.startswith("."))
    except OSError as error:
        raise _wrong(source, error.strerror or "cannot be read") from None
    files = tuple(str(path / name) for name in names if name.endswith(".mmdb"))
    for file in files:
        _check_name(file)
    _check_doubles(files)
    rebuilt = source if snapshot.MANIFEST in names else None
    if not files and rebuilt is None:
        raise _wrong(source, f"holds no file *.mmdb and no {snapshot.MANIFEST}")
    return Given(files=files, snapshot=rebuilt)


def data_set_of(name: str) -> str:
    """Return `name` without a date in it: dbip-country-lite-2026-11.mmdb and -2026-12.mmdb are one data set."""
    return _DATE.sub("", name)


def mmdb_copy(path: str, directory: str, now: datetime) -> tuple[Path, Entry]:
    """Return a whole copy of the MMDB file at `path` in `directory`, and what it is; raises InputError."""
    temporary, sha256 = _copied(path, directory, mmdb.LIMIT_BYTES)
    try:
        name = Path(path).name
        file = MmdbFile(str(temporary), name=name, told=path)
        walked = file.walk(now)
        entry = Entry(name=name, sha256=sha256, dated=file.dated, kind=walked.kind, networks=walked.networks)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary, entry


def manifest_at(directory: str, now: datetime) -> dict[str, Any]:
    """Return the manifest of the snapshot in `directory`, only what is read of it; raises InputError."""
    path = f"{directory}/{snapshot.MANIFEST}"
    try:
        with open_regular(path) as stream:
            raw = stream.read(_MANIFEST_LIMIT_BYTES + 1)
        found = snapshot.whole_manifest(json.loads(raw)) if len(raw) <= _MANIFEST_LIMIT_BYTES else None
    except OSError as error:
        raise _wrong(path, error.strerror or "cannot be read") from None
    except (ValueError, RecursionError):
        found = None
    if found is None:
        raise _wrong(path, f"not the manifest of a snapshot: it must list {', '.join(snapshot.TABLES)}")
    late = [entry["name"] for entry in found["data_sets"] if snapshot.is_future(entry["dated"], now)]
    if late:
        raise _wrong(path, f"{late[0]} is dated in the future")
    return {
        **{key: str(found.get(key, "")) for key in ("source", "source_sha256")},
        "data_sets": [
            {key: str(entry[key]) for key in _KEPT if key in entry}
            for entry in sorted(found["data_sets"], key=lambda entry: snapshot.TABLES.index(entry["name"]))
        ],
    }


def table_copy(entry: dict[str, Any], source: str, directory: str) -> tuple[Path, int]:
    """Return a copy of the table that `entry` of a manifest is about, and its number of networks.

    Raises InputError unless it is the very file that the manifest is about, and can be read as such.
    """
    path = f"{source}/{entry['name']}.xz"
    temporary, sha256 = _copied(path, directory, _TABLE_LIMIT_BYTES)
    try:
        if sha256 != entry["sha256"]:
            raise _wrong(path, f"not the file that {snapshot.MANIFEST} is about (its sha256 is {sha256})")
        try:
            table = packed.unpack(temporary.read_bytes())
        except ParseError as error:
            raise _wrong(path, error.detail) from None
        if flaw := snapshot.flaw(table, entry["name"], entry["dated"]):
            raise _wrong(path, flaw)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary, sum(1 for ranges in (table.four, table.six) for value in ranges.values if value)


def _copied(path: str, directory: str, limit_bytes: int) -> tuple[Path, str]:
    """Return a copy of the regular file at `path` that has reached the disk, and its digest; raises InputError."""
    descriptor, temporary = tempfile.mkstemp(prefix=INCOMING, dir=directory)
    digest = hashlib.sha256()
    try:
        with os.fdopen(descriptor, "wb") as target:
            try:
                source = open_regular(path)
            except OSError as error:
                raise _wrong(path, error.strerror or "cannot be read") from None
            with source:
                for part in _parts(source, path, limit_bytes):
                    digest.update(part)
                    target.write(part)
            target.flush()
            os.fchmod(target.fileno(), 0o644)
            os.fsync(target.fileno())
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return Path(temporary), digest.hexdigest()


def _parts(source: BinaryIO, path: str, limit_bytes: int) -> Iterator[bytes]:
    """Yield the contents of `source`; raises InputError when it is empty, too long or cannot be read."""
    if os.fstat(source.fileno()).st_size > limit_bytes:
        raise _wrong(path, f"larger than {limit_bytes} bytes")
    size = 0
    while True:
        try:
            part = source.read(1 << 20)
        except OSError as error:
            raise _wrong(path, error.strerror or "cannot be read") from None
        if not part:
            break
        size += len(part)
        if size > limit_bytes:
            raise _wrong(path, f"larger than {limit_bytes} bytes")
        yield part
    if not size:
        raise _wrong(path, "empty")


def _check_name(path: str) -> None:
    """Raise InputError unless the file at `path` is called as one that can be installed."""
    if not is_name(Path(path).name):
        raise _wrong(
            path, f"to be installed, a file must be called *.mmdb, in printable letters, or {snapshot.MANIFEST}"
        )


def _check_doubles(files: tuple[str, ...]) -> None:
    """Raise InputError when two files are of one data set."""
    first: dict[str, str] = {}
    for file in files:
        other = first.setdefault(data_set_of(Path(file).name), file)
        if other != file:
            raise _wrong(file, f"of the same data set as {shown(Path(other).name)}; leave one of them")


def _wrong(path: str, what: str) -> InputError:
    """Return an error that names `path`."""
    return InputError([f"{shown(path, 300)}: {what}"])
