"""A report on disk is the old one or the new one, never half, whatever happens while writing."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from auditor.errors import OutputError
from auditor.output import write_all, write_shared

OLD = {"report.html": ["old ", "html"], "report.json": ["old json"]}
WHOLE = {"report.html": "old html", "report.json": "old json"}


def contents(directory: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in directory.iterdir()}


def test_files_are_written_for_owner_and_group(tmp_path: Path) -> None:
    written = write_all(tmp_path / "new" / "deep", OLD)
    assert contents(tmp_path / "new" / "deep") == WHOLE
    assert {path.stat().st_mode & 0o777 for path in written} == {0o640}


def test_a_shared_file_is_for_everybody_and_its_directory_is_not_made(tmp_path: Path) -> None:
    path = write_shared(tmp_path, "auditor.prom", ["a 1\n", b"b 2\n"])
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("a 1\nb 2\n", 0o644)
    with pytest.raises(OutputError, match=r"could not write auditor\.prom: No such file"):
        write_shared(tmp_path / "missing", "auditor.prom", ["a 1\n"])
    assert not (tmp_path / "missing").exists()


def test_a_shared_file_that_fails_half_way_is_the_old_one(tmp_path: Path) -> None:
    write_shared(tmp_path, "auditor.prom", ["a 1\n"])

    def pieces() -> Iterator[str]:
        yield "a 2\n"
        raise OSError(28, "No space left on device")

    with pytest.raises(OutputError, match="No space left"):
        write_shared(tmp_path, "auditor.prom", pieces())
    assert contents(tmp_path) == {"auditor.prom": "a 1\n"}


def test_undecodable_text_is_written_escaped(tmp_path: Path) -> None:
    write_all(tmp_path, {"report.json": ["a\udcff"]})
    assert (tmp_path / "report.json").read_text() == "a\\udcff"


def test_a_link_in_the_way_is_replaced_and_never_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    directory = tmp_path / "out"
    directory.mkdir()
    (directory / "report.html").symlink_to(victim)
    write_all(directory, OLD)
    assert victim.read_text() == "precious"
    assert not (directory / "report.html").is_symlink()


def test_a_failure_on_the_second_file_leaves_both_old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_all(tmp_path, OLD)
    real, calls = os.fsync, []

    def fails_second(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fails_second)
    with pytest.raises(OutputError, match="No space left"):
        write_all(tmp_path, {"report.html": ["new html"], "report.json": ["new json"]})
    assert contents(tmp_path) == WHOLE


def test_a_piece_that_fails_leaves_both_old_and_nothing_else(tmp_path: Path) -> None:
    def breaks() -> Iterator[str]:
        yield "x" * (1 << 20)
        raise RuntimeError

    write_all(tmp_path, OLD)
    with pytest.raises(RuntimeError):
        write_all(tmp_path, {"report.html": ["new html"], "report.json": breaks()})
    assert contents(tmp_path) == WHOLE


@pytest.mark.parametrize("kind", ["file", "missing parent is a file"])
def test_a_directory_that_cannot_be_is_an_error(tmp_path: Path, kind: str) -> None:
    (tmp_path / "x").write_text("")
    target = tmp_path / "x" if kind == "file" else tmp_path / "x" / "y"
    with pytest.raises(OutputError):
        write_all(target, OLD)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root: mounts a small file system")
def test_a_full_disk_leaves_the_old_report_and_nothing_else(tmp_path: Path) -> None:
    code = f"""
import sys
from collections.abc import Iterator
from pathlib import Path
from auditor.output import write_all, write_shared
from auditor.errors import OutputError
directory = Path({str(tmp_path)!r})
write_all(directory, {OLD!r})
try:
    write_all(directory, {{"report.html": ["x" * 100], "report.json": ["y" * 1000] * 10_000}})
except OutputError as error:
    print(error)
else:
    sys.exit("no error")
assert {{p.name: p.read_text() for p in directory.iterdir()}} == {WHOLE!r}
"""
    mount = (
        f"mount -t tmpfs -o size=200k none {tmp_path} && exec {sys.executable} -c '{code.replace(chr(39), chr(34))}'"
    )
    done = subprocess.run(["unshare", "--mount", "sh", "-c", mount], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "No space left on device" in done.stdout
