"""The HTML report: one file, nothing runs or loads, what matters is on it, hostile text is text."""

import re
from base64 import b64decode
from dataclasses import replace
from hashlib import sha256
from itertools import pairwise
from typing import Any

import pytest

from reports import html, writing
from reports.document import document
from tests.reports import hostile, samples
from tests.reports.page import Page
from tests.reports.sample_tunnels import vxlan

SCANS = ("mixed", "compliant", "unprivileged", "without_config", "nothing")


@pytest.fixture(scope="module")
def written() -> str:
    return html.render(document(samples.mixed()))


@pytest.fixture(scope="module")
def page(written: str) -> Page:
    return Page(written)


@pytest.mark.parametrize("name", SCANS)
@pytest.mark.parametrize("languages", html.LANGUAGES)
def test_every_report_is_well_formed_and_has_no_id_twice(name: str, languages: str) -> None:
    page = Page(html.render(document(getattr(samples, name)()), languages))
    ids = [element.attributes["id"] for element in page.elements if "id" in element.attributes]
    assert len(ids) == len(set(ids))
    targets = {element.attributes["href"] for element in page.all("a")} | {
        element.attributes["href"] for element in page.all("use")
    }
    assert targets <= {f"#{name}" for name in ids}
    labels = {
        element.attributes["aria-labelledby"] for element in page.elements if "aria-labelledby" in element.attributes
    }
    assert labels <= set(ids)


def test_nothing_runs_and_nothing_loads(written: str, page: Page) -> None:
    tags = {element.tag for element in page.elements}
    assert tags.isdisjoint({"script", "iframe", "object", "embed", "form", "img", "base", "button", "video", "audio"})
    assert [element.attributes["href"] for element in page.all("link")] == ["data:,"]
    for element in page.elements:
        assert not any(name.startswith("on") or name in ("style", "src", "action") for name in element.attributes)
    assert "http://" not in written
    assert "https://" not in written
    assert "@import" not in written
    assert "url(" not in written


