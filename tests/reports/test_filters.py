"""Filters of the HTML report: every value that occurs can be chosen, with its number, in both languages."""

import re
from collections import Counter
from dataclasses import replace
from html import escape
from typing import Any

import pytest
from markupsafe import Markup

from auditor.model.scan import Scan
from reports import filters, html, styles
from reports.document import document
from reports.escape import visible
from reports.labels import place
from reports.rows import Rows
from reports.writing import Voice
from tests.reports import hostile, samples
from tests.reports.page import Page
from tests.reports.sample_paths import judged, path
from tests.reports.sample_paths import place as at
from tests.reports.sample_tunnels import openvpn


@pytest.fixture(scope="module")
def many() -> dict[str, Any]:
    return document(samples.many(30))


@pytest.fixture(scope="module")
def mixed() -> dict[str, Any]:
    return document(samples.mixed())


def entries(whole: dict[str, Any]) -> list[dict[str, Any]]:
    return [*whole["tunnels"], *whole["objects"]]


def offered(whole: dict[str, Any]) -> dict[str, dict[str, int]]:
    """Return the options of each kind by their English words, with the numbers shown."""
    return {
        kind.name: {option.label["en"]: option.count for option in kind.options}
        for kind in filters.Filters(whole).kinds
    }


def far_apart(codes: list[str | None]) -> Scan:
    """Return a scan with one tunnel to each of these places."""
    found = openvpn()
    assert found.tunnel is not None
    objects = []
    for number, code in enumerate(codes):
        tunnel = replace(found.tunnel, id=f"t-{number}", interface=f"tun{number}")
        paths = tuple(
            path(p.remote, at(code), p.match, provisioning="unknown", contract_status="unknown") for p in found.paths
        )
        objects.append(judged("tunnel", tunnel, paths))
    return samples.scan(*objects)


def test_every_verdict_control_technology_and_place_that_occurs_can_be_chosen(mixed: dict[str, Any]) -> None:
    found, options = entries(mixed), offered(mixed)
    words = dict(zip(filters.VERDICTS, _VERDICT_WORDS, strict=True))
    verdicts = Counter(words[entry["verdict"]] for entry in found)
    verdicts["Not in line or to review"] = sum(e["verdict"] in ("non_compliant", "needs_review") for e in found)
    verdicts["Accepted by a waiver"] = sum(entry["waived"] != "none" for entry in found)
    assert options["verdict"] == verdicts
    titles = {control["id"]: control["title"]["en"] for control in mixed["controls"] if control["scope"] == "T"}
    controls = Counter(
        titles[result["control"]]
        for entry in found
        for result in entry["results"]
        if result["outcome"] in ("fail", "review") and result["control"] in titles
    )
    assert options["control"] == controls
    technologies = Counter(e["technology_name"]["en"] for e in found if e["technology_name"])
    assert options["technology"] == technologies | {"Carrier hand-off": 1, "Public-network access": 1}
    assert options["place"] == {
        "In the mainland": 2,
        "Hong Kong, Macao, Taiwan": 2,
        "Other places outside the mainland": 4,
        "Place not known": 2,
        "No far end of its own": 1,
        "Hong Kong": 1,
        "Japan": 1,
        "Singapore": 2,
        "Taiwan": 1,
        "United States": 1,
    }


_VERDICT_WORDS = (
    "Not in line with the guidance",
    "Needs review",
    "Matched to a permitted route",
    "Permitted (domestic or public network)",
    "Outside the scope of the guidance",
)


def test_options_have_both_languages_and_the_chinese_is_chinese(mixed: dict[str, Any]) -> None:
    for kind in filters.Filters(mixed).kinds:
        for option in kind.options:
            assert option.label["en"]
            assert option.label["zh"]
            if kind.name != "technology":
                assert re.search("[\u4e00-\u9fff]", option.label["zh"]), option


def test_many_countries_are_told_by_region_only() -> None:
    codes = ["JP", "US", "DE", "FR", "GB", "IT", "ES", "SE", "NO", "HK", "CN", None]
    assert offered(document(far_apart(codes)))["place"] == {
        "In the mainland": 1,
        "Hong Kong, Macao, Taiwan": 1,
        "Other places outside the mainland": 9,
        "Place not known": 1,
    }


