"""The report as a short plain text: what a person at a terminal needs to act."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from reports import words
from reports.escape import visible
from reports.labels import Value, joined, say

OBJECTS_SHOWN = 9
GAPS_SHOWN = 8
LOOKUPS_SHOWN = 8
NETWORK_SHOWN = 3
REASONS_SHOWN = 6
CHANGES_SHOWN = 9
FIELDS_SHOWN = 3
_NAME_LIMIT = 60
_NAMES_SHOWN = 6
_PART_LIMIT = 400
_FIELD_LIMIT = 100
_COLOURS = {"ok": "32", "warning": "33", "critical": "31", "unknown": "35"}


def render(
    document: dict[str, Any], language: str = "en", *, color: bool = False, json_sha256: str | None = None
) -> str:
    """Return the summary in `language` (en or zh; both reads en); `color` marks the first line for a terminal.

    `json_sha256` is the digest of the report.json written with it. Nothing from the host reaches a terminal
    as an escape sequence.
    """
    summary = _Summary(document, "zh" if language == "zh" else "en")
    parts = (
        *(summary.head(), summary.changes(), summary.findings(), summary.network()),
        *(summary.gaps(), summary.soon(), summary.lookups()),
    )
    lines = [*(line for part in parts for line in part), *summary.foot(json_sha256)]
    if color:
        lines[0] = f"\x1b[1;{_COLOURS[document['status']]}m{lines[0]}\x1b[0m"
    return "\n".join(lines) + "\n"


def pieces(document: dict[str, Any], language: str = "en", *, json_sha256: str | None = None) -> Iterator[str]:
    """Yield the same, which is short, as one piece."""
    yield render(document, language, json_sha256=json_sha256)


class _Step(NamedTuple):
    """What to do about objects of one verdict: their leading control with its remediation, or their waiver."""

    verdict: str
    then: str


class _Summary:
    """The parts of the summary of one document in one language."""

    def __init__(self, document: dict[str, Any], language: str) -> None:
        """Speak `language` (en or zh) about `document`."""
        self._document = document
        self._language = language

    def head(self) -> Iterator[str]:
        """Yield verdict, status with its exit code, where and when, and the numbers."""
        document = self._document
        yield self._say(
            "text.status", headline=document["headline"], status=document["status_label"], code=document["exit_code"]
        )
        again = document["reassessment"]
        yield from (self._text(again[part]) for part in ("label", "judged_with") if again)
        told = [*document["status_reasons"], *(n for n in document["notices"] if n not in document["status_reasons"])]
        told = [reason for reason in told if not again or reason != again["label"]]
        yield from (f"  {self._text(reason)}" for reason in told[:REASONS_SHOWN])
        began = document["scan"]["started_at"]
        yield self._say(
            "text.where",
            gateway=visible(document["gateway"]["name"], limit=_NAME_LIMIT),
            site=document["site"]["label"],
            moment=f"{began[:10]} {began[11:19]} UTC{began[19:]}",
        )
        counts = document["counts"]
        names = ("non_compliant", "needs_review", "compliant", "permitted", "not_applicable")
        shown = [f"{counts['verdicts'][name]} {self._say(f'count.{name}')}" for name in names]
        yield self._say(
            "text.counts", **{key: counts[key] for key in ("tunnels", "objects", "not_tunnels")}
        ) + ", ".join(shown)
        if counts["circuits"]:
            yield self._say("text.circuits", seen=counts["circuits_seen"], total=counts["circuits"])

    def changes(self) -> Iterator[str]:
        """Yield what changed since the last scan: one line, one for each of the first few, and what comes and goes."""
        since = self._document["changes"]
        yield self._text(since["summary"])
        for entry in since["entries"][:CHANGES_SHOWN]:
            what = f"{self._text(entry['about_label'])} {visible(entry['name'], limit=_NAME_LIMIT)}"
            whys = [self._text(label) for label in entry["cause_labels"]]
            yield "  " + self._say(
                "text.change",
                kind=entry["kind_label"],
                what=what,
                fields=self._fields(entry["fields"]),
                why=("；" if self._language == "zh" else "; ").join(whys),
            )
        more = len(since["entries"]) + since["left_out"] - CHANGES_SHOWN
        if more > 0:
            yield f"  {self._say('text.others', count=more)}"
        judged = [*self._document["tunnels"], *self._document["objects"]]
        if flapping := [found["name"] for found in judged if found.get("history", {}).get("flapping")]:
            yield self._say("text.flapping", names=self._some(flapping))

    def _fields(self, fields: list[dict[str, Any]]) -> str:
        """Return the first fields that changed, with their values, after a colon; nothing for none."""
        colon, comma = ("：", "，") if self._language == "zh" else (": ", ", ")
        shown = [
            " ".join(visible(self._text(f[part]), limit=_FIELD_LIMIT) for part in ("label", "says"))
            for f in fields[:FIELDS_SHOWN]
        ]
        more = len(fields) - FIELDS_SHOWN
        if more > 0:
            shown.append(self._say("word.more", count=more))
        return colon + comma.join(shown) if shown else ""

    def findings(self) -> Iterator[str]:
        """Yield what to do, worst first, each with the objects it is for: one line an object."""
        every = [*self._document["tunnels"], *self._document["objects"]]
        found = [entry for entry in every if entry["verdict"] in ("non_compliant", "needs_review")]
        steps: dict[_Step, list[str]] = {}
        for step, what in (*self._gateway(), *(self._object(entry) for entry in found[:OBJECTS_SHOWN])):
            steps.setdefault(step, []).append(what)
        if not steps:
            return
        yield self._say("text.findings")
        for step, objects in steps.items():
            yield from self._step(step, objects)
        if len(found) > OBJECTS_SHOWN:
            yield f"  {self._say('text.others', count=len(found) - OBJECTS_SHOWN)}"

    def network(self) -> Iterator[str]:
        """Yield what the network shows of the uplinks in one line, and of each circuit that it does not agree with."""
        if uplinks := self._document["uplinks"]:
            shown = "; ".join(map(self._uplink, uplinks[:NETWORK_SHOWN]))
            more = len(uplinks) - NETWORK_SHOWN
            yield self._say("text.uplinks") + shown + (f"; {self._say('word.more', count=more)}" if more > 0 else "")
        every = [*self._document["tunnels"], *self._document["objects"]]
        order = ("mismatch", "unknown")
        found = [entry for entry in every if entry["match"] and entry["match"]["network_evidence"] in order]
        found.sort(key=lambda entry: order.index(entry["match"]["network_evidence"]))
        yield from (self._circuit_evidence(entry) for entry in found[:NETWORK_SHOWN])
        if len(found) > NETWORK_SHOWN:
            yield f"  {self._say('text.others', count=len(found) - NETWORK_SHOWN)}"

    def _uplink(self, one: dict[str, Any]) -> str:
        """Return what is stated and seen of one uplink."""
        name = f"{one['namespace']}/{one['interface']}" if one["namespace"] else one["interface"]
        values = {"class_": one["class_label"], "reason": one["reason"]}
        return self._say("text.uplink", name=visible(name, limit=_NAME_LIMIT), **values)

    def _circuit_evidence(self, entry: dict[str, Any]) -> str:
        """Return what the network shows of the circuit that `entry` is matched to, in one line."""
        match = entry["match"]
        rows = [
            say(
                "text.row",
                attribute=words.attribute(row["attribute"]),
                observed=row["observed"] or say("word.not_known"),
                registered=row["registered"] or say("word.not_stated"),
                says=say(f"agreement.{row['agreement']}"),
            )
            for row in match["network_comparisons"]
        ]
        return self._say(
            "text.circuit_evidence",
            name=visible(entry["name"], limit=_NAME_LIMIT),
            circuit=visible(match["circuit"] or "", limit=_NAME_LIMIT),
            evidence=words.value("network_evidence", match["network_evidence"]),
            rows=joined(rows),
        )

    def gaps(self) -> Iterator[str]:
        """Yield one line for each thing that could not be read, with what it hides and how to open it."""
        found = [gap for gap in self._document["blind_spots"] if gap["acknowledged"] is None]
        if not found:
            return
        yield self._say("text.could_not_read")
        for gap in found[:GAPS_SHOWN]:
            where = visible(gap["namespace"] or self._say("word.host_namespace"), limit=_NAME_LIMIT)
            source = visible(gap["source"], limit=_NAME_LIMIT)
            hides = self._some(gap["hides"])
            probe = visible(gap["probe"], limit=_NAME_LIMIT)
            line = self._say(
                "text.gap", probe=probe, where=where, source=source, reason=gap["reason_label"], hides=hides
            )
            yield f"  {line}"
            yield f"    -> {self._text(gap['how_to_open'])}"
        if len(found) > GAPS_SHOWN:
            yield f"  {self._say('text.others', count=len(found) - GAPS_SHOWN)}"

    def soon(self) -> Iterator[str]:
        """Yield the steps that are about dates or about what the company has not stated."""
        found = [step for step in self._document["actions"] if step["section"] in ("circuits", "waivers", "provenance")]
        if found:
            yield self._say("text.also")
        for action in found:
            yield f"  {self._text(action['title'])}"
            yield f"    -> {self._text(action['what'])}"

    def lookups(self) -> Iterator[str]:
        """Yield what was asked of others, what they learnt by it, and the first of the questions, if any was asked."""
        found = self._document["lookups"]
        if not found["enabled"]:
            return
        yield self._say("lookup.text", summary=found["summary"])
        if found["privacy"]:
            yield f"  {self._text(found['privacy'])}"
        yield from (f"  {self._question(question)}" for question in found["questions"][:LOOKUPS_SHOWN])
        if len(found["questions"]) > LOOKUPS_SHOWN:
            yield f"  {self._say('text.others', count=len(found['questions']) - LOOKUPS_SHOWN)}"

    def _question(self, question: dict[str, Any]) -> str:
        """Return one question on one line: what, the answer, how sure, whom and when."""
        moment = question["asked_at"]
        return self._say(
            "lookup.one",
            name=visible(question["name"], limit=_NAME_LIMIT),
            type=question["type"],
            answer=self._some(question["answers"]) or question["outcome_label"],
            ttl="-" if question["ttl_s"] is None else question["ttl_s"],
            dnssec=question["dnssec_label"],
            resolvers=", ".join(question["resolvers"]) or say("lookup.nobody"),
            moment=moment[11:19] if moment else "-",
        )

    def foot(self, json_sha256: str | None) -> Iterator[str]:
        """Yield what the result is not, where to read more, and which report.json it belongs to."""
        digest = self._say("text.digest", sha256=json_sha256) if json_sha256 else self._say("text.no_digest")
        yield self._say("text.read_more") + (" " if self._language == "en" else "") + digest
        yield self._say("page.aid")

    def _object(self, entry: dict[str, Any]) -> tuple[_Step, str]:
        """Return what to do about one object, by its leading control, and the object."""
        then = self._accepted(entry["waiver"]) or self._lead(entry["results"], "T")
        return _Step(entry["verdict"], then), self._text(entry["summary"]).rstrip(".。")

    def _accepted(self, waiver: dict[str, Any] | None) -> str:
        """Return by which waiver and until when something is accepted, nothing for None."""
        if waiver is None:
            return ""
        return self._say("text.accepted", id=visible(waiver["id"], limit=_NAME_LIMIT), expires=waiver["expires"])

    def _gateway(self) -> Iterator[tuple[_Step, str]]:
        """Yield the same for the gateway itself if a deciding control on it fails or needs review."""
        assessment = self._document["gateway_assessment"]
        if assessment["verdict"] in ("non_compliant", "needs_review"):
            then = self._accepted(assessment["waiver"]) or self._lead(assessment["results"], "G")
            yield _Step(assessment["verdict"], then), self._say("section.gateway")

    def _step(self, step: _Step, objects: list[str]) -> Iterator[str]:
        """Yield one step: on one line with its object if it has one, else above those it is for."""
        state = self._say(f"count.{step.verdict}")
        if len(objects) == 1:
            text = say("text.finding", state=state, what=objects[0], then=step.then)
        else:
            text = say("text.step", state=state, then=step.then)
        yield f"  {text.zh if self._language == 'zh' else text.en}"
        yield from (f"    {what}" for what in objects if len(objects) > 1)

    def _lead(self, results: list[dict[str, Any]], scope: str) -> str:
        """Return the most urgent open result of controls of `scope` and its remediation."""
        controls = {control["id"]: control for control in self._document["controls"]}
        order = ("critical", "high", "medium", "low", "info", "none")
        found = [
            result
            for result in results
            if result["outcome"] in ("fail", "review")
            and not result["waived"]
            and controls[result["control"]]["scope"] == scope
        ]
        found.sort(key=lambda r: (not controls[r["control"]]["deciding"], r["outcome"], order.index(r["severity"])))
        if not found:
            return ""
        control = controls[found[0]["control"]]
        title = f"{control['id']} {self._text(control['title'])}"
        return f"{title} -> {self._text(control['remediation'] or found[0]['reason'])}"

    def _some(self, names: list[str]) -> str:
        """Return the first few of `names` and how many more there are."""
        first = visible(", ".join(names[:_NAMES_SHOWN]), limit=_PART_LIMIT)
        more = len(names) - _NAMES_SHOWN
        return f"{first} {self._say('word.more', count=more)}" if more > 0 else first

    def _say(self, key: str, **values: Value) -> str:
        """Return the report's own text `key` in the language of the summary."""
        text = say(key, **values)
        return visible(text.zh if self._language == "zh" else text.en, limit=_PART_LIMIT)

    def _text(self, text: dict[str, str]) -> str:
        """Return a text of the document in the language of the summary, safe for a terminal."""
        return visible(text[self._language], limit=_PART_LIMIT)
