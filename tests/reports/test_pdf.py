"""The PDF: pages numbered, Chinese as text, fonts inside, nothing fetched, no way out of the file."""

import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from auditor.cli import main
from auditor.errors import InputError
from reports import FORMATS, pdf
from reports.document import document
from tests.reports import hostile, samples
from tests.requires import requires_program

pytest.importorskip("weasyprint", reason="needs weasyprint (PyPI) and libpangoft2-1.0-0")
pytestmark = requires_program("pdffonts", "pdfinfo", "pdftotext", "qpdf")


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, check=True, timeout=60)
    return done.stdout.decode("utf-8", "replace")


def written(folder: Path, shown: dict[str, Any], languages: str = "both") -> str:
    file = folder / "report.pdf"
    file.write_bytes(b"".join(pdf.pieces(shown, languages)))
    return str(file)


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> str:
    return written(tmp_path_factory.mktemp("pdf"), document(samples.mixed()))


def test_it_is_a_sound_file(mixed: str) -> None:
    assert "No syntax or stream encoding errors found" in run("qpdf", "--check", mixed)
    info = run("pdfinfo", mixed)
    assert "A4" in info
    assert "JavaScript:      no" in info
    assert "Encrypted:       no" in info
    assert "gw-sha-01" in info


def test_every_page_has_its_number_the_gateway_and_the_moment(mixed: str) -> None:
    pages = run("pdftotext", "-layout", mixed, "-").split("\f")[:-1]
    assert len(pages) > 20
    for number, page in enumerate(pages, 1):
        assert f"{number} / {len(pages)}" in page
        assert "gw-sha-01" in page
        assert "2026-11-23 14:05:09" in page


def test_both_languages_can_be_read_out(mixed: str) -> None:
    text = run("pdftotext", mixed, "-")
    for part in (
        "Not in line with the guidance",
        "与指引不符",
        "198.51.100.77:1194",
        "上海办公室",
        "NETLINK_XFRM states",
    ):
        assert part in text, part


@pytest.mark.parametrize(("languages", "absent"), [("en", "与指引不符"), ("zh", "Not in line with the guidance")])
def test_one_language_alone(tmp_path: Path, languages: str, absent: str) -> None:
    text = run("pdftotext", written(tmp_path, document(samples.compliant()), languages), "-")
    assert absent not in text
    assert "wg-sg" in text


def test_fonts_are_inside(mixed: str) -> None:
    lines = run("pdffonts", mixed).splitlines()[2:]
    assert len(lines) > 3
    assert all(line.split()[-5:-2] == ["yes", "yes", "yes"] for line in lines)


def test_no_link_leads_outside(mixed: str) -> None:
    assert "http" not in run("pdfinfo", "-url", mixed)
    assert "/URI" not in run("qpdf", "--qdf", "--object-streams=disable", mixed, "-")


def test_the_same_report_is_the_same_file(mixed: str) -> None:
    assert b"".join(pdf.pieces(document(samples.mixed()))) == Path(mixed).read_bytes()


def test_hostile_text_is_only_text(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    load = '<img src="http://127.0.0.1:9/x"><link rel=stylesheet href="file:///etc/passwd">url(file:///etc/hostname)'
    text = load + "".join(hostile.HOSTILE)[:120] + "\u202e\x1b[31m"
    with caplog.at_level(logging.WARNING, logger="weasyprint"):
        file = written(tmp_path, document(hostile.hostile(text)), "en")
    assert not [r for r in caplog.records if "Failed to load" in r.getMessage()]
    seen = run("pdftotext", file, "-")
    assert '<img src="http://127.0.0.1:9/x">' in "".join(seen.split("\n")).replace(" ", "").replace(
        "<imgsrc", "<img src"
    )
    assert "\u202e" not in seen
    assert "root:x:0" not in seen
    raw = run("qpdf", "--qdf", "--object-streams=disable", file, "-")
    assert "/URI" not in raw
    assert "/JavaScript" not in raw


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/", "file:///etc/passwd", "https://a", "ftp://a", "data:,x"])
def test_nothing_is_ever_fetched(url: str) -> None:
    with pytest.raises(ValueError, match="loads nothing"):
        pdf._refuse(url)


def test_long_lists_are_cut_and_the_first_page_says_so(tmp_path: Path) -> None:
    count = pdf.OBJECTS_SHOWN + 5
    shown = pdf.shortened(document(samples.many(count)))
    assert len(shown["tunnels"]) == pdf.OBJECTS_SHOWN
    assert shown["tunnels"][0]["verdict"] == "non_compliant"
    assert shown["counts"]["tunnels"] == count
    text = shown["notices"][0]
    assert f"Connections: the paper form shows {pdf.OBJECTS_SHOWN} of {count};" in text["en"]
    assert f"连接：纸面版列出{count}项中的{pdf.OBJECTS_SHOWN}项" in text["zh"]
    few = document(samples.mixed())
    assert pdf.shortened(few) == few


def test_without_weasyprint_the_error_names_the_extra() -> None:
    code = """
import sys
sys.modules["weasyprint"] = None
from auditor.cli import main
raise SystemExit(main(["scan", "--format", "pdf", "--config", "config.example.toml"]))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 3
    assert done.stderr == "format pdf: needs WeasyPrint: install auditor with the extra pdf, `auditor[pdf]`\n"


def test_missing_libraries_of_the_system_are_told_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise OSError("cannot load library 'libpangoft2-1.0-0'")

    monkeypatch.delitem(sys.modules, "weasyprint")
    monkeypatch.setattr("builtins.__import__", broken)
    with pytest.raises(InputError, match="libpangoft2"):
        FORMATS["pdf"].require()


@pytest.mark.parametrize("text", ["中" * 3000, "W" * 3000], ids=["Chinese", "Latin"])
def test_long_lines_are_cut_before_they_cost_the_layout_minutes(text: str) -> None:
    shown = pdf.shortened(document(hostile.hostile(text)))
    assert shown["tunnels"][0]["interface"] == f"{text[0] * pdf.LINE_SHOWN_CHARACTERS}… [+2700]"
    plain = document(samples.mixed())
    assert pdf.shortened(plain)["controls"] is plain["controls"]


def test_a_failing_layout_loses_no_other_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stored = tmp_path / "r.json"
    stored.write_text(FORMATS["json"].render(document(samples.mixed())), "utf-8")

    def fails(*_: object, **__: object) -> None:
        raise AttributeError("position_x")

    monkeypatch.setattr("weasyprint.HTML.write_pdf", fails)
    assert main(["report", str(stored), "--format", "pdf,html,csv"]) == 3
    assert "report.pdf: could not be laid out (AttributeError in " in capsys.readouterr().err
    assert {path.name for path in tmp_path.iterdir()} == {"r.json", "report.html", "report.csv"}
