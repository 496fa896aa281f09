"""The lines of the CSV table, each a mapping of columns to values."""

from collections.abc import Iterator
from typing import Any

from reports import words
from reports.findings import ACCEPTED, OPEN_STATES, Findings
from reports.labels import both, say

Row = dict[str, Any]

COLUMNS = (
    *("record", "gateway", "site", "scanned_at", "scan_status", "id", "name", "kind"),
    *("outcome", "verdict", "verdict_en", "verdict_zh", "severity", "accepted", "waiver", "expires"),
    *("failed_controls", "review_controls", "advisory_controls", "accepted_controls"),
    *("reason_en", "reason_zh", "remediation_en", "remediation_zh", "summary_en", "summary_zh"),
    *("technology", "technology_en", "technology_zh", "family", "realisation", "certainty", "role", "state"),
    *("namespace", "interface", "alias", "program", "pid", "unit", "clients"),
    *("local_address", "local_port", "remote", "remote_address", "remote_port", "transport", "remote_name"),
    *("location", "location_en", "location_zh", "location_basis", "location_confidence", "operator", "asn"),
    *("scope", "circuit_match", "circuit", "provider", "underlay_interface", "underlay_next_hop"),
    *("routes_total", "default_route", "probe", "hides", "detail"),
    *("contract", "contract_status", "valid_from", "valid_to", "seen"),
)
_BY_STATE = {"fail": "failed_controls", "review": "review_controls", "advisory": "advisory_controls"}


def rows(document: dict[str, Any]) -> Iterator[Row]:
    """Yield every line, the scan as a whole first, then what was judged, what was not read, and the register."""
    common = {
        "gateway": document["gateway"]["name"],
        "site": document["site"]["name"],
        "scanned_at": document["scan"]["started_at"],
        "scan_status": document["status"],
    }
    findings = Findings(document)
    yield {**common, **_scan(document)}
    for entry in findings.objects():
        shared = {**common, **_object(findings, entry)}
        for path in _paths(entry):
            yield shared | path
    for part in (_gateway(document, findings), _gaps(document), _circuits(document), _waivers(document)):
        for row in part:
            yield {**common, **row}
    for row in (*_devices(document), *_notices(document)):
        yield {**common, **row}


def _in_both(column: str, text: dict[str, str] | None) -> Row:
    """Return a text in the two columns of its languages."""
    return {} if text is None else {f"{column}_en": text["en"], f"{column}_zh": text["zh"]}


def _joined(column: str, texts: list[dict[str, str]]) -> Row:
    """Return several texts in the two columns of their languages, each once."""
    return {f"{column}_{code}": list(dict.fromkeys(text[code] for text in texts)) for code in ("en", "zh")}


def _scan(document: dict[str, Any]) -> Row:
    """Return the line on the scan as a whole: status with its reasons, and what it was made with."""
    made = [f"exit code {document['exit_code']}", f"auditor {document['versions']['tool']}"]
    made += [f"{name} sha256 {document[name]['sha256'] or '-'}" for name in ("config", "register")]
    return {
        "record": "scan",
        "name": document["gateway"]["hostname"],
        "outcome": document["status"],
        "verdict": document["verdict"],
        **_in_both("verdict", document["verdict_label"]),
        "severity": document["severity"],
        **_joined("reason", document["status_reasons"]),
        **_in_both("summary", document["headline"]),
        "detail": made,
    }


def _object(findings: Findings, entry: dict[str, Any]) -> Row:
    """Return what all lines of one object share."""
    found = findings.of(entry)
    urgent = [finding for finding in found if finding.state in OPEN_STATES]
    urgent = urgent or [finding for finding in found if finding.state == ACCEPTED]
    remediation = [finding.control["remediation"] for finding in urgent if finding.control["remediation"]]
    owner, waiver = entry["owner"] or {}, entry["waiver"] or {}
    local = entry["local"] or {}
    row = {
        "record": "connection",
        "id": entry["id"],
        "name": entry["name"],
        "kind": entry["kind"],
        "verdict": entry["verdict"],
        **_in_both("verdict", both(words.verdict(entry["verdict"]))),
        "severity": entry["severity"],
        "accepted": entry["waived"],
        "waiver": waiver.get("id"),
        "expires": waiver.get("expires"),
        **_joined("reason", [finding.result["reason"] for finding in urgent]),
        **_joined("remediation", remediation),
        **_in_both("summary", entry["summary"]),
        "technology": entry["technology"],
        **_in_both("technology", entry["technology_name"]),
        **{name: entry[name] for name in ("family", "realisation", "certainty", "role", "state", "namespace")},
        "interface": entry["interface"],
        "alias": entry["alias"],
        "program": owner.get("path") or owner.get("program"),
        "pid": owner.get("pid"),
        "unit": owner.get("unit"),
        "local_address": local.get("address"),
        "local_port": local.get("port"),
        "routes_total": entry["routes_total"],
        "default_route": entry["default_route"],
    }
    if entry["clients"]:
        row["clients"] = entry["clients"]["label"]["en"]
    for state, column in (*_BY_STATE.items(), (ACCEPTED, "accepted_controls")):
        row[column] = [finding.control["id"] for finding in found if finding.state == state]
    return row


