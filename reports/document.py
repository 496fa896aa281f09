"""The versioned view of a scan: what every format shows, in one mapping of plain values.

Texts for people are ``{"en": ..., "zh": ...}``. The order of everything is fixed by its content, so two
documents of the same findings differ only where the scans do. The schema is
auditor/schemas/report-v1.schema.json; docs/report.md says what may change within version 1.
"""

from collections import Counter
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

from auditor import technologies
from auditor.guidance.consequences import consequences_of
from auditor.history.previous import Previous
from auditor.model.dataset import DataSet
from auditor.model.facts import Facts
from auditor.model.judgement import ControlResult, Outcome, Severity, Status, Verdict
from auditor.model.scan import Audited, Scan
from auditor.outcome import EXIT_CODES
from reports import (
    actions,
    changes,
    evidence,
    guard,
    lookups,
    network,
    objects,
    reassessed,
    sections,
    sentences,
    statements,
    trend,
    waivers,
    words,
)
from reports.labels import both, say

SCHEMA_VERSION = "1.0"
_DATA_SETS = {
    "controls": ("guidance/controls.toml",),
    "sources": ("guidance/sources.toml",),
    "operators": ("data/operators.toml",),
    "technologies": tuple(f"data/technologies/{name}.toml" for name in technologies.FILES),
}


def document(scan: Scan, previous: Previous | None = None) -> dict[str, Any]:
    """Return the document of `scan`, with what changed since `previous` (default: a first scan)."""
    judged = sorted(scan.objects, key=_order)
    described = {audited.id: objects.entry(scan, audited) for audited in judged}
    tunnels = [described[audited.id] for audited in judged if audited.tunnel]
    others = [described[audited.id] for audited in judged if audited.tunnel is None]
    whole: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "title": both(reassessed.title(scan)),
        "reassessment": reassessed.mark(scan, _guidance()),
        "scan": _when(scan),
        "gateway": sections.gateway(scan),
        "site": sections.site(scan),
        "uplinks": network.uplinks(scan),
        **_verdict(scan),
        "counts": _counts(scan),
        "actions": actions.actions(scan, judged),
        "tunnels": tunnels,
        "objects": others,
        "gateway_assessment": _gateway_assessment(scan),
        "circuits": sections.circuits(scan),
        "providers": sections.providers(scan),
        "not_tunnels": sections.not_tunnels(scan),
        "blind_spots": sections.blind_spots(scan),
        "waivers": waivers.waivers(scan),
        "probes": sections.probes(scan),
        "lookups": lookups.lookups(scan),
        "notices": [both(notice) for notice in (*reassessed.notices(scan), *scan.notices)],
        "policy": sections.policy(scan),
        "versions": {"tool": scan.version, "schema": SCHEMA_VERSION, "data_sets": _data_sets(scan.location_data)},
        "config": {"path": scan.config.path, "sha256": scan.config.sha256},
        "register": {
            "path": scan.register.path,
            "sha256": scan.register.sha256,
            "reviewed_on": sections.iso(scan.register.reviewed_on),
        },
        "controls": _controls(scan),
        "statements": statements.statements(scan),
    }
    if scan.past.scans:
        whole["trend"] = trend.earlier(scan)
    whole, privacy = guard.guarded(whole)
    _add_gateway_result(whole, privacy)
    _add_changes(whole, previous or Previous())
    return whole


def _add_changes(whole: dict[str, Any], previous: Previous) -> None:
    """Put in what changed since the earlier report, which anybody can have written: it is guarded by itself."""
    since = {"changes": changes.since_last(previous, whole), "notices": whole["notices"]}
    guarded, privacy = guard.guarded(since)
    whole.update(guarded)
    if privacy.outcome is not Outcome.PASS:
        _add_gateway_result(whole, privacy)


def _add_gateway_result(whole: dict[str, Any], result: ControlResult) -> None:
    """Put a result that only the finished document can have (A-01) among those on the audit itself."""
    order = [control["id"] for control in whole["controls"]]
    results = [entry for entry in whole["gateway_assessment"]["results"] if entry["control"] != result.control]
    results.append(_gateway_result(result, []))
    results.sort(key=lambda entry: order.index(entry["control"]))
    whole["gateway_assessment"]["results"] = results
    counts = whole["controls"][order.index(result.control)]["counts"]
    counts.update({outcome: int(outcome == result.outcome.value) for outcome in counts})


def _order(audited: Audited) -> tuple[int, bool, int, tuple[tuple[int, str], ...], str]:
    """Return the place of an object: worst verdict, not accepted, worst severity, then by name."""
    return (
        list(Verdict).index(audited.verdict),
        audited.waiver is not None,
        list(Severity).index(audited.severity),
        sentences.natural(sentences.name(audited)),
        audited.id,
    )


def _when(scan: Scan) -> dict[str, Any]:
    """Return when the scan began, in the configured zone, and how long it took."""
    began = scan.started_at.astimezone(scan.config.zone)
    return {
        "started_at": began.isoformat(timespec="seconds"),
        "zone": scan.config.zone.key or str(scan.config.zone),
        "duration_s": round(scan.duration_s, 3),
    }


