"""Filters in real Chromium: each shows exactly the objects that the document says, by mouse and by keyboard alone."""

from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from reports import filters, html
from reports.document import document
from tests.reports import samples
from tests.reports.chromium import Opened
from tests.requires import requires_program

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = requires_program("chromium")
NOTHING = "Nothing fits all of these choices. Choose All in one of them."
_SEEN = """() => [...document.querySelectorAll('.card, .rows tr[id]')]
    .filter(part => part.checkVisibility()).map(part => part.id.slice(2)).sort()"""
_STATUS = "#filters [role=status]"


@pytest.fixture(scope="module")
def mixed() -> dict[str, Any]:
    return document(samples.mixed())


@pytest.fixture(scope="module")
def files(mixed: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("filters")
    written = {
        "mixed": html.render(mixed),
        "zh": html.render(mixed, "zh"),
        "many": html.render(document(samples.many(html.DETAILED_AT_MOST + 250))),
    }
    for name, text in written.items():
        folder.joinpath(f"{name}.html").write_text(text, "utf-8")
    return {name: folder / f"{name}.html" for name in written}


def choices(whole: dict[str, Any]) -> dict[str, tuple[str, set[str]]]:
    """Return for each option's class its kind and the ids of the objects that it is to show, by the document."""
    found: dict[str, tuple[str, set[str]]] = {}
    for kind in filters.Filters(whole).kinds:
        for option in kind.options:
            ids = {e["id"] for e in (*whole["tunnels"], *whole["objects"]) if fits(kind.name, option, e, whole)}
            found[option.token] = kind.name, ids
    return found


def fits(kind: str, option: filters.Option, entry: dict[str, Any], whole: dict[str, Any]) -> bool:
    """Return whether an object is to be shown, by the words of the option."""
    words = option.label["en"]
    if kind == "control":
        open_ones = [r["control"] for r in entry["results"] if r["outcome"] in ("fail", "review")]
        return option.control in open_ones
    if kind == "technology":
        name = entry["technology_name"]["en"] if entry["technology_name"] else entry["kind"].partition("_")[0]
        return name == {"Carrier hand-off": "carrier", "Public-network access": "public"}.get(words, words)
    if kind == "verdict":
        return words in {
            {"non_compliant": "Not in line with the guidance", "needs_review": "Needs review"}.get(entry["verdict"]),
            {"compliant": "Matched to a permitted route"}.get(entry["verdict"]),
            {"permitted": "Permitted (domestic or public network)"}.get(entry["verdict"]),
            "Not in line or to review" if entry["verdict"] in ("non_compliant", "needs_review") else None,
            "Accepted by a waiver" if entry["waived"] != "none" else None,
        }
    if entry["kind"] == "public_network_access":
        return words == "No far end of its own"
    codes = {at["location"] for at in entry["places"]["remotes"]} or {None}
    names = {"CN": {"In the mainland"}, None: {"Place not known"}}
    across = {"HK": "Hong Kong", "TW": "Taiwan"}
    abroad = {"US": "United States", "JP": "Japan", "SG": "Singapore"}
    names |= {code: {"Hong Kong, Macao, Taiwan", name} for code, name in across.items()}
    names |= {code: {"Other places outside the mainland", name} for code, name in abroad.items()}
    return any(words in names[code] for code in codes)


def unfold(page: "Page") -> None:
    """Open the panel the way a reader does."""
    summary = page.locator("#filters summary")
    if page.locator("#filters > details").get_attribute("open") is None:
        summary.click()


def seen(page: "Page") -> set[str]:
    return set(page.evaluate(_SEEN))


def status(page: "Page") -> str:
    """Return what a screen reader finds in the status, from Chromium's own accessibility tree."""
    session = page.context.new_cdp_session(page)
    root = session.send("DOM.getDocument")["root"]["nodeId"]
    node = session.send("DOM.querySelector", {"nodeId": root, "selector": _STATUS})["nodeId"]
    found = session.send("Accessibility.queryAXTree", {"nodeId": node})["nodes"]
    session.detach()
    return "".join(part["name"]["value"] for part in found if part.get("role", {}).get("value") == "StaticText")


@pytest.mark.parametrize("language", ["en", "zh", "both"])
def test_each_choice_by_mouse_shows_exactly_what_it_says(
    opened: Opened, files: dict[str, Path], mixed: dict[str, Any], language: str
) -> None:
    page = opened.goto(files["mixed"])
    page.locator(f"#lang-{language}").check()
    unfold(page)
    everything = seen(page)
    assert len(everything) == 10
    for token, (kind, ids) in choices(mixed).items():
        page.locator(f"label:has(#f-{token})").click()
        assert seen(page) == ids, token
        shown = {"en": f"{len(ids)} of 10 shown", "zh": f"共10个，显示{len(ids)}个"}
        for spoken in ("en", "zh"):
            assert (shown[spoken] in status(page)) == (language in (spoken, "both")), status(page)
        page.locator(f"label:has(#f-{kind})").click()
        assert seen(page) == everything
        assert "shown" not in status(page)
    assert opened.noise == []


def test_each_choice_by_keyboard_alone(opened: Opened, files: dict[str, Path], mixed: dict[str, Any]) -> None:
    page = opened.goto(files["mixed"])
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('#filters summary')"):
            break
    page.keyboard.press("Enter")
    wanted = choices(mixed)
    for kind in filters.Filters(mixed).kinds:
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.id") == f"f-{kind.name}"
        for option in kind.options:
            page.keyboard.press("ArrowRight")
            assert page.evaluate("document.activeElement.id") == f"f-{option.token}"
            assert seen(page) == wanted[option.token][1], option
        page.keyboard.press("ArrowRight")
        assert page.evaluate("document.activeElement.id") == f"f-{kind.name}"
    assert len(seen(page)) == 10


def test_choices_of_several_kinds_narrow_each_other_down(
    opened: Opened, files: dict[str, Path], mixed: dict[str, Any]
) -> None:
    page = opened.goto(files["mixed"])
    unfold(page)
    wanted = choices(mixed)
    by_kind = {k.name: [option.token for option in k.options] for k in filters.Filters(mixed).kinds}
    for verdict, far_end in product(by_kind["verdict"], by_kind["place"]):
        page.locator(f"#f-{verdict}").check()
        page.locator(f"#f-{far_end}").check()
        left = wanted[verdict][1] & wanted[far_end][1]
        assert seen(page) == left
        assert f"{len(left)} of 10 shown" in status(page)
        assert (NOTHING in status(page)) == (not left)
    page.locator("#f-place").check()
    for control, technology in product(by_kind["control"][:3], by_kind["technology"]):
        page.locator(f"#f-{verdict}").check()
        page.locator(f"#f-{control}").check()
        page.locator(f"#f-{technology}").check()
        assert seen(page) == wanted[verdict][1] & wanted[control][1] & wanted[technology][1]
    assert opened.noise == []


def test_a_report_in_one_language_has_the_same_filters(
    opened: Opened, files: dict[str, Path], mixed: dict[str, Any]
) -> None:
    page = opened.goto(files["zh"])
    unfold(page)
    for token, (kind, ids) in choices(mixed).items():
        page.locator(f"#f-{token}").check()
        assert seen(page) == ids
        assert f"共10个，显示{len(ids)}个" in status(page)
        page.locator(f"#f-{kind}").check()


def test_details_still_open_by_keyboard_and_links_reach_what_is_hidden(
    opened: Opened, files: dict[str, Path], mixed: dict[str, Any]
) -> None:
    page = opened.goto(files["mixed"])
    unfold(page)
    compliant = next(t for t, (k, ids) in choices(mixed).items() if k == "verdict" and "t-3d2a9c41f0b7" in ids)
    page.locator(f"#f-{compliant}").check()
    card = page.locator("#o-t-3d2a9c41f0b7")
    card.locator("> summary").focus()
    page.keyboard.press("Enter")
    assert card.locator("table").get_by_text("203.0.113.7/32").is_visible()
    assert not page.locator("#o-t-5e6f7a8b9c0d").is_visible()
    page.locator("#first a", has_text="tun0").click()
    assert page.locator("#o-t-5e6f7a8b9c0d").is_visible()


def test_rows_and_cards_of_a_large_report_are_filtered_alike(opened: Opened, files: dict[str, Path]) -> None:
    count = html.DETAILED_AT_MOST + 250
    whole = document(samples.many(count))
    page = opened.goto(files["many"])
    for token, (kind, ids) in choices(whole).items():
        page.locator(f"#f-{token}").check()
        assert seen(page) == ids, token
        assert f"{len(ids)} of {count} shown" in status(page)
        page.locator(f"#f-{kind}").check()
    assert len(seen(page)) == count
    page.locator("#f-v0").check()
    heights = page.evaluate("[...document.querySelectorAll('.chunk')].map(part => part.offsetHeight)")
    assert heights.count(0) >= 3  # parts without anything to show take no room
    assert opened.noise == []


@pytest.mark.parametrize("name", ["mixed", "many"])
def test_a_phone_is_never_wider_than_its_screen(opened: Opened, files: dict[str, Path], name: str) -> None:
    page = opened.goto(files[name], 380)
    for language in ("en", "zh", "both"):
        page.locator(f"#lang-{language}").check()
        unfold(page)
        for choice in ("#f-v0", "#f-verdict"):
            page.locator(choice).check()
            wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wider <= 0, (language, choice)
    page.locator(".rows table" if name == "many" else ".card").first.scroll_into_view_if_needed()
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


def test_those_who_do_not_see_it_hear_groups_and_numbers(opened: Opened, files: dict[str, Path]) -> None:
    page = opened.goto(files["mixed"])
    unfold(page)
    told = page.locator("#filters").aria_snapshot()
    for part in ('group "Verdict"', 'radio "All 10" [checked]', 'radio "Needs review 4"', 'group "Far end"'):
        assert part in told, told
    assert "X-01 Permitted route in evidence" in told
