"""The files of one scan belong together: HTML and text tell the SHA-256 of the JSON written with them."""

import subprocess
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from auditor.history.store import opened
from auditor.model.register import HistorySettings
from auditor.publish import publish
from reports import FORMATS
from reports.document import document
from tests.reports import samples
from tests.reports.page import Page
from tests.reports.sample_register import NOW


def write(
    directory: Path, formats: tuple[str, ...], shown: dict[str, Any], languages: str
) -> tuple[list[str], str | None]:
    made = {FORMATS[name].file: partial(FORMATS[name].pieces, shown, languages) for name in formats}
    with opened(directory, NOW) as store:
        published = publish(shown, made, directory, store, HistorySettings(), NOW)
    return [path.name for path in published.paths], published.json_sha256


ORDERS = (("html", "text", "json"), ("json", "html", "text"))


@pytest.mark.parametrize("formats", ORDERS)
def test_the_digest_is_that_of_the_file(tmp_path: Path, formats: tuple[str, ...]) -> None:
    written, digest = write(tmp_path, formats, document(samples.mixed()), "both")
    assert set(written) == {"report.html", "report.json", "report.txt"}
    said = subprocess.run(["sha256sum", tmp_path / "report.json"], capture_output=True, text=True, check=True).stdout
    assert said.split()[0] == digest == sha256((tmp_path / "report.json").read_bytes()).hexdigest()
    page = Page((tmp_path / "report.html").read_text("utf-8"))
    assert digest in page.one("footer").words
    assert digest in page.one("section", id="provenance").words
    assert f"SHA-256 of report.json: {digest}" in (tmp_path / "report.txt").read_text("utf-8")


def test_without_json_that_is_said(tmp_path: Path) -> None:
    written, digest = write(tmp_path, ("html", "text"), document(samples.nothing()), "both")
    assert (len(written), digest) == (2, None)
    page = Page((tmp_path / "report.html").read_text("utf-8"))
    for part in (page.one("footer"), page.one("section", id="provenance")):
        assert "No report.json was written with this file." in part.words
    assert "No report.json was written with this." in (tmp_path / "report.txt").read_text("utf-8")


def test_every_moment_has_its_zone(tmp_path: Path) -> None:
    write(tmp_path, ("html",), document(samples.mixed()), "en")
    assert (
        "Days and times are those of Asia/Shanghai." in Page((tmp_path / "report.html").read_text()).one("footer").words
    )
