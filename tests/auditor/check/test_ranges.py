"""Threshold ranges, by the table of the Monitoring Plugins Development Guidelines."""

import pytest

from auditor.check.ranges import Range


@pytest.mark.parametrize(
    ("text", "fine", "alerting"),
    [
        ("10", (0, 5, 10), (-1, 11)),
        ("10:", (10, 11, 1e9), (9, 0, -5)),
        ("~:10", (-1e9, 0, 10), (11,)),
        ("10:20", (10, 15, 20), (9, 21)),
        ("@10:20", (9, 21), (10, 15, 20)),
        ("@0", (1, -1), (0,)),
        ("0:0", (0,), (1, -1)),
        ("1.5:2.5", (2,), (1, 3)),
        ("-5:-1", (-3,), (0, -6)),
    ],
)
def test_a_value_alerts_outside_of_its_range(text: str, fine: tuple[float, ...], alerting: tuple[float, ...]) -> None:
    limit = Range(text)
    assert not any(limit.alerts(value) for value in fine)
    assert all(limit.alerts(value) for value in alerting)


@pytest.mark.parametrize("text", ["", "x", "10:5", "@", "~", "1:2:3", "nan", "inf", "1e3", "--1", "@@1", "٣"])
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a range"):
        Range(text)