def _paths(entry: dict[str, Any]) -> Iterator[Row]:
    """Yield one line for each judged path of an object, at least one.

    Clients of a remote-access server share a line, since a line each would count them (guidance 9).
    """
    paths = entry["paths"]
    if not paths or entry["family"] == "remote_access":
        yield _path_match(entry["match"], entry["underlay"])
        return
    places, remotes = entry["places"]["remotes"], entry["remotes"]
    for index, path in enumerate(paths):
        yield {
            "remote": path["remote"],
            "scope": path["scope"],
            **_path_match(path["match"], path["underlay"]),
            **(_place(places[index]) if len(places) == len(paths) else {}),
            **(_remote(remotes[index]) if len(remotes) == len(paths) else {}),
        }


def _path_match(match: dict[str, Any] | None, way: dict[str, Any] | None) -> Row:
    """Return what the register says of a path, and how its outer packets leave."""
    match, way = match or {}, way or {}
    return {
        "circuit_match": match.get("strength"),
        "circuit": match.get("circuit"),
        "provider": match.get("provider"),
        "underlay_interface": way.get("interface"),
        "underlay_next_hop": way.get("next_hop"),
    }


def _place(place: dict[str, Any]) -> Row:
    """Return where a far end is and on whose word."""
    return {
        "location": place["location"],
        **_in_both("location", place["name"]),
        "location_basis": place["basis"],
        "location_confidence": place["confidence"],
        "operator": place["operator"],
        "asn": place["asn"],
    }


def _remote(remote: dict[str, Any]) -> Row:
    """Return the far end as it was seen."""
    return {
        "remote_address": remote["address"],
        "remote_port": remote["port"],
        "transport": remote["transport"],
        "remote_name": remote["name"],
    }


def _gateway(document: dict[str, Any], findings: Findings) -> Iterator[Row]:
    """Yield a line for each control on the gateway and on the audit that applies or informs."""
    waiver = document["gateway_assessment"]["waiver"]
    for result in document["gateway_assessment"]["results"]:
        control = findings.controls[result["control"]]
        if result["outcome"] == "not_applicable":
            continue
        is_open = result["outcome"] in OPEN_STATES
        accepted = waiver if result["waived"] else None
        yield {
            "record": "gateway",
            "id": control["id"],
            "name": control["title"]["en"],
            "kind": "deciding" if control["deciding"] else "advisory",
            "outcome": result["outcome"],
            "severity": result["severity"],
            "accepted": "all" if accepted else "none",
            "waiver": accepted["id"] if accepted else None,
            "expires": accepted["expires"] if accepted else None,
            **_in_both("summary", control["title"]),
            **_in_both("reason", result["reason"]),
            **_in_both("remediation", control["remediation"] if is_open else None),
        }


def _gaps(document: dict[str, Any]) -> Iterator[Row]:
    """Yield a line for each blind spot; its outcome is unknown, also where somebody accepted it."""
    for gap in document["blind_spots"]:
        accepted = gap["acknowledged"] or {}
        yield {
            "record": "blind_spot",
            "name": gap["source"],
            "kind": gap["reason"],
            "outcome": "unknown",
            "severity": "none" if accepted else "high",
            "accepted": "all" if accepted else "none",
            "waiver": accepted.get("id"),
            "expires": accepted.get("expires"),
            **_in_both("reason", gap["reason_label"]),
            **_in_both("remediation", gap["how_to_open"]),
            **_in_both("summary", both(say("word.unread"))),
            "namespace": gap["namespace"],
            "probe": gap["probe"],
            "hides": gap["hides"],
            "detail": gap["detail"],
        }


def _circuits(document: dict[str, Any]) -> Iterator[Row]:
    """Yield a line for each registered circuit."""
    for circuit in document["circuits"]:
        yield {
            "record": "circuit",
            "id": circuit["cid"],
            "name": circuit["description"],
            "kind": circuit["type"],
            "state": circuit["status"],
            **_joined("reason", circuit["remarks"]),
            **_in_both("summary", circuit["contract_label"]),
            "location": circuit["z"]["location"],
            **_in_both("location", circuit["z"]["location_name"]),
            "circuit": circuit["cid"],
            "provider": circuit["provider"],
            "contract": circuit["contract"],
            "contract_status": circuit["contract_status"],
            "valid_from": circuit["install_date"],
            "valid_to": circuit["termination_date"],
            "seen": circuit["seen"],
            "detail": circuit["objects"],
        }


def _waivers(document: dict[str, Any]) -> Iterator[Row]:
    """Yield a line for each waiver, with those it covers."""
    for waiver in document["waivers"]:
        people = f"owner {waiver['owner']}, approved by {waiver['approver']} on {waiver['approved_on']}"
        yield {
            "record": "waiver",
            "id": waiver["id"],
            "state": waiver["state"],
            "waiver": waiver["id"],
            "expires": waiver["expires"],
            "accepted_controls": waiver["controls"],
            "reason_en": waiver["reason"],
            "reason_zh": waiver["reason"],
            "detail": [people, *waiver["used_by"]],
        }


def _devices(document: dict[str, Any]) -> Iterator[Row]:
    """Yield a line for each device that was looked at and is no tunnel."""
    for device in document["not_tunnels"]:
        yield {
            "record": "device",
            "name": device["interface"],
            "kind": device["kind"],
            "namespace": device["namespace"],
            "interface": device["interface"],
            **_in_both("reason", device["reason"]),
        }


def _notices(document: dict[str, Any]) -> Iterator[Row]:
    """Yield a line for each matter that asks for attention soon."""
    for notice in document["notices"]:
        yield {"record": "notice", **_in_both("summary", notice)}
