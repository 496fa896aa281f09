"""Whatever stands in the files: a Config and a Register, or an InputError whose every line names file and line."""

import copy
import re
import tomllib
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pytest
import tomlkit
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.config.document import Document
from auditor.config.read import Files, load_both
from auditor.errors import InputError
from tests.auditor.config.samples import CONFIG, NOW, REGISTER, warnings

ROOT = Path(__file__).parent.parent.parent.parent
EXAMPLES = {
    "auditor.toml": (ROOT / "config.example.toml").read_text(encoding="utf-8").replace("register.example", "register"),
    "register.toml": (ROOT / "register.example.toml").read_text(encoding="utf-8"),
}
PROBLEM = re.compile(
    r"[^\n]*/(auditor|register)\.toml:[1-9][0-9]*: [^\n]{1,400}|[^\n]{1,400}: cannot be read: [A-Za-z ]+"
)
IN_ANY_DIRECTORY = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def outcome(directory: Path, name: str, content: bytes) -> Files | list[str]:
    """Load both files with `content` in one of them; check whatever comes out."""
    for other, text in (("auditor.toml", CONFIG), ("register.toml", REGISTER)):
        (directory / other).write_text(text, encoding="utf-8")
    (directory / name).write_bytes(content)
    problems: list[str] = []
    files = None
    try:
        files = load_both(str(directory / "auditor.toml"))
    except InputError as error:
        problems = error.problems
    assert files or problems
    for line in problems or warnings(files, NOW, controls=("X-01",), probes=("links",)):
        assert PROBLEM.fullmatch(line), line
        assert line.isprintable(), line
    return files or problems


@IN_ANY_DIRECTORY
@given(st.sampled_from(sorted(EXAMPLES)), st.binary(max_size=200))
def test_any_bytes(tmp_path: Path, name: str, content: bytes) -> None:
    outcome(tmp_path, name, content)


@IN_ANY_DIRECTORY
@given(st.sampled_from(sorted(EXAMPLES)), st.data())
def test_examples_with_a_piece_cut_out_doubled_or_replaced(tmp_path: Path, name: str, data: st.DataObject) -> None:
    content = EXAMPLES[name].encode("utf-8")
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, min(start + 40, len(content))))
    piece = data.draw(
        st.sampled_from([b"", content[start:end] * 2, b"[[", b'"', b"\n", b"= ", b"\xff", b"\x00", b"'''"])
    )
    outcome(tmp_path, name, content[:start] + piece + content[end:])


SCALARS = st.one_of(
    st.text(alphabet=st.characters(blacklist_categories=["Cs"]), max_size=70),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(),
    st.booleans(),
    st.dates(min_value=date(1, 1, 1)),
    st.sampled_from(
        [datetime(2026, 1, 1, tzinfo=UTC), time(12, 0), date.max, date.min, "", "10.0.0.1/8", "::/0", "1" * 90]
    ),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("ab. \n\x1b\"'", max_size=3), inner, max_size=2)
    ),
)


def places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, each in inner for place in places(each, (*path, key)))]


def fits(around: Any, part: str | int) -> bool:
    """Return whether `around` has, or can take, something at `part`."""
    return isinstance(around, dict) if isinstance(part, str) else isinstance(around, list) and part < len(around)


def put(around: Any, place: tuple[str | int, ...], value: Any) -> None:
    """Put `value` at `place`, unless an earlier change took the place away."""
    for part in place[:-1]:
        if not fits(around, part) or (isinstance(part, str) and part not in around):
            return
        around = around[part]
    if fits(around, place[-1]):
        around[place[-1]] = value


DATA = {name: tomllib.loads(text) for name, text in EXAMPLES.items()}
PLACES = {name: [place for place in places(data) if place] for name, data in DATA.items()}


@IN_ANY_DIRECTORY
@given(st.sampled_from(sorted(EXAMPLES)), st.data())
def test_any_value_of_any_type_anywhere(tmp_path: Path, name: str, data: st.DataObject) -> None:
    document = copy.deepcopy(DATA[name])
    for _ in range(data.draw(st.integers(1, 3))):
        put(document, data.draw(st.sampled_from(PLACES[name])), data.draw(VALUES))
    outcome(tmp_path, name, tomlkit.dumps(document).encode("utf-8"))


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_every_value_of_a_wrong_type_is_named_with_its_own_line(tmp_path: Path, name: str) -> None:
    lines = Document(name, EXAMPLES[name].encode("utf-8")).lines
    text = EXAMPLES[name].split("\n")
    tried = 0
    for place in PLACES[name]:
        number = lines[place]
        key, _, value = text[number - 1].partition(" = ")
        if not isinstance(place[-1], str) or key != place[-1]:
            continue
        wrong = "12:34:56" if not value.startswith("[") else "[12:34:56]"
        spoiled = [*text[: number - 1], f"{key} = {wrong}", *text[number:]]
        found = outcome(tmp_path, name, "\n".join(spoiled).encode("utf-8"))
        assert isinstance(found, list), place
        assert any(line.startswith(f"{tmp_path}/{name}:{number}: ") and key in line for line in found), place
        tried += 1
    assert tried > 20


@pytest.mark.parametrize(
    "content",
    [
        b"circuit = " + b"[" * 2000 + b"]" * 2000,
        b"circuit = " + b"{a=" * 2000 + b"1" + b"}" * 2000,
        b"\n".join(b"[[circuit]]" for _ in range(20000)),
        b"\n".join(b"k%d = 1" % number for number in range(20000)),
        b"[circuit." + b".".join([b"a"] * 60) + b"]",
        b"reviewed_on = 0x" + b"f" * 8000,
        b"reviewed_on = " + b"1" * 4299,
        b"reviewed_on = 9999-12-31",
        b"reviewed_on = 0001-01-01",
        b'[[provider]]\nslug = "' + b"a" * 100000 + b'"',
        b"[[provider]]\nasns = [" + b"1e999, " * 1000 + b"]",
        b'"" = 1\n"\\u0000" = 2',
        b"",
        b"\n" * 100000,
    ],
    ids=range(14),
)
def test_large_and_deep(tmp_path: Path, content: bytes) -> None:
    outcome(tmp_path, "register.toml", content)


def test_dates_at_the_ends_of_the_calendar(tmp_path: Path) -> None:
    text = REGISTER.replace("2029-12-31", "9999-12-31").replace("2027-06-30", "9999-12-31")
    files = outcome(tmp_path, "register.toml", text.encode())
    assert isinstance(files, Files)
    for now in (datetime(9999, 12, 30, tzinfo=UTC), datetime(1970, 1, 2, tzinfo=UTC)):
        assert warnings(files, now)