def _verdict(scan: Scan) -> dict[str, Any]:
    """Return verdict, severity and status with their words; a status that is unknown leads the headline."""
    full = words.verdict(scan.verdict.value)
    headline, subline = say(f"section.group_{scan.verdict.value}"), words.verdict_meaning(scan.verdict.value)
    if scan.status is Status.UNKNOWN:
        headline, subline = say("headline.incomplete"), say("headline.of_what_was_read", verdict=full)
    elif scan.verdict is Verdict.NOT_APPLICABLE and not scan.objects:
        headline, subline = say("headline.no_tunnel"), words.status_meaning(scan.status.value)
    return {
        "verdict": scan.verdict.value,
        "verdict_label": both(full),
        "severity": scan.severity.value,
        "severity_label": both(words.severity(scan.severity.value)),
        "status": scan.status.value,
        "status_label": both(words.status(scan.status.value)),
        "status_meaning": both(words.status_meaning(scan.status.value)),
        "status_reasons": [both(reason) for reason in scan.status_reasons],
        "exit_code": EXIT_CODES[scan.status],
        "headline": both(headline),
        "subline": both(subline),
    }


def _counts(scan: Scan) -> dict[str, Any]:
    """Return how many there are of everything; a waived object counts under its own verdict too."""
    verdicts = Counter(audited.verdict for audited in scan.objects)
    return {
        "tunnels": sum(audited.tunnel is not None for audited in scan.objects),
        "objects": sum(audited.tunnel is None for audited in scan.objects),
        "not_tunnels": len(scan.not_tunnels),
        "verdicts": {verdict.value: verdicts[verdict] for verdict in Verdict},
        "waived": sum(audited.waiver is not None for audited in scan.objects),
        "circuits": len(scan.circuits),
        "circuits_seen": sum(seen.seen_by is not None for seen in scan.circuits),
        "blind_spots": len(scan.gaps),
        "blind_spots_open": sum(gap.acknowledged is None for gap in scan.gaps),
    }


def _gateway_assessment(scan: Scan) -> dict[str, Any]:
    """Return the results on the gateway and on the audit itself."""
    return {
        "verdict": scan.gateway_assessment.gateway_verdict.value,
        "severity": scan.gateway_assessment.severity.value,
        "waiver": waivers.waiver(scan.gateway_waiver) if scan.gateway_waiver else None,
        "results": [
            _gateway_result(
                result,
                [both(text) for text in evidence.of_gateway(scan, result)],
                waived=scan.gateway_waiver is not None and _is_open(result),
            )
            for result in scan.gateway_assessment.results
            if words.of_gateway(result.control)
        ],
    }


def _is_open(result: ControlResult) -> bool:
    """Return whether a result is one of those on the gateway that its waiver accepts."""
    control = words.control(result.control)
    return result.outcome in words.OPEN and control is not None and control.deciding and control.scope == "G"


def _gateway_result(result: ControlResult, found: list[dict[str, str]], *, waived: bool = False) -> dict[str, Any]:
    """Return one result on the gateway or on the audit itself."""
    return {
        "control": result.control,
        "outcome": result.outcome.value,
        "severity": result.severity.value,
        "reason": both(result.reason),
        "evidence": found,
        "consequences": [consequence.id for consequence in consequences_of(result, Facts())],
        "waived": waived,
    }


def _controls(scan: Scan) -> list[dict[str, Any]]:
    """Return the catalogue with the number of outcomes of each control in this scan."""
    found: Counter[tuple[str, str]] = Counter()
    for of_gateway, results in (
        (False, [r for o in scan.objects for r in o.assessment.results]),
        (True, scan.gateway_assessment.results),
    ):
        own = {control for control in {result.control for result in results} if words.of_gateway(control) == of_gateway}
        found.update((result.control, result.outcome.value) for result in results if result.control in own)
    return [
        {**entry, "counts": {outcome: found[entry["id"], outcome] for outcome in words.OUTCOMES}}
        for entry in words.catalogue()
    ]


def _data_sets(location_data: tuple[DataSet, ...]) -> list[dict[str, str | None]]:
    """Return the data sets that the judgement rests on: the package's own, then those on places and origins."""
    return [
        *_own_data_sets(),
        *(
            {"name": used.name, "dated": used.dated, "sha256": used.sha256, "origin": used.origin, "kind": used.kind}
            for used in location_data
        ),
    ]


@cache
def _own_data_sets() -> tuple[dict[str, str | None], ...]:
    """Return the package's own data sets, each with the digest of its files one after the other."""
    return tuple(
        {
            "name": name,
            "dated": None,
            "sha256": sha256(b"".join(map(_read, paths))).hexdigest(),
            "origin": "shipped",
            "kind": None,
        }
        for name, paths in _DATA_SETS.items()
    )


def _guidance() -> str:
    """Return the digest of the controls."""
    return next(str(known["sha256"]) for known in _own_data_sets() if known["name"] == "controls")


def _read(path: str) -> bytes:
    """Return a data file of the package."""
    return files("auditor").joinpath(path).read_bytes()
