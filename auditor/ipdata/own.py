"""Location data of the company's own: what was installed, and the files that the configuration names."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from auditor.errors import InputError
from auditor.guidance.factsfile import shown
from auditor.ipdata.installed import load
from auditor.ipdata.mmdb import MmdbFile
from auditor.ipdata.snapshot import Snapshot
from auditor.model.dataset import DataSet


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnData:
    """Open files, what they are as data sets, and a snapshot that goes before the shipped one (None: none)."""

    files: tuple[MmdbFile, ...] = ()
    data_sets: tuple[DataSet, ...] = ()
    snapshot: Snapshot | None = None


def own_data(paths: Iterable[str], directory: str | None) -> OwnData:
    """Return the data installed in `directory` and the MMDB files at `paths`; raises InputError that names a file.

    A file that is there twice is asked once: it must not agree with itself.
    """
    files: dict[str, tuple[MmdbFile, DataSet]] = {}
    snapshot = None
    if directory is not None:
        found = load(directory)
        snapshot = found.snapshot
        files = {data_set.sha256: (file, data_set) for file, data_set in found.files}
    for path in paths:
        file = MmdbFile(path)
        digest = _digest(path)
        configured = DataSet(name=file.name, origin="configured", dated=file.dated, sha256=digest)
        files.setdefault(digest, (file, configured))
    return OwnData(
        files=tuple(file for file, _ in files.values()),
        data_sets=tuple(data_set for _, data_set in files.values()),
        snapshot=snapshot,
    )


def _digest(path: str) -> str:
    """Return the digest of the file at `path`; raises InputError."""
    try:
        with Path(path).open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise InputError([f"{shown(path, 300)}: {error.strerror or 'cannot be read'}"]) from None
