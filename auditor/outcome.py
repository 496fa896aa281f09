"""From verdicts and gaps to the status that monitoring is told, and its exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from auditor.errors import EXIT_UNKNOWN
from auditor.model.judgement import Assessment, Status, Verdict
from auditor.model.text import Text

if TYPE_CHECKING:  # every command loads this module, and most have no scan
    from collections.abc import Sequence

    from auditor.model.register import Waiver
    from auditor.model.scan import Audited, CircuitSeen, Gap

EXIT_CODES = {Status.OK: 0, Status.WARNING: 1, Status.CRITICAL: 2, Status.UNKNOWN: EXIT_UNKNOWN}

# NOTE: critical outranks unknown, so that a broken probe cannot hide a breach; unknown outranks warning.
_WORST_FIRST = (Status.CRITICAL, Status.UNKNOWN, Status.WARNING, Status.OK)

BY_VERDICT = {
    Verdict.NON_COMPLIANT: Status.CRITICAL,
    Verdict.NEEDS_REVIEW: Status.WARNING,
    Verdict.COMPLIANT: Status.OK,
    Verdict.PERMITTED: Status.OK,
    Verdict.NOT_APPLICABLE: Status.OK,
}


def decide(
    objects: tuple[Audited, ...],
    gateway: Assessment,
    gaps: tuple[Gap, ...],
    circuits: tuple[CircuitSeen, ...],
    notices: tuple[Text, ...],
    gateway_waiver: Waiver | None = None,
) -> tuple[Status, tuple[Text, ...]]:
    """Return the status and each reason for it, worst first.

    An accepted exception (waiver, acknowledged blind spot) never gives ok: it lowers critical or
    unknown to warning. `notices` are matters that ask for attention soon.
    """
    reasons: list[tuple[Status, Text]] = []
    open_ = [item for item in objects if item.waiver is None]
    _count(reasons, Status.CRITICAL, [o for o in open_ if o.verdict is Verdict.NON_COMPLIANT], *_NON_COMPLIANT)
    if gateway.gateway_verdict in (Verdict.NON_COMPLIANT, Verdict.NEEDS_REVIEW):
        said = BY_VERDICT[gateway.gateway_verdict], _GATEWAY[gateway.gateway_verdict]
        reasons.append((Status.WARNING, _GATEWAY_WAIVED) if gateway_waiver else said)
    _count(reasons, Status.UNKNOWN, [gap for gap in gaps if gap.acknowledged is None], *_UNREAD)
    _count(reasons, Status.WARNING, [o for o in open_ if o.verdict is Verdict.NEEDS_REVIEW], *_REVIEW)
    _count(reasons, Status.WARNING, [o for o in objects if o.waiver is not None], *_WAIVED)
    _count(reasons, Status.WARNING, [gap for gap in gaps if gap.acknowledged is not None], *_ACCEPTED)
    _count(reasons, Status.WARNING, [c for c in circuits if c.contract_status == "expiring_soon"], *_EXPIRING)
    reasons += [(Status.WARNING, notice) for notice in notices]
    reasons.sort(key=lambda item: _WORST_FIRST.index(item[0]))
    if not reasons:
        return Status.OK, (_ALL_WELL,)
    return reasons[0][0], tuple(text for _, text in reasons)


def _count(
    reasons: list[tuple[Status, Text]],
    status: Status,
    items: Sequence[object],
    one: Text,
    many: Text,
) -> None:
    """Add a reason that says how many `items` there are, if any."""
    if items:
        form = one if len(items) == 1 else many
        reasons.append((status, Text(form.en.format(len(items)), form.zh.format(len(items)))))


_NON_COMPLIANT = (
    Text("1 object is not in line with the guidance", "1个对象与指引不符"),
    Text("{} objects are not in line with the guidance", "{}个对象与指引不符"),
)
_GATEWAY = {
    Verdict.NON_COMPLIANT: Text("a control on the gateway itself fails", "针对网关本身的控制项未通过"),
    Verdict.NEEDS_REVIEW: Text("a control on the gateway itself needs review", "针对网关本身的控制项需人工复核"),
}
_GATEWAY_WAIVED = Text("a control on the gateway itself is accepted by a waiver", "针对网关本身的控制项经豁免接受")
_UNREAD = (
    Text("1 source could not be read: the audit is incomplete", "1个信息来源无法读取：审计不完整"),
    Text("{} sources could not be read: the audit is incomplete", "{}个信息来源无法读取：审计不完整"),
)
_REVIEW = (
    Text("1 object needs review", "1个对象需人工复核"),
    Text("{} objects need review", "{}个对象需人工复核"),
)
_WAIVED = (
    Text("1 object is accepted by a waiver", "1个对象经豁免接受"),
    Text("{} objects are accepted by waivers", "{}个对象经豁免接受"),
)
_ACCEPTED = (
    Text("1 blind spot is acknowledged", "1处盲区已被确认接受"),
    Text("{} blind spots are acknowledged", "{}处盲区已被确认接受"),
)
_EXPIRING = (
    Text("1 contract is about to expire", "1份合同即将到期"),
    Text("{} contracts are about to expire", "{}份合同即将到期"),
)
_ALL_WELL = Text(
    "every object is compliant, permitted or outside the guidance, and everything was read",
    "所有对象均已对应允许路径、属允许范围或不在指引范围内，且全部信息来源均已读取",
)
