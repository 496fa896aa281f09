"""Log lines: one a thing, keys and values that a program can read, nothing hostile between them."""

import shlex

import pytest

from reports import log
from reports.document import document
from tests.reports.samples import compliant, mixed, unprivileged


def parsed(line: str) -> dict[str, str]:
    return dict(item.split("=", 1) for item in shlex.split(line.partition(">")[2]))


def test_the_first_line_is_the_scan() -> None:
    shown = document(mixed())
    first = next(log.lines(shown))
    assert first.startswith("<2>event=scan ")
    assert parsed(first)["not_in_line"] == str(shown["counts"]["verdicts"]["non_compliant"])


def test_everything_open_has_a_line_and_nothing_else() -> None:
    shown = document(mixed())
    lines = [parsed(line) for line in log.lines(shown)]
    wanted = {
        o["id"]
        for o in [*shown["tunnels"], *shown["objects"]]
        if o["verdict"] in ("non_compliant", "needs_review") and o["waived"] != "all"
    }
    assert {line["id"] for line in lines if line["event"] == "finding"} == wanted
    assert sum(line["event"] == "blind_spot" for line in lines) == shown["counts"]["blind_spots_open"]


@pytest.mark.parametrize(("scan", "priority"), [(compliant, 6), (unprivileged, 3), (mixed, 2)])
def test_the_priority_follows_the_status(scan: object, priority: int) -> None:
    assert next(log.lines(document(scan()))).startswith(f"<{priority}>")  # type: ignore[operator]


def test_a_hostile_name_cannot_make_a_line_or_a_key() -> None:
    shown = document(mixed())
    shown["tunnels"][0] |= {
        "name": 'x" status=ok\n<6>event=scan\x1b[0m\u202e\\',
        "verdict": "non_compliant",
        "waived": "none",
    }
    lines = list(log.lines(shown))
    found = [parsed(line) for line in lines if "status=ok" in line]
    assert len(found) == 1
    assert found[0]["event"] == "finding"
    assert "status" not in found[0]
    assert not any("\n" in line or "\x1b" in line or "\u202e" in line for line in lines)
