import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from auditor.cli import main
from tests.auditor.guidance.scenarios import DOCUMENT, SCENARIOS

BY_ID = {scenario["id"]: scenario for scenario in DOCUMENT["scenarios"]}
CODES = {"compliant": 0, "permitted": 0, "not_applicable": 0, "needs_review": 1, "non_compliant": 2}


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "auditor", "assess", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        cwd=SCENARIOS.parents[3],
        env=os.environ | {"PYTHONWARNINGS": "error"},
    )


@pytest.fixture
def facts_file(tmp_path: Path) -> Any:
    def write(document: Any) -> str:
        path = tmp_path / "facts.json"
        path.write_text(document if isinstance(document, str) else json.dumps(document), "utf-8")
        return str(path)

    return write


@pytest.mark.parametrize("scenario", DOCUMENT["scenarios"], ids=lambda scenario: scenario["id"])
def test_json_of_every_scenario(scenario: dict[str, Any], facts_file: Any, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["assess", facts_file(scenario["facts"]), "--format", "json"])
    printed = json.loads(capsys.readouterr().out)
    assert printed["results"] == scenario["expected_control_results"]
    assert printed["tunnel_verdict"] == scenario["expected_tunnel_verdict"]
    assert printed["overall_verdict"] == scenario["expected_overall_verdict"]
    assert printed["severity"] == scenario["expected_severity"]
    assert printed["scope"] == scenario["derived_scope"]
    assert printed["reasons"].keys() == printed["results"].keys()
    assert printed["missing"] == []
    assert code == CODES[scenario["expected_overall_verdict"]]


@pytest.mark.parametrize(("scenario", "code"), [("S001", 0), ("S025", 1), ("S024", 2)])
def test_exit_codes_of_the_real_command(scenario: str, code: int, facts_file: Any) -> None:
    done = run(facts_file(BY_ID[scenario]))
    assert (done.returncode, done.stderr) == (code, "")


@pytest.mark.parametrize(
    "arguments",
    [(), ("no-such-file.json",), ("/",), ("x.json", "--format", "xml"), ("x.json", "--lang", "fr"), ("a", "b")],
)
def test_wrong_arguments_end_in_3(arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr
    assert "Traceback" not in done.stderr


def test_every_mistake_goes_to_stderr_with_its_line(facts_file: Any) -> None:
    path = facts_file('{\n"circuit_mach": "none",\n"local_location": "cn"\n}')
    done = run(path, "--format", "json")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.splitlines() == [
        f"{path}:2: circuit_mach: is no fact (did you mean circuit_match?)",
        f'{path}:3: local_location: "cn" must be a country or region of ISO 3166-1 in two capital letters'
        ' (CN: the mainland only) or unknown (did you mean "CN"?)',
    ]


def test_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b'{"local_location": "China"}')))
    assert main(["assess", "-"]) == 3
    assert capsys.readouterr().err.startswith('<stdin>:1: local_location: "China" must be')


def test_an_endless_file_is_refused() -> None:
    done = run("/dev/zero")
    assert (done.returncode, done.stderr) == (3, "/dev/zero: is larger than 1 MiB, more than any set of facts\n")


def test_text_for_people(facts_file: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["assess", facts_file(BY_ID["S118"])]) == 2
    text = capsys.readouterr().out
    lines = text.splitlines()
    assert lines[0].startswith("Not in line with the guidance")
    assert "severity: high" in lines[0]
    assert text.index("X-01 Permitted route in evidence: fail (high, path v6)") < text.index("X-08 Routing limited")
    assert "What to do: Lease the connection from China Telecom" in text
    assert "not legal advice" in lines[-1]
    assert "Not stated" not in text


def test_text_in_chinese_and_in_both(facts_file: Any, capsys: pytest.CaptureFixture[str]) -> None:
    path = facts_file(BY_ID["S072"])
    assert main(["assess", path, "--lang", "zh"]) == 1
    chinese = capsys.readouterr().out
    assert chinese.startswith("需人工复核（严重程度：中）")
    assert "Needs review" not in chinese
    assert main(["assess", path, "--lang", "both"]) == 1
    both = capsys.readouterr().out
    assert both.startswith("Needs review (severity: medium)\n需人工复核（严重程度：中）\n")
    assert set(chinese.splitlines()) <= set(both.splitlines())


def test_what_was_not_stated_is_said(facts_file: Any, capsys: pytest.CaptureFixture[str]) -> None:
    raw = dict(BY_ID["S001"]["facts"])
    del raw["declared_purpose"], raw["remote_network"]
    assert main(["assess", facts_file(raw)]) == 1
    assert "Not stated; stating it may change the result: declared_purpose\n" in capsys.readouterr().out


def test_expiring_contract_is_compliant_with_a_warning(facts_file: Any, capsys: pytest.CaptureFixture[str]) -> None:
    path = facts_file(BY_ID["S001"]["facts"] | {"contract_status": "expiring_soon"})
    assert main(["assess", path]) == 1
    assert "The contract on file expires soon." in capsys.readouterr().out
    assert main(["assess", path, "--format", "json"]) == 1
    assert len(json.loads(capsys.readouterr().out)["warnings"]) == 1


def test_a_terminal_without_chinese_gets_escapes(facts_file: Any) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "auditor", "assess", facts_file(BY_ID["S001"]), "--lang", "zh"],
        capture_output=True,
        check=False,
        timeout=60,
        cwd=SCENARIOS.parents[3],
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"\\u5df2" in done.stdout
