"""Every word of the reports exists in both languages, is used, and is written as its language is."""

import re
from importlib.resources import files
from string import Formatter

import pytest

from auditor.guidance.texts import keys
from auditor.model.enumerations import PLACES, WORDS
from auditor.model.judgement import Verdict
from auditor.model.sightings import Reason
from auditor.model.text import Text
from auditor.model.tunnel import Role, State
from reports import labels
from reports.labels import joined, known, place, say, texts

_SAME_IN_BOTH = {"word.owner_pid", "word.vlan"}
_PACKAGE = files("reports")


def sources() -> str:
    """Return the text of every module and template."""
    parts = [item.read_text("utf-8") for item in _PACKAGE.iterdir() if item.name.endswith(".py")]
    parts += [item.read_text("utf-8") for item in _PACKAGE.joinpath("templates").iterdir()]
    return "\n".join(parts)


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("key", sorted(texts()))
def test_each_text_has_both_languages_and_the_same_blanks(key: str) -> None:
    text = texts()[key]
    assert text.en.strip(), "no English"
    assert text.zh.strip(), "no Chinese"
    assert placeholders(text.en) == placeholders(text.zh)
    assert text.en.isascii() or "—" in text.en
    if re.search("[a-z]", re.sub(r"\{[a-z_]+\}", "", text.en)) and key not in _SAME_IN_BOTH:
        assert re.search("[\u4e00-\u9fff]", text.zh), "no Chinese character"


@pytest.mark.parametrize("key", sorted(texts()))
def test_chinese_uses_full_width_punctuation(key: str) -> None:
    plain = re.sub(r"\{[a-z_]+\}", "字", texts()[key].zh)
    assert not re.search("[\u4e00-\u9fff][,;:?!()]|[,;:?!()][\u4e00-\u9fff]", plain)


def test_each_text_is_used_and_each_used_text_exists() -> None:
    code = sources()
    named = set(re.findall(r'["\']([a-z]+\.[a-z_0-9]+)["\']', code))
    by_prefix = set(re.findall(r'["\']([a-z]+\.(?:[a-z_]+_)?)["\'] ~', code))
    by_prefix |= set(re.findall(r'f["\']([a-z]+\.(?:[a-z_]+_)?)\{', code))
    assert "word." not in by_prefix
    by_prefix.add("count.")
    assert {key for key in texts() if key not in named and not key.startswith(tuple(by_prefix))} == set()
    groups = {key.partition(".")[0] for key in texts()}
    wanted = {key for key in named if key.partition(".")[0] in groups and not key.endswith("_")}
    assert wanted - set(texts()) - _FILE_NAMES == set()


_FILE_NAMES = {"report.html", "report.json", "report.txt", "data.name", "picture.css", "pdf.css", "trend.css"}


@pytest.mark.parametrize(
    ("prefix", "values"),
    [
        ("state", [state.value for state in State]),
        ("word.role_", [role.value for role in Role]),
        ("reason", [reason.value for reason in Reason]),
        ("open", [reason.value for reason in Reason]),
        ("count", [verdict.value for verdict in Verdict]),
        ("section.group_", [verdict.value for verdict in Verdict]),
        ("basis", WORDS["remote_location_basis"]),
        ("confidence", WORDS["remote_location_confidence"]),
        ("word.waiver_", ["expired", "expiring", "used", "unused"]),
        ("word.owner_", ["kernel", "unknown"]),
        ("rule", keys("rule_status")),
        ("door", ["configuration", "dnat", "link", "outer", "port", "process", "redirect", "route", "tproxy", "tun"]),
    ],
)
def test_every_value_that_can_occur_has_its_words(prefix: str, values: list[str]) -> None:
    for value in values:
        key = f"{prefix}{value}" if prefix.endswith("_") else f"{prefix}.{value}"
        assert key in texts()


def test_every_place_of_the_facts_has_a_name_in_both_languages() -> None:
    assert set(labels.places()) == set(PLACES)
    for name in labels.places().values():
        assert name.en.strip()
        assert re.search("[\u4e00-\u9fff]", name.zh)


def test_the_mainland_and_its_neighbours_are_told_apart() -> None:
    assert place("CN") == Text("mainland China", "中国内地")
    assert [place(code).zh for code in ("HK", "MO", "TW")] == ["香港", "澳门", "台湾"]
    assert place(None) == place("unknown") == say("word.not_known")
    assert place("ZZ") == Text("ZZ", "ZZ")


def test_blanks_are_filled_in_each_language() -> None:
    assert say("word.far_ends") == Text("Far ends", "对端")
    assert say("evidence.onward", reach=Text("abroad", "境外")) == Text("Onward reach: abroad", "后续去向：境外")
    assert say("evidence.onward", reach={"en": "abroad", "zh": "境外"}).zh == "后续去向：境外"
    assert say("evidence.onward", reach=None) == Text("Onward reach: not known", "后续去向：未知")
    assert say("evidence.onward", reach="{0.__class__}").en == "Onward reach: {0.__class__}"


def test_a_text_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(KeyError):
        say("word.no_such_text")
    with pytest.raises(KeyError):
        say("evidence.onward", wrong="x")
    assert known("attribute.no such", "raw") == Text("raw", "raw")


def test_enumerations_follow_their_language() -> None:
    assert joined([Text("a", "甲"), Text("b", "乙")]) == Text("a, b", "甲、乙")
