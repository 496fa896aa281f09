"""Report formats: `FORMATS` is the list that the command line offers.

Each format's module loads when it is first used, so that a scan without HTML never loads jinja2.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One format: the name of the file it makes and the module that renders it.

    `extra` names the optional dependencies that it needs (``pip install 'auditor[pdf]'``), None for none.
    """

    file: str
    module: str
    extra: str | None = None

    def require(self) -> None:
        """Raise InputError where what the format needs is not installed; worth asking before a scan begins."""
        if self.extra is not None:
            import_module(self.module).require()

    def render(self, document: dict[str, Any], languages: str = "both") -> str:
        """Return `document` (of `reports.document`) in this format; `languages` is both, en or zh."""
        text: str = import_module(self.module).render(document, languages)
        return text

    def pieces(self, document: dict[str, Any], languages: str = "both") -> Iterator[str | bytes]:
        """Yield the same piece by piece, so that a large report is never in memory as a whole.

        A format that is no text (`pdf`) yields bytes, and cannot be rendered as one text.
        """
        pieces: Iterator[str | bytes] = import_module(self.module).pieces(document, languages)
        return pieces


FORMATS: dict[str, Format] = {
    "html": Format(file="report.html", module="reports.html"),
    "json": Format(file="report.json", module="reports.json_v1"),
    "text": Format(file="report.txt", module="reports.text"),
    "csv": Format(file="report.csv", module="reports.csv_v1"),
    "junit": Format(file="report.junit.xml", module="reports.junit"),
    "ocsf": Format(file="report.ocsf.ndjson", module="reports.ocsf"),
    "markdown": Format(file="report.md", module="reports.markdown"),
    "pdf": Format(file="report.pdf", module="reports.pdf", extra="pdf"),
}
