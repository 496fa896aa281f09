"""Filters of the HTML report, without script: what can be chosen, what each object has, the rules that hide the rest.

An object has one short class for each option that fits it. A rule for each option hides whatever lacks its class, so
that choices of several kinds narrow each other down. Groups and parts of the list carry the classes of all that is in
them and go as a whole. Objects that have the same classes are counted together by CSS counters, which skip what is
hidden: so the number shown is exact for every combination.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from typing import Any

from auditor.model.text import Text
from reports import styles
from reports.findings import OPEN_VERDICTS, judged, unsettled
from reports.labels import both, place, say
from reports.sentences import technology_name
from reports.words import VERDICTS

COUNTRIES_AT_MOST = 8
OBJECTS_AT_LEAST = 2
_ACROSS = ("HK", "MO", "TW")
_MARK = "\x00"
_ID = itemgetter("id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One choice: its class, its words, how many objects have it; `control` is the id where it is one."""

    token: str
    label: dict[str, str]
    count: int
    control: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """Options of which one is chosen at a time."""

    name: str
    options: tuple[Option, ...]


class Filters:
    """The filters of one document; `kinds` is empty where there is nothing to tell apart."""

    def __init__(self, document: dict[str, Any]) -> None:
        """Look at every object of `document`."""
        self._sections = {"tunnels": _by_verdict(document["tunnels"]), "objects": _by_verdict(document["objects"])}
        self.unsettled_results = unsettled(document)
        entries = judged(document)
        self.total = len(entries)
        groups = dict.fromkeys((name, o["verdict"]) for name in self._sections for o in document[name])
        self._groups = {group: f"g{number}" for number, group in enumerate(groups)}
        self._traits = _all_traits(entries, self.unsettled_results)
        # NOTE: of ten thousand objects most share their traits, so all that follows works on the few different ones.
        counts = Counter(self._traits.values())
        made = [
            _Sorted.of("verdict", counts, _verdicts, _verdict_labels),
            _Sorted.of("control", counts, _controls, lambda _: _titles(document["controls"])),
            _Sorted.of("technology", counts, lambda found: (found.technology,), _technology_labels),
            _Sorted.of("place", counts, _places, _place_labels),
        ]
        kept = [kind for kind in made if kind.tells_apart] if self.total >= OBJECTS_AT_LEAST else []
        self.kinds = tuple(kind.kind for kind in kept)
        classes = {
            found: " ".join(("f", *(token for kind in kept for token in kind.tokens[found]))) for found in counts
        }
        self._classes = {name: classes[found] for name, found in self._traits.items()}

    def of(self, *entries: dict[str, Any]) -> str:
        """Return the classes of one object, or of a part of the list that holds several."""
        if len(entries) == 1:
            return self._classes[entries[0]["id"]]
        together = dict.fromkeys(map(self._classes.__getitem__, map(_ID, entries)))
        return " ".join(dict.fromkeys(token for classes in together for token in classes.split()))

    def unsettled(self, entry: dict[str, Any]) -> tuple[tuple[str, str], ...]:
        """Return the controls that fail or need review on an object, accepted or not, each with its outcome."""
        return self._traits[entry["id"]].unsettled

    def groups(self, section: str) -> list[tuple[str, list[dict[str, Any]]]]:
        """Return the objects of a section by verdict, worst first; none of a verdict that no object has."""
        return self._sections[section]

    def group(self, section: str, verdict: str) -> str:
        """Return the name of the counter of a group: the objects of one verdict in one section."""
        return self._groups[section, verdict]

    @cached_property
    def signatures(self) -> list[tuple[str, str, int]]:
        """Return each set of classes that occurs in a group: classes, the group's counter, number of objects."""
        found: list[tuple[str, str, int]] = []
        for section, groups in self._sections.items():
            for verdict, entries in groups:
                counts = Counter(map(self._classes.__getitem__, map(_ID, entries)))
                found += [(classes, self.group(section, verdict), count) for classes, count in counts.items()]
        return found

    def rules(self, languages: tuple[str, ...]) -> str:
        """Return the style rules of these filters: what each option hides, and what is counted."""
        if not self.kinds:
            return ""
        tokens = [option.token for kind in self.kinds for option in kind.options]
        hides = [
            f"main:has(#f-{token}:checked) .f:not(.{token}):not(:target):not(:has(:target)){{display:none}}"
            for token in tokens
        ]
        groups = list(self._groups.values())
        counted = sorted({(group, count) for _, group, count in self.signatures})
        return "\n".join(
            (
                "@media screen{",
                *hides,
                "}",
                f"main{{counter-reset:shown {' '.join(groups)}}}",
                *(f".{group}n{count}{{counter-increment:shown {count} {group} {count}}}" for group, count in counted),
                *(self._numbers(language, groups, alone=len(languages) == 1) for language in languages),
            )
        )

    def _numbers(self, language: str, groups: list[str], *, alone: bool) -> str:
        """Return the rules that write numbers and the text for an empty result in one language."""
        part = "span" if alone else f"i[lang={'zh-CN' if language == 'zh' else 'en'}]"
        nothing = f"nothing-{language}"
        rules = [
            f"@counter-style {nothing}{{system:fixed 0;symbols:{styles.string(both(say('filter.nothing'))[language])};"
            "fallback:no-words}",
            f".shown>{part}::after{{content:{self._content('filter.shown', 'shown', language)}}}",
            f".nothing>{part}::after{{content:counter(shown,{nothing})}}",
        ]
        rules += [
            f".of.{group}>{part}::after{{content:{self._content('filter.of', group, language)}}}" for group in groups
        ]
        return "\n".join(rules)

    def _content(self, key: str, counter: str, language: str) -> str:
        """Return a text of the report with a counter in the place of {shown}, as CSS content."""
        before, _, after = both(say(key, shown=_MARK, total=self.total))[language].partition(_MARK)
        return f"{styles.string(before)} counter({counter}) {styles.string(after)}"


