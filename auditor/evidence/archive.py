"""A folder as one compressed tar file, whose bytes depend on nothing but names, contents and one moment."""

import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from auditor.evidence.folder import Folder

_BLOCK_BYTES = 1 << 18
_GZIP = 16 + zlib.MAX_WBITS


def pieces(folder: Folder, top: str, moment_s: int) -> Iterator[bytes]:
    """Yield the bytes of a .tar.gz with the files of `folder` in a directory `top`, dated `moment_s` (Unix time).

    Raises OSError. NOTE: the module's own way to gzip writes the time of day and a name into the file.
    """
    packer = zlib.compressobj(9, zlib.DEFLATED, _GZIP)
    for part in folder.parts:
        yield packer.compress(_head(f"{top}/{part.name}", part.size_bytes, moment_s))
        yield from map(packer.compress, _blocks(folder.root / part.name))
        yield packer.compress(bytes(-part.size_bytes % tarfile.BLOCKSIZE))
    yield packer.compress(bytes(2 * tarfile.BLOCKSIZE))
    yield packer.flush()


def _head(name: str, size_bytes: int, moment_s: int) -> bytes:
    """Return the header of a file that nobody in particular owns."""
    entry = tarfile.TarInfo(name)
    entry.size, entry.mtime, entry.mode = size_bytes, moment_s, 0o644
    return entry.tobuf(tarfile.USTAR_FORMAT)


def _blocks(path: Path) -> Iterator[bytes]:
    """Yield a file block by block."""
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK_BYTES):
            yield block
