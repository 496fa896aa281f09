"""`auditor assess`: judge facts that a person states, with the same rules as a scan."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from auditor.cli.page import LANGUAGES, Page
from auditor.errors import InputError
from auditor.guidance.assess import assess
from auditor.guidance.catalogue import SCOPE_FACTS, controls
from auditor.guidance.consequences import consequences_of
from auditor.guidance.factsfile import MAX_BYTES, PATH_LIMIT, Stated, read_facts, shown
from auditor.guidance.texts import label
from auditor.guidance.verdict import OUTCOME_RANK, SEVERITY_RANK
from auditor.model.facts import FactSet
from auditor.model.judgement import Assessment, ControlResult, Outcome, Severity, Status
from auditor.model.text import Text
from auditor.outcome import BY_VERDICT, EXIT_CODES

EXAMPLE = "auditor assess facts.json --lang both"

_CONSEQUENCES = {"yes": "consequence", "implied": "consequence_implied", "no": "consequence_other"}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the file and the options."""
    parser.add_argument(
        "facts",
        metavar="FACTS.json",
        help='one JSON object of facts (schema: auditor/schemas/facts.schema.json), or "-" for standard input',
    )
    parser.add_argument("--format", choices=("text", "json"), default="text", help="text for people (default) or json")
    parser.add_argument("--lang", choices=LANGUAGES, default="en", help="language of the text (default: en)")


def run(args: argparse.Namespace) -> int:
    """Judge and print; return the exit code of the overall verdict, at least 1 (warning) if a contract ends soon.

    Raises InputError with every problem.
    """
    data, name = _read(args.facts)
    stated = read_facts(data, name)
    assessment = assess(stated.facts)
    page = Page(args.lang)
    if args.format == "json":
        page.raw(json.dumps(document(assessment, stated), ensure_ascii=False, indent=2))
    else:
        _write(page, assessment, stated)
    page.print()
    status = BY_VERDICT[assessment.overall_verdict]
    return EXIT_CODES[Status.WARNING if status is Status.OK and assessment.warnings else status]


def document(assessment: Assessment, stated: Stated) -> dict[str, Any]:
    """Return what `--format json` prints; `scope` is a list where the object has several paths."""
    scopes = [str(scope) for scope in assessment.scopes]
    return {
        "results": {result.control: result.outcome.value for result in assessment.results},
        "tunnel_verdict": assessment.tunnel_verdict.value,
        "overall_verdict": assessment.overall_verdict.value,
        "severity": assessment.severity.value,
        "gateway_verdict": assessment.gateway_verdict.value,
        "scope": scopes[0] if len(scopes) == 1 else scopes,
        "capped": assessment.capped,
        "reasons": {result.control: result.reason._asdict() for result in assessment.results},
        "warnings": [warning._asdict() for warning in assessment.warnings],
        "missing": list(stated.missing),
        "disclaimer": label("statement", "disclaimer")._asdict(),
    }


def _read(name: str) -> tuple[bytes, str]:
    """Return the bytes of a file or of standard input, one more than allowed at most, and the name to show."""
    if name == "-":
        return sys.stdin.buffer.read(MAX_BYTES + 1), "<stdin>"
    try:
        with Path(name).open("rb") as file:
            return file.read(MAX_BYTES + 1), name
    except OSError as error:
        raise InputError([f"{shown(name, PATH_LIMIT)}: cannot be read: {error.strerror}"]) from None


def _write(page: Page, assessment: Assessment, stated: Stated) -> None:
    """Write the whole text: verdict, what decides, advice, the rest, statements."""
    _write_verdict(page, assessment)
    open_results = [result for result in assessment.results if result.outcome in (Outcome.FAIL, Outcome.REVIEW)]
    open_results.sort(key=lambda result: (OUTCOME_RANK[result.outcome], SEVERITY_RANK[result.severity]))
    for heading, deciding in (("decides", True), ("advice", False)):
        results = [result for result in open_results if controls()[result.control].deciding is deciding]
        if results:
            page.blank()
            page.line(label("assess", heading))
        for result in results:
            _write_result(page, result, stated.facts)
    page.blank()
    for heading, outcome in (("passed", Outcome.PASS), ("not_applicable", Outcome.NOT_APPLICABLE)):
        _write_list(page, heading, [result.control for result in assessment.results if result.outcome is outcome])
    _write_missing(page, [result.control for result in open_results], stated)
    page.blank()
    for result in assessment.results:
        if result.outcome is Outcome.INFO and result.control != "G-01":
            page.item(Text(result.control, result.control), result.reason)
    page.line(label("statement", "technology"))
    page.line(label("statement", "disclaimer"))


def _write_missing(page: Page, open_controls: list[str], stated: Stated) -> None:
    """Write which facts nobody stated, of those that the controls still open depend on."""
    wanted = set(SCOPE_FACTS).union(*(controls()[name].facts for name in open_controls))
    names = [name for name in stated.missing if name in wanted] if open_controls else []
    _write_list(page, "missing", names)


def _write_verdict(page: Page, assessment: Assessment) -> None:
    """Write the verdict on everything, then on the connection and the gateway."""
    verdict = label("verdict", assessment.overall_verdict)
    if assessment.severity is not Severity.NONE:
        severity, word = label("severity", assessment.severity), label("assess", "severity")
        verdict = Text(f"{verdict.en} ({word.en}: {severity.en})", f"{verdict.zh}（{word.zh}：{severity.zh}）")
    page.line(verdict)
    scopes = [label("scope", scope) for scope in dict.fromkeys(assessment.scopes)]
    of_tunnel = label("verdict_short", assessment.tunnel_verdict)
    reach = Text(", ".join(scope.en for scope in scopes), "、".join(scope.zh for scope in scopes))
    page.item(
        label("assess", "connection"), Text(f"{of_tunnel.en} ({reach.en})", f"{of_tunnel.zh}（{reach.zh}）"), indent=2
    )
    page.item(label("assess", "gateway"), label("gateway_verdict", assessment.gateway_verdict), indent=2)
    if assessment.capped:
        page.line(label("word", "capped"), indent=2)
    for warning in assessment.warnings:
        page.item(label("assess", "warning"), warning, indent=2)


def _write_result(page: Page, result: ControlResult, facts: FactSet) -> None:
    """Write one open result with its reason, what to do, and what can follow."""
    control = controls()[result.control]
    outcome, severity = label("outcome", result.outcome), label("severity", result.severity)
    where = _path(result, facts)
    page.line(
        Text(
            f"{control.id} {control.title.en}: {outcome.en} ({severity.en}{where.en})",
            f"{control.id} {control.title.zh}：{outcome.zh}（{severity.zh}{where.zh}）",
        ),
        indent=2,
    )
    page.line(result.reason, indent=6)
    if control.remediation is not None:
        page.item(label("assess", "fix"), control.remediation, indent=6)
    for consequence in consequences_of(result, facts.paths[result.path]):
        page.item(label("assess", _CONSEQUENCES[consequence.in_guidance]), consequence.says, indent=6)


def _path(result: ControlResult, facts: FactSet) -> Text:
    """Return on which path a result was found, nothing if there is only one."""
    if len(facts.paths) == 1:
        return Text("", "")
    name = facts.paths[result.path].path_id or str(result.path + 1)
    word = label("assess", "path")
    return Text(f", {word.en} {name}", f"，{word.zh}{name}")


def _write_list(page: Page, heading: str, names: list[str]) -> None:
    """Write names under a heading, nothing if there are none."""
    if names:
        page.item(label("assess", heading), Text(", ".join(names), "、".join(names)))
