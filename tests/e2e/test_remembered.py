"""Nothing that was reported as written is lost, nothing false is shown: many scans with everything going wrong.

`AUDITOR_SCANS` says how many (CI: 80); ``python -m tests.remembered`` does a thousand and tells what they cost.
"""

import os
import random
from pathlib import Path

from tests.netns import namespace
from tests.remembered.story import Story
from tests.remembered.world import World
from tests.requires import requires_root

SCANS = int(os.environ.get("AUDITOR_SCANS", "80"))
pytestmark = requires_root


def test_what_was_reported_is_remembered(tmp_path: Path) -> None:
    chosen = random.Random(6)
    with namespace() as gateway:
        story = Story(World(gateway, tmp_path, chosen), tmp_path, chosen, SCANS)
        story.tell()
    print(story.costs())
    assert sum(story.happened[name] for name in ("killed while it writes", "killed at any moment")) >= SCANS // 8
    assert {"two at once", "disk full", "by the command line", "index lost", "papers changed"} <= set(story.happened)
