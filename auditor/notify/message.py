"""What a notification says: one JSON object (docs/operations.md), made of the report, which holds no secret."""

from typing import Any

from auditor.history.records import ScanRecord, digest, to_line
from auditor.model.judgement import Status
from auditor.model.text import Text
from reports import words
from reports.findings import is_open, worst_first

VERSION = 1
FINDINGS_AT_MOST = 20
"""A notification asks somebody to look; the whole is in the report."""

TEXT_AT_MOST = 500

_SUBJECT = Text("auditor: {gateway}: {status}", "auditor：{gateway}：{status}")
_WAS = Text(" (was: {before})", "（此前：{before}）")
STATUSES = frozenset(status.value for status in Status)
_MORE = Text("and {count} more", "另有{count}项")


def message(document: dict[str, Any], record: ScanRecord, before: str | None, language: str) -> dict[str, Any]:
    """Return the notification on `document`, stored as `record`; `before` is the status last told (None: none yet).

    Its sentences are in `language`: en, zh or both (one after the other, parted by a slash).
    """
    say = _Voice(language)
    gateway, status = document["gateway"]["name"], document["status"]
    found = [entry for entry in worst_first(document) if is_open(entry)]
    findings = [say.of(entry["summary"]) for entry in found[:FINDINGS_AT_MOST]]
    if len(found) > len(findings):
        findings.append(say(_MORE, count=len(found) - len(findings)))
    subject = say(_SUBJECT, gateway=gateway, status=words.status(status))
    if before in STATUSES and before != status:
        subject += say(_WAS, before=words.status(before))
    counts = document["counts"]
    return {
        "version": VERSION,
        "event": "status" if before == status else "status_change",
        "gateway": _line(gateway),
        "site": _line(say.of(document["site"]["label"])),
        "scan": record.number,
        "record": digest(to_line(record)),
        "began": document["scan"]["started_at"],
        "status": status,
        "exit_code": document["exit_code"],
        "previous_status": before,
        "verdict": document["verdict"],
        "counts": {
            "connections": counts["tunnels"] + counts["objects"],
            "not_in_line": counts["verdicts"]["non_compliant"],
            "to_review": counts["verdicts"]["needs_review"],
            "waived": counts["waived"],
            "blind_spots": counts["blind_spots_open"],
        },
        "subject": _line(subject),
        "reasons": [_line(say.of(reason)) for reason in document["status_reasons"]],
        "findings": [_line(text) for text in findings],
    }


class _Voice:
    """Says sentences in the language wanted."""

    def __init__(self, language: str) -> None:
        """Speak `language`: en, zh or both."""
        self._languages = ("en", "zh") if language == "both" else (language,)

    def __call__(self, text: Text, **words: object) -> str:
        """Return `text` with `words` put in, each in its language."""
        said = []
        for name in self._languages:
            inside = {key: getattr(word, name) if isinstance(word, Text) else word for key, word in words.items()}
            said.append(str(getattr(text, name)).format(**inside))
        return " / ".join(dict.fromkeys(said))

    def of(self, both: dict[str, str]) -> str:
        """Return a text of the report."""
        return " / ".join(dict.fromkeys(both[name] for name in self._languages))


def _line(text: str) -> str:
    """Return `text` on one line and not too long: hosts name devices as they like."""
    plain = "".join(c if c.isprintable() else "?" for c in text)
    return plain if len(plain) <= TEXT_AT_MOST else plain[: TEXT_AT_MOST - 1] + "…"
