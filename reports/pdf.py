"""The report on paper: the HTML report with a style sheet for print, laid out by WeasyPrint (extra ``pdf``).

Nothing is fetched, neither from the network nor from a file, whatever the report holds. The layout takes a fifth
of a second and several megabytes for each connection, so the paper form shows at most OBJECTS_SHOWN of them in full,
the worst first, and says on its first page how many stand in report.json only. It runs in a child: what it
stumbles over costs the PDF and nothing else.
"""

from collections.abc import Iterator
from hashlib import sha256
from typing import Any, NoReturn

from auditor.apart import ApartError, bytes_of
from auditor.errors import InputError, OutputError
from reports import html
from reports.escape import visible
from reports.labels import both, say

OBJECTS_SHOWN = 60
COMPACT_ABOVE = 10
LIMIT_S = 180.0
"""The layout takes at most about 14 s (docs/report.md); on a slow gateway it may take ten times that."""
LINES_SHOWN = 200
LINE_SHOWN_CHARACTERS = 300
_OUR_WORDS = ("controls", "statements")
_CUT = (
    ("tunnels", OBJECTS_SHOWN),
    ("objects", OBJECTS_SHOWN),
    *((name, LINES_SHOWN) for name in ("blind_spots", "circuits", "waivers", "not_tunnels", "probes")),
)
_PIECE_BYTES = 1 << 18


def require() -> None:
    """Raise InputError where WeasyPrint, or the libraries of the system that it uses, are not installed."""
    try:
        import weasyprint  # noqa: F401 - heavy: half a second
    except ImportError:
        raise InputError(["format pdf: needs WeasyPrint: install auditor with the extra pdf, `auditor[pdf]`"]) from None
    except OSError:
        # NOTE: the package is there, the shared libraries that it loads with dlopen are not.
        raise InputError(
            ["format pdf: WeasyPrint lacks libraries of the system: install the Debian package libpangoft2-1.0-0"]
        ) from None


def pieces(document: dict[str, Any], languages: str = "both", *, json_sha256: str | None = None) -> Iterator[bytes]:
    """Yield the PDF; raises InputError as `require` does, OutputError where the layout fails."""
    require()
    from weasyprint import HTML

    shown = html.pieces(
        shortened(document), languages, json_sha256=json_sha256, paper=True, compact_above=COMPACT_ABOVE
    )
    page = "".join(shown)
    # NOTE: an identifier by content, since WeasyPrint's own would differ from run to run.
    identifier = sha256(page.encode("utf-8", "backslashreplace")).digest()[:16]

    def laid_out() -> bytes:
        laid: bytes = HTML(string=page, url_fetcher=_refuse, media_type="print").write_pdf(pdf_identifier=identifier)
        return laid

    try:
        content = bytes_of(laid_out, limit_s=LIMIT_S)
    except ApartError as error:
        raise OutputError(f"report.pdf: could not be laid out ({error})") from None
    for start in range(0, len(content), _PIECE_BYTES):
        yield content[start : start + _PIECE_BYTES]


def shortened(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document with long lists cut, and a notice for each that says how many there are."""
    cut = {name: document[name][:most] for name, most in _CUT if len(document[name]) > most}
    notices = [
        both(say("pdf.left_out", shown=len(entries), total=len(document[name]), what=say(f"section.{_SECTIONS[name]}")))
        for name, entries in cut.items()
    ]
    whole = {**document, **cut, "notices": [*notices, *document["notices"]]}
    return {name: value if name in _OUR_WORDS else _short(value) for name, value in whole.items()}


def _short(value: Any) -> Any:
    """Return `value` with each line of each text cut: lines without spaces take the layout time by their square."""
    if isinstance(value, str):
        if len(value) <= LINE_SHOWN_CHARACTERS:
            return value
        return "\n".join(visible(line, limit=LINE_SHOWN_CHARACTERS) for line in value.split("\n"))
    if isinstance(value, dict):
        return {key: _short(item) for key, item in value.items()}
    return [_short(item) for item in value] if isinstance(value, list) else value


_SECTIONS = {"tunnels": "connections", "probes": "coverage", **{name: name for name, _ in _CUT[1:-1]}}


def _refuse(url: str, *_: object, **__: object) -> NoReturn:
    """Refuse whatever a document would load; raises ValueError, which WeasyPrint takes for a missing picture."""
    raise ValueError(f"a report loads nothing: {url[:40]!r}")
