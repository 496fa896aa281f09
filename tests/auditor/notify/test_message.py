"""What a notification holds: its schema, its languages, no more than a message should be."""

import json
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest

from auditor.notify.message import FINDINGS_AT_MOST, TEXT_AT_MOST, message
from reports.document import document
from tests.auditor.notify.samples import STATUSES, record, shown
from tests.reports.hostile import HOSTILE
from tests.reports.samples import many

SCHEMA = json.loads(files("auditor").joinpath("schemas/notification-v1.schema.json").read_text("utf-8"))


@pytest.mark.parametrize("language", ["en", "zh", "both"])
@pytest.mark.parametrize("status", STATUSES)
def test_each_status_in_each_language_keeps_to_the_schema(tmp_path: Path, status: str, language: str) -> None:
    told = message(shown(status), record(tmp_path), "warning", language)
    jsonschema.validate(told, SCHEMA)
    assert told["status"] == status
    assert told["event"] == ("status" if status == "warning" else "status_change")
    said = json.dumps([told["subject"], *told["reasons"], *told["findings"]], ensure_ascii=False)
    assert ("网关" in said or "正常" in said or "警告" in said or "：" in said) == (language != "en")


def test_the_subject_says_what_it_was(tmp_path: Path) -> None:
    kept = record(tmp_path)
    assert message(shown("critical"), kept, "ok", "en")["subject"] == "auditor: gw-sha-01: critical (was: ok)"
    assert message(shown("critical"), kept, None, "en")["subject"] == "auditor: gw-sha-01: critical"
    assert message(shown("ok"), kept, "critical", "zh")["subject"] == "auditor：gw-sha-01：正常（此前：严重）"
    assert message(shown("ok"), kept, "nonsense", "en")["subject"] == "auditor: gw-sha-01: ok"


def test_of_many_findings_the_worst_are_named_and_the_rest_counted(tmp_path: Path) -> None:
    told = message(document(many(200)), record(tmp_path), None, "en")
    assert len(told["findings"]) == FINDINGS_AT_MOST + 1
    assert told["findings"][-1].startswith("and ")
    jsonschema.validate(told, SCHEMA)


@pytest.mark.parametrize("text", HOSTILE)
def test_what_hosts_name_is_one_short_line(tmp_path: Path, text: str) -> None:
    whole = shown("critical")
    whole["gateway"]["name"] = text
    whole["tunnels"][0]["summary"] = {"en": text * 50, "zh": text}
    told = message(whole, record(tmp_path), None, "both")
    for said in (told["gateway"], told["subject"], *told["reasons"], *told["findings"]):
        assert said.isprintable()
        assert len(said) <= TEXT_AT_MOST
