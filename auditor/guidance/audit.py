"""The controls that facts alone do not decide: T-02, T-03 (the site), A-01 (the output), A-02 (the dates)."""

from dataclasses import dataclass
from datetime import date

from auditor.guidance.catalogue import controls
from auditor.guidance.privacy import forbidden_fields
from auditor.guidance.results import severity_of
from auditor.guidance.texts import label
from auditor.model.judgement import ControlResult, Outcome
from auditor.model.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated:
    """Something that ages: the register's review or a data set. `dated` None: there is no date for it."""

    name: Text
    dated: date | None
    max_age_days: int


def audit_controls(*, local_location: str, aging: tuple[Dated, ...], today: date) -> tuple[ControlResult, ...]:
    """Return T-02, T-03 and A-02 for a gateway at `local_location` (ISO code or "unknown").

    `aging` lists the register's review and every data set in use; give the review also when there is
    none, with `dated` None. Extend `assess_gateway` by these results, and by `privacy_result` once the
    document is made.
    """
    return (*_pointers(local_location), freshness_result(aging, today))


def freshness_result(aging: tuple[Dated, ...], today: date) -> ControlResult:
    """Return A-02: a pass only if everything is dated, not in the future, and younger than its limit."""
    stale = [item for item in aging if not _is_fresh(item, today)]
    if stale or not aging:
        return _result("A-02", Outcome.REVIEW, "stale", ages=_ages(stale, today))
    return _result("A-02", Outcome.PASS, "fresh", ages=_ages(list(aging), today))


def privacy_result(document: object) -> ControlResult:
    """Return A-01 for a finished JSON document; on a fail it must not be published."""
    return privacy_outcome(forbidden_fields(document))


def privacy_outcome(found: list[str]) -> ControlResult:
    """Return A-01 for a document in which `forbidden_fields` found `found`."""
    if not found:
        return _result("A-01", Outcome.PASS, "clean")
    shown = found[:10]
    more = len(found) - len(shown)
    fields = Text(
        ", ".join(shown) + (f" and {more} more" if more else ""),
        "、".join(shown) + (f"等共{len(found)}处" if more else ""),
    )
    return _result("A-01", Outcome.FAIL, "forbidden", fields=fields)


def _pointers(local_location: str) -> tuple[ControlResult, ...]:
    """Return T-02 and T-03."""
    if local_location == "CN":
        return tuple(_result(control, Outcome.INFO, "pointer") for control in ("T-02", "T-03"))
    place = label("place", "unknown") if local_location == "unknown" else Text(local_location, local_location)
    return tuple(
        _result(control, Outcome.NOT_APPLICABLE, "only_mainland_sites", local_location=place)
        for control in ("T-02", "T-03")
    )


def _is_fresh(item: Dated, today: date) -> bool:
    """Return whether something is dated, not in the future, and younger than its limit."""
    return item.dated is not None and item.dated <= today and (today - item.dated).days < item.max_age_days


def _ages(items: list[Dated], today: date) -> Text:
    """Return the ages of `items` as one text."""
    if not items:
        return label("word", "nothing_dated")
    parts = [_age(item, today) for item in items]
    return Text("; ".join(part.en for part in parts), "；".join(part.zh for part in parts))


def _age(item: Dated, today: date) -> Text:
    """Return the age of one thing in words."""
    if item.dated is None:
        return Text(f"{item.name.en}: no date", f"{item.name.zh}：没有日期")
    days = (today - item.dated).days
    if days < 0:
        return Text(f"{item.name.en}: dated {item.dated}, in the future", f"{item.name.zh}：日期{item.dated}在将来")
    return Text(
        f"{item.name.en}: {item.dated}, {days} days old (limit {item.max_age_days})",
        f"{item.name.zh}：{item.dated}，已{days}天（期限{item.max_age_days}天）",
    )


def _result(control: str, outcome: Outcome, reason: str, **words: Text) -> ControlResult:
    """Return a result whose reason is filled with `words`."""
    template = controls()[control].reasons[reason]
    return ControlResult(
        control=control,
        outcome=outcome,
        reason=Text(
            template.en.format(**{name: word.en for name, word in words.items()}),
            template.zh.format(**{name: word.zh for name, word in words.items()}),
        ),
        severity=severity_of(control, outcome),
    )
