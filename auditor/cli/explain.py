"""`auditor explain`: a control, verdict, exit code, probe or technology, in words."""

import argparse
from collections.abc import Callable
from difflib import get_close_matches
from functools import partial

from auditor import technologies
from auditor.cli import technology
from auditor.cli.page import LANGUAGES, Page
from auditor.errors import InputError
from auditor.guidance.catalogue import Control, Statement, controls
from auditor.guidance.factsfile import shown
from auditor.guidance.texts import fact_name, label
from auditor.model.judgement import Severity, Status, Verdict
from auditor.model.text import Text
from auditor.outcome import EXIT_CODES
from auditor.probe import Probe
from probes import PROBES

EXAMPLE = "auditor explain X-01"

Writer = Callable[[Page], None]


def configure(parser: argparse.ArgumentParser) -> None:
    """Add what is to be explained and in which language."""
    parser.add_argument(
        "id",
        metavar="ID",
        nargs="?",
        help="a control (X-01), verdict (needs_review), exit code (2), probe or technology; without it, all are listed",
    )
    parser.add_argument("--lang", choices=LANGUAGES, default="both", help="language (default: both)")


def run(args: argparse.Namespace) -> int:
    """Print what `args.id` is, or everything there is to explain; return 0. Raises InputError if it is nothing."""
    page = Page(args.lang)
    if args.id is None:
        _list(page)
    else:
        for number, write in enumerate(_writers(args.id)):
            if number:
                page.blank()
            write(page)
    page.print()
    return 0


def _writers(wanted: str) -> list[Writer]:
    """Return how to explain `wanted`; a probe and a technology can have the same name. Raises InputError."""
    known = _known()
    folded = wanted.casefold()
    found = [write for name, write in known if name.casefold() == folded]
    if found:
        return found
    names = list(dict.fromkeys(name for name, _ in known))
    near = get_close_matches(folded[:64], [name.casefold() for name in names], n=3, cutoff=0.6)
    meant = ", ".join(name for name in names if name.casefold() in near)
    hint = f"did you mean {meant}?" if meant else "auditor explain, without an ID, lists what there is"
    raise InputError([f"explain: nothing is called {shown(wanted)} ({hint})"])


def _known() -> list[tuple[str, Writer]]:
    """Return everything that can be explained, by its name."""
    return [
        *((control.id, partial(_control, control=control)) for control in controls().values()),
        *((verdict.value, partial(_verdict, verdict=verdict)) for verdict in Verdict),
        *((str(code), partial(_exit_code, status=status)) for status, code in EXIT_CODES.items()),
        *((status.value, partial(_exit_code, status=status)) for status in EXIT_CODES),
        *((probe.name, partial(_probe, probe=probe)) for probe in PROBES),
        *((entry.id, partial(technology.write, entry=entry)) for entry in technologies.load().by_id.values()),
    ]


def _list(page: Page) -> None:
    """Write one line for each thing that can be explained."""
    page.line(label("explain", "all_controls"))
    for control in controls().values():
        page.line(Text(f"{control.id}  {control.title.en}", f"{control.id}  {control.title.zh}"), indent=2)
    page.line(label("explain", "all_verdicts"))
    for verdict in Verdict:
        _named(page, verdict.value, label("verdict", verdict))
    page.line(label("explain", "all_exit_codes"))
    for status, code in EXIT_CODES.items():
        _named(page, str(code), label("status_meaning", status))
    page.line(label("explain", "all_probes"))
    for probe in PROBES:
        page.raw(f"  {probe.name}  {probe.summary}")
    page.line(label("explain", "all_technologies"))
    for entry in technologies.load().by_id.values():
        _named(page, entry.id, entry.name)


def _named(page: Page, name: str, text: Text) -> None:
    """Write a name and what it stands for."""
    page.line(Text(f"{name}  {text.en}", f"{name}  {text.zh}"), indent=2)


