"""Is every record signed that should be, and by whom it should be? What stands in the journal decides which.

A record that is to be signed says by which key, so a signature taken away is missed; a record without one among signed
ones, or one signed late, asks a person to look: nothing shows that this gateway wrote it.
"""

import os
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from auditor.errors import InputError
from auditor.guidance.factsfile import shown
from auditor.history import journal, keygen, signatures, signing, sshsig
from auditor.history.finding import Finding
from auditor.history.journal import Line
from auditor.history.keygen import KeygenError
from auditor.history.records import Record
from auditor.history.signing import Signer
from auditor.model.judgement import Status
from auditor.model.text import Text

_MOST_ALLOWED_BYTES = 1 << 20
_TRIAL = b"auditor\n"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,99}")


@dataclass(frozen=True, slots=True)
class Trust:
    """Who may sign: the bytes of a list of allowed signers, and a name in it; both None: any key will do."""

    allowed: bytes | None = None
    signer: str | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found, and how many records have a signature in order (None: nobody asked)."""

    findings: tuple[Finding, ...]
    in_order: int | None


def trust(allowed_signers: str, signer: str) -> Trust:
    """Return the trust that a file of allowed signers and a name in it make; raises InputError."""
    if not _NAME.fullmatch(signer):
        raise InputError([f"--signer: {shown(signer, 60)} is not the name of a signer, such as sh-gw-1"])
    try:
        with Path(allowed_signers).open("rb") as stream:
            data = stream.read(_MOST_ALLOWED_BYTES + 1) if Path(allowed_signers).is_file() else b""
        found = sshsig.signers(data)
    except (OSError, ValueError) as error:
        words = getattr(error, "strerror", None) or "not a usable path"
        raise InputError([f"{shown(allowed_signers, 300)}: cannot be read: {words}"]) from None
    except sshsig.FormError as error:
        raise InputError([f"{shown(allowed_signers, 300)}:{error}"]) from None
    if not found or len(data) > _MOST_ALLOWED_BYTES:
        raise InputError([f"{shown(allowed_signers, 300)}: names no signer"])
    return Trust(data, signer)


def accepts(trust: Trust, signer: Signer, namespace: str) -> bool:
    """Return whether a signature that `signer` makes now for `namespace` is accepted; raises KeygenError."""
    made = signer.sign(_TRIAL, namespace)
    return (
        made is not None
        and trust.allowed is not None
        and keygen.accepted(_TRIAL, made, namespace, allowed=trust.allowed, signer=trust.signer or "", at=None)
    )


def check(history: Path, lines: list[Line], trust: Trust | None) -> Checked:
    """Return what is wrong with the signatures in `history`; against no `trust` only which are missing or too many.

    Raises OSError when the directory cannot be read.
    """
    present = {signatures.digest_of(name) or name for name in signatures.names(history)}
    known = {line.digest for line in lines if line.record is not None}
    findings = [Finding(signatures.file_name(name), _OF_NOTHING) for name in sorted(present - known)]
    findings += _missing(lines, present, strict=trust is not None and trust.allowed is not None)
    if trust is None:
        return Checked(tuple(findings), None)
    told = [line for line in lines if line.record is not None and line.digest in present]
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        found = list(pool.map(lambda line: _judged(history, line, trust), told))
    wrong = [finding for finding in found if finding is not None]
    in_order = len(found) - sum(finding.fault or finding.asks is Status.UNKNOWN for finding in wrong)
    return Checked((*findings, *wrong), in_order)


def _missing(lines: list[Line], present: set[str], *, strict: bool) -> Iterator[Finding]:
    """Yield the records that lack a signature; those that never were to have one only if `strict`."""
    signed = [i for i, line in enumerate(lines) if line.digest in present and line.record is not None]
    stated = [i for i, line in enumerate(lines) if line.record is not None and line.record.signed_by is not None]
    first = min([*signed[:1], *stated[:1]], default=len(lines))
    last = max(signed, default=-1)
    if strict and not signed:
        yield Finding(journal.NAME, _NONE_AT_ALL)
    elif strict and first:
        before = Text(
            f"{first} record(s) are from before the first signature: for them stands only that those behind them are"
            " chained to them",
            f"有{first}条记录早于首个签名：只有其后记录的链接为其作证",
        )
        yield Finding(journal.NAME, before, fault=False)
    for i in range(max(first, signatures.first_needed(lines)), len(lines)):
        line, where = lines[i], f"{journal.NAME}:{lines[i].number}"
        if line.record is None or line.digest in present:
            continue
        if line.record.signed_by is not None:
            yield Finding(signatures.file_name(line.digest), _TAKEN)
        elif strict and i < last:
            yield Finding(where, _UNSIGNED, fault=False, asks=Status.WARNING)
        elif strict and signed:
            yield Finding(where, _UNSIGNED_END)


def _judged(history: Path, line: Line, trust: Trust) -> Finding | None:
    """Return what is to be said of one signature, None if it is in order."""
    name = signatures.file_name(line.digest)
    if line.record is None:
        return None
    try:
        data = signatures.read(history, line.digest)
        made = sshsig.parsed(data)
        says = _wrong(line.record, data, made, trust)
    except sshsig.FormError:
        return Finding(name, _DAMAGED)
    except OSError as error:
        reason = error.strerror or "error"
        return Finding(name, Text(f"cannot be read: {reason}", f"无法读取：{reason}"))
    except KeygenError as error:
        could_not = Text(f"could not be checked: {error.says.en}", f"无法核验：{error.says.zh}")
        return Finding(name, could_not, fault=False, asks=Status.UNKNOWN)
    if says is None and made.namespace == signing.LATE:
        return Finding(name, _LATE, fault=False, asks=Status.WARNING)
    return None if says is None else Finding(name, says)


def _wrong(record: Record, data: bytes, made: sshsig.Signature, trust: Trust) -> Text | None:
    """Return what is wrong with a signature of `record`, None if nothing is; raises KeygenError."""
    if made.namespace not in (signing.RECORD, signing.LATE):
        return _OTHER_PURPOSE
    signed = signatures.message(record)
    accepted = trust.allowed is not None and keygen.accepted(
        signed, data, made.namespace, allowed=trust.allowed, signer=trust.signer or "", at=_moment(record)
    )
    if not accepted and not keygen.fits(signed, data, made.namespace):
        return _NOT_FITTING
    if record.signed_by not in (None, made.fingerprint):
        return Text(
            f"made with the key {made.fingerprint}, not the one that the record names",
            f"由密钥{made.fingerprint}签署，而非记录所列的密钥",
        )
    if trust.allowed is not None and not accepted:
        return Text(
            f"made by another: {made.fingerprint} is no key of {trust.signer} at that time in the allowed signers",
            f"由他人签署：在允许的签署者中，{made.fingerprint}当时不是{trust.signer}的密钥",
        )
    return None


def _moment(record: Record) -> str | None:
    """Return when a record was stored as `ssh-keygen` takes it, None if it does not say."""
    try:
        return datetime.fromisoformat(record.stored_at).astimezone(UTC).strftime("%Y%m%d%H%M%S")
    except (ValueError, OverflowError):
        return None


_OF_NOTHING = Text(
    "a signature of no record of the journal: its end was cut off, or it was rewritten",
    "日志中没有该签名所对应的记录：末尾被截断，或日志被改写",
)
_NONE_AT_ALL = Text("no record is signed, though signatures are asked for", "没有任何记录带有签名，而签名是必需的")
_TAKEN = Text(
    "missing: the record says that it is signed; the signature was removed, or the run was stopped before it",
    "缺失：记录注明已签名；签名被删除，或运行在签名前被中止",
)
_UNSIGNED = Text("not signed, though records before it are", "未签名，而此前的记录均已签名")
_UNSIGNED_END = Text(
    "not signed, though records before it are, and no signed record follows",
    "未签名，而此前的记录均已签名，且其后没有已签名的记录",
)
_DAMAGED = Text("damaged: no SSH signature", "已损坏：不是SSH签名")
_OTHER_PURPOSE = Text("made for another purpose than this history", "签名用途与扫描历史不符")
_NOT_FITTING = Text("does not fit its record: one of the two was changed", "与其记录不符：两者之一被改动")
_LATE = Text(
    "signed by a later run than the one that wrote the record, which was stopped before it signed",
    "由之后的运行补签：写入该记录的运行在签名前被中止",
)
