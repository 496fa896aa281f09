"""Templates hold no words of their own: what people read comes from texts.toml, in both languages."""

import re
from importlib.resources import files

import pytest

TEMPLATES = sorted(
    (item for item in files("reports").joinpath("templates").iterdir() if ".html" in item.name),
    key=lambda item: item.name,
)
_NAMES = {"auditor", "Linux", "AS", "DNSSEC", "English", "EN", "Language", "doctype", "html"}
"""Proper names, the names of the languages, and the label of the switch, which is in both."""

_JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
_TAG = re.compile(r"<[^<>]*>", re.DOTALL)
_TOLD = re.compile(r"\b(title|alt|aria-label|placeholder|summary)=")


def words_of(source: str) -> set[str]:
    """Return the words that stand in a template outside of tags and expressions."""
    bare = _TAG.sub(" ", _JINJA.sub(" ", source))
    return set(re.findall(r"[A-Za-z]{2,}", re.sub(r"&[a-z]+;", " ", bare)))


def spoken(source: str) -> list[str]:
    """Return strings of several words inside expressions that print, and attributes that are read aloud."""
    printed = " ".join(re.findall(r"\{\{.*?\}\}", source, re.DOTALL))
    found = [text for text in re.findall(r'"([^"]*)"', printed) if re.search("[A-Za-z]+ [A-Za-z]+", text)]
    return found + [mark for tag in _TAG.findall(_JINJA.sub(" ", source)) for mark in _TOLD.findall(tag)]


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda item: item.name)
def test_no_word_stands_in_a_template(template: object) -> None:
    source = template.read_text("utf-8")  # type: ignore[attr-defined]
    assert words_of(source) - _NAMES == set()
    assert spoken(source) == []


def test_the_test_sees_words() -> None:
    assert words_of("<p>{{ t('a.b') }} Not known</p>") == {"Not", "known"}
    assert spoken('{{ "not known" if x }}') == ["not known"]
    assert spoken('<a title="x">') == ["title"]
    assert len(TEMPLATES) >= 7
