"""`auditor verify`: is every stored scan, and every report of the newest one, what was recorded, and who says so?"""

import argparse
import re
from pathlib import Path

from auditor.cli.history import add_directory, history_of
from auditor.cli.page import LANGUAGES, Page
from auditor.config import find_config, load_config
from auditor.errors import InputError
from auditor.history.signed import Trust, trust
from auditor.history.verify import Verified, verify
from auditor.model.judgement import Status
from auditor.model.text import Text
from auditor.outcome import EXIT_CODES

EXAMPLE = "auditor verify --directory /var/lib/auditor/report"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `verify`."""
    parser.description = (
        "Checks the chain of the journal, the bytes of every stored scan, those of the reports written with the newest"
        " one, and every signature. Ends in 0 if all fit, 1 if a record asks a person to look (signed late or not at"
        " all), 2 if anything was changed, is missing or signed by another, 3 if it could not be checked."
    )
    add_directory(parser)
    add_trust(parser)
    parser.add_argument(
        "--expect-head",
        metavar="DIGEST",
        action="append",
        default=[],
        help="end of the chain, noted earlier, that must still be in it (repeatable)",
    )
    parser.add_argument("--lang", choices=LANGUAGES, default="en", help="language of the answer (default: en)")


def add_trust(parser: argparse.ArgumentParser) -> None:
    """Add the options that say who may sign."""
    parser.add_argument(
        "--config", metavar="FILE", help="configuration that says who signs (default: /etc/auditor/auditor.toml)"
    )
    parser.add_argument("--allowed-signers", metavar="FILE", help="who may sign, instead of what is configured")
    parser.add_argument("--signer", metavar="ID", help="name of the gateway in that file")


def run(args: argparse.Namespace) -> int:
    """Print what was found; return 0 to 3. Raises InputError when there is no history, or no such list of signers."""
    directory, expected = Path(args.directory), tuple(digest.lower() for digest in args.expect_head)
    if any(not re.fullmatch("[0-9a-f]{64}", digest) for digest in expected):
        raise InputError(["--expect-head: must be 64 hexadecimal digits, as `auditor verify` prints them"])
    asked = trusted(args)
    try:
        found = verify(directory, history_of(directory), asked, expected)
    except OSError as error:
        raise InputError([f"{directory}: the history cannot be read: {error.strerror}"]) from None
    if found.head is None:
        raise InputError([f"{directory}: no scan is stored here"])
    _show(found, asked, Page(args.lang))
    return EXIT_CODES[found.status]


def trusted(args: argparse.Namespace) -> Trust:
    """Return who may sign, by the options or else by the configuration; raises InputError."""
    if (args.allowed_signers is None) != (args.signer is None):
        raise InputError(["--allowed-signers, --signer: one needs the other"])
    if args.allowed_signers is not None:
        return trust(args.allowed_signers, args.signer)
    history = load_config(args.config or find_config()).history
    if history.allowed_signers is None or history.signer is None:
        return Trust()
    return trust(history.allowed_signers, history.signer)


def _show(found: Verified, asked: Trust, page: Page) -> None:
    """Print faults first, then remarks, then how much was checked and where the chain ends."""
    for finding in sorted(found.findings, key=lambda finding: not finding.fault):
        page.item(Text(finding.file, finding.file), finding.says)
    scans, removed = found.scans, found.removed
    page.line(
        Text(
            f"{scans} stored scan(s) checked, {removed} removed by the retention rules",
            f"已核对{scans}份保存的扫描，另有{removed}份按保留规则删除",
        )
    )
    if found.signed and asked.allowed is None:
        page.line(
            Text(
                f"{found.signed} signature(s) fit; whose keys made them was not checked (--allowed-signers, --signer)",
                f"{found.signed}个签名有效；未核验密钥归属（--allowed-signers、--signer）",
            )
        )
    elif asked.allowed is not None:
        page.line(
            Text(f"{found.signed} record(s) signed by {asked.signer}", f"{found.signed}条记录由{asked.signer}签名")
        )
    page.item(Text("end of the chain", "链尾摘要"), Text(found.head or "", found.head or ""))
    page.line(_CONCLUSIONS[found.status])
    page.print()


_CONCLUSIONS = {
    Status.OK: Text("everything fits what was recorded", "全部内容与记录一致"),
    Status.WARNING: Text(
        "everything fits what was recorded; see above what asks for a look", "全部内容与记录一致；上列事项需人工查看"
    ),
    Status.UNKNOWN: Text("NOT everything could be checked", "部分内容无法核验"),
    Status.CRITICAL: Text("NOT everything fits what was recorded", "部分内容与记录不一致"),
}
