"""Length and digest of a file on disk."""

import os
from hashlib import sha256
from pathlib import Path

_BLOCK_BYTES = 1 << 20


def measured(path: Path) -> tuple[int, str]:
    """Return length and SHA-256 of a file; raises OSError. A link is not followed, and a pipe holds nobody."""
    digest, size = sha256(), 0
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb", buffering=0) as stream:
        while block := stream.read(_BLOCK_BYTES):
            size += len(block)
            digest.update(block)
    return size, digest.hexdigest()
