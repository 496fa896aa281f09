"""Questions that the scan asked of others, as documents hold them: of whom, when, and what became of each."""

from typing import Any

from auditor.lookups.words import outcome
from auditor.model.lookup import Lookup, Lookups, Purpose
from auditor.model.scan import Scan
from auditor.model.text import Text
from reports.labels import Value, both, say


def lookups(scan: Scan) -> dict[str, Any]:
    """Return every question with its answer; `privacy` says what others learnt by them, null if nobody was asked."""
    found, settings = scan.lookups, scan.config.lookups
    zone = scan.config.zone
    asked = [one for one in found.asked if one.asked_at]
    return {
        "enabled": found.enabled,
        "reverse": found.enabled and settings.reverse,
        "origin": found.enabled and settings.origin,
        "resolvers": list(found.resolvers),
        "resolvers_from": found.resolvers_from,
        "asked": len(asked),
        "summary": both(_summary(found, asked)) if found.enabled else None,
        "privacy": both(_privacy(asked)) if asked else None,
        "questions": [
            _question(one, one.asked_at.astimezone(zone).isoformat(timespec="seconds") if one.asked_at else None)
            for one in found.asked
        ],
    }


def _question(one: Lookup, asked_at: str | None) -> dict[str, Any]:
    """Return one question with what became of it."""
    question, reply = one.question, one.reply
    why = outcome(one)
    return {
        "purpose": question.purpose.value,
        "about": question.about,
        "name": question.name,
        "type": question.type,
        "resolvers": list(reply.resolvers),
        "asked_at": asked_at,
        "duration_s": round(one.duration_s, 3),
        "outcome": reply.outcome.value,
        "outcome_label": both(why or say("lookup.answered")),
        "answers": list(reply.values),
        "answers_left_out": reply.cut,
        "aliases": list(reply.chain),
        "ttl_s": reply.ttl_s,
        "dnssec": reply.validation.value,
        "dnssec_label": both(say(f"dnssec.{reply.validation.value}")),
    }


def _summary(found: Lookups, asked: list[Lookup]) -> Text:
    """Return how many questions were asked of whom, and how many of them were settled."""
    values: dict[str, Value] = {
        "asked": len(asked),
        "settled": sum(one.reply.is_complete for one in asked),
        "unasked": len(found.asked) - len(asked),
        "resolvers": ", ".join(found.resolvers) or say("word.none"),
    }
    return say("lookup.summary", **values)


def _privacy(asked: list[Lookup]) -> Text:
    """Return what others learnt, by what was asked of them."""
    purposes = {one.question.purpose for one in asked}
    key = "privacy_addresses" if purposes & {Purpose.REVERSE, Purpose.ORIGIN} else "privacy_names"
    return say(f"lookup.{key}")
