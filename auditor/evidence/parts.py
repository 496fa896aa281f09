"""What goes into the evidence of one scan, and what is left out with the reason."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any

from auditor.errors import InputError, SourceError
from auditor.evidence.folder import Folder
from auditor.guidance.privacy import forbidden_fields
from auditor.history import journal, signatures
from auditor.history.files import beginning, measured
from auditor.history.reading import parse
from auditor.history.records import ScanRecord, StoredFile, digest, to_line
from auditor.history.signed import Trust
from auditor.host import Host
from auditor.model.text import Text
from reports import FORMATS

_BLOCK_BYTES = 1 << 18
_DIGEST = re.compile(r"[0-9a-f]{64}")
JSON, HTML, RECORD, ALLOWED = "report.json", "report.html", "record", "allowed_signers"
SURVEY = "survey.json.gz"
GUIDANCE = {"controls": "guidance/controls.toml", "sources": "guidance/sources.toml"}
COMPANY = {"config": "auditor.toml", "register": "register.toml"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to pack: the scan, who may sign, languages of a report made anew (None: the original, if it is there).

    `places` are where configuration and register are now, by their names in the report; otherwise where they were.
    """

    directory: Path
    history: Path
    record: ScanRecord
    trust: Trust
    languages: str | None
    places: dict[str, str | None]


def fill(folder: Folder, wanted: Wanted) -> dict[str, Any]:
    """Put everything but instructions and manifest into `folder`; return the document of the scan.

    Raises InputError where the stored scan is not the recorded one, OSError.
    """
    content = _scan(wanted)
    document = parse(content, wanted.record.file).document
    folder.put(JSON, _JSON, [content])
    _survey(folder, wanted)
    _html(folder, wanted, content)
    for name, called in COMPANY.items():
        _company(folder, called, document.get(name), wanted.places.get(name))
    for name, path in GUIDANCE.items():
        _guidance(folder, name, path, document)
    folder.put(RECORD, _RECORD, [to_line(wanted.record) + b"\n"])
    folder.put(journal.NAME, _JOURNAL, _blocks(wanted.history / journal.NAME))
    _signatures(folder, wanted)
    return document


def _scan(wanted: Wanted) -> bytes:
    """Return the bytes of the stored scan; raises InputError unless they are the recorded ones, OSError."""
    path, record = wanted.history / wanted.record.file, wanted.record
    content = beginning(path, record.size_bytes + 1)
    if (len(content), sha256(content).hexdigest()) != (record.size_bytes, record.sha256):
        raise _changed(path)
    return content


def _survey(folder: Folder, wanted: Wanted) -> None:
    """Put in what the scan observed; raises InputError unless it is what was recorded, OSError."""
    recorded = wanted.record.survey
    if recorded is None or not (path := wanted.history / recorded.name).exists():
        folder.leave_out(SURVEY, _NO_SURVEY)
        return
    part = folder.put(SURVEY, _SURVEY, _blocks(path))
    if (part.size_bytes, part.sha256) != (recorded.size_bytes, recorded.sha256):
        raise _changed(path)


def _changed(path: Path) -> InputError:
    """Return that a stored file is not the recorded one."""
    return InputError([f"{path}: its bytes are not the ones that were recorded (auditor verify)"])


def _html(folder: Folder, wanted: Wanted, content: bytes) -> None:
    """Put in the HTML report: the one written with the scan if it is still there, else one made of the stored scan."""
    path, written = wanted.directory / HTML, {file.name: file for file in wanted.record.written}
    if wanted.languages is None and HTML in written and _is(path, written[HTML]):
        if folder.put(HTML, ORIGINAL, _blocks(path)).sha256 != written[HTML].sha256:
            raise InputError([f"{path}: was replaced while it was read; a scan has ended meanwhile: try again"])
        return
    from reports import stored  # NOTE: templates and texts load only on this way

    try:
        document = stored.read(content, wanted.record.file)
    except InputError as error:
        why = error.problems[0]
        folder.leave_out(HTML, Text(f"cannot be made by this release: {why}", f"本版本无法生成：{why}"))
        return
    folder.put(HTML, _HTML_AGAIN, FORMATS["html"].pieces(document, wanted.languages or "both", wanted.record.sha256))


def _is(path: Path, file: StoredFile) -> bool:
    """Return whether the file at `path` is the recorded one."""
    try:
        return measured(path) == (file.size_bytes, file.sha256)
    except OSError:
        return False


def _blocks(path: Path) -> Iterator[bytes]:
    """Yield a file block by block."""
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK_BYTES):
            yield block


