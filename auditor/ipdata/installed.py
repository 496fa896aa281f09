"""Location data that `auditor data update` installed: an index, and the files that it names, checked by digest.

The index is the one file that decides what is installed, so an update that ends half-way changes nothing. Files are
called by their digest beside their name; what the index does not name is not read.
"""

import errno
import hashlib
import json
import os
import re
import stat
from dataclasses import asdict, dataclass
from datetime import date
from io import BufferedReader
from pathlib import Path
from typing import Any

from auditor.errors import InputError
from auditor.guidance.factsfile import shown
from auditor.ipdata.mmdb import MmdbFile
from auditor.ipdata.snapshot import Snapshot, whole_manifest
from auditor.model.dataset import DataSet

INDEX = "installed.json"
FORMAT = "auditor-installed-data-1"
_LIMIT_BYTES = 1 << 20
_ATTEMPTS = 3
_KINDS = ("country", "origin_as", "country_and_origin_as")
_SHA256 = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One installed MMDB file: the name that it was given, and what a walk through it found (as `DataSet`)."""

    name: str
    sha256: str
    dated: str
    kind: str
    networks: int | None

    @property
    def file(self) -> str:
        """Return the name of the file in the directory."""
        return stored(self.name, self.sha256)

    def data_set(self) -> DataSet:
        """Return this file as a data set."""
        return DataSet(
            name=self.name,
            origin="installed",
            dated=self.dated,
            sha256=self.sha256,
            kind=self.kind,
            networks=self.networks,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """What is installed: MMDB files by name, and the manifest of a snapshot (None: the shipped one counts)."""

    entries: tuple[Entry, ...] = ()
    manifest: dict[str, Any] | None = None

    @property
    def files(self) -> frozenset[str]:
        """Return the names of all files that this index needs."""
        tables = self.manifest["data_sets"] if self.manifest else ()
        return frozenset(
            [
                *(entry.file for entry in self.entries),
                *(stored(f"{table['name']}.xz", table["sha256"]) for table in tables),
            ]
        )

    def written(self) -> str:
        """Return the text of the index file; the same for the same contents."""
        entries = [asdict(entry) for entry in sorted(self.entries, key=lambda entry: entry.name)]
        whole = {"format": FORMAT, "files": entries, "snapshot": self.manifest}
        return json.dumps(whole, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """Installed data, open and as it was installed."""

    files: tuple[tuple[MmdbFile, DataSet], ...] = ()
    snapshot: Snapshot | None = None


def stored(name: str, sha256: str) -> str:
    """Return how a file called `name` with that digest is called in the directory."""
    stem, _, ending = name.rpartition(".")
    return f"{stem}.{sha256[:16]}.{ending}"


def is_name(name: str) -> bool:
    """Return whether a file called `name` can be installed: printable, not hidden, short, ending in .mmdb."""
    return (
        name.endswith(".mmdb")
        and name.isprintable()
        and not name.startswith(".")
        and "/" not in name
        and len(name.encode()) <= 200
    )


def load(directory: str) -> Installed:
    """Return what is installed in `directory`, every file checked against its digest; raises InputError.

    The error names the file that is not as it was installed.
    """
    for attempt in range(_ATTEMPTS):
        index = read_index(directory)
        try:
            return _opened(directory, index)
        except InputError:  # NOTE: an update may have replaced what was just read about
            if attempt == _ATTEMPTS - 1 or read_index(directory) == index:
                raise
    raise AssertionError("unreachable")


def read_index(directory: str) -> Index:
    """Return what is installed in `directory`, nothing if it is not there; raises InputError that names the index."""
    path = f"{directory}/{INDEX}"
    try:
        with open_regular(path) as descriptor:
            raw = os.read(descriptor.fileno(), _LIMIT_BYTES + 1)
    except FileNotFoundError:
        return Index()
    except OSError as error:
        raise InputError([f"{shown(path, 300)}: {error.strerror or 'cannot be read'}"]) from None
    try:
        index = _index(json.loads(raw)) if len(raw) <= _LIMIT_BYTES else None
    except (ValueError, RecursionError, TypeError, AttributeError):
        index = None
    if index is None:
        raise InputError([f"{shown(path, 300)}: damaged; `auditor data update` writes it anew"])
    return index


def open_regular(path: str) -> BufferedReader:
    """Return the regular file at `path` open for reading; raises OSError, also for a link, pipe or device."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY | os.O_NOFOLLOW)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise OSError(errno.ELOOP, "a symbolic link, not the file itself") from None
        raise
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(0, "not a regular file")
    return os.fdopen(descriptor, "rb")


def _opened(directory: str, index: Index) -> Installed:
    """Return the files of `index`, open."""
    return Installed(
        files=tuple(
            (MmdbFile(_checked(directory, entry.file, entry.sha256), name=entry.name), entry.data_set())
            for entry in index.entries
        ),
        snapshot=_snapshot(directory, index.manifest) if index.manifest else None,
    )


def _snapshot(directory: str, manifest: dict[str, Any]) -> Snapshot:
    """Return the installed snapshot, its files checked."""
    paths = {
        entry["name"]: _checked(directory, stored(f"{entry['name']}.xz", entry["sha256"]), entry["sha256"])
        for entry in manifest["data_sets"]
    }
    return Snapshot(manifest, lambda name: Path(paths[name]).read_bytes(), paths.__getitem__, "snapshot")


def _checked(directory: str, name: str, sha256: str) -> str:
    """Return the path of a file that is as it was installed; raises InputError."""
    path = f"{directory}/{name}"
    try:
        with open_regular(path) as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
    except FileNotFoundError:
        raise InputError([f"{shown(path, 300)}: not there, though it was installed"]) from None
    except OSError as error:
        raise InputError([f"{shown(path, 300)}: {error.strerror or 'cannot be read'}"]) from None
    if found != sha256:
        raise InputError([f"{shown(path, 300)}: damaged since it was installed; `auditor data update` replaces it"])
    return path


def _index(found: object) -> Index | None:
    """Return an index file's contents, None if they are not whole."""
    if not isinstance(found, dict) or found.get("format") != FORMAT or not isinstance(found.get("files"), list):
        return None
    manifest = found.get("snapshot")
    if manifest is not None and whole_manifest(manifest) is None:
        return None
    entries = tuple(Entry(**entry) for entry in found["files"])
    return Index(entries=entries, manifest=manifest) if all(map(_sound, entries)) else None


def _sound(entry: Entry) -> bool:
    """Return whether every value of `entry` is of its kind; raises ValueError or TypeError otherwise."""
    date.fromisoformat(entry.dated)
    return (
        is_name(entry.name)
        and _SHA256.fullmatch(entry.sha256) is not None
        and entry.kind in _KINDS
        and (entry.networks is None or type(entry.networks) is int)
    )
