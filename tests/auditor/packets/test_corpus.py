"""Real captures with their truth: the project's own, and every directory that AUDITOR_CAPTURES names (with colons)."""

import json
import os
from pathlib import Path

import pytest

from auditor.packets.protocols import protocols
from tests.auditor.packets.conversations import CONVERSATIONS
from tests.auditor.packets.corpus import score
from tests.kernel.guest_captures import truth
from tests.kernel.guest_tunnels import KINDS

OWN = Path(__file__).parents[2] / "fixtures" / "captures"
OWN_DIRECTORIES = (OWN, OWN / "kernel", OWN / "sessions")
# No recording of the project's shows these: nothing in Debian speaks them on both ends, or only hardware does.
MADE_BY_HAND = {
    "ayiya",
    "capwap",
    "etherip",
    "lisp",
    "softether",
    "tailscale",
}
DIRECTORIES = [*OWN_DIRECTORIES, *map(Path, filter(None, os.environ.get("AUDITOR_CAPTURES", "").split(":")))]


@pytest.mark.parametrize("directory", DIRECTORIES, ids=lambda path: path.name)
def test_every_tunnel_is_found_and_none_made_up(directory: Path) -> None:
    result = score(directory)
    assert result.made_up == []
    assert result.found.get("core", 0) == result.wanted.get("core", 0), result.misses
    assert result.found.get("extra", 0) >= 0.95 * result.wanted.get("extra", 0), result.misses
    assert sum(result.wanted.values()) > 0


def test_every_protocol_is_recorded_or_known_to_be_made_by_hand() -> None:
    recorded = {
        row["protocol"]
        for directory in OWN_DIRECTORIES
        for entry in json.loads((directory / "truth.json").read_bytes())["captures"]
        for row in entry["tunnels"]
        if not row.get("optional")
    }
    assert recorded | MADE_BY_HAND == set(protocols())
    assert not recorded & MADE_BY_HAND
    assert set(protocols()) == {protocol for protocol, _ in CONVERSATIONS.values()}


def test_every_tunnel_of_the_guest_is_recorded() -> None:
    listed = {entry["file"]: entry for entry in json.loads((OWN / "kernel/truth.json").read_bytes())["captures"]}
    assert [listed[f"{kind.name}.pcap"] for kind in KINDS] == [truth(kind) for kind in KINDS]
    assert {file.name for file in (OWN / "kernel").glob("*.pcap")} == set(listed)
    assert all(entry["tunnels"] for entry in listed.values())
