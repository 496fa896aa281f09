"""Is every byte of the history what was recorded? The journal's chain, every scan, the reports of the newest one."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from auditor.history import journal, surveys
from auditor.history.records import RetentionRecord, ScanRecord, StoredFile
from auditor.history.store import file_name, numbers, survey_numbers
from auditor.model.text import Text

_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found: the file, what of it, and whether it is a fault (else a remark that explains itself)."""

    file: str
    says: Text
    fault: bool = True


@dataclass(frozen=True, slots=True)
class Verified:
    """The result: scans whose bytes were checked, the digest at the end of the chain, and all findings."""

    scans: int
    removed: int
    head: str | None
    findings: tuple[Finding, ...]

    @property
    def sound(self) -> bool:
        """Return whether nothing is at fault."""
        return not any(finding.fault for finding in self.findings)


def verify(report_directory: Path, history: Path) -> Verified:
    """Check the journal and the scans of `history`, and the files of its newest scan in `report_directory`.

    A file that cannot be read is a fault of its own. Raises OSError when the history cannot be read at all.
    """
    lines = list(journal.read(history))
    scans = {line.record.number: line.record for line in lines if isinstance(line.record, ScanRecord)}
    removed = {number for line in lines if isinstance(line.record, RetentionRecord) for number in line.record.numbers}
    findings = [*_chain(lines), *_scans(history, scans, removed), *_strangers(history, scans, removed)]
    if scans:
        findings += _written(report_directory, scans[max(scans)])
    head = lines[-1].digest if lines else None
    return Verified(len(scans.keys() - removed), len(removed), head, tuple(findings))


def _chain(lines: list[journal.Line]) -> Iterator[Finding]:
    """Yield what is wrong with the lines of the journal."""
    last = 0
    for line in lines:
        where = f"{journal.NAME}:{line.number}"
        if line.wrong is not None:
            yield Finding(where, Text(f"damaged: {line.wrong}", "已损坏：不是有效的记录"))
            continue
        if not line.chained:
            yield Finding(
                where,
                Text(
                    "does not follow from the line before: one of the two was changed, or lines are missing",
                    "与上一行不衔接：其中一行被改动，或有行缺失",
                ),
            )
        if isinstance(line.record, ScanRecord):
            if line.record.number <= last:
                yield Finding(where, Text("a number that was used before", "编号重复"))
            if line.record.recovered:
                yield Finding(where, _RECOVERED, fault=False)
            last = max(last, line.record.number)


_RECOVERED = Text(
    "recorded by a later run: the agent was stopped after it had stored this scan",
    "由之后的运行补记：保存该扫描后代理被中止",
)
_GONE = Text("missing: it was recorded, and not removed by the retention rules", "缺失：已有记录，且非按保留规则删除")
_CHANGED = Text("its bytes are not the ones that were recorded", "内容与记录不一致")
_NOT_RECORDED = Text("no line of the journal records it", "日志中没有该文件的记录")
_NOT_REMOVED = Text("recorded as removed, and still there", "记录为已删除，但仍然存在")


def _scans(history: Path, scans: dict[int, ScanRecord], removed: set[int]) -> Iterator[Finding]:
    """Yield what is wrong with the scans that should be there."""
    for number, record in sorted(scans.items()):
        if number not in removed:
            whole = StoredFile(name=record.file, size_bytes=record.size_bytes, sha256=record.sha256)
            yield from _file(history, whole)
            if record.survey is not None:
                yield from _file(history, record.survey)


def _strangers(history: Path, scans: dict[int, ScanRecord], removed: set[int]) -> Iterator[Finding]:
    """Yield files of scans, and of what they observed, that no record explains."""
    for number in survey_numbers(history):
        if number in removed:
            yield Finding(surveys.file_name(number), _NOT_REMOVED)
        elif number not in scans or scans[number].survey is None:
            yield Finding(surveys.file_name(number), _NOT_RECORDED)
    for number in numbers(history):
        if number in removed:
            yield Finding(file_name(number), _NOT_REMOVED)
        elif number not in scans:
            yield Finding(file_name(number), _NOT_RECORDED)


def _written(report_directory: Path, newest: ScanRecord) -> Iterator[Finding]:
    """Yield what is wrong with the reports written with the newest scan."""
    for file in newest.written:
        yield from _file(report_directory, file)


def _file(directory: Path, expected: StoredFile) -> Iterator[Finding]:
    """Yield what is wrong with one file; links are not followed."""
    try:
        found = _digest(directory / expected.name)
    except FileNotFoundError:
        yield Finding(expected.name, _GONE)
    except OSError as error:
        reason = error.strerror or "error"
        yield Finding(expected.name, Text(f"cannot be read: {reason}", f"无法读取：{reason}"))
    else:
        if found != (expected.size_bytes, expected.sha256):
            yield Finding(expected.name, _CHANGED)


def _digest(path: Path) -> tuple[int, str]:
    """Return length and SHA-256 of a regular file; raises OSError."""
    digest, size = sha256(), 0
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb", buffering=0) as stream:
        while block := stream.read(_BLOCK_BYTES):
            size += len(block)
            digest.update(block)
    return size, digest.hexdigest()
