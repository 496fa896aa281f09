"""Tunnels seen in packets as text, JSON and CSV."""

import json
import time
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from auditor.cli.page import Page
from auditor.model.counts import SMALLEST_TOLD, told
from auditor.model.text import Text
from auditor.packets.capture import Capture
from auditor.packets.details import words as details_in_words
from auditor.packets.protocols import protocols
from auditor.packets.tunnel import Tunnel

_CERTAINTY = {"high": Text("high", "高"), "medium": Text("medium", "中"), "low": Text("low", "低")}
_COLUMNS = (
    "technology",
    "src",
    "dst",
    "sport",
    "dport",
    "transport",
    "packets",
    "bytes",
    "first_seen",
    "last_seen",
    "confidence",
    "evidence",
    "details",
)
_LISTS = ("evidence", "details")
_LONGEST_NAME = 400
_SECOND_US = 1_000_000
_LAST_YEAR = 9999
_TO_SECONDS = len("1970-01-01T00:00:00")
_WITNESS = Text(
    "Packets are a witness: they raise questions and decide nothing. What is not seen may be there all the same.",
    "数据包仅作旁证：可以提出疑问，不能作出结论。未见到隧道不等于没有隧道。",
)


class Shown(NamedTuple):
    """One capture and what it is called."""

    file: str
    capture: Capture


class Writer(Protocol):
    """A form of output: captures are added one after the other."""

    def add(self, one: Shown) -> None:
        """Write one capture."""

    def end(self) -> None:
        """Write what comes last."""


class _Json:
    """One JSON object a line for each capture."""

    def __init__(self, _language: str) -> None:
        """Evidence is in both languages, whatever the language."""

    def add(self, one: Shown) -> None:
        """Print one capture."""
        print(json.dumps(document(one), ensure_ascii=False), flush=True)

    def end(self) -> None:
        """Print nothing more."""


class _Csv:
    """One line for each tunnel, the file's name first."""

    def __init__(self, language: str) -> None:
        """Begin with the names of the columns."""
        self._language = language
        self._row(("file", *_COLUMNS))

    def add(self, one: Shown) -> None:
        """Print one capture's tunnels."""
        for tunnel in one.capture.tunnels:
            entry = _entry(tunnel)
            entry["details"] = [words._asdict() for words in details_in_words.lines(tunnel)]
            for column in _LISTS:
                words = [text["zh" if self._language == "zh" else "en"] for text in entry[column]]
                entry[column] = ("；" if self._language == "zh" else "; ").join(words)
            values = ("" if entry[column] is None else entry[column] for column in _COLUMNS)
            self._row((printable(one.file), *values))

    def end(self) -> None:
        """Print nothing more."""

    def _row(self, values: tuple[Any, ...]) -> None:
        """Print one line (RFC 4180)."""
        import csv
        import io

        line = io.StringIO()
        csv.writer(line, lineterminator="").writerow(values)
        print(line.getvalue())


class _Text:
    """For people: a table of tunnels with the evidence of each below."""

    def __init__(self, language: str) -> None:
        """Write in `language` (en, zh or both)."""
        self._language = language

    def add(self, one: Shown) -> None:
        """Print one capture."""
        page, tunnels = Page(self._language), one.capture.tunnels
        name, count = printable(one.file), len(tunnels)
        page.line(Text(f"{name}: tunnels seen: {count}", f"{name}：见到的隧道：{count}"))
        for problem in (*one.capture.problems, *one.capture.notes):
            page.line(problem, indent=2)
        if tunnels:
            self._table(page, tunnels)
        self._others(page, one.capture)
        page.print()

    def end(self) -> None:
        """Print what such a table is worth."""
        page = Page(self._language)
        page.line(_WITNESS)
        page.print()

    def _table(self, page: Page, tunnels: tuple[Tunnel, ...]) -> None:
        """Add a line for each of `tunnels`, and below it what it is recognised by."""
        languages = ("en", "zh") if self._language == "both" else (self._language,)
        heads = [tuple(getattr(title, language) for title in _TITLES) for language in languages]
        cells = [_cells(tunnel) for tunnel in tunnels]
        widths = [max(_columns(row[place]) for row in (*heads, *cells)) for place in range(len(_TITLES))]
        for head in heads:
            page.raw(_line(head, widths))
        for tunnel, row in zip(tunnels, cells, strict=True):
            page.raw(_line(row, widths))
            self._evidence(page, tunnel)

    def _others(self, page: Page, capture: Capture) -> None:
        """Add what was seen between ends whose addresses are not told."""
        seen = [(protocols()[name].name, _fewer(count)) for name, count in sorted((capture.others or {}).items())]
        if seen:
            en = ", ".join(f"{name.en} ({count.en})" for name, count in seen)
            zh = "、".join(f"{name.zh}（{count.zh}）" for name, count in seen)
            page.line(
                Text(
                    f"between others, or with clients of this gateway's servers, of whom no address is told: {en}",
                    f"其他主机之间，或本网关服务器与其客户端之间（不显示地址）：{zh}",
                ),
                indent=2,
            )

    def _evidence(self, page: Page, tunnel: Tunnel) -> None:
        """Add what a tunnel is recognised by."""
        protocol, sure = protocols()[tunnel.protocol], _CERTAINTY[tunnel.confidence]
        page.line(Text(f"{protocol.name.en}, confidence {sure.en}", f"{protocol.name.zh}，可信程度{sure.zh}"), indent=6)
        for words in (*protocol.evidence(tunnel.signs, tunnel.alike), *details_in_words.lines(tunnel)):
            page.line(words, indent=8)


