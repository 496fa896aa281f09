"""VERIFY.txt: how to verify the evidence with sha256sum, grep and `ssh-keygen -Y verify` alone.

Every command stands on lines indented by four blanks and nothing else does; a test runs them as they stand.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from textwrap import fill

from auditor.errors import InputError
from auditor.evidence.folder import MANIFEST, Folder
from auditor.evidence.parts import ALLOWED, COMPANY, GUIDANCE, HTML, JSON, ORIGINAL, OTHER_SIGNATURES, RECORD, SURVEY
from auditor.guidance.factsfile import shown
from auditor.history import journal, signatures, signing, sshsig
from auditor.history.records import ScanRecord, digest, to_line
from auditor.history.signed import Trust
from auditor.model.text import Text

NAME = "VERIFY.txt"
SEAL = f"{MANIFEST}.sig"
_INDENT = "    "


@dataclass(frozen=True, slots=True)
class Step:
    """What one command shows, and its lines."""

    shows: Text
    command: str


def text(folder: Folder, record: ScanRecord, trust: Trust, *, late: bool, sealed: bool) -> Iterator[str]:
    """Yield VERIFY.txt for the scan of `record`.

    `late`: its signature was made by a later run; `sealed`: the list of files will be signed.
    """
    yield f"{_TITLE.en}\n{_TITLE.zh}\n\n"
    # NOTE: what the journal says is anybody's word: a line break in a name must not become a command here
    gateway, at = shown(record.gateway, 200), shown(record.at, 40)
    yield f"Scan {record.number}, {gateway}, {at}\n扫描{record.number}，{gateway}，{at}\n\n"
    yield from _contents(folder)
    yield f"{_wrapped(_HOW.en)}\n{_HOW.zh}\n"
    steps = [*_of_all_files(trust, sealed=sealed), *_of_record(folder, record, trust, late=late), *_of_files(folder)]
    for number, step in enumerate([*steps, *_of_history(folder, trust)], 1):
        yield f"\n{_wrapped(f'{number}. {step.shows.en}')}\n{number}. {step.shows.zh}\n\n"
        yield "".join(f"{_INDENT}{line}\n" for line in step.command.splitlines())
    yield f"\n{_wrapped(_MEANING.en)}\n\n{_MEANING.zh}\n"


def _wrapped(words: str) -> str:
    """Return English words in lines of a terminal's width."""
    return fill(words, 100, break_long_words=False, break_on_hyphens=False)


def _contents(folder: Folder) -> Iterator[str]:
    """Yield what is there and what is not."""
    yield "What is here / 内容\n"
    told: set[str] = set()
    for part in folder.parts:
        if part.says.en not in told:
            told.add(part.says.en)
            name = f"{signatures.DIRECTORY}/*.sig" if part.says is OTHER_SIGNATURES else part.name
            yield f"  {name}\n   {part.says.en}\n   {part.says.zh}\n"
    if folder.left_out:
        yield "What is not here / 未包含\n"
    for name, why in folder.left_out:
        yield f"  {name}\n   {why.en}\n   {why.zh}\n"
    yield "\n"


def _of_all_files(trust: Trust, *, sealed: bool) -> Iterator[Step]:
    """Yield the steps about the list of files."""
    yield Step(_UNCHANGED, f"sha256sum --check --strict {MANIFEST}")
    if sealed and trust.signer:
        command = f"ssh-keygen -Y verify -f {ALLOWED} -I {trust.signer} -n {signing.PACK} -s {SEAL} < {MANIFEST}"
        yield Step(_SEALED, command)
    if trust.allowed is not None:
        fingerprints = ", ".join(sorted(set(sshsig.signers(trust.allowed).values())))
        shows = Text(_FINGERPRINTS.en.format(fingerprints), _FINGERPRINTS.zh.format(fingerprints))
        yield Step(shows, f"grep -v '^#' {ALLOWED} | grep -o '[a-z][a-z0-9@.-]* AAAA[^ ]*' | ssh-keygen -l -f -")


