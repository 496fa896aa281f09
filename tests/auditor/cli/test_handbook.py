"""docs/technologies.md says what the table and the probes say, and `explain` the same."""

import re
from pathlib import Path

import pytest

from auditor import technologies
from auditor.cli import main
from auditor.cli.handbook import handbook
from auditor.cli.technology import probes_of
from probes import PROBES

DOCUMENT = Path(__file__).resolve().parents[3] / "docs/technologies.md"


def test_the_document_is_not_stale() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == handbook() + "\n", "run `make technologies`"


def test_every_technology_has_a_section_that_the_overview_leads_to() -> None:
    text = handbook()
    sections = re.findall(r"^### (\S+)$", text, re.MULTILINE)
    assert sections == list(technologies.load().by_id)
    assert re.findall(r"^\| \[`[^`]+`\]\(#([^)]+)\)", text, re.MULTILINE) == sections


@pytest.mark.parametrize("name", technologies.load().by_id)
def test_explain_tells_all_that_is_known(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    entry = technologies.load().by_id[name]
    assert main(["explain", name]) == 0
    told, text = capsys.readouterr().out, handbook()
    section = text.partition(f"\n### {name}\n")[2].partition("\n### ")[0].partition("\n## ")[0]
    assert entry.unseen is not None
    assert entry.unseen.zh in told
    for said in (told, section):
        assert entry.unseen.en in said
        for one in entry.signatures:
            for words in (*one.executables, *one.units, *one.packages, one.source):
                assert words in said
        for probe in probes_of(entry):
            assert probe.name in said
    assert list(probes_of(entry))


def test_every_probe_and_every_device_kind_is_in_the_document() -> None:
    text, table = handbook(), technologies.load()
    for probe in PROBES:
        assert all(f"`{source}`" in text for source in probe.reads)
    for kind in table.devices:
        assert f"| `{kind}` |" in text
    for pattern, _ in table.plumbing:
        assert f"- `{pattern}`" in text
