"""The document as OCSF Compliance Findings (class 2003), one JSON event a line, for a SIEM.

One event for the scan as a whole, then one for each control that applies, and one for each blind spot. Valid in
OCSF 1.3.0 and later versions of the same major one. A finding keeps its uid from scan to scan, so that a later pass
closes an earlier fail. docs/report.md has the mappings.
"""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from typing import Any

from reports.escape import json_inert
from reports.findings import ACCEPTED, ADVISORY, FAIL, PASS, REVIEW, Finding, Findings, unexplained
from reports.labels import both, say

OCSF_VERSION = "1.3.0"
STANDARD = "Guidance on cross-border VPN (auditor's catalogue)"
_UNREAD = "unread"
_ACTIVITY_CREATE, _CLASS_UID, _CATEGORY_UID = 1, 2003, 2
_EVENTS_A_PIECE = 500
_SEVERITIES = {"critical": 5, "high": 4, "medium": 3, "low": 2, "info": 1, "none": 1}
_SEVERITY_NAMES = {5: "Critical", 4: "High", 3: "Medium", 2: "Low", 1: "Informational"}
_COMPLIANCE = {PASS: (1, "Pass"), REVIEW: (2, "Warning"), FAIL: (3, "Fail"), _UNREAD: (0, "Unknown")}
_NEW, _SUPPRESSED, _RESOLVED = (1, "New"), (3, "Suppressed"), (4, "Resolved")
_BY_STATUS = {"ok": PASS, "warning": REVIEW, "critical": FAIL, "unknown": _UNREAD}
_HOST_NAME = re.compile(
    r"(?=.{1,253}\Z)[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*"
)
_json = json.JSONEncoder(ensure_ascii=False, sort_keys=True, allow_nan=False).encode


def render(document: dict[str, Any], languages: str = "both") -> str:
    """Return the events; texts are Chinese where `languages` is zh, else English, since an event has one text."""
    return "".join(pieces(document, languages))


def pieces(document: dict[str, Any], languages: str = "both") -> Iterator[str]:
    """Yield the same in groups of events."""
    waiting: list[str] = []
    for event in _Events(document, "zh" if languages == "zh" else "en").all():
        waiting.append(event)
        if len(waiting) == _EVENTS_A_PIECE:
            yield "".join(waiting)
            waiting.clear()
    yield "".join(waiting)


def _part(**fields: object) -> str:
    """Return fields as the inside of a JSON object, nothing a terminal obeys; those that are None are left out."""
    return json_inert(_json({name: value for name, value in fields.items() if value is not None}))[1:-1]


def _inner(text: str) -> str:
    """Return text as the inside of a JSON string."""
    return json_inert(_json(text))[1:-1]


