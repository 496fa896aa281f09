"""`auditor verify`: is every stored scan, and every report of the newest one, what was recorded?"""

import argparse
from pathlib import Path

from auditor.cli.history import add_directory, history_of
from auditor.cli.page import LANGUAGES, Page
from auditor.errors import InputError
from auditor.history.verify import Verified, verify
from auditor.model.judgement import Status
from auditor.model.text import Text
from auditor.outcome import EXIT_CODES

EXAMPLE = "auditor verify --directory /var/lib/auditor/report"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `verify`."""
    parser.description = (
        "Checks the chain of the journal, the bytes of every stored scan, and those of the reports written with the"
        " newest one. Ends in 0 if all fit, 2 if anything was changed or is missing, 3 if there is nothing to check."
    )
    add_directory(parser)
    parser.add_argument("--lang", choices=LANGUAGES, default="en", help="language of the answer (default: en)")


def run(args: argparse.Namespace) -> int:
    """Print what was found; return 0 or 2. Raises InputError when there is no history."""
    directory = Path(args.directory)
    try:
        found = verify(directory, history_of(directory))
    except OSError as error:
        raise InputError([f"{directory}: the history cannot be read: {error.strerror}"]) from None
    if found.head is None:
        raise InputError([f"{directory}: no scan is stored here"])
    _show(found, Page(args.lang))
    return EXIT_CODES[Status.OK if found.sound else Status.CRITICAL]


def _show(found: Verified, page: Page) -> None:
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
    page.item(Text("end of the chain", "链尾摘要"), Text(found.head or "", found.head or ""))
    page.line(_SOUND if found.sound else _UNSOUND)
    page.print()


_SOUND = Text("everything fits what was recorded", "全部内容与记录一致")
_UNSOUND = Text("NOT everything fits what was recorded", "部分内容与记录不一致")
