"""What a scan observed, kept beside it: compressed JSON, from which it can be judged again without the host.

Only what parsers kept is here, and nothing of people: a remote-access service has no far ends, and a count of its
clients below five is only that. It is anybody's file when it is read: bounded, checked by its form, and by the digest
in the journal.
"""

import json
import zlib
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from auditor.errors import InputError
from auditor.history.codec import CodecError, decode, encode
from auditor.history.records import StoredFile
from auditor.model.counts import SMALLEST_TOLD
from auditor.model.scan import Observation
from auditor.model.tunnel import Family, Tunnel

VERSION: Final = 1
SUFFIX: Final = ".survey.json.gz"
MAX_PACKED_BYTES: Final = 64 << 20
MAX_BYTES: Final = 256 << 20
"""Ten thousand connections are about 20 MB."""

_GZIP = 16 + zlib.MAX_WBITS
_LEVEL = 3
_PIECE_BYTES = 1 << 20


def file_name(number: int) -> str:
    """Return the name of the file of what scan `number` observed."""
    return f"scan-{number:06d}{SUFFIX}"


def plain(seen: Observation) -> dict[str, Any]:
    """Return `seen` as JSON has it, with the version of this form, and without anything of individual people."""
    tunnels = tuple(map(of_nobody, seen.inventory.tunnels))
    kept = replace(seen, inventory=replace(seen.inventory, tunnels=tunnels))
    return {"version": VERSION, "observation": encode(kept)}


def of_nobody(tunnel: Tunnel) -> Tunnel:
    """Return `tunnel` without its clients if those are individuals; correlation keeps none, this makes sure."""
    if tunnel.family is not Family.REMOTE_ACCESS:
        return tunnel
    if tunnel.remotes:
        tunnel = replace(tunnel, remotes=(), witnesses=(), contradictions=())
    routes, count = tunnel.routes, tunnel.peers_count
    return replace(
        tunnel,
        routes=None if routes is None else tuple(r for r in routes if not r.endswith(("/32", "/128"))),
        peers_count=SMALLEST_TOLD - 1 if count is not None and count < SMALLEST_TOLD else count,
    )


def packed(kept: dict[str, Any]) -> Iterator[bytes]:
    """Yield the bytes of the file of `kept`, of `plain`; the same for the same content."""
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
    text = json.dumps(kept, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode("ascii")
    for start in range(0, len(text), _PIECE_BYTES):
        yield packer.compress(text[start : start + _PIECE_BYTES])
    yield packer.flush()


def read(path: Path, expected: StoredFile) -> Observation:
    """Return what is kept in the file `path`; raises InputError unless it has the bytes `expected` and this form."""
    try:
        if not path.is_file() or path.is_symlink():
            raise InputError([f"{path}: is not a regular file"])
        with path.open("rb") as stream:
            data = stream.read(MAX_PACKED_BYTES + 1)
    except OSError as error:
        raise InputError([f"{path}: cannot be read: {error.strerror}"]) from None
    if len(data) > MAX_PACKED_BYTES:
        raise InputError([f"{path}: is larger than {MAX_PACKED_BYTES >> 20} MiB"])
    if (len(data), sha256(data).hexdigest()) != (expected.size_bytes, expected.sha256):
        raise InputError([f"{path}: its bytes are not the ones that were recorded (auditor verify)"])
    return parse(data, str(path))


def parse(data: bytes, file: str) -> Observation:
    """Return what `data`, the bytes of a file called `file`, hold; raises InputError."""
    try:
        kept = json.loads(_unpacked(data, file))
    except (ValueError, RecursionError):
        raise InputError([f"{file}: is not JSON"]) from None
    if not isinstance(kept, dict) or kept.keys() != {"version", "observation"}:
        raise InputError([f"{file}: is not what a scan observed"])
    if kept["version"] != VERSION or isinstance(kept["version"], bool):
        raise InputError([f"{file}: version: is not {VERSION}, the one that this release of auditor reads"])
    try:
        return decode(Observation, kept["observation"], "observation")
    except CodecError as error:
        raise InputError([f"{file}: {error}"]) from None
    except RecursionError:
        raise InputError([f"{file}: is nested too deeply"]) from None


def _unpacked(data: bytes, file: str) -> bytes:
    """Return the content of a gzip file of one member; raises InputError for another, or one that is too long."""
    unpacker = zlib.decompressobj(_GZIP)
    try:
        text = unpacker.decompress(data, MAX_BYTES + 1)
    except zlib.error:
        raise InputError([f"{file}: is not a gzip file"]) from None
    if len(text) > MAX_BYTES:
        raise InputError([f"{file}: holds more than {MAX_BYTES >> 20} MiB"])
    if not unpacker.eof or unpacker.unused_data:
        raise InputError([f"{file}: is cut short, or goes on behind its end"])
    return text