class _Events:
    """The events of one document. Parts that many events share are encoded once and put together as text."""

    def __init__(self, document: dict[str, Any], language: str) -> None:
        """Read `document`, speak `language`."""
        self._document = document
        self._language = language
        self._findings = Findings(document)
        self._told: dict[tuple[int, str, str | None], str] = {}
        self._gateway = document["gateway"]["name"]
        self._owner = _inner(self._gateway)
        self._titles = {
            name: _inner(f"{name} {self._say(control['title'])}") for name, control in self._findings.controls.items()
        }
        began = datetime.fromisoformat(document["scan"]["started_at"])
        self._time_ms = int(began.timestamp() * 1000)
        offset = began.utcoffset()
        hostname = document["gateway"]["hostname"]
        self._device = {"name": self._gateway, "type": "Unknown", "type_id": 0}
        if _HOST_NAME.fullmatch(hostname):
            self._device["hostname"] = hostname
        product = {"name": "auditor", "vendor_name": "auditor", "version": document["versions"]["tool"]}
        self._head = _part(
            activity_id=_ACTIVITY_CREATE,
            activity_name="Create",
            category_name="Findings",
            category_uid=_CATEGORY_UID,
            class_name="Compliance Finding",
            class_uid=_CLASS_UID,
            type_name="Compliance Finding: Create",
            type_uid=_CLASS_UID * 100 + _ACTIVITY_CREATE,
            time=self._time_ms,
            timezone_offset=int(offset.total_seconds() // 60) if offset is not None else None,
            metadata={"product": product, "profiles": ["host"], "version": OCSF_VERSION},
            device=self._device,
        )

    def all(self) -> Iterator[str]:
        """Yield every event as a line."""
        yield self._scan()
        itself = self._resources("gateway", self._gateway, self._gateway, {})
        waiver = self._document["gateway_assessment"]["waiver"]
        for finding in self._findings.of_gateway():
            told = self._of(finding, waiver)
            yield self._event(told, itself, self._info(_inner("gateway"), finding, _inner(self._gateway)))
        for entry in self._findings.objects():
            yield from self._object(entry)
        for gap in self._document["blind_spots"]:
            yield self._gap(gap)

    def _event(self, *parts: str) -> str:
        """Return one event made of the head that all share and `parts`."""
        return "{" + ", ".join((self._head, *parts)) + "}\n"

    def _say(self, text: dict[str, str]) -> str:
        """Return a text in the language of the events."""
        return text[self._language]

    def _scan(self) -> str:
        """Return the event on the whole scan: its status, which is never better than what was left unread."""
        document = self._document
        state = _BY_STATUS[document["status"]]
        severity = _SEVERITIES[document["severity"]]
        if state == _UNREAD:
            severity = max(severity, _SEVERITIES["high"])
        reasons = [self._say(reason) for reason in document["status_reasons"]]
        counts = {**document["counts"], "exit_code": document["exit_code"], "verdict": document["verdict"]}
        if again := document["reassessment"]:
            reasons.insert(0, self._say(again["label"]))
            counts["reassessment_of_scan"] = again["scan"]
        return self._event(
            self._judged(state, severity, _RESOLVED if state == PASS else _NEW, "scan", [], "; ".join(reasons)),
            self._resources("gateway", self._gateway, self._gateway, {}),
            _part(
                message=f"{self._say(document['headline'])}: {'; '.join(reasons)}",
                unmapped={"record": "scan", "status": document["status"], **counts},
                finding_info=self._finding_info("scan", self._say(document["headline"])),
            ),
        )

    def _object(self, entry: dict[str, Any]) -> Iterator[str]:
        """Yield the events on one object."""
        found, waiver = self._findings.of(entry), entry["waiver"]
        data = {name: entry[name] for name in ("technology", "state", "verdict", "circuit", "remotes")}
        resources = self._resources(entry["kind"], entry["id"], entry["name"], data, entry["namespace"])
        uid, name = _inner(entry["id"]), _inner(entry["name"])
        for finding in found:
            yield self._event(self._of(finding, waiver), resources, self._info(uid, finding, name))
        if unexplained(entry, found) or not found:
            state = {"non_compliant": FAIL, "needs_review": REVIEW}.get(entry["verdict"], PASS)
            label = self._say(both(say(f"section.group_{entry['verdict']}")))
            yield self._event(
                self._judged(
                    state,
                    _SEVERITIES[entry["severity"]],
                    _RESOLVED if state == PASS else _NEW,
                    "verdict",
                    [],
                    self._say(entry["summary"]),
                ),
                resources,
                _part(
                    message=self._say(entry["summary"]),
                    finding_info=self._finding_info(f"{entry['id']}/verdict", label),
                    unmapped={"record": entry["kind"], "verdict": entry["verdict"]},
                ),
            )

    def _gap(self, gap: dict[str, Any]) -> str:
        """Return the event on one blind spot."""
        where = f"{gap['namespace'] or ''}\0{gap['source']}"
        name = f"blind_spot/{gap['probe']}/{sha256(where.encode('utf-8', 'backslashreplace')).hexdigest()[:12]}"
        reason = f"{self._say(gap['reason_label'])}: {gap['detail']}"
        accepted = gap["acknowledged"]
        severity = _SEVERITIES["info" if accepted else "high"]
        title = f"{self._say(both(say('word.unread')))}: {gap['probe']}, {gap['source']}"
        return self._event(
            self._judged(_UNREAD, severity, _SUPPRESSED if accepted else _NEW, "coverage", [], reason),
            self._resources("source", name, gap["source"], {"hides": gap["hides"]}, gap["namespace"]),
            _part(
                message=f"{title}: {reason}",
                finding_info=self._finding_info(name, title),
                remediation={"desc": self._say(gap["how_to_open"])},
                unmapped={"record": "blind_spot", "probe": gap["probe"], "accepted": accepted},
            ),
        )

    def _of(self, finding: Finding, waiver: dict[str, Any] | None) -> str:
        """Return what an event says of an outcome, whatever the object; equal ones are encoded once."""
        state, control, result = finding
        key = id(result), state, waiver["id"] if waiver else None
        if key not in self._told:
            lifecycle = {PASS: _RESOLVED, ACCEPTED: _SUPPRESSED}.get(state, _NEW)
            severity = _SEVERITIES[result["severity"]]
            reason = self._say(result["reason"])
            requirements = [f"{said['id']} ({self._say(said['where'])})" for said in control["guidance"]]
            remediation = control["remediation"] if result["outcome"] != PASS else None
            self._told[key] = ", ".join(
                (
                    self._judged(result["outcome"], severity, lifecycle, control["id"], requirements, reason),
                    _part(
                        message=f"{control['id']} {self._say(control['title'])}: {reason}",
                        remediation={"desc": self._say(remediation)} if remediation else None,
                        unmapped={
                            "record": "control",
                            "outcome": result["outcome"],
                            "deciding": control["deciding"],
                            "advisory": state == ADVISORY,
                            "accepted": state == ACCEPTED,
                            "waiver": waiver if state == ACCEPTED else None,
                            "evidence": [self._say(text) for text in result["evidence"] if state != PASS],
                        },
                    ),
                )
            )
        return self._told[key]

    def _judged(
        self,
        state: str,
        severity: int,
        lifecycle: tuple[int, str],
        control: str,
        requirements: list[str],
        detail: str,
    ) -> str:
        """Return compliance, severity and status of an event."""
        number, name = _COMPLIANCE[state]
        compliance = {
            "control": control,
            "standards": [STANDARD],
            "requirements": requirements,
            "status": name,
            "status_id": number,
            "status_detail": detail,
        }
        return _part(
            compliance=compliance,
            severity=_SEVERITY_NAMES[severity],
            severity_id=severity,
            status=lifecycle[1],
            status_id=lifecycle[0],
        )

    def _resources(self, kind: str, uid: str, name: str, data: dict[str, Any], namespace: str | None = None) -> str:
        """Return the resource that an event is about."""
        resource: dict[str, Any] = {"uid": uid, "name": name, "type": kind}
        if data:
            resource["data"] = data
        if namespace is not None:
            resource["namespace"] = namespace
        return _part(resources=[resource])

    def _info(self, owner: str, finding: Finding, name: str) -> str:
        """Return the identity of a finding on a control; `owner` and `name` are the insides of JSON strings."""
        control = finding.control["id"]
        title, uid = f"{self._titles[control]}: {name}", f"{self._owner}/{owner}/{control}"
        return f'"finding_info": {{"created_time": {self._time_ms}, "title": "{title}", "uid": "{uid}"}}'

    def _finding_info(self, uid: str, title: str) -> dict[str, Any]:
        """Return uid, title and the moment of the scan."""
        return {"uid": f"{self._gateway}/{uid}", "title": title, "created_time": self._time_ms}
