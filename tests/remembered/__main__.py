"""Run the story: ``python -m tests.remembered --scans 1000 --seed 1``. Returns 1 if a late scan costs too much more."""

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

from tests.netns import namespace
from tests.remembered.story import Story
from tests.remembered.world import World

MOST_GROWTH = 1.5


def main() -> int:
    """Tell the story and print what it cost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scans", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    chosen = random.Random(wanted.seed)
    began_s = time.monotonic()
    with tempfile.TemporaryDirectory() as name, namespace() as gateway:
        story = Story(World(gateway, Path(name), chosen), Path(name), chosen, wanted.scans)
        story.tell()
        print(story.costs())
    print(f"seed {wanted.seed}: everything that was reported is remembered, {time.monotonic() - began_s:.0f} s")
    ratio = story.ratio()
    met = ratio <= MOST_GROWTH
    print(f"{'met' if met else 'MISSED'}: a late scan costs {ratio:.2f} times an early one (at most {MOST_GROWTH})")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
