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
    """

    file: str
    module: str
    tells_digest: bool = False

    def render(self, document: dict[str, Any], languages: str = "both", json_sha256: str | None = None) -> str:
        """Return `document` (of `reports.document`) in this format; `languages` is both, en or zh."""
        told = {"json_sha256": json_sha256} if self.tells_digest else {}
        text: str = import_module(self.module).render(document, languages, **told)
        return text

    def pieces(
        self, document: dict[str, Any], languages: str = "both", json_sha256: str | None = None
    ) -> Iterator[str]:
        """Yield the same piece by piece, so that a large report is never in memory as a whole."""
        told = {"json_sha256": json_sha256} if self.tells_digest else {}
        pieces: Iterator[str] = import_module(self.module).pieces(document, languages, **told)
        return pieces


FORMATS: dict[str, Format] = {
    "html": Format(file="report.html", module="reports.html", tells_digest=True),
    "json": Format(file="report.json", module="reports.json_v1"),
    "text": Format(file="report.txt", module="reports.text", tells_digest=True),
}
