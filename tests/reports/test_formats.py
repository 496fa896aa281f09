"""The list of formats is what runs, every module of it loads when used, and heavy imports only for their format."""

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
        "csv": "report.csv",
        "junit": "report.junit.xml",
        "ocsf": "report.ocsf.ndjson",
        "prometheus": "auditor.prom",
        "markdown": "report.md",
        "pdf": "report.pdf",
    }


TEXTS = [name for name in FORMATS if name != "pdf"]


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("languages", ["both", "en", "zh"])
def test_every_format_renders_in_every_language(name: str, languages: str) -> None:
    written = FORMATS[name].render(document(samples.mixed()), languages)
    assert "tun0" in written
    assert written.endswith("\n")
    assert written.encode("utf-8")


@pytest.mark.parametrize("languages", ["both", "zh"])
def test_a_large_report_is_the_same_in_pieces(languages: str) -> None:
    shown = document(samples.many(200))
    for name in TEXTS:
        form = FORMATS[name]
        whole, pieces = form.render(shown, languages), list(form.pieces(shown, languages))
        assert "".join(map(str, pieces)) == whole
        if name not in ("text", "markdown"):
            assert max(map(len, pieces)) < max(len(whole) / 20, 1 << 20)


CODE = """
import sys
from tests.reports import samples
from reports import FORMATS
from reports.document import document
shown = document(samples.mixed())
for name in ("json", "text", "csv", "junit", "ocsf", "markdown"):
    FORMATS[name].require()
    FORMATS[name].render(shown)
assert "jinja2" not in sys.modules, "loaded too early"
FORMATS["html"].render(shown)
assert "jinja2" in sys.modules
assert "weasyprint" not in sys.modules, "loaded too early"
"""


def test_heavy_imports_load_for_their_format_only() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_reports_never_touch_the_machine() -> None:
    modules = ", ".join(FORMATS[name].module for name in FORMATS)  # NOTE: pdf loads WeasyPrint when it is used
    code = f"import sys, reports.document, reports.stored, {modules}; print(sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    for module in ("'psutil'", "'scapy'", "'subprocess'", "'socket'", "'auditor.host'"):
        assert module not in loaded, module
