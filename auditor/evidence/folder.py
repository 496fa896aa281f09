"""A directory that is filled before it becomes one file: names, descriptions, lengths and digests of what is in it."""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from auditor.model.text import Text

MANIFEST = "MANIFEST.sha256"


@dataclass(frozen=True, slots=True)
class Part:
    """One file: its name in the folder, what it is, length and SHA-256."""

    name: str
    says: Text
    size_bytes: int
    sha256: str


class Folder:
    """Files written below one directory, in the order in which they were put in; and what was left out, and why."""

    def __init__(self, root: Path) -> None:
        """Fill the empty directory `root`."""
        self.root = root
        self.parts: list[Part] = []
        self.left_out: list[tuple[str, Text]] = []

    def put(self, name: str, says: Text, pieces: Iterable[str | bytes]) -> Part:
        """Write a file of `pieces`; raises OSError."""
        path, size, digest = self.root / name, 0, sha256()
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as stream:
            for piece in pieces:
                data = piece if isinstance(piece, bytes) else piece.encode("utf-8", "backslashreplace")
                size += stream.write(data)
                digest.update(data)
        part = Part(name, says, size, digest.hexdigest())
        self.parts.append(part)
        return part

    def leave_out(self, name: str, why: Text) -> None:
        """Note that a file is not there, and why."""
        self.left_out.append((name, why))

    def has(self, name: str) -> bool:
        """Return whether a file was put in."""
        return any(part.name == name for part in self.parts)

    def manifest(self) -> bytes:
        """Return name and digest of each file as `sha256sum --check` reads them; a name has no blank and no break."""
        lines = [f"{part.sha256}  {part.name}\n" for part in sorted(self.parts, key=lambda part: part.name)]
        return "".join(lines).encode("ascii")
