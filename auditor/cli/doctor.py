"""`auditor doctor`: what this host lets the agent see, and whether everything around a scan is healthy."""

import argparse
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from auditor.check.options import DEFAULT_DIRECTORY
from auditor.cli.page import LANGUAGES, Page
from auditor.config import find_config
from auditor.doctor import papers, schedule, sight, signing, telling
from auditor.doctor.advice import Advice, Health
from auditor.host import Host
from auditor.model.text import Text
from probes import PROBES

EXAMPLE = "sudo auditor doctor"
_WORDS = {
    Health.FINE: Text("fine  ", "正常"),
    Health.NOTE: Text("note  ", "说明"),
    Health.CARE: Text("care  ", "注意"),
    Health.BROKEN: Text("BROKEN", "故障"),
}
_EXIT_CODES = {Health.FINE: 0, Health.NOTE: 0, Health.CARE: 1, Health.BROKEN: 3}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `doctor`."""
    parser.description = (
        "Says what this host lets the agent see, which capability or package would open the rest, and whether timer,"
        " watch, configuration, register, data and history are healthy. Changes nothing. Ends in 0 if all is well, 1"
        " if something asks for care, 3 if a scan could not be relied on."
    )
    parser.add_argument("--config", metavar="FILE", help="configuration (default: /etc/auditor/auditor.toml if there)")
    parser.add_argument("--directory", "-d", metavar="DIR", default=DEFAULT_DIRECTORY, help="where scans write reports")
    parser.add_argument("--lang", choices=LANGUAGES, default="en", help="language of the answer (default: en)")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="form of the answer (default: text)")


def run(args: argparse.Namespace) -> int:
    """Print every advice; return 0, 1 or 3 by the worst of them."""
    found = list(_examine(args))
    if args.format == "json":
        print(json.dumps([_entry(advice) for advice in found], ensure_ascii=False, indent=1))
    else:
        page = Page(args.lang)
        for advice in found:
            _write(page, advice)
        page.print()
    return _EXIT_CODES[max(advice.health for advice in found)]


def _examine(args: argparse.Namespace) -> Iterator[Advice]:
    """Yield everything, what can be seen first."""
    host = Host()
    yield from sight.capabilities(PROBES, host)
    yield from sight.processes(host)
    yield from sight.packages()
    yield from papers.papers(args.config or find_config(), datetime.now(UTC))
    yield from schedule.timer()
    yield from schedule.watch(args.directory)
    yield from schedule.stored(args.directory)
    yield from signing.signing(args.config or find_config())
    yield from telling.notifications(args.config or find_config(), Path(args.directory))
    yield from telling.metrics(args.config or find_config())


def _write(page: Page, advice: Advice) -> None:
    """Write one advice: a line on how it is, and one on what would mend it."""
    word, about, says = _WORDS[advice.health], advice.about, advice.says
    page.line(Text(f"{word.en}  {about.en}: {says.en}", f"{word.zh}  {about.zh}：{says.zh}"))
    if advice.mend is not None:
        page.line(Text(f"-> {advice.mend.en}", f"→ {advice.mend.zh}"), indent=8)


def _entry(advice: Advice) -> dict[str, object]:
    """Return one advice for programs."""
    return {
        "health": advice.health.name.lower(),
        "about": advice.about._asdict(),
        "says": advice.says._asdict(),
        "mend": advice.mend._asdict() if advice.mend else None,
    }
