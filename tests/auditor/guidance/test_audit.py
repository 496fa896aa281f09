from datetime import date

import pytest

from auditor.guidance.audit import Dated, audit_controls, freshness_result, privacy_result
from auditor.model.judgement import Outcome, Severity
from auditor.model.text import Text

TODAY = date(2026, 11, 23)
REVIEW = Text("register review", "登记复核")


def reviewed(day: date | None, limit: int = 365) -> Dated:
    return Dated(name=REVIEW, dated=day, max_age_days=limit)


@pytest.mark.parametrize(
    ("day", "outcome", "says"),
    [
        (TODAY, Outcome.PASS, "register review: 2026-11-23, 0 days old (limit 365)"),
        (date(2025, 11, 24), Outcome.PASS, "364 days old"),
        (date(2025, 11, 23), Outcome.REVIEW, "365 days old"),
        (date(2026, 11, 24), Outcome.REVIEW, "dated 2026-11-24, in the future"),
        (None, Outcome.REVIEW, "register review: no date"),
    ],
)
def test_freshness_on_both_sides_of_the_limit(day: date | None, outcome: Outcome, says: str) -> None:
    result = freshness_result((reviewed(day),), TODAY)
    assert result.outcome is outcome
    assert result.severity is (Severity.LOW if outcome is Outcome.REVIEW else Severity.NONE)
    assert says in result.reason.en
    assert "登记复核" in result.reason.zh


def test_only_what_is_stale_is_named() -> None:
    data = Dated(name=Text("location data", "位置数据"), dated=date(2026, 11, 1), max_age_days=180)
    result = freshness_result((data, reviewed(None)), TODAY)
    assert result.outcome is Outcome.REVIEW
    assert "location data" not in result.reason.en
    assert freshness_result((), TODAY).outcome is Outcome.REVIEW


@pytest.mark.parametrize(
    ("place", "outcome"), [("CN", Outcome.INFO), ("HK", Outcome.NOT_APPLICABLE), ("unknown", Outcome.NOT_APPLICABLE)]
)
def test_pointers_for_mainland_sites(place: str, outcome: Outcome) -> None:
    filing, logs, dates = audit_controls(local_location=place, aging=(reviewed(TODAY),), today=TODAY)
    assert (filing.control, logs.control, dates.control) == ("T-02", "T-03", "A-02")
    assert filing.outcome is logs.outcome is outcome
    assert "six months" in logs.reason.en or outcome is Outcome.NOT_APPLICABLE


def test_privacy_result() -> None:
    assert privacy_result({"tunnels": []}).outcome is Outcome.PASS
    result = privacy_result({"a": [{"cmdline": "x"}] * 12})
    assert (result.outcome, result.severity) == (Outcome.FAIL, Severity.HIGH)
    assert "a[0].cmdline: forbidden field" in result.reason.en
    assert "and 2 more" in result.reason.en
