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

    `tells_digest` says that it names the SHA-256 of the report.json written beside it.
    `extra` names the optional dependencies that it needs (``pip install 'auditor[pdf]'``), None for none.
    """

    file: str
    module: str
    tells_digest: bool = False
    extra: str | None = None

    def require(self) -> None:
        """Raise InputError where what the format needs is not installed; worth asking before a scan begins."""
        if self.extra is not None:
            import_module(self.module).require()

    def render(self, document: dict[str, Any], languages: str = "both", json_sha256: str | None = None) -> str:
        """Return `document` (of `reports.document`) in this format; `languages` is both, en or zh."""
        told = {"json_sha256": json_sha256} if self.tells_digest else {}
        text: str = import_module(self.module).render(document, languages, **told)
        return text

    def pieces(
        self, document: dict[str, Any], languages: str = "both", json_sha256: str | None = None
    ) -> Iterator[str | bytes]:
        """Yield the same piece by piece, so that a large report is never in memory as a whole.

        A format that is no text (`pdf`) yields bytes, and cannot be rendered as one text.
        """
        told = {"json_sha256": json_sha256} if self.tells_digest else {}
        pieces: Iterator[str | bytes] = import_module(self.module).pieces(document, languages, **told)
        return pieces


FORMATS: dict[str, Format] = {
    "html": Format(file="report.html", module="reports.html", tells_digest=True),
    "json": Format(file="report.json", module="reports.json_v1"),
    "text": Format(file="report.txt", module="reports.text", tells_digest=True),
    "csv": Format(file="report.csv", module="reports.csv_v1"),
    "junit": Format(file="report.junit.xml", module="reports.junit"),
    "ocsf": Format(file="report.ocsf.ndjson", module="reports.ocsf"),
    "prometheus": Format(file="auditor.prom", module="reports.prometheus"),
    "markdown": Format(file="report.md", module="reports.markdown"),
    "pdf": Format(file="report.pdf", module="reports.pdf", tells_digest=True, extra="pdf"),
}
