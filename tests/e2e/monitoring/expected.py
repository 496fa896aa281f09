"""What a monitoring system must say of each case: state, beginning of the text, and figures."""

from dataclasses import dataclass, field

from tests.e2e.monitoring.station import Station

LABELS = (
    "tunnels",
    "unmatched",
    "not_in_line",
    "to_review",
    "waived",
    "blind_spots",
    "circuits",
    "circuits_seen",
    "scan_time",
    "age",
)


@dataclass(frozen=True, slots=True)
class Case:
    """One service: options of the check beside the directory, and what is to come back."""

    name: str
    scan: str
    state: int
    text: str
    figures: dict[str, int] = field(default_factory=dict)
    options: dict[str, str] = field(default_factory=dict)

    def directory(self, station: Station) -> str:
        """Return the report directory to look at."""
        return str(station.scans.get(self.scan, "/var/lib/nothing-here"))


CASES = (
    Case("ok", "ok", 0, "AUDITOR OK - gw-sha-01: every object is compliant, ", {"tunnels": 1, "circuits": 1}),
    Case("warning", "warning", 1, "AUDITOR WARNING - gw-sha-01: 1 object needs review", {"to_review": 1}),
    Case(
        "critical",
        "critical",
        2,
        "AUDITOR CRITICAL - gw-sha-01: 1 object is not in line with the guidance",
        {"not_in_line": 1, "unmatched": 1, "circuits": 0},
    ),
    Case(
        "unknown",
        "unknown",
        3,
        "AUDITOR UNKNOWN - gw-sha-01: 1 source could not be read: the audit is incomplete",
        {"blind_spots": 1},
    ),
    Case(
        "limit",
        "critical",
        2,
        "AUDITOR CRITICAL - gw-sha-01: unmatched connections: 1 is outside of 0 (and 1 more)",
        {"unmatched": 1},
        {"critical": "0"},
    ),
    Case("stale", "ok", 3, "AUDITOR UNKNOWN - the last scan is ", {}, {"max-age": "0.0001"}),
    Case("missing", "none", 3, "AUDITOR UNKNOWN - no scan yet: /var/lib/nothing-here/last-scan is missing"),
    Case("changed", "changed", 3, "AUDITOR UNKNOWN - the summary of the last scan was changed or cut short"),
)


def figures(performance: str) -> dict[str, float]:
    """Return the values of performance data by label, without units and limits."""
    parts = dict(part.split("=", 1) for part in performance.split())
    return {label.strip("'"): float(value.split(";")[0].rstrip("s")) for label, value in parts.items()}


def check(case: Case, state: int, text: str, performance: str) -> None:
    """Compare what a monitoring system says of a service with what it must say."""
    assert (case.name, state) == (case.name, case.state)
    assert text.startswith(case.text), text
    assert "|" not in text
    found = figures(performance)
    if not case.figures:
        assert found == {}
        return
    assert tuple(found) == LABELS
    assert {label: found[label] for label in case.figures} == case.figures
    assert 0 < found["scan_time"] < 60
    assert 0 <= found["age"] < 3600
