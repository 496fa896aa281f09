"""Where the TOML linter of editors is, if it is installed."""

import shutil
import sys
from pathlib import Path

import pytest


def tombi() -> str:
    """Return the path of tombi, from the environment of this Python or PATH; skips the test without it."""
    beside = Path(sys.executable).parent / "tombi"
    program = str(beside) if beside.exists() else shutil.which("tombi")
    if program is None:
        pytest.skip("tombi is not installed (pip install tombi)")
    return program
