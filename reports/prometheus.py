"""The document as Prometheus metrics, for the textfile collector of node-exporter (text exposition format 0.0.4)."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from auditor.model.judgement import Status
from reports.escape import visible
from reports.findings import OPEN_VERDICTS, judged, worst_first
from reports.monitoring import unmatched
from reports.words import VERDICTS

Sample = tuple[dict[str, str], float]
CONNECTIONS_AT_MOST = 2000
_ENDS_AT_MOST = 1000


def render(document: dict[str, Any], languages: str = "both") -> str:
    """Return the metrics of one scan; `languages` is there because every format takes it."""
    return "".join(pieces(document, languages))


def pieces(document: dict[str, Any], languages: str = "both") -> Iterator[str]:
    """Yield the metrics one family at a time, always the same families in the same order.

    Of more than 2,000 connections those that are not in order come first, and ``auditor_connections_left_out`` says
    how many have no sample of their own: a monitoring system must not be flooded.
    """
    del languages
    for name, text, samples in _FAMILIES:
        yield f"# HELP {name} {text}\n# TYPE {name} gauge\n"
        for labels, value in samples(document):
            shown = ",".join(f'{key}="{_escaped(said)}"' for key, said in labels.items())
            yield f"{name}{{{shown}}} {value}\n" if labels else f"{name} {value}\n"


def _one(value: Callable[[dict[str, Any]], float]) -> Callable[[dict[str, Any]], Iterable[Sample]]:
    """Return what gives one sample without labels."""
    return lambda document: (({}, value(document)),)


def _count(name: str) -> Callable[[dict[str, Any]], Iterable[Sample]]:
    """Return what gives one of the document's counts."""
    return _one(lambda document: document["counts"][name])


def _statuses(document: dict[str, Any]) -> Iterable[Sample]:
    """Return a sample for each status, so that none ever vanishes."""
    return (({"status": status.value}, int(status == document["status"])) for status in Status)


def _verdicts(document: dict[str, Any]) -> Iterable[Sample]:
    """Return how many connections have each verdict."""
    return (({"verdict": verdict}, document["counts"]["verdicts"][verdict]) for verdict in VERDICTS)


def _connections(document: dict[str, Any]) -> Iterable[Sample]:
    """Return a sample for each connection, up to the limit."""
    shown = worst_first(document)[:CONNECTIONS_AT_MOST]
    return ((_labels(entry), int(entry["verdict"] not in OPEN_VERDICTS)) for entry in shown)


def _contracts(document: dict[str, Any]) -> Iterable[Sample]:
    """Return when each contract with a last day ends, those of circuits that are out of service aside."""
    stated = [one for one in document["circuits"] if one["termination_date"] and one["status"] != "decommissioned"]
    return _ends(document, [(one["termination_date"], {"circuit": one["cid"]}) for one in stated])


def _waivers(document: dict[str, Any]) -> Iterable[Sample]:
    """Return when each waiver ends."""
    return _ends(document, [(one["expires"], {"waiver": one["id"]}) for one in document["waivers"]])


def _ends(document: dict[str, Any], last_days: list[tuple[str, dict[str, str]]]) -> Iterable[Sample]:
    """Return the Unix time at which each last day is over, by its ISO date, soonest first, up to the limit.

    NOTE: in the offset that the zone had when the scan began: over a change of the clocks an hour is off.
    """
    zone = datetime.fromisoformat(document["scan"]["started_at"]).tzinfo
    for last_day, labels in sorted(last_days, key=lambda one: one[0])[:_ENDS_AT_MOST]:
        over = datetime.combine(date.fromisoformat(last_day), time(), zone) + timedelta(days=1)
        yield labels, int(over.timestamp())


def _labels(entry: dict[str, Any]) -> dict[str, str]:
    """Return the labels of one connection; the verdict is none of them, since a series must outlive its change."""
    return {
        "id": entry["id"],
        "name": entry["name"],
        "namespace": entry["namespace"] or "",
        "technology": entry["technology"] or entry["kind"],
        "waived": "yes" if entry["waived"] == "all" else "no",
    }


_FAMILIES = (
    ("auditor_status", "Status of the last scan: 1 for the one that holds.", _statuses),
    (
        "auditor_exit_code",
        "Exit code of the last scan: 0 ok, 1 warning, 2 critical, 3 unknown.",
        _one(lambda document: document["exit_code"]),
    ),
    ("auditor_connections", "Connections and ways out by verdict.", _verdicts),
    (
        "auditor_connections_unmatched",
        "Connections not in order that no registered circuit explains.",
        _one(lambda document: sum(map(unmatched, judged(document)))),
    ),
    ("auditor_connections_waived", "Connections accepted by a waiver.", _count("waived")),
    ("auditor_blind_spots", "Sources that could not be read and are not accepted.", _count("blind_spots_open")),
    ("auditor_circuits", "Circuits in the register.", _count("circuits")),
    ("auditor_circuits_seen", "Circuits in the register that the scan saw.", _count("circuits_seen")),
    (
        "auditor_contract_end_timestamp_seconds",
        "When the contract of a circuit in the register is over, Unix time.",
        _contracts,
    ),
    ("auditor_waiver_end_timestamp_seconds", "When a waiver is over, Unix time.", _waivers),
    (
        "auditor_last_scan_timestamp_seconds",
        "When the last scan began, Unix time.",
        _one(lambda document: int(datetime.fromisoformat(document["scan"]["started_at"]).timestamp())),
    ),
    (
        "auditor_last_scan_duration_seconds",
        "How long the last scan took.",
        _one(lambda document: document["scan"]["duration_s"]),
    ),
    (
        "auditor_build_info",
        "Version of the agent.",
        lambda document: (({"version": document["versions"]["tool"]}, 1),),
    ),
    (
        "auditor_connections_left_out",
        "Connections without a sample of their own.",
        _one(lambda document: max(0, len(judged(document)) - CONNECTIONS_AT_MOST)),
    ),
    (
        "auditor_connection_in_order",
        "1 if a connection is compliant, permitted or outside the guidance, 0 if not.",
        _connections,
    ),
)


def _escaped(value: str) -> str:
    r"""Return a label value: what cannot be seen spelled out, ``\``, ``"`` and line breaks escaped; 200 characters."""
    return visible(value, limit=200).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
