"""The index follows the scans, can be deleted, and never says more than they do."""

import json
import sqlite3
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from auditor.history import index, journal
from auditor.history.index import Event
from auditor.history.store import DIRECTORY, opened
from auditor.model.past import MOST_BETWEEN_SCANS_S, NOTHING, ConnectionSeen, Past
from tests.auditor.history.samples import NOON, document

DAY = 86400
NOON_S = int(NOON.timestamp())


def tunnel(id_: str, state: str = "up", verdict: str = "compliant") -> dict[str, Any]:
    return {
        "id": id_,
        "name": f"wg-{id_}",
        "technology": "wireguard",
        "kind": "tunnel",
        "state": state,
        "verdict": verdict,
    }


def scan(
    reports: Path, at: datetime, *tunnels: dict[str, Any], blind: int = 0, gaps: tuple[dict[str, Any], ...] = ()
) -> None:
    blind = blind or len(gaps)
    shown = document(at=at) | {
        "tunnels": list(tunnels),
        "blind_spots": list(gaps),
        "objects": [],
        "counts": {
            "verdicts": {"non_compliant": 0, "needs_review": 0},
            "blind_spots": blind,
            "blind_spots_open": blind,
        },
    }
    with opened(reports, at) as store:
        store.keep([json.dumps(shown)], shown)


def rows(reports: Path) -> dict[str, ConnectionSeen]:
    with index.opened(reports / DIRECTORY) as found:
        return {row.id: row for row in found.connections()}


def events(reports: Path, id_: str | None = None) -> list[tuple[str, int, str | None, str | None]]:
    with index.opened(reports / DIRECTORY) as found:
        return [(event.what, event.number, event.old, event.new) for event in found.events(id_)]


def changing(reports: Path) -> None:
    scan(reports, NOON, tunnel("a"), tunnel("b", "down"))
    scan(reports, NOON + timedelta(days=1), tunnel("a", "down"), tunnel("b", "down"))
    scan(reports, NOON + timedelta(days=2), tunnel("b", "down", "non_compliant"))
    scan(reports, NOON + timedelta(days=3), tunnel("a"), tunnel("b", "unknown", "non_compliant"))


def test_first_last_and_changes_of_each_connection(tmp_path: Path) -> None:
    changing(tmp_path)
    found = rows(tmp_path)
    assert (found["a"].first_s, found["a"].last_s, found["a"].last_up_s) == (NOON_S, NOON_S + 3 * DAY, NOON_S + 3 * DAY)
    assert (found["b"].last_up_s, found["b"].last_unsure_s, found["b"].seen) == (None, NOON_S + 3 * DAY, 4)
    assert events(tmp_path, "a") == [
        ("came", 1, None, "up"),
        ("state", 2, "up", "down"),
        ("went", 3, "down", None),
        ("came", 4, None, "up"),
    ]
    assert events(tmp_path, "b") == [
        ("came", 1, None, "down"),
        ("verdict", 3, "compliant", "non_compliant"),
        ("state", 4, "down", "unknown"),
    ]
    assert (found["a"].flapping, found["b"].flapping) == (True, False)


def everything(reports: Path) -> tuple[object, ...]:
    with index.opened(reports / DIRECTORY) as found:
        return (*found.connections(), *found.events(), *found.scans())


