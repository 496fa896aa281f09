"""The summary of the last scan, seen from the history: does it speak of the newest record?"""

from collections.abc import Iterator
from pathlib import Path

from auditor.check.summary import MAX_BYTES, NAME, Summary, Unfit, from_bytes
from auditor.history.files import beginning
from auditor.history.finding import Finding
from auditor.history.journal import Line
from auditor.history.records import ScanRecord
from auditor.model.text import Text

_OF_RECORD = ("number", "file", "sha256", "status")


def findings(report_directory: Path, lines: list[Line]) -> Iterator[Finding]:
    """Yield what is wrong with the summary: damaged, of a record that is gone, or not saying what its record says."""
    try:
        summary = from_bytes(beginning(report_directory / NAME, MAX_BYTES + 1))
    except FileNotFoundError:
        if any(isinstance(line.record, ScanRecord) for line in lines):
            yield Finding(NAME, _MISSING, fault=False)
        return
    except OSError as error:
        reason = error.strerror or "error"
        yield Finding(NAME, Text(f"cannot be read: {reason}", f"无法读取：{reason}"))
        return
    except Unfit:
        yield Finding(NAME, _DAMAGED)
        return
    yield from _compared(summary, [line for line in lines if isinstance(line.record, ScanRecord)])


def _compared(summary: Summary, scans: list[Line]) -> Iterator[Finding]:
    """Yield what the summary says otherwise than the records of scans."""
    line = next((line for line in scans if line.digest == summary.values.get("record")), None)
    if line is None or not isinstance(line.record, ScanRecord):
        yield Finding(NAME, _CUT)
        return
    if any(summary.values.get(name) != str(getattr(line.record, name)) for name in _OF_RECORD):
        yield Finding(NAME, _OTHERWISE)
    if line is not scans[-1]:
        yield Finding(NAME, _STOPPED, fault=False)


_MISSING = Text("there is none: it was removed, or no scan was ever finished", "不存在：已被删除，或从未有扫描完成")
_DAMAGED = Text("damaged: its digest does not fit", "已损坏：摘要不符")
_CUT = Text(
    "its scan is not in the journal: the end of the journal was cut off, or one of the two was replaced",
    "日志中没有它所指的扫描：日志末尾被截断，或两者之一被替换",
)
_OTHERWISE = Text("does not say what the record of its scan says", "与其扫描记录的内容不一致")
_STOPPED = Text(
    "is of an earlier scan: the newest one was stopped before it was finished",
    "属于较早的扫描：最新一次扫描在完成前被中止",
)
