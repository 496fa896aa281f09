"""Warnings about accepted exceptions: waivers, acknowledged blind spots and public-network reviews."""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

from auditor.config.dates import days_left, ends_soon, today
from auditor.config.validate import Problem
from auditor.config.words import Path, show, suggestion
from auditor.model.register import Acknowledgement, Config, PublicNetworkReview, Register, Waiver

_LONGEST = timedelta(days=366)
_BROAD = {4: 8, 6: 20}


def exception_warnings(
    config: Config,
    register: Register,
    now: datetime,
    controls: Collection[str] | None,
    probes: Collection[str] | None,
) -> Iterator[Problem]:
    """Yield warnings about every exception; `controls` and `probes` None: what they name is not compared."""
    for index, review in enumerate(register.reviews):
        yield from _review(("review", index), review, now, config)
    for index, waiver in enumerate(register.waivers):
        path = ("waiver", index)
        yield from _term(path, waiver, now, config)
        yield from _names((*path, "controls"), waiver.controls, controls, "the id of a control")
        if not waiver.objects and not waiver.prefixes:
            yield Problem(path=path, text="names neither objects nor prefixes, so it covers nothing")
        for position, prefix in enumerate(waiver.prefixes):
            if prefix.prefixlen < _BROAD[prefix.version]:
                yield Problem(path=(*path, "prefixes", position), text=f"{prefix} covers a large part of the Internet")
    for index, entry in enumerate(register.acknowledgements):
        path = ("acknowledgement", index)
        yield from _term(path, entry, now, config)
        yield from _names((*path, "probe"), (entry.probe,), probes, "the name of a probe")


def _term(path: Path, entry: Waiver | Acknowledgement, now: datetime, config: Config) -> Iterator[Problem]:
    """Yield warnings about the days of an exception and about who approved it."""
    left = days_left(entry.expires, now, config)
    if left < 0:
        yield Problem(path=(*path, "expires"), text=f"{entry.id} expired on {entry.expires} and no longer holds")
    elif ends_soon(entry.expires, now, config):
        yield Problem(path=(*path, "expires"), text=f"{entry.id} expires on {entry.expires}")
    if today(now, config) < entry.approved_on:
        yield Problem(path=(*path, "approved_on"), text=f"{entry.id} only holds from {entry.approved_on}")
    if entry.expires - entry.approved_on > _LONGEST:
        days = (entry.expires - entry.approved_on).days
        yield Problem(path=(*path, "expires"), text=f"{entry.id} holds for {days} days; at most 366 are advised")
    if entry.owner.casefold() == entry.approver.casefold():
        yield Problem(
            path=(*path, "approver"), text=f"{show(entry.approver)} is also the owner; somebody else should approve"
        )


def _names(path: Path, named: tuple[str, ...], known: Collection[str] | None, what: str) -> Iterator[Problem]:
    """Yield a warning for each name that does not exist."""
    for name in named:
        if known is not None and name not in known:
            yield Problem(path=path, text=f"{show(name)} is not {what}{suggestion(name, tuple(known))}")


def _review(path: Path, review: PublicNetworkReview, now: datetime, config: Config) -> Iterator[Problem]:
    """Yield warnings about the days of a public-network review."""
    if days_left(review.valid_until, now, config) < 0:
        yield Problem(path=(*path, "valid_until"), text=f"the review ended on {review.valid_until}")
    elif ends_soon(review.valid_until, now, config):
        yield Problem(path=(*path, "valid_until"), text=f"the review ends on {review.valid_until}")
    if today(now, config) < review.reviewed_on:
        yield Problem(path=(*path, "reviewed_on"), text=f"{review.reviewed_on} lies in the future")
