from pathlib import Path

import pytest

from tests.auditor.config.samples import REGISTER, WAIVER, warned
from tests.auditor.config.test_relations import ACKNOWLEDGEMENT, REVIEW


def said(directory: Path, entry: str, *changes: tuple[str, str]) -> list[str]:
    for old, new in changes:
        assert entry.count(old) == 1, old
        entry = entry.replace(old, new)
    register = REGISTER.replace(WAIVER, "") + entry
    return [line.partition(": ")[2] for line in warned(directory, register)]


@pytest.mark.parametrize(
    ("change", "warning"),
    [
        (("2027-06-30", "2026-11-22"), "waiver[0].expires: W-1 expired on 2026-11-22 and no longer holds"),
        (("2027-06-30", "2026-11-23"), "waiver[0].expires: W-1 expires on 2026-11-23"),
        (("2027-06-30", "2026-12-23"), "waiver[0].expires: W-1 expires on 2026-12-23"),
        (("2027-06-30", "2026-12-24"), None),
        (("2026-11-02", "2026-11-24"), "waiver[0].approved_on: W-1 only holds from 2026-11-24"),
        (("2027-06-30", "2027-11-03"), None),
        (("2027-06-30", "2027-11-04"), "waiver[0].expires: W-1 holds for 367 days; at most 366 are advised"),
        (
            ('"Compliance"', '"network Team"'),
            'waiver[0].approver: "network Team" is also the owner; somebody else should approve',
        ),
        (
            ('prefixes = ["203.0.113.77/32"]\n', ""),
            "waiver[0]: names neither objects nor prefixes, so it covers nothing",
        ),
        (('prefixes = ["203.0.113.77/32"]\n', 'objects = ["wg-1"]\n'), None),
        (("203.0.113.77/32", "0.0.0.0/0"), "waiver[0].prefixes[0]: 0.0.0.0/0 covers a large part of the Internet"),
        (("203.0.113.77/32", "2000::/3"), "waiver[0].prefixes[0]: 2000::/3 covers a large part of the Internet"),
        (("203.0.113.77/32", "10.0.0.0/8"), None),
        (
            ("prefixes", 'controls = ["X-11"]\nprefixes'),
            'waiver[0].controls: "X-11" is not the id of a control (did you mean X-01?)',
        ),
        (("prefixes", 'controls = ["X-01", "N-01"]\nprefixes'), None),
    ],
)
def test_waivers(tmp_path: Path, change: tuple[str, str], warning: str | None) -> None:
    assert said(tmp_path, WAIVER, change) == ([warning] if warning else [])


@pytest.mark.parametrize(
    ("changes", "warning"),
    [
        ((), None),
        ((("2027-06-30", "2026-11-22"),), "acknowledgement[0].expires: B-1 expired on 2026-11-22 and no longer holds"),
        ((("2027-06-30", "2026-12-01"),), "acknowledgement[0].expires: B-1 expires on 2026-12-01"),
        ((('"a"', '"o"'),), 'acknowledgement[0].approver: "o" is also the owner; somebody else should approve'),
        (
            (('"openvpn"', '"openvnp"'),),
            'acknowledgement[0].probe: "openvnp" is not the name of a probe (did you mean openvpn?)',
        ),
    ],
)
def test_acknowledgements(tmp_path: Path, changes: tuple[tuple[str, str], ...], warning: str | None) -> None:
    assert said(tmp_path, ACKNOWLEDGEMENT, *changes) == ([warning] if warning else [])


@pytest.mark.parametrize(
    ("changes", "warning"),
    [
        ((), None),
        ((("2027-08-31", "2026-11-22"),), "review[0].valid_until: the review ended on 2026-11-22"),
        ((("2027-08-31", "2026-11-23"),), "review[0].valid_until: the review ends on 2026-11-23"),
        ((("2026-09-01", "2026-11-24"),), "review[0].reviewed_on: 2026-11-24 lies in the future"),
    ],
)
def test_reviews(tmp_path: Path, changes: tuple[tuple[str, str], ...], warning: str | None) -> None:
    assert said(tmp_path, REVIEW, *changes) == ([warning] if warning else [])