def test_a_region_of_one_country_is_that_country() -> None:
    options = offered(document(far_apart(["JP", "JP", "CN", None])))["place"]
    assert options == {"In the mainland": 1, place("JP").en: 2, "Place not known": 1}


def test_a_place_that_is_not_known_is_never_left_out_of_the_places() -> None:
    whole = document(samples.many(30))
    for entry in whole["tunnels"]:
        entry["places"]["remotes"] = []
    found = filters.Filters(whole)
    assert {option.label["en"] for kind in found.kinds for option in kind.options}.isdisjoint({"Singapore"})
    for entry in whole["tunnels"][:10]:
        entry["places"]["remotes"] = [{"location": "SG"}]
    assert offered(whole)["place"] == {"Place not known": 20, "Singapore": 10}


@pytest.mark.parametrize("count", [0, 1])
def test_nothing_to_tell_apart_needs_no_filter(count: int) -> None:
    whole = document(samples.many(count) if count else samples.nothing())
    assert filters.Filters(whole).kinds == ()
    written = html.render(whole)
    assert 'id="filters"' not in written
    assert ":has(#f-" not in written


def test_a_kind_that_fits_everything_alike_is_left_out() -> None:
    assert set(offered(document(far_apart(["JP", "US"])))) == {"place"}


def test_sets_count_every_object_once(mixed: dict[str, Any]) -> None:
    for whole in (mixed, document(samples.many(300))):
        found = filters.Filters(whole)
        assert sum(count for _, _, count in found.signatures) == found.total == len(entries(whole))


def test_a_group_has_the_classes_of_all_that_is_in_it(mixed: dict[str, Any]) -> None:
    found = filters.Filters(mixed)
    for section in ("tunnels", "objects"):
        for _, members in found.groups(section):
            assert set(found.of(*members).split()) == {c for entry in members for c in found.of(entry).split()}


@pytest.mark.parametrize("languages", html.LANGUAGES)
def test_each_option_is_a_labelled_radio_button_in_a_named_group(mixed: dict[str, Any], languages: str) -> None:
    page = Page(html.render(mixed, languages))
    radios = [radio for radio in page.all("input", type="radio") if radio.attributes["name"].startswith("f-")]
    kinds = filters.Filters(mixed).kinds
    assert len(radios) == sum(len(kind.options) + 1 for kind in kinds)
    assert all({"label", "fieldset"} <= set(radio.path) for radio in radios)
    checked = [radio.attributes["id"] for radio in radios if "checked" in radio.attributes]
    assert checked == [f"f-{kind.name}" for kind in kinds]
    legends = [e.words for e in page.all("legend") if "Language" not in e.words]
    wanted = {"en": "Verdict", "zh": "结论", "both": "Verdict结论"}[languages]
    assert legends[0] == wanted
    assert len(legends) == len(kinds)


def test_rows_replace_the_details_of_what_exceeds_them_and_nothing_is_left_out() -> None:
    count = html.DETAILED_AT_MOST + 150
    whole = document(samples.many(count))
    page = Page(html.render(whole))
    cards = [e.attributes["id"] for e in page.all("details", class_="card")]
    rows = [e.attributes["id"] for e in page.all("tr") if "id" in e.attributes]
    assert len(cards) == html.DETAILED_AT_MOST
    assert sorted(cards + rows) == sorted(f"o-{entry['id']}" for entry in entries(whole))
    assert cards == [f"o-{entry['id']}" for entry in entries(whole)[: len(cards)]]
    said = page.one("section", id="connections").words
    assert f"With {count} objects, {html.DETAILED_AT_MOST} have their details here" in said
    for entry in whole["tunnels"][-5:]:
        (row,) = page.all("tr", id=f"o-{entry['id']}")
        for part in (entry["name"], entry["id"], entry["summary"]["en"], entry["summary"]["zh"], entry["circuit"]):
            assert part in row.words


