"""Files of the host: bounded, numbered, what cannot be read is a gap, what does not exist is nothing."""

from pathlib import Path

from auditor.conffiles.hostfiles import DEPTH_LIMIT, HostFiles
from auditor.host import Host


def files(root: Path) -> HostFiles:
    return HostFiles(Host(str(root)))


def test_lines_have_numbers_and_no_ends(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\xef\xbb\xbfone\r\n\ntwo\xff")
    assert list(files(tmp_path).lines("/a")) == [(1, "one"), (2, ""), (3, "two\\xff")]


def test_what_does_not_exist_is_nothing_and_what_cannot_be_read_is_a_gap(tmp_path: Path) -> None:
    (tmp_path / "long").write_bytes(b"x" * 70_000 + b"\nshort\n")
    (tmp_path / "huge").write_bytes(b"x\n" * (1 << 20))
    here = files(tmp_path)
    assert list(here.lines("/none")) == []
    assert here.names("/none") == []
    assert list(here.lines("/long")) == [(2, "short")]
    assert len(list(here.lines("/huge"))) == 1 << 19
    assert list(here.lines("/long", DEPTH_LIMIT + 1)) == []
    assert [(source, error.detail) for source, error in here.gaps] == [
        ("/long", "line 1: longer than 65536 bytes"),
        ("/huge", "longer than 1048576 bytes"),
        ("/long", "files include each other too deeply"),
    ]


def test_a_file_that_includes_itself_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("one\ntwo\n")
    here = files(tmp_path)
    assert [(line, list(here.lines("/a"))) for line in here.lines("/a")] == [((1, "one"), []), ((2, "two"), [])]
    assert [(source, error.detail) for source, error in here.gaps] == [("/a", "the file includes itself")]
    assert len(list(here.lines("/a"))) == 2


def test_all_files_together_are_bounded(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes((b"x" * 1023 + b"\n") * 1024)
    here = files(tmp_path)
    lines = sum(1 for _ in range(40) for _ in here.lines("/a"))
    assert lines == 32 << 10
    assert {error.detail for _, error in here.gaps} == {"more than 33554432 bytes of configuration"}


def test_a_directory_with_too_many_names_is_a_gap(tmp_path: Path) -> None:
    for number in range(1025):
        (tmp_path / str(number)).touch()
    here = files(tmp_path)
    assert here.names("/") == []
    assert [error.detail for _, error in here.gaps] == ["more than 1024 files"]


def test_patterns_of_a_shell(tmp_path: Path) -> None:
    for path in ("a/x.conf", "a/y.conf", "a/.z.conf", "b/x.conf", "b/x.txt"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).touch()
    here = files(tmp_path)
    assert here.expand("/a/*.conf") == ["/a/x.conf", "/a/y.conf"]
    assert here.expand("/?/x.[ct]*") == ["/a/x.conf", "/b/x.conf", "/b/x.txt"]
    assert here.expand("/a/none") == ["/a/none"]
    assert here.expand("/a/x.conf/*") == []
    assert here.found("/a", ".conf") == ["/a/x.conf", "/a/y.conf"]


def test_units_that_are_switched_on(tmp_path: Path) -> None:
    for path in (
        "multi-user.target.wants/a.service",
        "b.target.requires/c@d.service",
        "e.service.d/f.conf",
        "g.service",
    ):
        target = tmp_path / "etc/systemd/system" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch()
    assert files(tmp_path).enabled_units() == {"a.service", "c@d.service"}


def test_a_gap_is_told_once_and_a_file_never_for_ever(tmp_path: Path) -> None:
    here = files(tmp_path)
    for number in range(100):
        here.problem("/a", number // 2, "odd")
    assert len(here.gaps) == 8
    assert here.gaps[1][1].detail == "line 1: odd"
