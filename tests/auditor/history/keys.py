"""Keys made for a test by the real `ssh-keygen`, and what stands in for one that fails."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from auditor.history.signed import Trust

GATEWAY = "sh-gw-1"


@dataclass(frozen=True)
class Keys:
    """The gateway's key, another one, the list that allows the first, and that list as trust."""

    ours: Path
    other: Path
    allowed: Path

    @property
    def trust(self) -> Trust:
        return Trust(self.allowed.read_bytes(), GATEWAY)


def make_key(path: Path, passphrase: str = "", kind: str = "ed25519") -> Path:
    command = ["ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-C", "made for a test", "-f", str(path)]
    subprocess.run(command, check=True)
    return path


def line(key: Path, name: str = GATEWAY, options: str = 'namespaces="auditor-*"') -> str:
    return f"{name} {options} {key.with_suffix('.pub').read_text()}"


def make_keys(directory: Path) -> Keys:
    ours, other = make_key(directory / "ours"), make_key(directory / "other")
    allowed = directory / "allowed_signers"
    allowed.write_text("# keys of gateways\n" + line(ours))
    return Keys(ours, other, allowed)


def fake_keygen(directory: Path, script: str) -> str:
    """Return a PATH on which `ssh-keygen` is a shell script."""
    directory.mkdir(exist_ok=True)
    program = directory / "ssh-keygen"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return str(directory)
