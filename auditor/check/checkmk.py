"""The answer as a Checkmk local check: one line a service, ``STATE "NAME" METRICS TEXT``."""

from auditor.check.answer import Answer

SERVICE = "Auditor"


def lines(found: Answer) -> str:
    """Return the line of the one service; metrics are joined by ``|``, and ``-`` stands for none."""
    metrics = "|".join(f"{m.label}={m.value};{m.warn};{m.crit}" for m in found.metrics)
    return f'{found.state} "{SERVICE}" {metrics or "-"} {found.text}\n'