@pytest.mark.parametrize("damage", ["deleted", "garbage", "empty", "foreign", "cut short", "ahead"])
def test_a_lost_or_damaged_index_is_made_anew_and_says_the_same(tmp_path: Path, damage: str) -> None:
    changing(tmp_path)
    before = everything(tmp_path)
    path = tmp_path / DIRECTORY / index.NAME
    whole = path.read_bytes()
    if damage == "deleted":
        path.unlink()
    elif damage == "foreign":
        path.unlink()
        with sqlite3.connect(path) as database:
            database.execute("CREATE TABLE connection (x)")
        database.close()
    elif damage == "ahead":
        with sqlite3.connect(path) as database:
            database.execute("UPDATE meta SET number = 9")
        database.close()
    else:
        path.write_bytes({"garbage": b"x" * 9000, "empty": b"", "cut short": whole[: len(whole) // 2]}[damage])
    assert everything(tmp_path) == before
    assert everything(tmp_path) == before


def test_following_step_by_step_is_the_same_as_at_once(tmp_path: Path) -> None:
    for step in range(4):
        scan(tmp_path, NOON + timedelta(days=step), *(tunnel(str(n)) for n in range(step, 3)))
        rows(tmp_path)
    before = everything(tmp_path)
    (tmp_path / DIRECTORY / index.NAME).unlink()
    assert everything(tmp_path) == before


def test_an_index_that_cannot_be_written_is_made_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    changing(tmp_path)
    before = everything(tmp_path)
    (tmp_path / DIRECTORY / index.NAME).unlink()
    (tmp_path / DIRECTORY / index.NAME).mkdir()
    assert everything(tmp_path) == before


def test_a_damaged_scan_is_left_out_and_the_rest_stays(tmp_path: Path) -> None:
    changing(tmp_path)
    (tmp_path / DIRECTORY / "scan-000002.json").write_text("{")
    assert [found.number for found in everything(tmp_path) if isinstance(found, Event) and found.id == "b"] == [1, 3, 4]


def look_back(*scans: tuple[int, tuple[dict[str, Any], ...], int], tmp_path: Path) -> Past:
    for day, tunnels, blind in scans:
        scan(tmp_path, NOON + timedelta(days=day), *tunnels, blind=blind)
    return index.past(tmp_path / DIRECTORY)


def asked(known: Past, day: int, days: int = 30) -> bool | None:
    return known.seen_up_recently("a", NOON_S + day * DAY, days)


def test_without_history_nothing_is_known() -> None:
    assert asked(NOTHING, 0) is None


def test_up_within_the_look_back_is_recent(tmp_path: Path) -> None:
    known = look_back((0, (tunnel("a"),), 0), (1, (tunnel("a", "down"),), 0), tmp_path=tmp_path)
    assert asked(known, 2) is True
    assert asked(known, 30) is True
    assert asked(known, 31) is None


def test_down_in_every_scan_of_the_look_back_is_not_recent(tmp_path: Path) -> None:
    known = look_back(*((day, (tunnel("a", "down"),), 1) for day in range(31)), tmp_path=tmp_path)
    assert asked(known, 31) is False


def test_a_history_that_does_not_reach_back_far_enough_knows_nothing(tmp_path: Path) -> None:
    known = look_back(*((day, (tunnel("a", "down"),), 0) for day in range(20)), tmp_path=tmp_path)
    assert asked(known, 20) is None


def test_a_hole_between_scans_hides_what_was_up_in_it(tmp_path: Path) -> None:
    days = [day for day in range(32) if not 10 < day < 14]
    known = look_back(*((day, (tunnel("a", "down"),), 0) for day in days), tmp_path=tmp_path)
    assert asked(known, 31) is None
    assert MOST_BETWEEN_SCANS_S < 4 * DAY


def test_a_scan_long_ago_says_nothing_of_today(tmp_path: Path) -> None:
    known = look_back(*((day, (tunnel("a", "down"),), 0) for day in range(31)), tmp_path=tmp_path)
    assert asked(known, 35) is None


def test_an_unknown_state_within_the_look_back_knows_nothing(tmp_path: Path) -> None:
    states = ["down"] * 20 + ["unknown"] + ["down"] * 11
    known = look_back(*((day, (tunnel("a", state),), 0) for day, state in enumerate(states)), tmp_path=tmp_path)
    assert asked(known, 31) is None


@pytest.mark.parametrize(("blind", "expected"), [(0, False), (1, None)])
def test_absent_counts_as_not_up_only_where_everything_was_read(
    tmp_path: Path, blind: int, expected: bool | None
) -> None:
    scans = [(day, () if day < 25 else (tunnel("a", "down"),), blind if day == 9 else 0) for day in range(32)]
    assert asked(look_back(*scans, tmp_path=tmp_path), 32) is expected


def test_a_scan_taken_in_when_stored_is_neither_read_again_nor_is_the_whole_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changing(tmp_path)
    before = rows(tmp_path)
    scan(tmp_path, NOON + timedelta(days=4), tunnel("c"))
    shown = json.loads((tmp_path / DIRECTORY / "scan-000005.json").read_bytes())
    index.take(tmp_path / DIRECTORY, 5, shown)
    monkeypatch.setattr(index, "_document", lambda _: pytest.fail("read again"))
    monkeypatch.setattr(journal, "read", lambda _: pytest.fail("read whole"))
    found = rows(tmp_path)
    assert found.keys() == before.keys() | {"c"}
    assert events(tmp_path, "c") == [("came", 5, None, "up")]


def test_what_cannot_be_taken_in_is_made_good_later(tmp_path: Path) -> None:
    changing(tmp_path)
    expected = rows(tmp_path)
    (tmp_path / DIRECTORY / index.NAME).write_bytes(b"no database" * 100)
    index.take(tmp_path / DIRECTORY, 4, {})
    index.take(tmp_path / "nowhere", 4, {})
    assert rows(tmp_path) == expected


def gap(namespace: str | None = None, *hides: str, source: str = "generic netlink") -> dict[str, Any]:
    return {"probe": "p", "namespace": namespace, "source": source, "hides": list(hides)}


def placed(namespace: str | None, *layers: str) -> dict[str, Any]:
    return tunnel("a") | {"namespace": namespace, "layers": [{"technology": layer} for layer in layers]}


HIDDEN = [
    (placed(None), gap(None)),
    (placed(None), gap(None, "wireguard")),
    (placed("blue"), gap("blue", "wireguard", "ipsec")),
    (placed("blue"), gap(None, "wireguard")),
    (placed(None, "gre", "ipsec"), gap(None, "ipsec")),
]
SHOWN = [(placed(None), gap(None, "ipsec")), (placed("blue"), gap("red")), (placed(None), gap("blue", "wireguard"))]


@pytest.mark.parametrize(("seen", "unread"), HIDDEN)
def test_what_a_blind_spot_may_hide_neither_went_nor_came_nor_flaps(
    tmp_path: Path, seen: dict[str, Any], unread: dict[str, Any]
) -> None:
    for day in range(6):
        there = day % 2 == 0
        scan(tmp_path, NOON + timedelta(days=day), *((seen,) if there else ()), gaps=() if there else (unread,))
    assert events(tmp_path, "a") == [("came", 1, None, "up")]
    found = rows(tmp_path)["a"]
    assert (found.present, found.state, found.last_unsure_s, found.flapping) == (None, "up", NOON_S + 5 * DAY, False)
    assert (found.last_s, found.seen) == (NOON_S + 4 * DAY, 3)
    scan(tmp_path, NOON + timedelta(days=6))
    assert events(tmp_path, "a")[1:] == [("went", 7, "up", None)]
    assert rows(tmp_path)["a"].present is False


@pytest.mark.parametrize(("seen", "unread"), SHOWN)
def test_a_blind_spot_elsewhere_or_of_another_technology_hides_nothing(
    tmp_path: Path, seen: dict[str, Any], unread: dict[str, Any]
) -> None:
    scan(tmp_path, NOON, seen)
    scan(tmp_path, NOON + timedelta(days=1), gaps=(unread,))
    assert events(tmp_path, "a") == [("came", 1, None, "up"), ("went", 2, "up", None)]


def test_a_blind_spot_that_did_not_hide_it_when_it_was_last_seen_does_not_now(tmp_path: Path) -> None:
    always, other = gap(None, "wireguard"), gap(None, "wireguard", source="routes")
    scan(tmp_path, NOON, tunnel("a"), gaps=(always,))
    scan(tmp_path, NOON + timedelta(days=1), gaps=(always, other))
    scan(tmp_path, NOON + timedelta(days=2), gaps=(other,))
    assert events(tmp_path, "a") == [("came", 1, None, "up")]
    scan(tmp_path, NOON + timedelta(days=3), gaps=(always,))
    assert events(tmp_path, "a")[1:] == [("went", 4, "up", None)]


def test_a_state_that_could_not_be_read_is_no_flapping(tmp_path: Path) -> None:
    for day, state in enumerate(("up", "unknown") * 3):
        scan(tmp_path, NOON + timedelta(days=day), tunnel("a", state))
    assert not rows(tmp_path)["a"].flapping
