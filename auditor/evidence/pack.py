"""From a stored scan to one file: filled, explained, listed, the list signed, packed."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from auditor.errors import OutputError
from auditor.evidence import archive, instructions, parts
from auditor.evidence.folder import MANIFEST, Folder
from auditor.history import signatures, signed, signing, sshsig
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
    seals = signer is not None and signed.accepts(wanted.trust, signer, signing.PACK)
    try:
        with tempfile.TemporaryDirectory(prefix=".auditor-evidence-", dir=target.parent) as work:
            folder = Folder(Path(work))
            parts.fill(folder, wanted)
            _explain(folder, wanted, sealed=seals)
            manifest = folder.manifest()
            folder.put(MANIFEST, _LIST, [manifest])
            if signer is not None and seals:
                folder.put(instructions.SEAL, _SEAL, filter(None, [signer.sign(manifest, signing.PACK)]))
            write_all(target.parent, {target.name: _pieces(folder, wanted)})
    except OSError as error:
        raise OutputError(f"{target}: cannot be packed: {error.strerror or error}") from None
    return folder


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


_INSTRUCTIONS = Text("how to verify all this", "核验方法")
_LIST = Text("digests of all other files", "其他各文件的摘要")
_SEAL = Text("the signature of that list", "该清单的签名")
