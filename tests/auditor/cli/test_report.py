"""`auditor report`: a stored report in every format, the exit code of its scan, and clear errors."""

import csv
import json
from pathlib import Path

import pytest

from auditor.cli import main
from reports import FORMATS, json_v1
from reports.document import document
from tests.reports import samples


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    file = tmp_path / "report.json"
    file.write_text(json_v1.render(document(samples.mixed())), "utf-8")
    return file


def test_every_text_format_is_written_beside_it(stored: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = [name for name in FORMATS if name != "pdf"]
    before = stored.read_bytes()
    assert main(["report", str(stored), "--format", ",".join(names)]) == 2
    written = capsys.readouterr().out.splitlines()
    assert written == [str(stored.parent / FORMATS[name].file) for name in names]
    assert stored.read_bytes() == before
    table = csv.reader((stored.parent / "report.csv").read_text("utf-8-sig").splitlines())
    assert sum(row[0] == "connection" for row in table) > 5


def test_pdf_too(stored: Path, tmp_path: Path) -> None:
    pytest.importorskip("weasyprint", reason="needs weasyprint (PyPI) and libpangoft2-1.0-0")
    assert main(["report", str(stored), "--format", "pdf", "--lang", "zh", "--output", str(tmp_path / "out")]) == 2
    assert (tmp_path / "out" / "report.pdf").read_bytes().startswith(b"%PDF-")


@pytest.mark.parametrize(("name", "code"), [("compliant", 0), ("without_config", 1), ("unprivileged", 3)])
def test_the_exit_code_is_that_of_the_scan(tmp_path: Path, name: str, code: int) -> None:
    file = tmp_path / "r.json"
    file.write_text(json_v1.render(document(getattr(samples, name)())), "utf-8")
    assert main(["report", str(file)]) == code
    assert (tmp_path / "report.html").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("{dir}/nothing.json",), "nothing.json: cannot be read: No such file"),
        (("{dir}",), "cannot be read: Is a directory"),
        (("a\0b",), "not a usable path"),
        (("{file}", "--format", "docx"), "no such format: 'docx'"),
        (("{bad}",), "bad.json: tunnels[0].verdict: 'fine' is not one of"),
    ],
)
def test_errors_name_file_and_field(
    stored: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], words: str
) -> None:
    broken = json.loads(stored.read_text("utf-8"))
    broken["tunnels"][0]["verdict"] = "fine"
    bad = stored.with_name("bad.json")
    bad.write_text(json.dumps(broken), "utf-8")
    places = {"{dir}": str(stored.parent), "{file}": str(stored), "{bad}": str(bad)}
    given = []
    for argument in arguments:
        for name, place in places.items():
            argument = argument.replace(name, place)
        given.append(argument)
    assert main(["report", *given]) == 3
    assert words in capsys.readouterr().err
    assert {path.name for path in stored.parent.iterdir()} == {"report.json", "bad.json"}
