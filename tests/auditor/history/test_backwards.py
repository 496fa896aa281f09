"""A long journal is read from its end, no further than needed, and says the same as read from its beginning."""

import random
from datetime import timedelta
from pathlib import Path

import pytest

from auditor.history import index, journal, retention
from auditor.history.store import DIRECTORY
from tests.auditor.history.samples import NOON, daily
from tests.auditor.history.test_index import scan


@pytest.mark.parametrize("chunk", [7, 64, 513, 1 << 17])
def test_backwards_is_forwards_reversed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    monkeypatch.setattr(journal, "_TAIL_BYTES", chunk)
    assert list(journal.backwards(tmp_path)) == []
    history = daily(tmp_path, 12)
    path = history / journal.NAME
    whole = path.read_bytes()
    chosen = random.Random(3)
    for turn in range(30):
        data = bytearray(whole)
        for _ in range(turn // 6):
            data[chosen.randrange(len(data))] = chosen.choice(b"\n {x")
        path.write_bytes(data + b"half a line" * (turn % 2))
        forwards = [line.record for line in journal.read(history) if line.record is not None]
        assert list(journal.backwards(history)) == forwards[::-1]


def test_retention_and_index_read_no_more_than_they_need(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for day in range(40):
        scan(tmp_path, NOON + timedelta(days=day))
    history = tmp_path / DIRECTORY
    with index.opened(history) as found:
        assert found.follow() == 0
    monkeypatch.setattr(journal, "_TAIL_BYTES", 2048)
    read = []
    real = journal._parsed
    monkeypatch.setattr(journal, "_parsed", lambda text, whole: read.append(1) or real(text, whole))
    scan(tmp_path, NOON + timedelta(days=40))
    read.clear()
    assert retention.dated(history, [40, 41]).keys() == {40, 41}
    assert len(read) <= 5
    read.clear()
    with index.opened(history):
        assert 1 <= len(read) <= 5