def _say(page: Page, name: str, text: Text) -> None:
    """Write a line of an explanation: what it is about, and the text."""
    page.item(label("explain", name), text, indent=2)


def _words(page: Page, name: str, values: tuple[str, ...]) -> None:
    """Write names that are the same in both languages, if there are any."""
    if values:
        _say(page, name, Text(", ".join(values), "、".join(values)))


def _control(page: Page, control: Control) -> None:
    """Write a control: when it applies, what decides it, what to do."""
    page.line(Text(f"{control.id} {control.title.en}", f"{control.id} {control.title.zh}"))
    _say(page, "applies_to", label("control_scope", control.scope))
    _say(page, "weight", label("explain", "deciding") if control.deciding else label("word", "advisory"))
    for name in ("applies", "pass", "review", "fail", "info"):
        if name in control.criteria:
            _say(page, name, control.criteria[name])
    for name, severity in (("on_fail", control.on_fail), ("on_review", control.on_review)):
        if severity is not Severity.NONE:
            _say(page, name, label("severity", severity))
    facts = [(name, fact_name(name)) for name in control.facts]
    if facts:
        en, zh = (f"{name} ({text.en})" for name, text in facts), (f"{name}（{text.zh}）" for name, text in facts)
        _say(page, "facts", Text(", ".join(en), "、".join(zh)))
    _say(page, "evidence", control.evidence)
    if control.remediation is not None:
        _say(page, "remediation", control.remediation)
    _sources(page, control)


def _sources(page: Page, control: Control) -> None:
    """Write what a control rests on: consequences, the guidance, other public rules."""
    for consequence in (*control.consequences, *control.other_consequences):
        named = label("in_guidance", consequence.in_guidance)
        _say(
            page,
            "consequence",
            Text(
                f"{consequence.whom.en}: {consequence.says.en} [{named.en}: {consequence.source.en}]",
                f"{consequence.whom.zh}：{consequence.says.zh}［{named.zh}：{consequence.source.zh}］",
            ),
        )
    if control.design:
        page.line(label("word", "design_rule"), indent=2)
    if control.statements:
        page.line(label("word", "guidance"), indent=2)
    for statement in control.statements:
        _statement(page, statement)
    if control.rules:
        page.line(label("word", "other_rules"), indent=2)
    for rule in control.rules:
        status = label("rule_status", rule.status)
        page.item(rule.name, Text(f"{rule.says.en} [{status.en}]", f"{rule.says.zh}［{status.zh}］"), indent=4)


def _statement(page: Page, statement: Statement) -> None:
    """Write a statement of the guidance with its own words."""
    name = Text(f"{statement.id}, {statement.where.en}", f"{statement.id}，{statement.where.zh}")
    page.item(name, statement.says, indent=4)
    for quotation in (statement.quote_en, statement.quote_zh):
        if quotation is not None:
            page.raw(f"      “{quotation}”")


def _verdict(page: Page, verdict: Verdict) -> None:
    """Write a verdict and when it is given."""
    page.item(label("explain", "verdict"), label("verdict", verdict))
    page.line(label("verdict_meaning", verdict), indent=2)


def _exit_code(page: Page, status: Status) -> None:
    """Write an exit code and what it tells monitoring."""
    name, word = label("explain", "exit_code"), label("status", status)
    code = EXIT_CODES[status]
    page.item(Text(f"{name.en} {code}", f"{name.zh}{code}"), word)
    page.line(label("status_meaning", status), indent=2)


def _probe(page: Page, probe: Probe) -> None:
    """Write a probe: what it reads and needs, and what stays hidden without it."""
    page.item(label("explain", "probe"), Text(probe.name, probe.name))
    page.raw(f"  {probe.summary}")
    _words(page, "reads", probe.reads)
    if probe.needs:
        _words(page, "needs", probe.needs)
    else:
        _say(page, "needs", label("explain", "nothing_special"))
    _words(page, "covers", probe.covers)