def _of_record(folder: Folder, record: ScanRecord, trust: Trust, *, late: bool) -> Iterator[Step]:
    """Yield the steps about the record of this scan."""
    yield Step(_IN_JOURNAL, f"grep -Fxc -f {RECORD} {journal.NAME}")
    signature = signatures.file_name(digest(to_line(record)))
    if not folder.has(signature):
        return
    purpose = signing.LATE if late else signing.RECORD
    if trust.signer is None:
        yield Step(_FITS, f"ssh-keygen -Y check-novalidate -n {purpose} -s {signature} < {RECORD}")
        return
    at = f"{stored_at(record):%Y%m%d%H%M%S}"
    command = (
        f"TZ=UTC ssh-keygen -Y verify -f {ALLOWED} -I {trust.signer} -n {purpose} -O verify-time={at} \\\n"
        f"  -s {signature} < {RECORD}"
    )
    yield Step(_SIGNED_LATE if late else _SIGNED, command)


def stored_at(record: ScanRecord) -> datetime:
    """Return when a scan was stored, in UTC; raises InputError for a record that does not say."""
    try:
        return datetime.fromisoformat(record.stored_at).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InputError([f"{journal.NAME}: scan {record.number}: stored_at: is no moment"]) from None


def _of_files(folder: Folder) -> Iterator[Step]:
    """Yield the steps that tie each file to the record."""
    yield Step(_IS_SCAN, _count(f'\\"sha256\\":\\"{_digest_of(JSON)}\\"', RECORD))
    if folder.has(SURVEY):
        yield Step(_IS_SEEN, _count(f'\\"sha256\\":\\"{_digest_of(SURVEY)}\\"', RECORD))
    if folder.has(HTML):
        if any(part.says is ORIGINAL for part in folder.parts):
            yield Step(_IS_REPORT, _count(f'\\"name\\":\\"{HTML}\\",\\"sha256\\":\\"{_digest_of(HTML)}\\"', RECORD))
        else:
            yield Step(_NAMES_SCAN, _count(_digest_of(JSON), HTML))
    for name in (*COMPANY.values(), *GUIDANCE.values()):
        if folder.has(name):
            shows = Text(f"{name} is what the scan went by. {_ONE.en}", f"{name}即扫描所依据的文件。{_ONE.zh}")
            yield Step(shows, _count(f'\\"sha256\\": \\"{_digest_of(name)}\\"', JSON))


def _digest_of(name: str) -> str:
    """Return the shell's words for the SHA-256 of a file."""
    return f"$(sha256sum < {name} | cut -c 1-64)"


def _count(words: str, name: str) -> str:
    """Return a command that counts the lines of a file with these words, and fails if there is none."""
    return f'grep -Fc "{words}" {name}'


def _of_history(folder: Folder, trust: Trust) -> Iterator[Step]:
    """Yield the steps about all records."""
    yield Step(_CHAIN, _CHAIN_COMMAND)
    if trust.signer and any(part.name.startswith(signatures.DIRECTORY) for part in folder.parts):
        shows = Text(_ALL_SIGNED.en.format(trust.signer), _ALL_SIGNED.zh.format(trust.signer))
        yield Step(shows, _SIGNATURES_COMMAND.replace("SIGNER", trust.signer))


_CHAIN_COMMAND = r"""( previous=$(printf '%064d' 0)
while read -r digest text; do
  [ "$(printf %s "$text" | sha256sum | cut -c 1-64)" = "$digest" ] || { echo "changed: $digest"; exit 1; }
  case $text in
    *"\"previous\":\"$previous\""*) previous=$digest ;;
    *) echo "does not follow: $digest"; exit 1 ;;
  esac
done < journal
echo "the chain ends in $previous" )"""

