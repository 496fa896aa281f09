import hashlib
from pathlib import Path

import pytest

from auditor.config.document import Document, read_document
from auditor.config.validate import Problem
from auditor.errors import InputError


def problems(content: bytes) -> list[str]:
    with pytest.raises(InputError) as caught:
        Document("f.toml", content)
    return caught.value.problems


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"a = 1\nb = \n", "f.toml:2: syntax: invalid value (column 5)"),
        (b"a = 1\na = 2\n", "f.toml:2: syntax: cannot overwrite a value (column 6)"),
        (b"\n\n[a\n", "f.toml:3: syntax: expected ']' at the end of a table declaration (column 3)"),
        (b"a = 2026-02-30\n", "f.toml:1: syntax: invalid date or datetime (column 5)"),
        (b'a = 1\nb = """\n\n', "f.toml:2: syntax: unterminated string, at the end of the file"),
        (b"a = 1\nb = '\xff'\n", "f.toml:2: encoding: is not UTF-8 from here on; save the file as UTF-8"),
        ("a = 1\n".encode("utf-16"), "f.toml:1: encoding: is UTF-16; save the file as UTF-8"),
        (b"a = 1\nb = " + b"9" * 5000, "f.toml:2: syntax: a number with too many digits"),
        (b"a = 1\nb = " + b"[\n" * 50000, "f.toml:50001: syntax: brackets are nested too deeply"),
        (b"a = 1\nb." + b"c." * 100000 + b"d = 1", "f.toml:2: syntax: a key with more than 64 parts"),
        (b"a = 1\n[" + b"c . " * 100000 + b"d]", "f.toml:2: syntax: a key with more than 64 parts"),
    ],
)
def test_what_is_not_toml_is_refused_with_its_line(content: bytes, problem: str) -> None:
    assert problems(content) == [problem]


def test_a_byte_order_mark_and_dos_line_ends_are_accepted() -> None:
    document = Document("f.toml", b"\xef\xbb\xbfa = 1\r\nb = [\r\n2]\r\n")
    assert document.data == {"a": 1, "b": [2]}
    assert document.lines["b", 0] == 3


def test_the_digest_is_of_the_bytes_on_disk() -> None:
    content = b"\xef\xbb\xbfa = 1\r\n"
    assert Document("f.toml", content).sha256 == hashlib.sha256(content).hexdigest()


def test_problems_come_in_the_order_of_the_file() -> None:
    document = Document("f\x1b.toml", b"a = 1\n[t]\nb = 2\n")
    found = [
        Problem(path=("t", "b"), text="two"),
        Problem(path=("x",), text="nowhere"),
        Problem(path=("a",), text="one"),
    ]
    assert document.say(found) == ["f\\x1b.toml:1: x: nowhere", "f\\x1b.toml:1: a: one", "f\\x1b.toml:3: t.b: two"]
    assert document.where(("t", "b")).line == 3


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "big.toml").write_bytes(b"#" * (4 << 20) + b"\n")
    for name, words in (
        ("gone.toml", "No such file or directory"),
        ("", "not a regular file"),
        ("big.toml", "longer than 4194304 bytes"),
        ("nul\0.toml", "not a usable path"),
    ):
        with pytest.raises(InputError) as caught:
            read_document(f"{tmp_path}/{name}")
        assert len(caught.value.problems) == 1
        assert caught.value.problems[0].endswith(f": cannot be read: {words}")


def test_a_file_of_four_mebibytes_is_read(tmp_path: Path) -> None:
    (tmp_path / "big.toml").write_bytes(b"#" * ((4 << 20) - 7) + b"\na = 1\n")
    assert read_document(f"{tmp_path}/big.toml").data == {"a": 1}