def _company(folder: Folder, called: str, stated: object, place: str | None) -> None:
    """Put in one of the company's files if it still is what the scan read, and holds nothing that looks secret."""
    stated = stated if isinstance(stated, dict) else {}
    path, then = place or stated.get("path"), stated.get("sha256")
    if not isinstance(path, str) or not isinstance(then, str) or not _DIGEST.fullmatch(then):
        folder.leave_out(called, _HAD_NONE)
        return
    try:
        content = Host().read(path)
    except (SourceError, ValueError) as error:
        words = error.detail if isinstance(error, SourceError) else "not a usable path"
        folder.leave_out(called, Text(f"cannot be read now: {words}", f"现在无法读取：{words}"))
        return
    if (now := sha256(content).hexdigest()) != then:
        changed = f"SHA-256 {then} -> {now}"
        folder.leave_out(called, Text(f"has changed since the scan: {changed}", f"扫描之后已有改动：{changed}"))
    elif _looks_secret(content):
        folder.leave_out(called, _SECRET)
    else:
        folder.put(called, _COMPANY[called], [content])


def _looks_secret(content: bytes) -> bool:
    """Return whether any line of a TOML file looks like a secret; keys that it registers as public ones are none."""
    text = content.decode("utf-8", "replace")
    try:
        public = list(_named(tomllib.loads(text), "wireguard_public_keys"))
    except (tomllib.TOMLDecodeError, RecursionError):
        return True
    return bool(forbidden_fields({"public_key": public, "text": text.splitlines()}))


def _named(value: Any, name: str) -> Iterator[str]:
    """Yield the texts of every list called `name` anywhere below `value`."""
    for key, item in value.items() if isinstance(value, dict) else ():
        if key == name and isinstance(item, list):
            yield from (each for each in item if isinstance(each, str))
        for below in item if isinstance(item, list) else [item]:
            yield from _named(below, name)


def _guidance(folder: Folder, name: str, path: str, document: dict[str, Any]) -> None:
    """Put in a file of the guidance if this release still has the one by which the scan was judged."""
    content = files("auditor").joinpath(path).read_bytes()
    stated = document["versions"].get("data_sets")
    sets = [each for each in stated if isinstance(each, dict)] if isinstance(stated, list) else []
    if sha256(content).hexdigest() in [each.get("sha256") for each in sets if each.get("name") == name]:
        folder.put(path, _GUIDANCE[name], [content])
    else:
        folder.leave_out(path, _OTHER_GUIDANCE)


def _signatures(folder: Folder, wanted: Wanted) -> None:
    """Put in every signature of a record of the journal, and who may sign."""
    known = {line.digest for line in journal.read(wanted.history) if line.record is not None}
    own = digest(to_line(wanted.record))
    for name in signatures.names(wanted.history):
        if (told := signatures.digest_of(name)) in known:
            says = _SIGNATURE if told == own else OTHER_SIGNATURES
            folder.put(f"{signatures.DIRECTORY}/{name}", says, [signatures.read(wanted.history, told)])
    if not folder.has(signatures.file_name(own)):
        folder.leave_out(signatures.file_name(own), _UNSIGNED)
    if wanted.trust.allowed is None:
        folder.leave_out(ALLOWED, NO_LIST)
    else:
        folder.put(ALLOWED, _ALLOWED, [wanted.trust.allowed])


_JSON = Text("the stored scan, byte for byte: the report for programs", "保存的扫描原件（逐字节）：供程序读取的报告")
_SURVEY = Text(
    "what the scan saw of the gateway, and was judged from: JSON in gzip",
    "扫描在网关上观察到的、判定所依据的内容：gzip压缩的JSON",
)
_NO_SURVEY = Text("what the scan saw was not stored, or is there no more", "扫描所观察到的内容未保存或已不存在")
ORIGINAL = Text("the report as it was written with the scan", "与扫描同时写出的报告原件")
_HTML_AGAIN = Text(
    "the report for people, made again from report.json; it is not the file that was written then",
    "供人阅读的报告，由report.json重新生成，并非当时写出的文件",
)
_COMPANY = {
    "auditor.toml": Text("the configuration that the scan read", "扫描所读取的配置文件"),
    "register.toml": Text("the circuit register that the scan read", "扫描所读取的电路登记表"),
}
_GUIDANCE = {
    "controls": Text("the controls of the guidance, as the scan judged by them", "扫描判定所依据的控制项"),
    "sources": Text("what the controls rest on: quotations of the guidance, rules", "控制项的依据：指引原文引用与法规"),
}
_RECORD = Text("the line of the journal that records this scan", "日志中记录本次扫描的一行")
_JOURNAL = Text(
    "the journal of all scans, each record chained to the one before", "全部扫描的日志，每条记录与前一条链接"
)
_SIGNATURE = Text("the signature of that record", "该记录的签名")
OTHER_SIGNATURES = Text("signatures of the other records", "其他记录的签名")
_ALLOWED = Text("whose keys may sign", "允许的签署者及其公钥")
_HAD_NONE = Text("the scan had none", "扫描时没有该文件")
_SECRET = Text("holds something that looks like a secret, and is left out for that", "含有疑似秘密的内容，因此未包含")
_OTHER_GUIDANCE = Text(
    "this release has another version; the controls as they were applied are in report.json",
    "本版本的内容已不同；当时适用的控制项见report.json",
)
_UNSIGNED = Text("this scan's record is not signed", "本次扫描的记录没有签名")
NO_LIST = Text("no list of allowed signers was given or configured", "未给出也未配置允许的签署者列表")
