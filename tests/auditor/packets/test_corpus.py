"""Real captures with their truth: the project's own, and every directory that AUDITOR_CAPTURES names (with colons)."""

import os
from pathlib import Path

import pytest

from tests.auditor.packets.corpus import score

OWN = Path(__file__).parents[2] / "fixtures" / "captures"
DIRECTORIES = [OWN, *map(Path, filter(None, os.environ.get("AUDITOR_CAPTURES", "").split(":")))]


@pytest.mark.parametrize("directory", DIRECTORIES, ids=lambda path: path.name)
def test_every_tunnel_is_found_and_none_made_up(directory: Path) -> None:
    result = score(directory)
    assert result.made_up == []
    assert result.found.get("core", 0) == result.wanted.get("core", 0), result.misses
    assert result.found.get("extra", 0) >= 0.95 * result.wanted.get("extra", 0), result.misses
    assert sum(result.wanted.values()) > 0
