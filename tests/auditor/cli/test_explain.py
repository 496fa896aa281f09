import pytest

from auditor import technologies
from auditor.cli import main
from auditor.guidance.catalogue import controls
from auditor.model.judgement import Verdict
from probes import PROBES


def explain(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    assert main(["explain", *arguments]) == code
    captured = capsys.readouterr()
    return captured.err if code else captured.out


@pytest.mark.parametrize("control", controls())
def test_controls_with_all_their_texts(control: str, capsys: pytest.CaptureFixture[str]) -> None:
    entry, text = controls()[control], explain(capsys, control)
    shown = [entry.title, entry.evidence, *entry.criteria.values(), *([entry.remediation] if entry.remediation else [])]
    for words in (*shown, *(s.says for s in entry.statements), *(r.says for r in entry.rules)):
        assert words.en in text
        assert words.zh in text
    for statement in entry.statements:
        assert (statement.quote_en or "") in text
        assert (statement.quote_zh or "") in text
    for consequence in (*entry.consequences, *entry.other_consequences):
        assert consequence.says.zh in text


def test_other_rules_are_kept_apart(capsys: pytest.CaptureFixture[str]) -> None:
    text = explain(capsys, "X-06", "--lang", "en")
    assert text.index("  The guidance\n") < text.index("  Other public rules (not part of the guidance)\n")
    assert "Design rule of this audit" in explain(capsys, "X-05", "--lang", "en")


def test_one_language(capsys: pytest.CaptureFixture[str]) -> None:
    english, chinese = explain(capsys, "L-01", "--lang", "en"), explain(capsys, "L-01", "--lang", "zh")
    assert "Both ends located" in english
    assert "两端位置已确定" not in english
    assert "两端位置已确定" in chinese
    assert "Both ends located" not in chinese


@pytest.mark.parametrize("verdict", list(Verdict))
def test_verdicts(verdict: Verdict, capsys: pytest.CaptureFixture[str]) -> None:
    assert explain(capsys, verdict.value).startswith("Verdict: ")


@pytest.mark.parametrize(("code", "status"), [("0", "ok"), ("1", "warning"), ("2", "critical"), ("3", "unknown")])
def test_exit_codes_by_number_and_by_status(code: str, status: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = explain(capsys, code)
    assert text.startswith(f"Exit code {code}: {status}\n")
    assert explain(capsys, status) == text


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.name)
def test_probes(probe: object, capsys: pytest.CaptureFixture[str]) -> None:
    found = next(entry for entry in PROBES if entry is probe)
    text = explain(capsys, found.name)
    for words in (found.summary, *found.reads, *found.needs, *found.covers):
        assert words in text


@pytest.mark.parametrize("name", technologies.load().by_id)
def test_technologies(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = explain(capsys, name)
    assert technologies.load().by_id[name].name.zh in text
    assert "Method of the guidance: " in text


def test_one_name_for_two_things(capsys: pytest.CaptureFixture[str]) -> None:
    text = explain(capsys, "wireguard")
    assert "Probe: wireguard" in text
    assert "Technology: wireguard" in text


def test_case_does_not_matter(capsys: pytest.CaptureFixture[str]) -> None:
    assert explain(capsys, "x-01") == explain(capsys, "X-01")


@pytest.mark.parametrize(
    ("wanted", "hint"),
    [
        ("X01", "did you mean X-01"),
        ("wiregard", "did you mean wireguard"),
        ("needs-review", "did you mean needs_review?"),
        ("4", "without an ID, lists what there is"),
        ("", "without an ID, lists what there is"),
        ("\x1b[2J", "nothing is called \\x1b[2J"),
    ],
)
def test_unknown_ids(wanted: str, hint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert hint in explain(capsys, wanted, code=3)


def test_without_an_id_everything_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    text = explain(capsys, "--lang", "en")
    for name in (*controls(), *Verdict, *(p.name for p in PROBES), *technologies.load().by_id):
        assert f"  {name}  " in text
    assert text.isascii() or "“" in text
