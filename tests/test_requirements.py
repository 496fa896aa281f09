"""Nothing that a test needs is missing from the one list, and nothing is skipped where CI is set."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.requires import PROGRAMS

_ROOT = Path(__file__).resolve().parents[1]
_SKIPPED = """\
import pytest

@pytest.mark.skip(reason="for a good reason")
def test_nothing():
    pass

@pytest.mark.xfail(reason="known", strict=True)
def test_known():
    assert False
"""


def test_every_program_comes_from_a_listed_package() -> None:
    lines = (_ROOT / ".ci/packages").read_text().splitlines()
    listed = [line for line in lines if line and not line.startswith("#")]
    assert len(listed) == len(set(listed))
    assert set(PROGRAMS.values()) <= set(listed)


@pytest.mark.parametrize(("ci", "code"), [("", 0), ("true", 1)])
@pytest.mark.parametrize("module_level", [False, True])
def test_a_skip_is_a_failure_where_ci_is_set(tmp_path: Path, ci: str, code: int, module_level: bool) -> None:
    shutil.copy(_ROOT / "tests/conftest.py", tmp_path)
    skip = "import pytest\npytest.skip('not here', allow_module_level=True)\n"
    (tmp_path / "test_one.py").write_text(_SKIPPED)
    if module_level:
        (tmp_path / "test_two.py").write_text(skip)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", "--rootdir", tmp_path, tmp_path],
        env=os.environ | {"CI": ci},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode != 0) == bool(code), done.stdout
    if ci:
        assert "for a good reason" in done.stdout or module_level
        assert "not here" in done.stdout or not module_level
