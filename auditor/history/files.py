"""Files that anybody may have put there: no link is followed, and a pipe holds nobody."""

import os
from hashlib import sha256
from pathlib import Path

_BLOCK_BYTES = 1 << 20
_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK


def beginning(path: Path, most_bytes: int) -> bytes:
    """Return what a file begins with, all of it if it is no longer than `most_bytes`; raises OSError."""
    with os.fdopen(os.open(path, _FLAGS), "rb") as stream:
        return stream.read(most_bytes)


def measured(path: Path) -> tuple[int, str]:
    """Return length and SHA-256 of a file; raises OSError."""
    digest, size = sha256(), 0
    with os.fdopen(os.open(path, _FLAGS), "rb", buffering=0) as stream:
        while block := stream.read(_BLOCK_BYTES):
            size += len(block)
            digest.update(block)
    return size, digest.hexdigest()
