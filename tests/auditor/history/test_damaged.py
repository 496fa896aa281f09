"""A stored scan that was edited since is believed by nobody: not by the index, not by what tells changes."""

import json
import os
import time
from datetime import timedelta
from pathlib import Path

import pytest

from auditor.history import previous
from auditor.history.index import NAME
from auditor.history.store import DIRECTORY, file_name, opened
from auditor.output import remove_left_over, written_beside
from reports.document import document
from tests.auditor.history.samples import NOON, keep
from tests.auditor.history.test_index import rows, scan, tunnel
from tests.reports.samples import many


def test_a_new_index_takes_in_no_scan_that_was_edited(tmp_path: Path) -> None:
    for day in range(3):
        scan(tmp_path, NOON + timedelta(days=day), tunnel("a"))
    assert rows(tmp_path)["a"].seen == 3
    edited = tmp_path / DIRECTORY / file_name(2)
    edited.write_text(edited.read_text().replace('"id": "a"', '"id": "forged"'))
    (tmp_path / DIRECTORY / NAME).unlink()
    assert (rows(tmp_path).keys(), rows(tmp_path)["a"].seen) == ({"a"}, 2)


@pytest.fixture
def three(tmp_path: Path) -> Path:
    """Return a directory with three stored scans of one gateway, each with its number as its severity."""
    for number in (1, 2, 3):
        shown = document(many(1)) | {"severity": str(number)}
        with opened(tmp_path, NOON + timedelta(days=number)) as store:
            store.keep([json.dumps(shown)], shown)
    return tmp_path


def test_changes_are_told_against_the_newest_scan_that_is_what_was_recorded(three: Path) -> None:
    def severity() -> str | None:
        found = previous.find(three).report
        return found.document["severity"] if found else None

    assert severity() == "3"
    (three / previous.FILE).write_text("{}")
    assert severity() == "3"
    (three / DIRECTORY / file_name(3)).write_text((three / DIRECTORY / file_name(1)).read_text())
    assert severity() == "2"
    (three / DIRECTORY / file_name(2)).unlink()
    assert severity() == "1"
    (three / DIRECTORY / file_name(1)).write_text("{}")
    found = previous.find(three)
    assert (found.report, found.problem) == (
        None,
        f"history/{file_name(3)}: its bytes are not the ones that were recorded",
    )


def test_what_a_killed_writer_left_is_removed_when_it_is_old(tmp_path: Path) -> None:
    keep(tmp_path)
    left, young = (written_beside(tmp_path, "report.html", ["x"]).waiting for _ in range(2))
    mine = tmp_path / ".mine.new"
    mine.write_text("not of this program")
    old = time.time() - 7200
    for path in (left, mine):
        os.utime(path, (old, old))
    remove_left_over(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {DIRECTORY, young.name, mine.name}
