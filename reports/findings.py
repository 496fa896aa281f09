"""A document cut into what other programs count one by one: each control on each object, and each blind spot.

Formats for programs and tickets (CSV, JUnit, OCSF, Markdown) share this reading, so that none of them is
milder than another: what is open, accepted or unread is decided here.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from reports.escape import visible
from reports.words import VERDICTS

PASS, FAIL, REVIEW, ACCEPTED, ADVISORY = "pass", "fail", "review", "accepted", "advisory"
OPEN_STATES = (FAIL, REVIEW)
OPEN_VERDICTS = VERDICTS[:2]
_UNSETTLED = frozenset(OPEN_STATES)
_APPLIES = (PASS, FAIL, REVIEW)


def judged(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Return every judged object: connections first, then hand-offs and public access, each worst first."""
    return [*document["tunnels"], *document["objects"]]


def worst_first(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Return every judged object by its verdict alone, those of one verdict in the order of `judged`."""
    return sorted(judged(document), key=lambda entry: VERDICTS.index(entry["verdict"]))


def is_open(entry: dict[str, Any]) -> bool:
    """Return whether an object is not in line or needs review, and nobody accepted that."""
    return entry["verdict"] in OPEN_VERDICTS and entry["waiver"] is None


def unsettled(document: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Return the results that fail or need review of each judged object by its id, accepted or not, in their order.

    Those of controls on the gateway or the audit are left out. Ten thousand objects have a quarter of a million
    results: whoever needs these asks once and hands them on.
    """
    own = {control["id"] for control in document["controls"] if control["scope"] == "T"}
    return {
        entry["id"]: [
            result for result in entry["results"] if result["outcome"] in _UNSETTLED and result["control"] in own
        ]
        for entry in judged(document)
    }


def unread(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the blind spots that nobody accepted."""
    return [spot for spot in document["blind_spots"] if spot["acknowledged"] is None]


class Finding(NamedTuple):
    """One control that applies to one object (None: the gateway), and what follows.

    `state` is pass; fail or review, where it is open and decides; accepted, where a waiver covers it; advisory,
    where it is open and never decides a verdict.
    """

    state: str
    control: dict[str, Any]
    result: dict[str, Any]


class Findings:
    """Reads one document."""

    def __init__(self, document: dict[str, Any]) -> None:
        """Read `document` of `reports.document`."""
        self._document = document
        self.controls: dict[str, dict[str, Any]] = {control["id"]: control for control in document["controls"]}
        self._of_object = {name: control for name, control in self.controls.items() if control["scope"] == "T"}

    def objects(self) -> list[dict[str, Any]]:
        """Return every judged object, in the order of `judged`."""
        return judged(self._document)

    def of(self, entry: dict[str, Any]) -> list[Finding]:
        """Return the controls that apply to an object, in catalogue order."""
        own, waiver = self._of_object, entry["waiver"]
        return [
            Finding(_state(own[result["control"]], result, waiver), own[result["control"]], result)
            for result in entry["results"]
            if result["outcome"] in _APPLIES and result["control"] in own
        ]

    def of_gateway(self) -> list[Finding]:
        """Return the controls that apply to the gateway and to the audit itself."""
        return [
            Finding(_state(self.controls[result["control"]], result, None), self.controls[result["control"]], result)
            for result in self._document["gateway_assessment"]["results"]
            if result["outcome"] in _APPLIES
        ]

    def gaps(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Return the blind spots: open ones, and those that somebody accepted."""
        spots: list[dict[str, Any]] = self._document["blind_spots"]
        return unread(self._document), [spot for spot in spots if spot["acknowledged"] is not None]


def unexplained(entry: dict[str, Any], found: list[Finding]) -> bool:
    """Return whether an object's open verdict shows in none of its findings, so that it has to be told by itself."""
    return is_open(entry) and not any(finding.state in OPEN_STATES for finding in found)


def _state(control: dict[str, Any], result: dict[str, Any], waiver: dict[str, Any] | None) -> str:
    """Return the state of a result of an object that `waiver` covers as a whole, None for one that none does."""
    outcome: str = result["outcome"]
    if outcome == PASS:
        return PASS
    if waiver is not None or result["waived"]:
        return ACCEPTED
    return outcome if control["deciding"] else ADVISORY


class Tongue:
    """Writes texts of a document on one line in the languages of one report: both, en or zh."""

    def __init__(self, languages: str, between: str = " / ") -> None:
        """Speak `languages`; `between` stands between English and Chinese."""
        self._languages = ("en", "zh") if languages == "both" else (languages,)
        self._between = between

    def __call__(self, text: dict[str, str]) -> str:
        """Return a text, once where both languages read the same, with everything invisible spelled out."""
        return self._between.join(dict.fromkeys(visible(text[language]) for language in self._languages))

    def lines(self, texts: list[dict[str, str]]) -> Iterator[str]:
        """Yield each text in each language as a line of its own."""
        for text in texts:
            yield from dict.fromkeys(visible(text[language]) for language in self._languages)