def test_the_content_policy_allows_exactly_the_style_that_is_there(written: str, page: Page) -> None:
    policy = page.one("meta", **{"http-equiv": "Content-Security-Policy"}).attributes["content"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules == {
        "default-src": "'none'",
        "style-src": rules["style-src"],
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    (style,) = re.findall(r"<style>(.*?)</style>", written, flags=re.DOTALL)
    digest = b64decode(rules["style-src"].removeprefix("'sha256-").removesuffix("'"))
    assert sha256(style.encode()).digest() == digest


def test_a_reader_who_stops_at_the_first_screen_is_not_misled(page: Page) -> None:
    first = page.one("section", id="summary").words
    assert "Not in line with the guidance" in first
    assert "Status: critical" in first
    assert "exit code 2" in first
    assert "Coverage is incomplete: 2 source(s) could not be read" in first
    assert "gw-sha-01" in first
    assert "Shanghai office" in first
    assert "2026-11-23 14:05:09" in first
    assert "UTC+08:00" in first
    assert "Asia/Shanghai" in first
    steps = page.one("section", id="first").words
    assert "tun0 — Permitted route in evidence (X-01)" in steps
    assert "Lease the connection from China Telecom" in steps


@pytest.mark.parametrize(
    ("name", "icon", "words"),
    [
        ("unprivileged", "#i-eye", "The audit is incomplete"),
        ("compliant", "#i-ok", "Matched to a permitted route"),
        ("without_config", "#i-warn", "Needs review"),
        ("mixed", "#i-bad", "Not in line with the guidance"),
    ],
)
def test_the_verdict_is_told_by_icon_and_words(name: str, icon: str, words: str) -> None:
    written = html.render(document(getattr(samples, name)()))
    assert words in Page(written).one("p", class_="word").words
    head = written[written.index('class="verdict') :]
    assert re.search(r'<use href="([^"]+)"', head)[1] == icon  # type: ignore[index]


def test_each_connection_says_what_it_is(page: Page) -> None:
    card = page.one("details", id="o-t-5e6f7a8b9c0d").words
    for part in (
        "OpenVPN tunnel tun0 to 198.51.100.77:1194 (United States, on the company's own list of 2026-10-15,",
        "PID 2181",
        "openvpn-client@la.service",
        "192.0.2.10:40412",
        "eth0",
        "via 192.0.2.1",
        "default route",
        "Example Hosting LLC",
        "No register entry shares any attribute with it.",
        "grep -H iff: /proc/2181/fdinfo/*",
        "The guidance names none.",
        "[[circuit]]",
        "[[waiver]]",
        'objects = ["t-5e6f7a8b9c0d"]',
    ):
        assert part in card, part
    matched = page.one("details", id="o-t-3d2a9c41f0b7").words
    for part in ("203.0.113.7/32", "agrees", "supporting only", "SHA-SIN-IPLC-0042", "last handshake 0 min 48 s ago"):
        assert part in matched, part
    assert "[[circuit]]" not in matched


def test_reasons_against_are_shown_with_both_sides(page: Page) -> None:
    card = page.one("details", id="o-t-1b2c3d4e5f60").words
    assert "203.0.113.40" in card
    assert "203.0.113.7/32" in card
    assert "contradicts" in card
    assert "xfrm shows 2 associations, the daemon 1" in card


def test_the_guidance_is_quoted_and_other_rules_are_kept_apart(page: Page) -> None:
    control = page.one("details", id="c-X-01")
    assert "服务使用者应当向有资质的电信运营商申请采购该项服务" in control.words
    assert control.words.index("The guidance says") < control.words.index(
        "Other public rules (not part of the guidance)"
    )
    guidance, others = control.words.split("Other public rules (not part of the guidance)", 1)
    assert "Order to disconnect" in others
    assert "Order to disconnect" not in guidance
    assert "Consequence the guidance names" in guidance
    assert "If the provider is investigated" in guidance


def test_exceptions_stay_visible_with_the_original_verdict(page: Page) -> None:
    card = page.one("details", id="o-t-9f01c2d3e4a5").words
    assert "Not in line with the guidance" in card
    assert "accepted by a waiver" in card
    assert "Owner Network team, approved by Head of compliance on 2026-11-02, valid through 2027-01-31" in card
    table = page.one("section", id="waivers").words
    for word in ("expired", "in use", "fits nothing found", "gre-tpe"):
        assert word in table


def test_what_was_not_read_says_what_it_hides_and_how_to_open_it(page: Page) -> None:
    section = page.one("section", id="blind-spots").words
    for part in (
        "NETLINK_XFRM states",
        "blue",
        "ipsec, xfrm, vti",
        "give it CAP_NET_ADMIN",
        "Accepted by Head of compliance",
    ):
        assert part in section, part


def test_devices_that_are_none_are_grouped_by_reason(page: Page) -> None:
    groups = [e.words for e in page.all("details") if "fold" in e.attributes["class"] and "veth" in e.words]
    (veths,) = groups
    assert veths.startswith("pair of virtual Ethernet ports, both on this host")
    assert "tun1" in veths
    assert "blue/br-blue" in page.one("section", id="not-tunnels").words


def test_circuits_versions_and_statements_are_there(page: Page) -> None:
    circuits = page.one("section", id="circuits").words
    assert "not seen" in circuits
    assert "the contract ends on 2026-12-12" in circuits
    for part in ("China Telecom", "Providers in the register", "A14-4"):
        assert part in circuits, part
    provenance = page.one("section", id="provenance").words
    assert "9b74c9897bac770ffc029102a200c5de0ad5f4d1fd1c8ce6a1f2b3c4d5e6f708" in provenance
    assert "365 days" in provenance
    statements = page.one("section", id="statements").words
    assert "Technical audit aid, not legal advice." in statements
    assert "Carrier list as stated in the guidance (2018)." in statements
    assert "The audit is about connections of company gateways, not about people." in statements


def test_both_languages_are_in_one_file_and_each_part_says_which(page: Page, written: str) -> None:
    english, chinese = page.all("i", lang="en"), page.all("i", lang="zh-CN")
    assert len(english) == len(chinese) > 500
    assert not any(re.search("[\u4e00-\u9fff]", e.words) for e in english if "office" not in e.words)
    radios = page.all("input", type="radio", name="lang")
    assert [radio.attributes["id"] for radio in radios] == ["lang-en", "lang-zh", "lang-both"]
    assert [radio.attributes["id"] for radio in radios if "checked" in radio.attributes] == ["lang-en"]
    assert page.one("html").attributes["lang"] == "en"
    assert all("header" in radio.path and "fieldset" in radio.path for radio in radios)
    assert "html:has(#lang-zh:checked)" in written


@pytest.mark.parametrize(
    ("languages", "lang", "words"), [("en", "en", "Status: critical"), ("zh", "zh-CN", "状态：严重")]
)
def test_one_language_alone(languages: str, lang: str, words: str) -> None:
    page = Page(html.render(document(samples.mixed()), languages))
    assert page.one("html").attributes["lang"] == lang
    assert page.all("i") == []
    assert page.all("input", name="lang") == []
    assert words in page.one("section", id="summary").words


def test_the_language_shown_first_can_be_chosen() -> None:
    page = Page(html.render(document(samples.nothing()), first="zh"))
    assert "checked" in page.one("input", id="lang-zh").attributes
    assert page.one("html").attributes["lang"] == "zh-CN"
    with pytest.raises(ValueError, match="one of both, en, zh"):
        html.render(document(samples.nothing()), "fr")


def test_structure_helps_those_who_do_not_see_it(page: Page) -> None:
    for landmark in ("header", "main", "footer", "nav"):
        page.one(landmark)
    page.one("h1")
    levels = [int(element.tag[1]) for element in page.elements if re.fullmatch("h[1-6]", element.tag)]
    body = levels[levels.index(1) :]
    assert all(after - before <= 1 for before, after in pairwise(body))
    assert len(page.all("caption")) == len(page.all("table"))
    assert all(header.attributes.get("scope") in ("col", "row", "rowgroup") for header in page.all("th"))
    spoken = [image.attributes for image in page.all("svg") if image.attributes.get("aria-hidden") != "true"]
    titles = {title.attributes["id"]: title.words for title in page.all("title") if "id" in title.attributes}
    assert spoken
    assert all(image["role"] == "group" and titles[image["aria-labelledby"]] for image in spoken)


@pytest.mark.parametrize("text", hostile.HOSTILE, ids=range(len(hostile.HOSTILE)))
def test_hostile_text_makes_no_element_and_no_attribute(text: str) -> None:
    def shape(value: str) -> list[tuple[str, tuple[str, ...]]]:
        page = Page(html.render(document(hostile.hostile(value))))
        return [(element.tag, tuple(sorted(element.attributes))) for element in page.elements]

    assert shape(text) == shape("plain")


@pytest.mark.parametrize("text", hostile.HOSTILE, ids=range(len(hostile.HOSTILE)))
def test_hostile_text_reorders_nothing_and_controls_nothing(text: str) -> None:
    written = html.render(document(hostile.hostile(text)))
    assert set(written) - {"\n"} == {
        character for character in written if character.isprintable() or character == "\u3000"
    }


def test_hostile_text_is_readable() -> None:
    page = Page(html.render(document(hostile.hostile("<b>gw\u202egnp</b>"))))
    assert "<b>gw[U+202E]gnp</b>" in page.one("h1").words


def test_attributes_hold_nothing_that_hosts_or_people_wrote() -> None:
    mark = "evil\"'&<>mark"
    page = Page(html.render(document(hostile.hostile(mark))))
    held = [f"{e.tag} {name}" for e in page.elements for name, value in e.attributes.items() if "evil" in value]
    assert held == ["meta content"]  # the version of the tool, in <meta name=generator>


def test_long_lists_are_cut_in_view_and_say_so() -> None:
    page = Page(html.render(document(samples.scan(vxlan()))))
    assert f"{html.ROUTES_SHOWN} of 60 shown here" in page.one("section", id="connections").words


def test_many_objects_are_cut_into_parts_that_browsers_lay_out_one_at_a_time() -> None:
    count = 140
    written = html.render(document(samples.many(count)))
    page = Page(written)
    assert len(page.all("details", class_="card")) == count
    chunks = [
        element for element in page.all("div", class_="chunk") if "tun0" in element.words or "wg-sg" in element.words
    ]
    assert [len(re.findall("wg-sg[0-9]+ ", chunk.words)) <= html.CHUNK * 4 for chunk in chunks] == [True] * len(chunks)
    assert len(chunks) == 3  # of 35 that fail and 105 in order
    assert "content-visibility:auto" in written
    intro = page.one("section", id="connections").words
    assert f"With {count} objects, the guidance text" in intro
    assert page.all("blockquote")[0].path.count("details") == 1
    assert not any("open" in element.attributes for element in page.all("details", class_="card"))


def test_size_grows_by_less_than_six_kilobytes_an_object() -> None:
    few, more = (len(html.render(document(samples.many(n))).encode()) for n in (100, 200))
    assert (more - few) / 100 < 6000


def test_size_grows_by_less_than_six_hundred_bytes_an_object_that_is_a_row() -> None:
    few, more = (len(html.render(document(samples.many(n))).encode()) for n in (1000, 2000))
    assert (more - few) / 1000 < 600


def test_a_template_never_prints_none() -> None:
    with pytest.raises(TypeError, match="cannot print NoneType"):
        writing.shown(None)


@pytest.mark.parametrize(
    ("seconds", "words"), [(48, "0 min 48 s"), (200, "3 min 20 s"), (7260, "2 h 1 min"), (200000, "2 d 7 h")]
)
def test_ages_are_told_in_two_units(seconds: int, words: str) -> None:
    assert writing.age(seconds) == words


@pytest.mark.parametrize(
    ("end", "words"),
    [
        ({"address": "192.0.2.1", "port": 1194, "name": None}, "192.0.2.1:1194"),
        ({"address": "2001:db8::1", "port": 500, "name": None}, "[2001:db8::1]:500"),
        ({"address": "2001:db8::1", "port": None, "name": None}, "2001:db8::1"),
        ({"address": None, "port": 655, "name": "hub.example.net"}, "hub.example.net:655"),
        ({"address": None, "port": 4500, "name": None}, "*:4500"),
    ],
)
def test_ends_are_written_as_people_write_them(end: dict[str, Any], words: str) -> None:
    assert writing.end_text(end) == words


def test_an_id_of_unexpected_form_is_never_a_link_target() -> None:
    scan = samples.mixed()
    odd = replace(scan.objects[0], id='x" onclick="y')
    page = Page(html.render(document(samples.scan(odd))))
    assert [e.attributes["id"] for e in page.all("details", class_="card")] == ["o-1"]
