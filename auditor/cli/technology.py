"""What is known of a technology, for people: how it is recognised, what reads it, what cannot be seen of it."""

from collections.abc import Iterator

from auditor.cli.page import Page
from auditor.guidance.texts import fact_value, keys, label
from auditor.model.text import Text
from auditor.probe import Probe
from auditor.technologies import Signature, Technology
from probes import PROBES


def probes_of(entry: Technology) -> Iterator[Probe]:
    """Yield each probe without which a part of `entry` stays hidden."""
    yield from (probe for probe in PROBES if entry.id in probe.covers)


def remarks(one: Signature) -> Iterator[str]:
    """Yield the names in texts.toml of what holds for the programs of `one` besides their names."""
    yield from (name for name in keys("signature") if getattr(one, name))


def words(values: tuple[str, ...]) -> Text:
    """Return names that are the same in both languages, as a list."""
    return Text(", ".join(values), "、".join(values))


def write(page: Page, entry: Technology) -> None:
    """Write everything that is known of `entry`."""
    page.item(label("explain", "technology"), Text(f"{entry.id}, {entry.name.en}", f"{entry.id}，{entry.name.zh}"))
    _say(page, "method", fact_value("realisation", entry.realisation.value))
    for name in ("kinds", "fallbacks", "encapsulations", "ports"):
        if values := getattr(entry, name):
            _say(page, name, words(values))
    for one in entry.signatures:
        _signature(page, one)
    for probe in probes_of(entry):
        needs = words(probe.needs) if probe.needs else label("explain", "nothing_special")
        reads = ", ".join(probe.reads)
        _say(page, "read_by", Text(f"{probe.name}: {reads} ({needs.en})", f"{probe.name}：{reads}（{needs.zh}）"))
    if entry.unseen is not None:
        _say(page, "unseen", entry.unseen)
    if entry.verified in keys("verified"):
        _say(page, "verified", label("verified", entry.verified))


def _signature(page: Page, one: Signature) -> None:
    """Write which programs carry a technology, and how sure that is."""
    _say(page, "executables", words(one.executables))
    for name in remarks(one):
        page.line(label("signature", name), indent=4)
    for name in ("units", "packages"):
        if values := getattr(one, name):
            _say(page, name, words(values), indent=4)
    _say(page, "certainty", label("certainty", one.certainty.value), indent=4)
    _say(page, "source", Text(one.source, one.source), indent=4)


def _say(page: Page, name: str, text: Text, *, indent: int = 2) -> None:
    """Write a line: what it is about, and the text."""
    page.item(label("explain", name), text, indent=indent)
