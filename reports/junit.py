"""The document as JUnit XML, for CI: a suite for each part of the gateway, a case for each control on each object.

Red is what leaves the exit code of a scan non-zero: what fails and what needs review are failures, what could not
be read is an error. Accepted and advisory matters are skipped cases with the reason, so that they stay in sight.
Valid against the schema of the Jenkins xUnit plug-in (junit-10.xsd).
"""

from collections import Counter
from collections.abc import Callable, Iterator
from html import escape
from typing import Any, NamedTuple

from reports.escape import visible
from reports.findings import ACCEPTED, ADVISORY, FAIL, PASS, REVIEW, Finding, Findings, Tongue, unexplained
from reports.labels import both, say

_CASES_A_PIECE = 500
_TAGS = {FAIL: "failure", REVIEW: "failure", "unread": "error", ACCEPTED: "skipped", ADVISORY: "skipped"}
_BY_STATUS = {"ok": PASS, "warning": ADVISORY, "critical": FAIL, "unknown": "unread"}


class _Case(NamedTuple):
    """One test case: its class, its name, and what is inside of it (nothing for one that passes)."""

    classname: str
    name: str
    state: str
    body: str


def render(document: dict[str, Any], languages: str = "both") -> str:
    """Return the XML; names of cases are English unless `languages` is zh, texts are in the languages asked for."""
    return "".join(pieces(document, languages))


def pieces(document: dict[str, Any], languages: str = "both") -> Iterator[str]:
    """Yield the same in groups of cases."""
    suites = _Suites(document, languages)
    counted = [(name, Counter(case.state for case in cases())) for name, cases in suites.all]
    again = document["reassessment"]
    name = f"auditor: reassessment of scan {again['scan']}" if again else "auditor"
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="{_attribute(name)}"'
    total: Counter[str] = sum((count for _, count in counted), Counter())
    yield f' time="{document["scan"]["duration_s"]:.3f}"{_counts(total)}>\n'
    for (name, count), (_, cases) in zip(counted, suites.all, strict=True):
        yield f'<testsuite name="{_attribute(name)}"{_counts(count)} skipped="{_number(count, "skipped")}"'
        yield f' timestamp="{_attribute(visible(document["scan"]["started_at"]))}"'
        yield f' hostname="{_attribute(visible(document["gateway"]["hostname"]))}">\n'
        yield from _written(cases())
        yield "</testsuite>\n"
    yield "</testsuites>\n"


def _written(cases: Iterator[_Case]) -> Iterator[str]:
    """Yield cases as elements, many at a time."""
    waiting: list[str] = []
    for case in cases:
        start = f'<testcase classname="{case.classname}" name="{case.name}" time="0"'
        waiting.append(f"{start}>{case.body}</testcase>\n" if case.body else f"{start}/>\n")
        if len(waiting) == _CASES_A_PIECE:
            yield "".join(waiting)
            waiting.clear()
    yield "".join(waiting)


def _counts(count: Counter[str]) -> str:
    """Return the attributes that say how many cases there are."""
    failures, errors = _number(count, "failure"), _number(count, "error")
    return f' tests="{count.total()}" failures="{failures}" errors="{errors}"'


def _number(count: Counter[str], tag: str) -> int:
    """Return how many cases have an element `tag`."""
    return sum(count[state] for state, name in _TAGS.items() if name == tag)


