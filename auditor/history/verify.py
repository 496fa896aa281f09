"""Is every byte of the history what was recorded? The journal's chain, every scan, the reports of the newest one."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from auditor.history import journal, latest, signed, surveys
from auditor.history.files import measured
from auditor.history.finding import Finding
from auditor.history.records import RetentionRecord, ScanRecord, StoredFile
from auditor.history.store import file_name, numbers, survey_numbers
from auditor.model.judgement import Status
from auditor.model.text import Text


@dataclass(frozen=True, slots=True)
class Verified:
    """The result: scans whose bytes were checked, the digest at the end of the chain, and all findings.

    `signed` is how many records have a signature that is in order; None: nobody asked.
    """

    scans: int
    removed: int
    head: str | None
    findings: tuple[Finding, ...]
    signed: int | None = None

    @property
    def sound(self) -> bool:
        """Return whether nothing is at fault."""
        return not any(finding.fault for finding in self.findings)

    @property
    def status(self) -> Status:
        """Return critical for a fault, else unknown for what could not be checked, else warning for what asks."""
        if not self.sound:
            return Status.CRITICAL
        asked = {finding.asks for finding in self.findings}
        return next((status for status in (Status.UNKNOWN, Status.WARNING) if status in asked), Status.OK)


def verify(
    report_directory: Path, history: Path, trust: signed.Trust | None = None, expected: tuple[str, ...] = ()
) -> Verified:
    """Check the journal and the scans of `history`, and the files of its newest scan in `report_directory`.

    Signatures are checked against `trust`; for None only that none is missing. `expected` are digests of records,
    noted earlier, that must be in the chain. A file that cannot be read is a fault of its own. Raises OSError when
    the history cannot be read at all.
    """
    lines = list(journal.read(history))
    scans = {line.record.number: line.record for line in lines if isinstance(line.record, ScanRecord)}
    removed = {number for line in lines if isinstance(line.record, RetentionRecord) for number in line.record.numbers}
    findings = [*_chain(lines, removed), *_scans(history, scans, removed), *_strangers(history, scans, removed)]
    findings += _expected(lines, expected)
    if scans:
        findings += _written(report_directory, scans[max(scans)])
    findings += latest.findings(report_directory, lines)
    signatures = signed.check(history, lines, trust)
    head = lines[-1].digest if lines else None
    return Verified(
        len(scans.keys() - removed), len(removed), head, (*findings, *signatures.findings), signatures.in_order
    )


def _expected(lines: list[journal.Line], expected: tuple[str, ...]) -> Iterator[Finding]:
    """Yield which digests that were noted earlier are not in the chain."""
    known = {line.digest for line in lines if line.record is not None}
    for digest in expected:
        if digest not in known:
            yield Finding(
                journal.NAME,
                Text(
                    f"does not hold the record {digest}, noted earlier: its end was cut off, or it was rewritten",
                    f"没有此前记下的记录{digest}：末尾被截断，或日志被改写",
                ),
            )


def _chain(lines: list[journal.Line], removed: set[int]) -> Iterator[Finding]:
    """Yield what is wrong with the lines of the journal, whose retention records name the scans `removed`."""
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
                signed_and_kept = line.record.signed_by is not None and line.record.number not in removed
                asks = Status.WARNING if signed_and_kept else Status.OK
                yield Finding(where, _RECOVERED, fault=False, asks=asks)
            last = max(last, line.record.number)
        elif line.record is not None and any(number >= last for number in line.record.numbers):
            yield Finding(where, _NEWEST)


_RECOVERED = Text(
    "recorded by a later run: the agent was stopped after it had stored this scan",
    "由之后的运行补记：保存该扫描后代理被中止",
)
_NEWEST = Text("says that the newest scan was removed, which no rule does", "记录最新的扫描已删除，而保留规则从不如此")
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
        found = measured(directory / expected.name)
    except FileNotFoundError:
        yield Finding(expected.name, _GONE)
    except OSError as error:
        reason = error.strerror or "error"
        yield Finding(expected.name, Text(f"cannot be read: {reason}", f"无法读取：{reason}"))
    else:
        if found != (expected.size_bytes, expected.sha256):
            yield Finding(expected.name, _CHANGED)
