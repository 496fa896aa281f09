"""The list of formats is what runs, every module of it loads when used, and jinja2 only for HTML."""

import subprocess
import sys

import pytest

from reports import FORMATS
from reports.document import document
from tests.reports import samples


def test_the_list_is_explicit() -> None:
    assert {name: form.file for name, form in FORMATS.items()} == {
        "html": "report.html",
        "json": "report.json",
        "text": "report.txt",
    }


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("languages", ["both", "en", "zh"])
def test_every_format_renders_in_every_language(name: str, languages: str) -> None:
    written = FORMATS[name].render(document(samples.mixed()), languages)
    assert "tun0" in written
    assert written.endswith("\n")
    assert written.encode("utf-8")


@pytest.mark.parametrize("languages", ["both", "zh"])
def test_a_large_report_is_the_same_in_pieces(languages: str) -> None:
    shown = document(samples.many(200))
    for name, form in FORMATS.items():
        whole, pieces = form.render(shown, languages), list(form.pieces(shown, languages))
        assert "".join(pieces) == whole
        if name != "text":
            assert max(map(len, pieces)) < len(whole) / 20


CODE = """
import sys
from tests.reports import samples
from reports import FORMATS
from reports.document import document
shown = document(samples.mixed())
FORMATS["json"].render(shown)
FORMATS["text"].render(shown)
assert "jinja2" not in sys.modules, "loaded too early"
FORMATS["html"].render(shown)
assert "jinja2" in sys.modules
"""


def test_jinja2_loads_for_html_only() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_reports_never_touch_the_machine() -> None:
    code = "import sys, reports.document, reports.text, reports.json_v1, reports.html; print(sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    for module in ("'psutil'", "'scapy'", "'subprocess'", "'socket'", "'auditor.host'"):
        assert module not in loaded, module
