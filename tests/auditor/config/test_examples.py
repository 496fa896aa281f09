"""The example files: valid, complete in both directions, and what an editor makes of them."""

import re
import subprocess
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from auditor.config import load_both
from auditor.config.check import warnings
from auditor.config.config_keys import CONFIG
from auditor.config.keys import Key, walk
from auditor.config.register_keys import REGISTER
from auditor.guidance import catalogue
from probes import PROBES
from tests.auditor.config.test_schema import valid
from tests.auditor.config.tombi import tombi

ROOT = Path(__file__).parent.parent.parent.parent
FILES = {"config.example.toml": CONFIG, "register.example.toml": REGISTER}
_COMMENTED = re.compile(r"^# ([a-z_]+ = .*)$", re.MULTILINE)


def whole(name: str) -> str:
    """Return an example with the keys that stand in comments switched on."""
    return _COMMENTED.sub(r"\1", (ROOT / name).read_text(encoding="utf-8"))


def key_paths(value: Any, path: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
    if isinstance(value, dict):
        below = [key_paths(inner, (*path, key)) for key, inner in value.items()]
        return set().union(*below) if below else {path}
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return set().union(*(key_paths(inner, path) for inner in value))
    return {path}


@pytest.mark.parametrize("name", FILES)
def test_every_key_is_shown_and_nothing_else(name: str) -> None:
    described = {path for path, each in walk(FILES[name]) if isinstance(each, Key)}
    assert key_paths(tomllib.loads(whole(name))) == described


@pytest.mark.parametrize("name", FILES)
def test_every_key_is_explained_above_its_first_use(name: str) -> None:
    lines = (ROOT / name).read_text(encoding="utf-8").split("\n")
    for path, each in walk(FILES[name]):
        if not isinstance(each, Key):
            continue
        first = next(n for n, line in enumerate(lines) if re.match(rf"(# )?{path[-1]} = ", line))
        block = first
        while re.match(r"(# )?[a-z0-9_]+ = ", lines[block]) or lines[block].startswith("[["):
            block -= 1
        assert lines[block].startswith("#"), f"{name}:{first + 1}: {'.'.join(path)} has no comment"


@pytest.mark.parametrize("name", FILES)
def test_examples_fit_their_schema(name: str) -> None:
    assert valid(FILES[name], (ROOT / name).read_text(encoding="utf-8"))
    assert valid(FILES[name], whole(name))


@pytest.mark.parametrize("name", FILES)
def test_the_first_line_leads_an_editor_to_the_schema(name: str) -> None:
    first = (ROOT / name).read_text(encoding="utf-8").split("\n", 1)[0]
    assert first.startswith("#:schema ./")
    assert (ROOT / first.removeprefix("#:schema ")).is_file()


def test_examples_pass_the_editors_linter() -> None:
    done = subprocess.run(
        [tombi(), "lint", "--offline", *FILES], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_both_examples_load_and_need_no_warning() -> None:
    files = load_both(str(ROOT / "config.example.toml"))
    assert files.config.register_path == str(ROOT / "register.example.toml")
    now = datetime(2026, 11, 23, tzinfo=UTC)
    names = {probe.name for probe in PROBES}
    assert warnings(files, now, controls=tuple(catalogue.controls()), probes=names) == []


def test_examples_with_everything_switched_on_load(tmp_path: Path) -> None:
    (tmp_path / "auditor.toml").write_text(
        whole("config.example.toml").replace("register.example.toml", "register.toml"), encoding="utf-8"
    )
    (tmp_path / "register.toml").write_text(whole("register.example.toml"), encoding="utf-8")
    files = load_both(str(tmp_path / "auditor.toml"))
    assert files.config.serving.permit_categories == ("B13",)
    register = files.register
    assert all((register.networks, register.providers, register.circuits, register.reviews, register.waivers))
    assert register.acknowledgements[0].source is not None
