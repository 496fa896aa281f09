"""What root writes into the directory of another user belongs to that user; nothing else is given away."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from auditor.history.index import opened as index
from auditor.history.store import DIRECTORY, opened
from auditor.output import hand_over, make
from tests.auditor.history.samples import NOON
from tests.auditor.history.test_index import scan
from tests.requires import requires_root

pytestmark = requires_root
USER, GROUP = 4242, 4243


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    directory = tmp_path / "theirs"
    directory.mkdir()
    os.chown(directory, USER, GROUP)
    return directory


def owners(directory: Path) -> set[tuple[int, int]]:
    return {(path.lstat().st_uid, path.lstat().st_gid) for path in directory.rglob("*")}


def test_directories_and_files_of_a_history_belong_to_whom_the_directory_does(theirs: Path) -> None:
    scan(theirs / "a/report", NOON)
    with index(theirs / "a/report" / DIRECTORY):
        pass
    assert {path.name for path in (theirs / "a/report" / DIRECTORY).iterdir()} == {
        *("scan-000001.json", "journal", "lock", "index.sqlite"),
    }
    assert owners(theirs) == {(USER, GROUP)}
    assert (theirs / "a/report").stat().st_mode & 0o777 == 0o750


def test_in_a_directory_of_root_all_is_roots(tmp_path: Path) -> None:
    scan(tmp_path / "report", NOON)
    assert owners(tmp_path) == {(0, 0)}


def test_a_file_with_another_name_is_not_given_away(theirs: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("root's")
    os.link(secret, theirs / "journal")
    with secret.open() as stream:
        hand_over(stream.fileno(), theirs)
    assert (secret.stat().st_uid, secret.stat().st_gid) == (0, 0)


def test_a_directory_that_is_there_stays_as_it_is(theirs: Path) -> None:
    (theirs / "roots").mkdir(mode=0o700)
    make(theirs / "roots")
    assert owners(theirs) == {(0, 0)}
    with opened(theirs / "roots", datetime.now(UTC)):
        pass
    assert owners(theirs) == {(0, 0)}
