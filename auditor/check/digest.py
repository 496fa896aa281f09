"""SHA-256 as Python's own module has it: `hashlib` loads OpenSSL, a third of what a whole check may take in memory."""

try:
    from _sha2 import sha256  # type: ignore[import-not-found] # Python 3.12 and later
except ImportError:
    try:
        from _sha256 import sha256  # type: ignore[import-not-found] # Python 3.11
    except ImportError:
        from hashlib import sha256


def sha256_hex(data: bytes) -> str:
    """Return the SHA-256 of `data` in hexadecimal."""
    return str(sha256(data).hexdigest())