class _Suites:
    """The cases of one document, in the languages of one report."""

    def __init__(self, document: dict[str, Any], languages: str) -> None:
        """Read `document`."""
        self._document = document
        self._findings = Findings(document)
        self._tongue = Tongue(languages)
        self._names = Tongue("zh" if languages == "zh" else "en")
        self._gateway = _class(document["gateway"]["name"])
        self._bodies: dict[tuple[int, str, str | None], str] = {}
        self._titles = {
            name: _attribute(f"{name} {self._names(control['title'])}")
            for name, control in self._findings.controls.items()
        }
        name = visible(document["gateway"]["name"])
        self.all: tuple[tuple[str, Callable[[], Iterator[_Case]]], ...] = (
            (f"{name}: scan", self._scan),
            (f"{name}: gateway", self._of_gateway),
            (f"{name}: coverage", self._coverage),
            (f"{name}: connections", lambda: self._objects(document["tunnels"])),
            (f"{name}: access", lambda: self._objects(document["objects"])),
        )

    def _scan(self) -> Iterator[_Case]:
        """Yield the status of the whole scan."""
        document = self._document
        state = _BY_STATUS[document["status"]]
        told = [*document["status_reasons"], *(n for n in document["notices"] if n not in document["status_reasons"])]
        lines = list(self._tongue.lines(told))
        title = f"{self._tongue(document['headline'])}; {self._tongue(document['status_label'])}"
        yield _Case(f"{self._gateway}.scan", "status", state, _body(state, document["status"], title, lines))

    def _of_gateway(self) -> Iterator[_Case]:
        """Yield the controls on the gateway and on the audit."""
        waiver = self._document["gateway_assessment"]["waiver"]
        for finding in self._findings.of_gateway():
            yield self._case(f"{self._gateway}.gateway", finding, waiver, [])

    def _coverage(self) -> Iterator[_Case]:
        """Yield each blind spot, and a case that passes where there is none."""
        gaps = self._document["blind_spots"]
        where = f"{self._gateway}.coverage"
        if not gaps:
            yield _Case(where, _attribute(self._names(both(say("word.complete")))), PASS, "")
        for gap in gaps:
            state = ACCEPTED if gap["acknowledged"] else "unread"
            space = gap["namespace"] or self._names(both(say("word.host_namespace")))
            name = visible(f"{gap['probe']} ({space}): {gap['source']}")
            message = f"{self._tongue(gap['reason_label'])}: {visible(gap['detail'])}"
            lines = [visible(", ".join(gap["hides"])), *self._tongue.lines([gap["how_to_open"]])]
            if gap["acknowledged"]:
                lines = [*self._tongue.lines([_accepted_gap(gap["acknowledged"])]), *lines]
            yield _Case(where, _attribute(name), state, _body(state, gap["reason"], message, lines))

    def _objects(self, entries: list[dict[str, Any]]) -> Iterator[_Case]:
        """Yield each control that applies to each object; an open verdict that none explains is a case of its own."""
        for entry in entries:
            where = f"{self._gateway}.{_class(entry['name'])} {_class(entry['id'])}"
            found = self._findings.of(entry)
            for finding in found:
                yield self._case(where, finding, entry["waiver"], [entry["summary"]])
            if unexplained(entry, found):
                state = FAIL if entry["verdict"] == "non_compliant" else REVIEW
                message = self._tongue(both(say(f"section.group_{entry['verdict']}")))
                body = _body(state, entry["verdict"], message, list(self._tongue.lines([entry["summary"]])))
                yield _Case(where, "verdict", state, body)
            elif not found:
                yield _Case(where, "verdict", PASS, "")

    def _case(self, where: str, finding: Finding, waiver: dict[str, Any] | None, about: list[dict[str, str]]) -> _Case:
        """Return the case of one control."""
        title = self._titles[finding.control["id"]]
        if finding.state == PASS:
            return _Case(where, title, PASS, "")
        summary = "".join(_text(line) + "\n" for line in self._tongue.lines(about))
        return _Case(where, title, finding.state, self._told(finding, waiver).replace("\0", summary, 1))

    def _told(self, finding: Finding, waiver: dict[str, Any] | None) -> str:
        """Return the element on an open result; the same result of many objects is written once.

        The place of the words on the object is marked by a NUL, which XML cannot hold.
        """
        key = id(finding.result), finding.state, waiver["id"] if waiver else None
        if key not in self._bodies:
            state, control, result = finding
            lines: list[str] = []
            if state == ACCEPTED:
                lines += self._tongue.lines([_accepted(waiver) if waiver else both(say("word.waived"))])
            if state == ADVISORY:
                lines += self._tongue.lines([both(say("word.advisory"))])
            lines += self._tongue.lines(result["evidence"])
            lines += self._tongue.lines([control["remediation"]] if control["remediation"] else [])
            kind = state if state in (ACCEPTED, ADVISORY) else result["outcome"]
            self._bodies[key] = _body(state, kind, self._tongue(result["reason"]), lines, "\0")
        return self._bodies[key]


def _accepted(waiver: dict[str, Any]) -> dict[str, str]:
    """Return who accepted something and until when."""
    names = ("id", "reason", "owner", "approver", "approved_on", "expires")
    return both(say("word.waiver_line", **{name: waiver[name] for name in names}))


def _accepted_gap(accepted: dict[str, Any]) -> dict[str, str]:
    """Return who accepted a blind spot and until when."""
    names = ("reason", "owner", "approver", "expires")
    return both(say("word.acknowledged_by", **{name: accepted[name] for name in names}))


def _body(state: str, kind: str, message: str, lines: list[str], before: str = "") -> str:
    """Return the element inside of a case, nothing for one that passes."""
    if state == PASS:
        return ""
    tag = _TAGS[state]
    text = "".join(_text(line) + "\n" for line in lines)
    return f'<{tag} type="{_attribute(kind)}" message="{_attribute(message)}">{before}{text}</{tag}>'


def _class(name: str) -> str:
    """Return a name as one part of a class name: Jenkins cuts at dots, so they are replaced."""
    return _attribute(visible(name)).replace(".", "_")


def _text(text: str) -> str:
    """Return text, in which `visible` has spelled out what XML 1.0 cannot hold, as the content of an element."""
    return escape(text, quote=False)


def _attribute(text: str) -> str:
    """Return the same as the value of an attribute."""
    return escape(text)
