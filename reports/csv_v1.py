"""The document as one table for spreadsheets: a line for each judged path, control on the gateway, gap and more.

RFC 4180, in UTF-8 with a byte order mark so that Excel reads Chinese, and with no cell that a spreadsheet would
take for a formula. Columns are stable: some may be added at the end, none renamed (docs/report.md).
"""

import csv
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from io import StringIO
from typing import Any

from reports.csv_rows import COLUMNS, Row, rows
from reports.escape import visible

__all__ = ["COLUMNS", "pieces", "render"]

CELL_LIMIT_CHARACTERS = 32_000  # NOTE: Excel keeps 32,767 characters of a cell
_BYTE_ORDER_MARK = "\ufeff"
_LINES_A_PIECE = 200
# NOTE: where the list separator is a semicolon, Excel may cut a cell there, so what follows one is guarded too.
_FORMULA = re.compile(r"(^|[;；|])(\s*)(?=[=+\-@＝＋－＠﹢﹣﹫⁺⁻−])")


def render(document: dict[str, Any], languages: str = "both") -> str:
    """Return the table; texts are always in both languages, in columns of their own."""
    return "".join(pieces(document, languages))


def pieces(document: dict[str, Any], languages: str = "both") -> Iterator[str]:
    """Yield the same in groups of lines."""
    del languages
    buffer = StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    buffer.write(_BYTE_ORDER_MARK)
    writer.writerow(COLUMNS)
    for number, row in enumerate(rows(document), 1):
        writer.writerow(_cells(row))
        if number % _LINES_A_PIECE == 0:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def _cells(row: Row) -> list[str]:
    """Return one line in the order of the columns; what is not known or does not apply is an empty cell."""
    get = row.get
    return ["" if (value := get(column)) is None else _cell(value) for column in COLUMNS]


def _cell(value: object) -> str:
    """Return one cell: true and false, numbers, texts made safe, lists with semicolons."""
    if isinstance(value, str):
        return safe(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Iterable):
        return _cut("; ".join(safe(str(item)) for item in value))
    return str(value)


@lru_cache(maxsize=1 << 13)
def safe(text: str) -> str:
    """Return a text with everything invisible spelled out and an apostrophe before what would be a formula."""
    return _FORMULA.sub(r"\1\2'", visible(text))


def _cut(text: str) -> str:
    """Return a joined cell, cut where a spreadsheet would cut it without a word."""
    if len(text) <= CELL_LIMIT_CHARACTERS:
        return text
    return f"{text[:CELL_LIMIT_CHARACTERS]}… [+{len(text) - CELL_LIMIT_CHARACTERS}]"
