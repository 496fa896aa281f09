"""Exceptions people accepted: waivers on objects, acknowledgements of blind spots. Nothing accepted turns green."""

from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from auditor.config.dates import in_force
from auditor.guidance.catalogue import controls
from auditor.matching.attributes import covers
from auditor.model.address import is_address
from auditor.model.judgement import Assessment, Outcome
from auditor.model.register import Acknowledgement, Waiver
from auditor.model.scan import Audited, Gap
from auditor.model.sightings import BlindSpot
from auditor.objects.context import Context

GATEWAY = "gateway"
"""What a waiver calls the gateway itself (controls N-01, O-01 and O-02)."""


@dataclass(frozen=True, slots=True)
class Waived:
    """Objects with their waivers, and the waivers that applied to nothing or no longer apply."""

    objects: tuple[Audited, ...]
    expired: tuple[Waiver, ...]
    unused: tuple[Waiver, ...]


def waive(context: Context, objects: tuple[Audited, ...]) -> Waived:
    """Return `objects` with the waivers in force applied; verdicts stay what they are."""
    in_day = [waiver for waiver in context.register.waivers if in_force(waiver, context.now, context.config)]
    expired = tuple(waiver for waiver in context.register.waivers if waiver not in in_day)
    result: list[Audited] = []
    used: set[str] = set()
    for audited in objects:
        for waiver in in_day:
            if covered := _covered(waiver, audited):
                used.add(waiver.id)
                whole = covered >= _open(audited.assessment, "T")
                audited = replace(
                    audited,
                    waiver=waiver if whole and audited.waiver is None else audited.waiver,
                    waived_controls=tuple(sorted({*audited.waived_controls, *covered})),
                    waivers=(*audited.waivers, waiver),
                )
        result.append(audited)
    return Waived(tuple(result), expired, tuple(w for w in in_day if w.id not in used))


def gateway_waiver(context: Context, gateway: Assessment) -> Waiver | None:
    """Return the waiver in force that names the object "gateway" and covers every open gateway control."""
    open_ = _open(gateway, "G")
    for waiver in context.register.waivers:
        covers_all = not waiver.controls or open_ <= set(waiver.controls)
        if open_ and GATEWAY in waiver.objects and covers_all and in_force(waiver, context.now, context.config):
            return waiver
    return None


def _open(assessment: Assessment, scope: str) -> set[str]:
    """Return the deciding controls of `scope` (T: the object's own, G: the gateway's) that are not met."""
    known = controls()
    return {
        result.control
        for result in assessment.results
        if result.outcome in (Outcome.FAIL, Outcome.REVIEW)
        and known[result.control].deciding
        and known[result.control].scope == scope
    }


def _covered(waiver: Waiver, audited: Audited) -> set[str]:
    """Return the open controls of `audited` that `waiver` accepts."""
    if audited.id not in waiver.objects and not _all_inside(waiver, audited):
        return set()
    return {control for control in _open(audited.assessment, "T") if not waiver.controls or control in waiver.controls}


def _all_inside(waiver: Waiver, audited: Audited) -> bool:
    """Return whether every far end of `audited` is a known address inside the waiver's prefixes."""
    remotes = [path.facts.remote_endpoint for path in audited.paths]
    return bool(waiver.prefixes) and all(
        remote is not None and is_address(remote) and covers(waiver.prefixes, remote) for remote in remotes
    )


def acknowledge(context: Context, spots: tuple[BlindSpot, ...]) -> tuple[Gap, ...]:
    """Return every blind spot with the acknowledgement in force that accepts it, if any."""
    valid = [a for a in context.register.acknowledgements if in_force(a, context.now, context.config)]
    return tuple(Gap(spot=spot, acknowledged=next((a for a in valid if _accepts(a, spot)), None)) for spot in spots)


def _accepts(acknowledgement: Acknowledgement, spot: BlindSpot) -> bool:
    """Return whether `acknowledgement` names this gap."""
    return (
        acknowledgement.probe == spot.probe
        and acknowledgement.namespace in (None, spot.scope)
        and _names(acknowledgement.source, spot.source)
    )


def _names(stated: str | None, source: str) -> bool:
    """Return whether the acknowledged source (None: any) is `source`: the same text, or a pattern with "*" that fits.

    A part of the text is not enough: "/proc/*/fd" is not "/proc/*/fdinfo", nor "tun1" another's "tun10".
    """
    return stated is None or stated == source or fnmatchcase(source, stated)
