"""From a stored scan to one file: filled, explained, listed, the list signed, packed."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from auditor.errors import OutputError
from auditor.evidence import archive, instructions, parts
from auditor.evidence.folder import MANIFEST, Folder
from auditor.history import signatures, signed, signing, sshsig
from auditor.history.keygen import KeygenError
from auditor.history.records import digest, to_line
from auditor.history.signing import Signer
from auditor.model.text import Text
from auditor.output import write_all


def pack(wanted: parts.Wanted, target: Path, signer: Signer | None) -> Folder:
    """Write the evidence of a scan to the file `target`; return what is in it and what was left out.

    `signer` signs the list of files, if the allowed signers accept its key. The same scan, files and key make the same
    bytes (but for keys whose signatures differ each time). Raises InputError where the stored scan is not the recorded
    one, OutputError.
    """
    unsealed = _unsealed(wanted.trust, signer)
    try:
        with tempfile.TemporaryDirectory(prefix=".auditor-evidence-", dir=target.parent) as work:
            folder = Folder(Path(work))
            parts.fill(folder, wanted)
            if unsealed is not None:
                folder.leave_out(instructions.SEAL, unsealed)
            _explain(folder, wanted, sealed=unsealed is None)
            manifest = folder.manifest()
            folder.put(MANIFEST, _LIST, [manifest])
            if signer is not None and unsealed is None:
                folder.put(instructions.SEAL, _SEAL, filter(None, [signer.sign(manifest, signing.PACK)]))
            write_all(target.parent, {target.name: _pieces(folder, wanted)})
    except OSError as error:
        raise OutputError(f"{target}: cannot be packed: {error.strerror or error}") from None
    return folder


def _unsealed(trust: signed.Trust, signer: Signer | None) -> Text | None:
    """Return why the list of files is not to be signed, None if it is."""
    if signer is None:
        return _NO_KEY
    if trust.allowed is None:
        return parts.NO_LIST
    try:
        accepted = signed.accepts(trust, signer, signing.PACK)
    except KeygenError as error:
        return error.says
    return None if accepted else signer.problem or _NOT_ALLOWED


def _explain(folder: Folder, wanted: parts.Wanted, *, sealed: bool) -> None:
    """Put in the instructions."""
    record = wanted.record
    late = False
    if folder.has(signatures.file_name(digest(to_line(record)))):
        content = (folder.root / signatures.file_name(digest(to_line(record)))).read_bytes()
        try:
            late = sshsig.parsed(content).namespace == signing.LATE
        except sshsig.FormError:  # NOTE: the step about it fails then, as it should
            late = False
    told = instructions.text(folder, record, wanted.trust, late=late, sealed=sealed)
    folder.put(instructions.NAME, _INSTRUCTIONS, ["".join(told)])


def _pieces(folder: Folder, wanted: parts.Wanted) -> Iterator[bytes]:
    """Yield the bytes of the file."""
    moment_s = int(instructions.stored_at(wanted.record).timestamp())
    return archive.pieces(folder, f"auditor-evidence-{wanted.record.number:06d}", moment_s)


_NO_KEY = Text("no key is configured (history.signing_key)", "未配置密钥（history.signing_key）")
_NOT_ALLOWED = Text(
    "the allowed signers do not accept the configured key for it (auditor doctor)",
    "允许的签署者列表不接受所配置的密钥用于此项（auditor doctor）",
)
_INSTRUCTIONS = Text("how to verify all this", "核验方法")
_LIST = Text("digests of all other files", "其他各文件的摘要")
_SEAL = Text("the signature of that list", "该清单的签名")
