"""What changed since the last scan: on the first screen in one line, in a section with reasons, in every format."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.errors import InputError
from auditor.history.previous import Previous
from auditor.history.reading import parse
from auditor.model.changes import Change, Difference, FieldChange, Kind, Subject
from reports import change_words, changes, changes_text, html, text
from reports.document import document
from tests.reports import hostile, sample_history, samples
from tests.reports.page import Page
from tests.reports.test_json_v1 import errors

LINE = (
    "Since 2026-11-23 04:46:09 UTC+08:00: connections: 2 new, 1 gone, 2 changed; "
    'verdict of IPsec → 203.0.113.40:4500 from "Matched to a permitted route" to "Needs review"; 1 other change(s).'
)


@pytest.fixture(scope="module")
def compared() -> dict[str, Any]:
    return sample_history.compared()


@pytest.fixture(scope="module")
def page(compared: dict[str, Any]) -> Page:
    return Page(html.render(compared))


def before(alter: dict[str, Any]) -> Previous:
    return Previous(report=parse(json.dumps({**json.loads(sample_history.written()), **alter}).encode(), "report.json"))


def test_the_first_scan_says_that_there_is_nothing_to_compare_with() -> None:
    shown = document(samples.mixed())
    assert shown["changes"]["state"] == "first"
    assert shown["changes"]["counts"] is None
    assert "First scan here" in Page(html.render(shown)).one("section", id="summary").words
    assert "First scan here: there is no earlier report to compare with." in text.render(shown)
    assert "此处首次扫描" in text.render(shown, "zh")


@pytest.mark.parametrize(
    ("previous", "why"),
    [
        (Previous(problem="report.json:1: is not JSON: Expecting value"), "report.json:1: is not JSON"),
        (before({"gateway": {"name": "gw-other", "hostname": "other"}}), "it is of another gateway, gw-other"),
        (before({"versions": {"tool": "0.1.0", "data_sets": "x"}, "gateway_assessment": {"results": {"a": 1}}}), None),
    ],
)
def test_a_report_that_cannot_be_compared_is_never_no_change(previous: Previous, why: str | None) -> None:
    shown = document(samples.mixed(), previous)
    assert errors(sample_history.plain(shown)) == []
    if why is None:
        return
    assert shown["changes"]["state"] == "unusable"
    for told in (text.render(shown), Page(html.render(shown)).one("section", id="summary").words):
        assert f"What changed is not known: the earlier report could not be compared ({why}" in told
        assert "nothing changed" not in told


def test_the_document_meets_the_schema(compared: dict[str, Any]) -> None:
    assert errors(sample_history.plain(compared)) == []


def test_one_line_on_the_first_screen(compared: dict[str, Any], page: Page) -> None:
    assert compared["changes"]["summary"]["en"] == LINE
    assert LINE in page.one("section", id="summary").words
    assert LINE in text.render(compared)
    assert "自2026-11-23 04:46:09 UTC+08:00以来：连接：新增2个，消失1个，变化2个；" in text.render(compared, "zh")


def test_nothing_changed_is_said_as_such() -> None:
    same = Previous(report=parse(changes_written(), "report.json"))
    shown = document(samples.mixed(), same)
    assert shown["changes"]["entries"] == []
    assert shown["changes"]["summary"]["en"] == "Since 2026-11-23 14:05:09 UTC+08:00: nothing changed."


def changes_written() -> bytes:
    return json.dumps(sample_history.plain(document(samples.mixed()))).encode()


def test_only_other_changes() -> None:
    old = json.loads(changes_written())
    old["not_tunnels"].pop()
    shown = document(samples.mixed(), Previous(report=parse(json.dumps(old).encode(), "report.json")))
    assert "no connection changed; 1 other change(s)" in shown["changes"]["summary"]["en"]


def test_the_section_says_what_and_why(page: Page) -> None:
    section = page.one("section", id="changes").words
    for part in (
        "Compared with the report of 2026-11-23 04:46:09 UTC+08:00 (tool 0.1.0)",
        "OpenVPN tunnel tun9 to 198.51.100.77:1194",
        "state: from down to up",
        "状态：由未连通变为已连通",
        "the register or the configuration changed",
        "Register, devices, coverage and settings (1)",
        "SHA-256 of the earlier report.json",
    ):
        assert part in section, part
    links = [e.attributes["href"] for e in page.all("a") if "changes" not in e.attributes["href"]]
    assert "#o-t-5e6f7a8b9c0d" in links
    assert "#o-t-00aa11bb22cc" not in links


def test_what_may_only_be_hidden_is_marked() -> None:
    old = json.loads(sample_history.written())
    now = samples.unprivileged()
    shown = document(now, Previous(report=parse(json.dumps(old).encode(), "report.json")))
    gone = [e for e in shown["changes"]["entries"] if e["kind"] == "gone" and e["about"] == "connection"]
    assert {e["name"]: e["sure"] for e in gone}["wg-sg"] is False
    assert "not sure: what could be read" in Page(html.render(shown)).one("section", id="changes").words


def test_entries_are_bounded_and_the_rest_is_counted() -> None:
    many = Difference(
        old_at="2026-11-23T04:46:09+08:00",
        new_at="2026-11-24T04:46:09+08:00",
        changes=tuple(
            Change(kind=Kind.GONE, subject=Subject.DEVICE, id=f"veth{n}", name=f"veth{n}") for n in range(1500)
        ),
    )
    shown = document(samples.mixed())
    section = changes.section(many, shown, shown, sha256=None)
    assert (len(section["entries"]), section["left_out"], section["counts"]["others"]) == (changes.MOST, 500, 1500)
    assert len(changes.section(many, shown, shown, sha256=None, most=None)["entries"]) == 1500
    written = html.render({**shown, "changes": section})
    assert "500 more change(s) are left out here" in written


@pytest.mark.parametrize("value", hostile.HOSTILE, ids=range(len(hostile.HOSTILE)))
def test_hostile_text_of_an_earlier_report_is_text(value: str) -> None:
    def shape(mark: str) -> list[tuple[str, tuple[str, ...]]]:
        old = json.loads(json.dumps(sample_history.plain(document(hostile.hostile(mark)))))
        old["gateway"]["name"] = old["gateway"]["hostname"] = samples.mixed().gateway.hostname
        old["tunnels"] = [{**o, "name": mark, "state": mark} for o in old["tunnels"]]
        previous = Previous(report=parse(json.dumps(old).encode(), "report.json"))
        shown = document(samples.mixed(), previous)
        assert shown["changes"]["state"] == "compared"
        assert errors(sample_history.plain(shown)) == []
        told = text.render(shown)
        assert all(line.isprintable() for line in told.splitlines())
        return [(e.tag, tuple(sorted(e.attributes))) for e in Page(html.render(shown)).elements if e.tag != "code"]

    assert {tag for tag, _ in shape(value)} == {tag for tag, _ in shape("plain")}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_no_value_of_an_earlier_report_costs_the_report(data: st.DataObject) -> None:
    broken = json.loads(sample_history.written())
    broken["not_tunnels"] = broken["not_tunnels"][:2]
    for name in ("controls", "statements", "actions"):
        del broken[name]
    put(broken, data)
    try:
        previous = Previous(report=parse(json.dumps(broken).encode(), "report.json"))
    except InputError:
        return
    shown = document(samples.compliant(), previous)
    assert errors({**sample_history.plain(shown)}) == []
    assert html.render(shown)
    assert text.render(shown)


def put(broken: dict[str, Any], data: st.DataObject) -> None:
    """Put something odd into some place of a report."""
    at: Any = broken
    for _ in range(data.draw(st.integers(0, 4))):
        keys = [k for k in (at if isinstance(at, dict) else range(len(at))) if isinstance(at[k], dict | list) and at[k]]
        if not keys:
            break
        at = at[data.draw(st.sampled_from(keys))]
    where = data.draw(st.sampled_from(list(at) if isinstance(at, dict) else list(range(len(at)))))
    at[where] = data.draw(ODD)


ODD = st.sampled_from(
    [None, True, -1, 1.5, "", "x", [], {}, [1], [None], ["a", 1], {"en": 1, "zh": None}, [[{}]], [{"id": []}], 10**30]
)


def test_a_verdict_that_is_none_is_not_shown() -> None:
    old = json.loads(sample_history.written())
    old["gateway_assessment"]["verdict"] = "splendid"
    for circuit in old["circuits"]:
        circuit.update(verdict="splendid", status="x")
    shown = document(samples.mixed(), Previous(report=parse(json.dumps(old).encode(), "report.json")))
    assert {e["verdict_old"] for e in shown["changes"]["entries"] if e["about"] == "gateway_control"} == {None}
    assert html.render(shown)


def test_secrets_planted_in_an_earlier_report_go_no_further() -> None:
    old = json.loads(sample_history.written())
    key = "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk="
    old["tunnels"][0]["name"] = f"private_key={key}"
    old["tunnels"][0]["owner"] = {"program": "-----BEGIN PRIVATE KEY----- MIIEvQIBADANBg", "path": "x"}
    shown = document(samples.mixed(), Previous(report=parse(json.dumps(old).encode(), "report.json")))
    written = json.dumps(sample_history.plain(shown)["changes"])
    assert "BEGIN PRIVATE KEY" not in written
    assert any("removed before writing" in notice["en"] for notice in shown["notices"])


def test_public_keys_are_told_short_and_are_no_secret() -> None:
    old = json.loads(changes_written())
    (tunnel,) = [entry for entry in old["tunnels"] if entry["name"] == "wg-sg"]
    key = tunnel["remotes"][0]["identity"]
    other = f"q{key[1:]}"
    tunnel["remotes"].append({**tunnel["remotes"][0], "address": None, "name": None, "identity": other})
    tunnel["remotes"][0]["identity"] = f"x{key[1:]}"
    shown = document(samples.mixed(), Previous(report=parse(json.dumps(old).encode(), "report.json")))
    (entry,) = [e for e in shown["changes"]["entries"] if e["name"] == "wg-sg"]
    assert f"{other[:8]}…" in json.dumps(entry, ensure_ascii=False)
    assert key not in json.dumps(entry)
    assert "[removed]" not in json.dumps(entry)
    assert not any("removed" in notice["en"] for notice in shown["notices"])
    (privacy,) = [r for r in shown["gateway_assessment"]["results"] if r["control"] == "A-01"]
    assert privacy["outcome"] == "pass"


def test_a_remote_access_server_names_nobody_here_either() -> None:
    now = samples.mixed()
    less = replace(now, objects=tuple(o for o in now.objects if not (o.tunnel and o.tunnel.interface == "tun-staff")))
    old = json.dumps(sample_history.plain(document(less))).encode()
    shown = document(now, Previous(report=parse(old, "report.json")))
    (entry,) = [e for e in shown["changes"]["entries"] if e["about"] == "connection"]
    assert (entry["name"], entry["kind"]) == ("tun-staff", "new")
    assert "fewer than 5" in entry["summary"]["en"]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("state", "state"),
        ("remotes[203.0.113.7].port", "far end 203.0.113.7 › port"),
        ("results[X-01].outcome", "control X-01 › outcome"),
        ("paths[?].match.reasons[a.b remote end]", "path to ? › register match › compared a.b remote end"),
    ],
)
def test_fields_have_names_for_people(path: str, words: str) -> None:
    assert change_words.label(path).en == words


@pytest.mark.parametrize(
    ("field", "words"),
    [
        (FieldChange(field="state", old="up", new="stale"), "from up to stale"),
        (FieldChange(field="verdict", old="compliant", new=None), "from Matched to a permitted route to not known"),
        (FieldChange(field="verdict", old="odd", new="odder"), "from odd to odder"),
        (
            FieldChange(field="routes", old=("10.0.0.0/8",), new=("10.1.0.0/16",)),
            "joined: 10.1.0.0/16; left: 10.0.0.0/8",
        ),
        (FieldChange(field="routes", old=None, new=()), "from not known to none"),
        (FieldChange(field="default_route", old=False, new=True), "from no to yes"),
        (FieldChange(field="remotes[x]", old=None, new="address x"), "new (address x)"),
        (FieldChange(field="remotes[x]", old="address x, odd y, z", new=None), "gone (address x, odd y, z)"),
        (FieldChange(field="circuit", old="A-1", new=None), "from A-1 to none"),
        (FieldChange(field="waived", old="none", new="all"), "from nothing to everything"),
        (FieldChange(field="waiver", old=None, new="id W-1, owner Net"), "from none to id W-1, run by Net"),
        (FieldChange(field="match.network_evidence", old="match", new="odd"), "from agrees with the register to odd"),
    ],
)
def test_values_have_words(field: FieldChange, words: str) -> None:
    assert change_words.says(field).en == words


def told(compared: dict[str, Any]) -> dict[str, Any]:
    moments = {which: {"started_at": "2026-11-23T04:46:09+08:00"} for which in ("old", "new")}
    return {"gateway": "gw<1>", "backwards": True, "changes": compared["changes"], **moments}


def test_text_and_markdown_of_the_command(compared: dict[str, Any]) -> None:
    plain = changes_text.text(told(compared), "en")
    assert "[new] Connection tun0 (the host changed)" in plain
    assert "The first report is later than the second." in plain
    marked = changes_text.markdown(told(compared), "both")
    assert marked.startswith("# Changes of gw\\<1\\> from ")
    assert re.search(r"^- \\\[new\\\] Connection tun0 \(the host changed\) / ", marked, flags=re.MULTILINE)
    assert "新增" in marked