def test_a_row_names_every_far_end_and_heads_tell_what_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html, "DETAILED_AT_MOST", 0)
    whole = document(samples.mixed())
    page = Page(html.render(whole))
    assert page.all("details", class_="card") == []
    (row,) = page.all("tr", id="o-t-aa11bb22cc33")
    for address in ("10.30.0.9:4789", "10.30.0.10:4789", "10.30.0.11:4789"):
        assert address in row.words
    heads = [e.words for e in page.all("tr", class_="by") if "non_compliant" in e.attributes["class"]]
    assert any("Not in line with the guidance" in head and "X-01" in head for head in heads)
    assert any("accepted by a waiver" in head for head in heads)
    (failing,) = [entry for entry in whole["tunnels"] if entry["id"] == "t-5e6f7a8b9c0d"]
    (reason,) = [result["reason"] for result in failing["results"] if result["control"] == "X-01"]
    assert any(reason["en"] in head and reason["zh"] in head for head in heads)


@pytest.mark.parametrize("text", hostile.HOSTILE, ids=range(len(hostile.HOSTILE)))
def test_rows_and_paper_make_no_element_of_hostile_text(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html, "DETAILED_AT_MOST", 0)

    def shape(value: str) -> list[tuple[str, tuple[str, ...]]]:
        page = Page(html.render(document(hostile.hostile(value))))
        return [(element.tag, tuple(sorted(element.attributes))) for element in page.elements]

    assert shape(text) == shape("plain")
    written = html.render(document(hostile.hostile(text)))
    assert set(written) - {"\n"} == {c for c in written if c.isprintable() or c == "\u3000"}


def table_rows(whole: dict[str, Any], languages: str) -> dict[str, str]:
    """Return the cells of each row by its link target, all tunnels written as rows."""
    tables = Rows(Voice(languages), filters.Filters(whole), html._anchors(entries(whole)))
    written = "".join(tables.tables(whole["tunnels"], Markup("caption"), 100))
    return dict(re.findall(r"<tr class=\"[^\"]*\" id=(\S+?)>(.*?)</tr>\n", written, re.DOTALL))


@pytest.mark.parametrize("text", hostile.HOSTILE, ids=range(len(hostile.HOSTILE)))
def test_a_hostile_row_is_escaped_and_changes_no_other(text: str, many: dict[str, Any]) -> None:
    victim = many["tunnels"][17]
    wicked = {
        **victim,
        **{"name": text, "circuit": text, "summary": {"en": text, "zh": f"{text}中文"}},
        "witnesses": [{**witness, "probe": text} for witness in victim["witnesses"]],
    }
    changed = {**many, "tunnels": [*many["tunnels"][:17], wicked, *many["tunnels"][18:]]}
    name, shown = f"o-{victim['id']}", escape(visible(text), quote=False)
    for languages in html.LANGUAGES:
        before, after = table_rows(many, languages), table_rows(changed, languages)
        assert len(before) == len(many["tunnels"])
        assert {row for row in before if before[row] != after[row]} == {name}
        assert after[name].count(shown) >= 3
        assert not set(after[name]) & {"\x1b", "\u202e", "\n", "\u2028", "\udcff"}


@pytest.mark.parametrize(
    ("text", "string"),
    [
        ("gw-1", '"gw-1"'),
        ('a"b', '"a\\22 b"'),
        ("a\\b", '"a\\5c b"'),
        ("</style>", '"\\3c /style\\3e "'),
        ("a\nb", '"a\\5c x0ab"'),
        ("网关", '"网关"'),
    ],
)
def test_text_of_hosts_cannot_leave_a_css_string(text: str, string: str) -> None:
    assert styles.string(text) == string


@pytest.mark.parametrize("text", ['"}*{display:none}', "</style><script>alert(1)</script>", "\\", "\\22 "])
def test_a_hostile_name_of_the_gateway_stays_in_the_head_of_the_pages(text: str) -> None:
    scan = samples.mixed()
    named = replace(scan, config=replace(scan.config, gateway_name=text))
    page = Page(html.render(document(named)))
    (style,) = page.all("style")
    plain = Page(html.render(document(samples.mixed()))).one("style")
    assert style.words.count("{") == plain.words.count("{") + text.count("{")
    assert page.all("script") == []