_TITLES = (
    Text("technology", "技术"),
    Text("from", "起点"),
    Text("to", "终点"),
    Text("over", "承载"),
    Text("packets", "数据包"),
    Text("bytes", "字节"),
    Text("first seen (UTC)", "首次见到（UTC）"),
    Text("last seen (UTC)", "最后见到（UTC）"),
)
FORMATS: dict[str, Callable[[str], Writer]] = {"text": _Text, "json": _Json, "csv": _Csv}


def document(one: Shown) -> dict[str, Any]:
    """Return what `--format json` prints of one capture."""
    return {
        "file": printable(one.file),
        "tunnels": [_entry(tunnel) for tunnel in one.capture.tunnels],
        "complete": not one.capture.problems,
        "problems": [problem._asdict() for problem in one.capture.problems],
        "notes": [note._asdict() for note in one.capture.notes],
    } | ({} if one.capture.others is None else {"others": _others(one.capture)})


def _others(capture: Capture) -> list[dict[str, Any]]:
    """Return how many tunnels of each technology were seen between ends that are not the gateway's."""
    return [{"technology": name, "tunnels": told(count)} for name, count in sorted((capture.others or {}).items())]


def _fewer(count: int) -> Text:
    """Return a number of other people's tunnels as it may be told (guidance section 9)."""
    return Text(told(count), f"少于{SMALLEST_TOLD}" if count < SMALLEST_TOLD else str(count))


def _entry(tunnel: Tunnel) -> dict[str, Any]:
    """Return one tunnel; `report_technology` is what a scan's report calls the technology that it belongs to."""
    protocol = protocols()[tunnel.protocol]
    return {
        "technology": tunnel.protocol,
        "report_technology": protocol.technology,
        "src": tunnel.src,
        "dst": tunnel.dst,
        "sport": tunnel.sport,
        "dport": tunnel.dport,
        "transport": tunnel.transport,
        "packets": tunnel.packets,
        "bytes": tunnel.bytes,
        "first_seen": _time(tunnel.first_s),
        "last_seen": _time(tunnel.last_s),
        "confidence": tunnel.confidence.value,
        "evidence": [words._asdict() for words in protocol.evidence(tunnel.signs, tunnel.alike)],
        "details": [
            {"kind": one.kind, "from": one.sender or None, "value": one.value, **details_in_words.text(one)._asdict()}
            for one in tunnel.details
        ],
    }


def _cells(tunnel: Tunnel) -> tuple[str, ...]:
    """Return one line of the table."""
    return (
        tunnel.protocol,
        _end(tunnel.src, tunnel.sport),
        _end(tunnel.dst, tunnel.dport),
        tunnel.transport,
        f"{tunnel.packets:,}",
        f"{tunnel.bytes:,}",
        (_time(tunnel.first_s) or "-")[:_TO_SECONDS],
        (_time(tunnel.last_s) or "-")[:_TO_SECONDS],
    )


def _columns(text: str) -> int:
    """Return how many columns of a terminal `text` takes: two for a wide character (Unicode annex 11)."""
    if text.isascii():
        return len(text)
    from unicodedata import east_asian_width

    return sum(2 if east_asian_width(char) in "WF" else 1 for char in text)


def _line(cells: tuple[str, ...], widths: list[int]) -> str:
    """Return one line of a table whose columns are `widths` wide."""
    padded = (cell + " " * (width - _columns(cell)) for cell, width in zip(cells, widths, strict=True))
    return "  " + "  ".join(padded).rstrip()


def _end(address: str, port: int | None) -> str:
    """Return an address with its port, in brackets if the address has colons itself."""
    if port is None:
        return address
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def printable(name: str) -> str:
    """Return a file's name as it can be shown: what cannot be printed as escapes, of a long one the end."""
    text = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in name)
    return text if len(text) <= _LONGEST_NAME else "..." + text[-_LONGEST_NAME:]


def _time(at_s: float) -> str | None:
    """Return Unix time as ISO 8601 in UTC; None where the capture has no time, or an impossible one."""
    if at_s <= 0:
        return None
    try:
        more_s, fraction_us = divmod(round((at_s - int(at_s)) * _SECOND_US), _SECOND_US)
        year, *rest = time.gmtime(int(at_s) + more_s)[:6]  # NOTE: datetime takes 2 ms to load
    except (ValueError, OverflowError, OSError):
        return None
    if year > _LAST_YEAR:
        return None
    return "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}+00:00".format(year, *rest, fraction_us)