_SIGNATURES_COMMAND = r"""( while read -r digest text; do
  [ -f "signatures/$digest.sig" ] || continue
  at=$(printf %s "$text" | sed 's/.*"stored_at":"\([^"+]*\).*/\1/' | tr -d 'T:-')
  for purpose in auditor-history auditor-history-late; do
    printf '%s %s\n' "$digest" "$text" | TZ=UTC ssh-keygen -Y verify -f allowed_signers -I SIGNER \
      -n $purpose -O verify-time=$at -s "signatures/$digest.sig" && continue 2
  done
  echo "NOT signed by SIGNER: $digest"; exit 1
done < journal )"""

_TITLE = Text(
    "How to verify this evidence without the program that made it",
    "如何在不使用本程序的情况下核验这份证据",
)
_HOW = Text(
    "Unpack it, open a shell in this directory, and run each command. Each ends in 0 if what it shows is true, in"
    " another number if not. They need sha256sum, grep, sed and ssh-keygen (OpenSSH 8.9 or later).",
    "解包后在本目录打开终端，逐条运行命令。所示成立则以0结束，否则以其他数字结束。需要sha256sum、grep、sed和"
    "ssh-keygen（OpenSSH 8.9或更高版本）。",
)
_ONE = Text("Prints how many lines say so: 1.", "输出含有该内容的行数：1。")
_UNCHANGED = Text("The files are those that were packed.", "各文件与打包时一致。")
_SEALED = Text(
    "The list of files was signed when they were packed. If the key has been replaced since, add"
    " -O verify-time=YYYYMMDD with a day on which it was valid.",
    "打包时已对文件清单签名。若密钥此后已更换，请加上-O verify-time=YYYYMMDD，填写密钥有效期内的某一天。",
)
_FINGERPRINTS = Text(
    "The keys are the company's. Ask the company for their fingerprints by another way than this file, and compare: {}",
    "密钥属于该公司。请通过本文件以外的途径向该公司索取密钥指纹并比对：{}",
)
_IN_JOURNAL = Text(f"The record of this scan is in the journal. {_ONE.en}", f"本次扫描的记录在日志中。{_ONE.zh}")
_SIGNED = Text("The record was signed by the gateway.", "该记录由网关签名。")
_SIGNED_LATE = Text(
    "The record was signed by the gateway, in a later run than the one that wrote it.",
    "该记录由网关在之后的运行中补签。",
)
_FITS = Text("The record was signed. Whose key that is, nothing here says.", "该记录带有签名；密钥归属无从得知。")
_IS_SCAN = Text(f"{JSON} is the scan that was recorded. {_ONE.en}", f"{JSON}即所记录的扫描。{_ONE.zh}")
_IS_SEEN = Text(
    f"{SURVEY} is what the scan was judged from, as recorded. {_ONE.en}", f"{SURVEY}即所记录的判定依据。{_ONE.zh}"
)
_IS_REPORT = Text(f"{HTML} is the one written with it. {_ONE.en}", f"{HTML}即与其同时写出的报告。{_ONE.zh}")
_NAMES_SCAN = Text(
    f"{HTML} was made again from {JSON}, and names it. Prints how many lines do.",
    f"{HTML}由{JSON}重新生成，并注明其摘要。输出含有该摘要的行数。",
)
_CHAIN = Text(
    "Every record has the digest that stands before it, and names the one above. The last line is the end of the"
    " chain: compare it, or any digest above it, with what was noted elsewhere.",
    "每条记录与其前的摘要相符，并注明上一条的摘要。最后一行为链尾：请与另处记下的摘要比对（链中任一摘要均可）。",
)
_ALL_SIGNED = Text("Every signature is one of {} of its record.", "每个签名均为{}对相应记录的签名。")
_MEANING = Text(
    "A signature shows that whoever held the key has signed these bytes, and, by the chain, everything above them. It"
    " does not show when: the time is the gateway's own word. It does not show that the gateway was not manipulated"
    " before it looked. Technical aid, not legal advice.",
    "签名表明密钥持有者签署了这些内容，并通过链接一并确认其之前的全部记录。签名不能证明时间：时间是网关自己的陈述；"
    "也不能证明网关在扫描之前未被操纵。本报告为技术辅助材料，不构成法律意见。",
)
