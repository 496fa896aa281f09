"""The picture in the file: one a language and width, the same rows in words, small however many there are."""

import re
from dataclasses import replace

import pytest

from reports import html, styles
from reports.document import document
from tests.reports import hostile, samples
from tests.reports.page import Page
from tests.reports.sample_objects import handoff
from tests.reports.sample_pictures import variety


def section(written: str) -> str:
    found = re.search("<section id=picture.*?</section>", written, flags=re.DOTALL)
    assert found
    return found[0]


def page_of(written: str) -> Page:
    return Page(section(written))


def test_it_stands_between_what_to_do_and_the_connections() -> None:
    written = html.render(document(samples.mixed()))
    places = [written.index(f"<section id={name}") for name in ("first", "picture", "connections")]
    assert places == sorted(places)
    nav = Page(written).one("nav")
    assert "Where connections lead" in nav.words


@pytest.mark.parametrize(
    ("languages", "langs"),
    [("both", ["en", "en", "zh-CN", "zh-CN"]), ("en", ["en", "en"]), ("zh", ["zh-CN", "zh-CN"])],
)
def test_there_is_one_picture_a_language_and_width(languages: str, langs: list[str]) -> None:
    page = page_of(html.render(document(samples.mixed()), languages))
    assert [picture.attributes["lang"] for picture in page.all("div", class_="pic")] == langs
    words = " ".join(text.words for text in page.all("text"))
    assert bool(re.search("[\u4e00-\u9fff]", words)) == ("zh-CN" in langs)
    assert ("leaves by" in words) == ("en" in langs)


def test_the_words_say_what_the_picture_shows() -> None:
    page = page_of(html.render(document(variety(60)), "en"))
    drawn = [
        (link.attributes["href"], next(e.words for e in page.elements[page.elements.index(link) :] if e.tag == "title"))
        for link in page.all("a")
        if "svg" in link.path
    ]
    told = [(link.attributes["href"], link.words) for link in page.all("a") if "details" in link.path]
    assert len(told) > 20
    assert drawn == told + told  # once for each width


def test_states_are_told_without_colour() -> None:
    page = page_of(html.render(document(samples.mixed()), "en"))
    marks: dict[str, set[str]] = {}
    for link in page.all("a"):
        if "svg" in link.path and "class" in link.attributes:
            after = page.elements[page.elements.index(link) :]
            mark = next(e.attributes["href"] for e in after if e.tag == "use")
            word = next(e.words for e in after if e.tag == "tspan")
            marks.setdefault(link.attributes["class"], set()).add(f"{mark} {word}")
    assert marks == {
        "non_compliant": {"#i-bad not in line"},
        "needs_review": {"#i-warn to review"},
        "compliant": {"#i-ok matched"},
        "permitted": {"#i-per permitted"},
    }
    css = styles.sheet()
    for verdict in ("non_compliant", "needs_review", "not_applicable"):
        assert re.search(rf"\.pic \.line\.{verdict}[^}}]*stroke-dasharray", css)


def test_a_gateway_without_connections_says_so() -> None:
    page = page_of(html.render(document(samples.nothing()), "en"))
    assert "No connection that was found leaves the mainland." in page.one("p", class_="lede").words
    assert "No tunnel was found in what could be read." in page.one("details").words


def test_long_and_wicked_names_are_cut_in_view_and_whole_in_the_title() -> None:
    name = "<b>" + "x" * 250 + "\u202e"
    page = page_of(html.render(document(hostile.hostile(name)), "en"))
    shown = name.replace("\u202e", "[U+202E]")
    assert any(shown in title.words for title in page.all("title"))
    assert not any(shown in text.words for text in page.all("text"))
    assert any(text.words.endswith("…") for text in page.all("text"))
    assert page.all("b") == []


def test_many_ways_out_are_counted_not_listed() -> None:
    lines = []
    for number in range(100):
        found = handoff()
        assert found.port is not None
        lines.append(replace(found, id=f"t-{number}", port=replace(found.port, interface=f"eth2.{number}"), paths=()))
    page = page_of(html.render(document(samples.scan(*lines)), "en"))
    assert "eth2.7: 1 connection" in page.one("details").words
    assert "eth2.99: 1 connection" not in page.one("details").words
    assert "and 77 more" in page.one("details").words  # with the uplink that the configuration states
    assert "and 97 more" in page.all("svg")[0].words


def test_it_does_not_grow_with_the_number_of_connections() -> None:
    few, many = (len(section(html.render(document(samples.many(count))))) for count in (100, 1500))
    assert abs(many - few) < 1000
    assert max(len(section(html.render(document(variety(count))))) for count in (60, 700)) < 120_000
