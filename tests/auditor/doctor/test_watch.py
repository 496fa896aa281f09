"""The doctor says whether the watch runs, when it last heard something, and where it does not listen."""

import os
import time
from pathlib import Path

import pytest

from auditor.doctor import schedule
from auditor.doctor.advice import Health
from auditor.watch.journal import ALIVE, Journal


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    made = Journal(str(tmp_path))
    made.make()
    return made


def said(directory: Path) -> list[tuple[Health, str]]:
    return [(advice.health, advice.says.en) for advice in schedule.watch(str(directory))]


def test_no_watch_is_said_and_asks_for_nothing(tmp_path: Path) -> None:
    ((health, says),) = said(tmp_path)
    assert (health, says) == (Health.NOTE, "does not run: what exists only between two scans is not seen")


def test_a_watch_that_runs_says_when_it_last_heard_something(tmp_path: Path, journal: Journal) -> None:
    journal.beat(stopped=False, last_s=None)
    assert said(tmp_path) == [(Health.FINE, "runs")]
    journal.beat(stopped=False, last_s=time.time() - 7200)
    assert said(tmp_path) == [(Health.FINE, "runs; last heard something 2 h ago")]


def test_one_that_died_is_broken_and_one_that_was_stopped_is_not(tmp_path: Path, journal: Journal) -> None:
    journal.beat(stopped=False)
    os.utime(journal.directory / ALIVE, (0, 0))
    assert said(tmp_path) == [(Health.BROKEN, "was running and is not any more")]
    journal.beat(stopped=True)
    assert said(tmp_path) == [(Health.NOTE, "was stopped")]


def test_namespaces_that_it_does_not_listen_to_are_named(tmp_path: Path, journal: Journal) -> None:
    journal.beat(stopped=False, deaf={str(number): [f"ns{number}\x1b", 1] for number in range(8)})
    (_, (health, says)) = said(tmp_path)
    assert health is Health.CARE
    assert says == "does not listen in these network namespaces: ns0_, ns1_, ns2_, ns3_, ns4_, ns5_ (+2)"


@pytest.mark.parametrize("state", [b"", b"[]", b'{"deaf": 3, "stopped": "x", "last_s": "y"}', b'{"deaf": {"1": 2}}'])
def test_a_damaged_state_stops_no_doctor(tmp_path: Path, journal: Journal, state: bytes) -> None:
    (journal.directory / ALIVE).write_bytes(state)
    assert said(tmp_path)
