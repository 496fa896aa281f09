"""A stored report.json, read back: checked against the published schema, so that every format can be made of it.

A document of this release must meet the schema to the letter. One of another release within version 1 may have
fields that this one does not know, which are ignored, and may lack fields that may be null, which read as null.
"""

import json
from typing import Any

from auditor import __version__
from auditor.errors import InputError
from auditor.model.judgement import Status
from auditor.outcome import EXIT_CODES
from reports.escape import visible
from reports.findings import OPEN_VERDICTS, judged, unread
from reports.guard import guarded
from reports.json_v1 import schema
from reports.validate import Validator

SIZE_LIMIT_BYTES = 512 << 20
PROBLEMS_SHOWN = 20
_OF_TUNNELS = ("technology", "technology_name", "certainty", "state_reason", "local", "carried_by")
_OF_OBJECTS = ("parent", "vlan", "addresses", "next_hops")


def read(content: bytes, name: str) -> dict[str, Any]:
    """Return the document that `content` holds; raises InputError that names the file `name` and each field."""
    found = _parsed(content, name)
    if not isinstance(found, dict):
        raise InputError([f"{name}: not a report: no JSON object"])
    version = found.get("schema_version")
    if not isinstance(version, str) or not version.startswith("1."):
        shown = visible(json.dumps(version), limit=40) if "schema_version" in found else "missing"
        raise InputError([f"{name}: schema_version: {shown}; this release reads version 1 of report.json"])
    versions = found.get("versions")
    by_this_release = isinstance(versions, dict) and versions.get("tool") == __version__
    problems = Validator(schema(), exact=by_this_release).problems(found, at_most=PROBLEMS_SHOWN)
    problems = problems or _contradictions(found)
    if problems:
        raise InputError([f"{name}: {problem}" for problem in problems])
    document, _ = guarded(found)
    return document


def _parsed(content: bytes, name: str) -> Any:
    """Return what the JSON says; raises InputError with the line."""
    if len(content) > SIZE_LIMIT_BYTES:
        raise InputError([f"{name}: larger than {SIZE_LIMIT_BYTES >> 20} MiB"])
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InputError([f"{name}:{line}: encoding: not UTF-8"]) from None
    try:
        return json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise InputError([f"{name}:{error.lineno}: syntax: {error.msg} (column {error.colno})"]) from None
    except RecursionError:
        raise InputError([f"{name}: syntax: nested too deeply"]) from None
    except ValueError as error:
        raise InputError([f"{name}: syntax: {visible(str(error), limit=80)}"]) from None


def _no_constant(word: str) -> None:
    """Refuse NaN and the infinities, which JSON does not have."""
    raise ValueError(f"{word} is no JSON number")


def _contradictions(document: dict[str, Any]) -> list[str]:
    """Return what a document says that cannot be: names that lead nowhere, a status milder than its findings."""
    problems = []
    controls = {control["id"] for control in document["controls"]}
    objects = judged(document)
    for owner, results in (
        ("gateway_assessment", document["gateway_assessment"]["results"]),
        *((f"object {visible(entry['id'], limit=40)}", entry["results"]) for entry in objects),
    ):
        unknown = sorted({result["control"] for result in results} - controls)
        problems += [f"{owner}: results: control {visible(c, limit=40)!r} is not in controls" for c in unknown]
    if len({entry["id"] for entry in objects}) != len(objects):
        problems.append("tunnels, objects: an id is there twice")
    problems += _misplaced(document)
    problems += _milder(document, objects)
    return problems[:PROBLEMS_SHOWN]


def _misplaced(document: dict[str, Any]) -> list[str]:
    """Return what is in the wrong list, or lacks what all entries of its list have."""
    problems = []
    for name, entries in (("tunnels", document["tunnels"]), ("objects", document["objects"])):
        is_tunnel = name == "tunnels"
        wanted = _OF_TUNNELS if is_tunnel else _OF_OBJECTS
        for number, entry in enumerate(entries):
            here = f"{name}[{number}]"
            if (entry["kind"] == "tunnel") != is_tunnel:
                problems.append(f"{here}.kind: {entry['kind']} is not for this list")
            lacking = [field for field in wanted if field not in entry or (is_tunnel and entry[field] is None)]
            problems += [f"{here}.{field}: is missing" for field in lacking]
            if (entry["routes"] is None) != (entry["routes_total"] is None):
                problems.append(f"{here}.routes_total: is not that of routes")
            if entry["carried_by"] == "process" and entry["owner"] is None:
                problems.append(f"{here}.owner: is missing, but a process carries it")
    return problems


def _milder(document: dict[str, Any], objects: list[dict[str, Any]]) -> list[str]:
    """Return where the status is milder than what was found or not read."""
    problems = []
    if document["exit_code"] != EXIT_CODES[Status(document["status"])]:
        problems.append("exit_code: is not that of status")
    failing = any(entry["verdict"] == "non_compliant" and entry["waiver"] is None for entry in objects)
    if document["status"] == "ok" and any(entry["verdict"] in OPEN_VERDICTS for entry in objects):  # waived ones too
        problems.append("status: ok, but an object is not in line or needs review")
    if unread(document) and document["status"] not in ("unknown", "critical"):
        problems.append("status: milder than unknown, but a blind spot is open")
    if failing and document["status"] != "critical":
        problems.append("status: not critical, but an object is not in line")
    return problems
