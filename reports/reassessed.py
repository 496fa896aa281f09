"""How a report says that it is none of a new scan: an old one, judged again with what is known today."""

from datetime import datetime
from typing import Any

from auditor.model.scan import Reassessment, Scan
from auditor.model.text import Text, alike
from reports.changes import moment
from reports.labels import both, say

_DIGITS = 12


def title(scan: Scan) -> Text:
    """Return the title of the report."""
    gateway = scan.config.gateway_name or scan.gateway.hostname
    if scan.reassessment is None:
        return say("page.title_of", gateway=gateway)
    return say("reassessed.title_of", gateway=gateway, number=scan.reassessment.number)


def mark(scan: Scan, guidance: str) -> dict[str, Any] | None:
    """Return which scan was judged again, when, as of when and with what, in words too; None for a new scan.

    `guidance` is the digest of the controls.
    """
    again = scan.reassessment
    if again is None:
        return None
    return {
        "scan": again.number,
        "file": again.file,
        "sha256": again.sha256,
        "observed_at": _at(scan, scan.started_at),
        "judged_at": _at(scan, again.judged_at),
        "as_of": _at(scan, again.as_of),
        "label": both(_label(scan, again)),
        "judged_with": both(_judged_with(scan, guidance)),
    }


def notices(scan: Scan) -> tuple[Text, ...]:
    """Return the same as a notice, for every form of the report that has no better place for it."""
    return (_label(scan, scan.reassessment),) if scan.reassessment else ()


def _label(scan: Scan, again: Reassessment) -> Text:
    """Return that it is a reassessment: of which scan, of when, judged when and as of when."""
    return say(
        "reassessed.label",
        number=again.number,
        observed=moment(_at(scan, scan.started_at)),
        judged=moment(_at(scan, again.judged_at)),
        as_of=moment(_at(scan, again.as_of)),
    )


def _judged_with(scan: Scan, guidance: str) -> Text:
    """Return which register, guidance and tool it was judged with."""
    register = scan.register
    named = alike(f"{register.path} (SHA-256 {(register.sha256 or '')[:_DIGITS]})")
    return say(
        "reassessed.judged_with",
        register=say("word.no_file") if register.path is None else named,
        reviewed=register.reviewed_on.isoformat() if register.reviewed_on else say("word.not_stated"),
        guidance=guidance[:_DIGITS],
        tool=scan.version,
    )


def _at(scan: Scan, at: datetime) -> str:
    """Return a moment in the configured zone, ISO 8601."""
    return at.astimezone(scan.config.zone).isoformat(timespec="seconds")
