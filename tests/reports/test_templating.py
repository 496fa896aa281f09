"""The reports' Jinja environment: constants worked out in compiling, fields of mappings first, all escaped."""

import re
from importlib.resources import files
from typing import Any

import pytest
from jinja2 import StrictUndefined, UndefinedError
from markupsafe import Markup

from reports import html
from reports.labels import texts
from reports.templating import CONSTANT, Templates
from reports.writing import shown

METHODS = ("clear", "copy", "get", "items", "keys", "pop", "popitem", "setdefault", "update", "values")


def environment(**functions: Any) -> Templates:
    """Return an environment as reports have it; functions of constants are those of `functions`, else `str`."""
    made = Templates(autoescape=True, undefined=StrictUndefined, finalize=shown)
    named = {name: functions.get(name, str) for name in CONSTANT}
    made.globals.update(named)
    made.filters.update(named)
    return made


def test_a_call_with_one_string_is_made_once_in_compiling() -> None:
    asked: list[str] = []

    def said(key: str) -> str:
        asked.append(key)
        return key.upper()

    template = environment(t=said).from_string('{{ t("a") }}{% if x %} {{ t("b") if x > 1 else t("c") }}{% endif %}')
    assert asked
    asked.clear()
    assert [template.render(x=x) for x in (0, 1, 2)] == ["A", "A C", "A B"]
    assert asked == []


def test_any_other_call_is_made_each_time() -> None:
    def said(key: str, number: int = 0) -> str:
        return f"{key}{number}"

    template = environment(t=said).from_string('{{ t("a" ~ x) }} {{ t("a", number=x) }} {{ t(x) }} {{ u("a") }}')
    assert [template.render(x=x, u=str) for x in (1, 2)] == ["a10 a1 10 a", "a20 a2 20 a"]


def test_what_is_worked_out_in_compiling_is_escaped_as_all_else() -> None:
    made = environment(t=lambda key: f"<{key}>", icon=lambda key: Markup("<{}>").format(key))
    template = made.from_string('{{ t("a") }}{{ t(x) }}{{ icon("b") }}{{ icon(x) }}')
    assert template.render(x="&") == "&lt;a&gt;&lt;&amp;&gt;<b><&amp;>"


def test_space_around_a_constant_stays_as_it_is_around_a_value() -> None:
    made = environment(mark=lambda key: f" {key} ")
    source = "a {{ NAME }}\n  {%- if x %} b{% endif %}\n  {% if x %}c{% endif %}{{ NAME }}{{- NAME -}} d"
    constant = made.from_string(source.replace("NAME", 'mark("m")'))
    assert constant.render(x=1) == made.from_string(source.replace("NAME", "m")).render(x=1, m=" m ")


def test_each_language_has_constants_of_its_own() -> None:
    templates = {languages: html._template(languages) for languages in html.LANGUAGES}
    none = texts()["word.none"]
    wanted = {"en": none.en, "zh": none.zh, "both": f"<i lang=en>{none.en}</i><i lang=zh-CN>{none.zh}</i>"}
    for languages, template in templates.items():
        assert template.environment.from_string('{{ t("word.none") }}').render() == wanted[languages]


@pytest.mark.parametrize("languages", html.LANGUAGES)
def test_functions_of_constants_return_what_is_safe_already(languages: str) -> None:
    # What is worked out in compiling is escaped, but not spelled out as `writing.shown` does it.
    asked = {"t": "word.none", "icon": "ok", "mark": "comma", "colon": "word.none"}
    functions = html._template(languages).environment.filters
    assert asked.keys() == CONSTANT
    assert all(isinstance(functions[name](value), Markup) for name, value in asked.items())


@pytest.mark.parametrize("name", METHODS)
def test_a_field_of_a_mapping_is_read_whatever_it_is_called(name: str) -> None:
    template = environment().from_string(f"{{{{ o.{name} }}}}")
    assert template.render(o={name: "field"}) == "field"


def test_what_is_no_field_is_an_attribute_or_an_error() -> None:
    made = environment()
    assert made.from_string("{{ o.real }}{% for x in y %}{{ loop.index }}{% endfor %}").render(o=7, y="ab") == "712"
    with pytest.raises(UndefinedError, match="missing"):
        made.from_string("{% if o.missing %}{% endif %}").render(o={"there": 1})


def test_macros_called_in_loops_and_blocks_are_written_once_escaped() -> None:
    source = "{% macro m(x, y=1) %}<i>{{ x }}{{ y }}</i>{% endmacro %}{% for x in xs %}{{ m(x, y=2) }}{% endfor %}"
    assert environment().from_string(source).render(xs="&a") == "<i>&amp;2</i><i>a2</i>"


def test_no_template_calls_a_method_of_a_mapping() -> None:
    # Mappings by identifier have whatever a host or a person named as their keys.
    called = re.compile(rf"\.({'|'.join(METHODS)})\(")
    folder = files("reports").joinpath("templates")
    assert [item.name for item in folder.iterdir() if called.search(item.read_text("utf-8"))] == []