def _by_verdict(entries: list[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Return objects by verdict, worst first; none of a verdict that no object has."""
    found: dict[str, list[dict[str, Any]]] = {verdict: [] for verdict in VERDICTS}
    for entry in entries:
        found[entry["verdict"]].append(entry)
    return [(verdict, members) for verdict, members in found.items() if members]


@dataclass(frozen=True, slots=True, eq=False)
class _Traits:
    """What the filters tell objects apart by; there is one for all objects that have the same."""

    verdict: str
    waived: bool
    unsettled: tuple[tuple[str, str], ...]
    technology: str
    codes: tuple[str, ...]


def _all_traits(entries: list[dict[str, Any]], unsettled: dict[str, list[dict[str, Any]]]) -> dict[str, _Traits]:
    """Return the traits of each object by its id: `unsettled` controls, accepted or not; places of its far ends.

    A place is its code, "unknown" where it is not known, "none" for an object that has no far end.
    """
    found: dict[str, _Traits] = {}
    known: dict[tuple[Any, ...], _Traits] = {}
    for entry in entries:
        codes = tuple([at["location"] or "unknown" for at in entry["places"]["remotes"]]) or ("unknown",)
        key = (
            entry["verdict"],
            entry["waived"] != "none",
            tuple([(result["control"], result["outcome"]) for result in unsettled[entry["id"]]]),
            entry["technology"] or entry["kind"],
            ("none",) if entry["kind"] == "public_network_access" else codes,
        )
        if key not in known:
            known[key] = _Traits(*key)
        found[entry["id"]] = known[key]
    return found


@dataclass(frozen=True, slots=True)
class _Sorted:
    """Objects by one kind of filter: the kind, and the classes for each set of traits."""

    kind: Kind
    tokens: dict[_Traits, list[str]]
    tells_apart: bool

    @classmethod
    def of(
        cls,
        name: str,
        counts: Counter[_Traits],
        values: Callable[[_Traits], Iterable[str]],
        labels: Callable[[Iterable[_Traits]], dict[str, Text]],
    ) -> "_Sorted":
        """Return the options that occur: `values` of each, in the order of `labels`, which has their words.

        A kind of which each option fits every object tells nothing apart.
        """
        having: Counter[str] = Counter()
        for found, count in counts.items():
            having.update(dict.fromkeys(values(found), count))
        words = {value: text for value, text in labels(counts).items() if having[value]}
        tokens = {value: f"{name[0]}{number}" for number, value in enumerate(words)}
        options = tuple(
            Option(
                token=tokens[value],
                label=both(text),
                count=having[value],
                control=value if name == "control" else None,
            )
            for value, text in words.items()
        )
        return cls(
            kind=Kind(name=name, options=options),
            tokens={found: [tokens[value] for value in words if value in set(values(found))] for found in counts},
            tells_apart=any(option.count < counts.total() for option in options),
        )


def _verdicts(found: _Traits) -> Iterator[str]:
    """Yield the verdict, and what else that kind of filter tells apart."""
    yield found.verdict
    if found.verdict in OPEN_VERDICTS:
        yield "open"
    if found.waived:
        yield "waived"


def _verdict_labels(traits: Iterable[_Traits]) -> dict[str, Text]:
    """Return the words of each verdict, worst first; what is open in one if it is of two verdicts."""
    both_open = {found.verdict for found in traits}.issuperset(OPEN_VERDICTS)
    own = {verdict: say(f"section.group_{verdict}") for verdict in VERDICTS}
    return ({"open": say("filter.open")} if both_open else {}) | own | {"waived": say("filter.waived")}


def _controls(found: _Traits) -> Iterator[str]:
    """Yield the controls that fail or need review."""
    yield from (control for control, _ in found.unsettled)


def _titles(controls: list[dict[str, Any]]) -> dict[str, Text]:
    """Return the title of each control, in the order of the catalogue."""
    return {control["id"]: Text(control["title"]["en"], control["title"]["zh"]) for control in controls}


def _technology_labels(traits: Iterable[_Traits]) -> dict[str, Text]:
    """Return the name of each technology, by name; what is no tunnel comes last."""
    kinds = {"carrier_handoff": say("filter.handoff"), "public_network_access": say("filter.public")}
    names = {found.technology: technology_name(found.technology) for found in traits}
    ordered = sorted((name for name in names if name not in kinds), key=lambda name: names[name].en.casefold())
    return {name: names[name] for name in ordered} | kinds


def _places(found: _Traits) -> Iterator[str]:
    """Yield the regions of the far ends, and their countries."""
    yield from map(_region, found.codes)
    yield from found.codes


def _place_labels(traits: Iterable[_Traits]) -> dict[str, Text]:
    """Return the words of each region, then of countries if they are few; no region that is one country only."""
    labels = {name: say(f"filter.{name}") for name in ("mainland", "across", "abroad", "unknown", "none")}
    countries = {code for found in traits for code in found.codes} - {"CN", "unknown", "none"}
    if len(countries) > COUNTRIES_AT_MOST:
        return labels
    in_regions = Counter(map(_region, countries))
    kept = {name: text for name, text in labels.items() if in_regions[name] != 1}
    return kept | {code: place(code) for code in sorted(countries, key=lambda code: place(code).en)}


def _region(code: str) -> str:
    """Return the region of a place as the guidance tells them apart."""
    if code in ("unknown", "none"):
        return code
    return "mainland" if code == "CN" else "across" if code in _ACROSS else "abroad"
