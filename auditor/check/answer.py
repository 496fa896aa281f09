"""From the last scan to one line: state, text and performance data (Monitoring Plugins Development Guidelines)."""

from auditor.check.options import Options
from auditor.check.ranges import Range
from auditor.check.summary import Summary, one_line

STATES = ("OK", "WARNING", "CRITICAL", "UNKNOWN")
# NOTE: as for a scan: a threshold must not hide a breach, and what could not be read is worse than a warning.
_WORST_FIRST = (2, 3, 1, 0)
_REASONS_AT_MOST = 20

# label, name in the summary, unit; the same labels in every answer, so that graphs never break
_COUNTS = (
    ("tunnels", "tunnels"),
    ("unmatched", "unmatched"),
    ("not_in_line", "non_compliant"),
    ("to_review", "needs_review"),
    ("waived", "waived"),
    ("blind_spots", "blind_spots"),
    ("circuits", "circuits"),
    ("circuits_seen", "circuits_seen"),
)


class Metric:
    """One figure: label, value as text, unit (empty for a count), and the thresholds that it has."""

    def __init__(self, label: str, value: str, unit: str = "", warn: str = "", crit: str = "") -> None:
        """Keep the parts."""
        self.label = label
        self.value = value
        self.unit = unit
        self.warn = warn
        self.crit = crit


class Answer:
    """What is told: state 0 to 3, one line of text, figures, and what more there is when asked for it."""

    def __init__(self, state: int, text: str, metrics: list[Metric], summary: Summary | None, more: list[str]) -> None:
        """Keep the parts; `summary` is None when there is no scan to rely on."""
        self.state = state
        self.text = text
        self.metrics = metrics
        self.summary = summary
        self.more = more


def unknown(why: str) -> Answer:
    """Return the answer that nothing is known, and why."""
    return Answer(3, one_line(why), [], None, [])


def answer(summary: Summary, age_s: float, asked: Options) -> Answer:
    """Return what `summary`, of `age_s` seconds ago, says; thresholds only ever make it worse. Raises Unfit."""
    unmatched = summary.number("unmatched")
    states, more = [summary.number("exit_code")], list(summary.reasons)
    for state, limit in ((1, asked.warning), (2, asked.critical)):
        if limit is not None and limit.alerts(unmatched):
            states.append(state)
            more.insert(0, f"unmatched connections: {unmatched} is outside of {limit.text}")
    state = min(states, key=_WORST_FIRST.index) if set(states) <= {0, 1, 2, 3} else 3
    first = more[0] if more else "nothing found"
    others = f" (and {len(more) - 1} more)" if len(more) > 1 else ""
    text = f"{summary.values.get('gateway', '?')}: {first}{others}"
    return Answer(state, text, _metrics(summary, age_s, asked), summary, more)


def _metrics(summary: Summary, age_s: float, asked: Options) -> list[Metric]:
    """Return the figures; raises Unfit."""
    metrics = [Metric(label, str(summary.number(name))) for label, name in _COUNTS]
    for metric in metrics:
        if metric.label == "unmatched":
            metric.warn, metric.crit = _limit(asked.warning), _limit(asked.critical)
    metrics.append(Metric("scan_time", f"{summary.number('duration_ms') / 1000:.3f}", "s"))
    metrics.append(Metric("age", f"{age_s:.0f}", "s", crit=f"{asked.max_age_s:.0f}"))
    return metrics


def _limit(limit: Range | None) -> str:
    """Return a threshold as performance data has it."""
    return limit.text if limit else ""


def _perfdata(metric: Metric) -> str:
    """Return one figure as performance data: ``label=value[unit];warn;crit;min``."""
    return f"{metric.label}={metric.value}{metric.unit};{metric.warn};{metric.crit};0"


def nagios(found: Answer, verbose: int) -> str:
    """Return the output of a plug-in: performance data stand in the first line only, since Icinga misreads others."""
    first = f"AUDITOR {STATES[found.state]} - {found.text}"
    lines = [f"{first} | {' '.join(map(_perfdata, found.metrics))}" if found.metrics else first]
    if found.summary is not None:
        lines += found.more[:_REASONS_AT_MOST] if verbose >= 1 else []
        lines += found.summary.findings if verbose >= 2 else []
        lines += [f"{name}: {value}" for name, value in found.summary.values.items()] if verbose >= 3 else []
    return "\n".join(lines) + "\n"
