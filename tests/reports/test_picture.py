"""The picture loses nothing, says what crosses the border, and stays small however many connections there are."""

from collections import Counter
from dataclasses import replace

import pytest

from auditor.model.match import Place, Strength
from auditor.model.scan import Scan
from auditor.model.text import Text
from reports import picture_words as words
from reports.document import document
from reports.picture import ROWS_AT_MOST, SINGLE_AT_MOST, Group, Picture, picture
from tests.reports import hostile, sample_pictures, samples
from tests.reports.sample_objects import access, handoff, remote_access, unowned
from tests.reports.sample_pictures import at, inside, one, to_several, variety
from tests.reports.sample_tunnels import wireguard

SCANS = {
    "mixed": samples.mixed,
    "unprivileged": samples.unprivileged,
    "without_config": samples.without_config,
    "nothing": samples.nothing,
    "hostile": lambda: hostile.hostile("<b>"),
    "60": lambda: variety(60),
    "500": lambda: variety(500),
    "in Hong Kong": lambda: at(variety(30), "HK"),
}


def made(scan: Scan) -> Picture:
    return picture(document(scan))


def group(of: Picture, name: str) -> Group:
    (found,) = [group for group in of.groups if group.name == name]
    return found


@pytest.mark.parametrize("name", SCANS)
def test_every_object_is_in_each_group_that_it_leads_to_once(name: str) -> None:
    scan = SCANS[name]()
    drawn = Counter(
        (group.name, member["id"]) for group in made(scan).groups for row in group.rows for member in row.members
    )
    assert {object_id for _, object_id in drawn} == {audited.id for audited in scan.objects}
    assert set(drawn.values()) <= {1}


@pytest.mark.parametrize("name", SCANS)
def test_the_border_is_where_the_judgement_has_it(name: str) -> None:
    of = made(SCANS[name]())
    crossing = {row["id"] for group in of.groups if group.crosses for r in group.rows for row in r.members}
    unsure = {row["id"] for group in of.groups if group.crosses is None for r in group.rows for row in r.members}
    entries = [*of.document["tunnels"], *of.document["objects"]]
    if name != "in Hong Kong":  # its facts are those of a gateway in Shanghai
        scopes = {entry["id"]: {path["scope"] for path in entry["paths"]} for entry in entries}
        assert crossing == {object_id for object_id, found in scopes.items() if "cross_border" in found}
        assert unsure == {object_id for object_id, found in scopes.items() if "unknown" in found}
    assert sum(of.crossing.values()) == len(crossing)
    assert of.unsure == len(unsure)


def test_up_to_a_page_of_connections_each_has_its_own_line() -> None:
    of = made(samples.scan(*(one(number, "US") for number in range(SINGLE_AT_MOST))))
    assert [row.is_bundle for row in group(of, "abroad").rows] == [False] * SINGLE_AT_MOST
    of = made(samples.scan(*(one(number, "US") for number in range(SINGLE_AT_MOST + 1))))
    assert [len(row.members) for row in group(of, "abroad").rows] == [SINGLE_AT_MOST + 1]


def test_the_worst_keep_their_own_line_longest() -> None:
    many = [sample_pictures.moved(wireguard(), number, "SG") for number in range(100, 160)]
    of = made(samples.scan(one(1, "US"), one(2, "US"), *many))
    rows = group(of, "abroad").rows
    assert [(row.kind[0], len(row.members)) for row in rows] == [
        ("non_compliant", 1),
        ("non_compliant", 1),
        ("compliant", 60),
    ]


def test_bundles_are_of_one_place_operator_and_technology_while_that_is_short() -> None:
    objects = [one(n, ("US", "JP")[n % 2], operator=("A", "B")[n // 2 % 2]) for n in range(40)]
    rows = group(made(samples.scan(*objects)), "abroad").rows
    assert {(end["location"], end["operator"]) for row in rows for end in row.ends} == {
        ("JP", "A"),
        ("JP", "B"),
        ("US", "A"),
        ("US", "B"),
    }
    assert [len(row.members) for row in rows] == [10] * 4
    objects = [one(n, ("US", "JP")[n % 2], operator=f"Operator {n % 20}") for n in range(40)]
    assert [len(row.members) for row in group(made(samples.scan(*objects)), "abroad").rows] == [20, 20]


@pytest.mark.parametrize("count", [60, 500, 3000])
def test_there_are_few_rows_and_all_of_a_row_are_of_one_kind(count: int) -> None:
    of = made(variety(count))
    for found in of.groups:
        kinds = {row.kind for row in found.rows}
        assert len(found.rows) <= max(ROWS_AT_MOST, len(kinds))
        for row in found.rows:
            assert {(m["verdict"], m["waived"] == "all", m["state"] == "down") for m in row.members} == {row.kind}
        order = ["non_compliant", "needs_review", "compliant", "permitted", "not_applicable"]
        assert [row.kind[0] for row in found.rows] == sorted((row.kind[0] for row in found.rows), key=order.index)


def test_groups_that_leave_the_mainland_come_first() -> None:
    assert [(g.name, g.crosses) for g in made(variety(60)).groups] == [
        ("abroad", True),
        ("hk_mo_tw", True),
        ("unknown", None),
        ("mainland", False),
        ("public", False),
    ]
    assert [(g.name, g.crosses) for g in made(at(variety(60), "HK")).groups] == [
        ("mainland", True),
        ("unknown", None),
        ("abroad", False),
        ("hk_mo_tw", False),
        ("public", False),
    ]
    assert {g.crosses for g in made(at(variety(60), None)).groups if g.name != "public"} == {None}


def test_a_place_that_is_not_sure_is_unknown_and_says_so() -> None:
    found = one(1, "CN")
    doubtful = replace(found, paths=tuple(replace(p, place=replace(p.place, confidence="low")) for p in found.paths))
    of = made(samples.scan(doubtful))
    (row,) = group(of, "unknown").rows
    assert words.where(row, group(of, "unknown")) == Text(
        "203.0.0.1 · perhaps mainland China", "203.0.0.1 · 可能为中国内地"
    )
    assert of.crossing == {}
    assert of.unsure == 1


def test_a_far_end_that_nothing_shows_leads_to_an_unknown_place() -> None:
    bare = replace(unowned(), paths=())
    assert [g.name for g in made(samples.scan(bare, unowned())).groups] == ["unknown"]
    nowhere = replace(one(1, "US"), paths=(replace(one(1, "US").paths[0], place=Place(location="ZZ")),))
    assert [g.name for g in made(samples.scan(nowhere)).groups] == ["unknown"]


def test_far_ends_in_several_groups_make_one_line_in_each() -> None:
    of = made(samples.scan(to_several(1, "US", "JP", "HK", "CN", None)))
    assert [g.name for g in of.groups] == ["abroad", "hk_mo_tw", "unknown", "mainland"]
    assert sum(of.crossing.values()) == 1
    assert of.in_several == 1
    (row,) = group(of, "abroad").rows
    assert words.where(row, group(of, "abroad")).en == "United States, Japan"
    assert words.sentence(row, group(of, "abroad")).en.endswith("2 far ends")


def test_a_tunnel_in_a_tunnel_is_one_line_with_it() -> None:
    outer = one(1, "US")
    of = made(samples.scan(outer, inside(one(2, "US"), outer)))
    (row,) = group(of, "abroad").rows
    assert not row.is_bundle
    assert words.title(row) == Text("ope2 inside ope1", "ope2（承载于ope1）")
    assert group(of, "abroad").count == 2
    of = made(samples.scan(outer, *(inside(one(n, "US"), outer) for n in (2, 3))))
    assert words.title(group(of, "abroad").rows[0]).en == "ope1 and 2 inside it"


def test_layers_that_lead_elsewhere_or_are_judged_otherwise_stay_apart() -> None:
    outer = one(1, "US")
    others = (one(2, "CN"), one(3, "US", down=True), one(4, "JP"))
    of = made(samples.scan(outer, *(inside(other, outer) for other in others)))
    assert [len(row.members) for g in of.groups for row in g.rows] == [1, 1, 1, 1]


def test_layers_in_a_circle_lose_nothing() -> None:
    first, second, third = (one(n, "US") for n in (1, 2, 3))
    circle = (inside(first, second), inside(second, first), inside(third, third))
    of = made(samples.scan(*circle))
    assert sorted(m["name"] for row in group(of, "abroad").rows for m in row.members) == ["ope1", "ope2", "ope3"]


def test_a_deep_chain_of_layers_is_one_line() -> None:
    chain = [one(0, "US")]
    for number in range(1, 300):
        chain.append(inside(one(number, "US"), chain[-1]))
    (row,) = group(made(samples.scan(*chain)), "abroad").rows
    assert row.members[0]["name"] == "ope0"
    assert len(row.members) == 300


def test_clients_of_a_server_are_neither_named_nor_counted() -> None:
    of = made(samples.scan(remote_access()))
    said = [words.sentence(row, g) for g in of.groups for row in g.rows]
    assert [text.en for text in said] == [
        "tun-staff (OpenVPN) to Singapore: to review · no circuit",
        "tun-staff (OpenVPN) to mainland China: to review",
    ]


def test_the_ways_out_are_told_with_what_leaves_by_them() -> None:
    of = made(samples.scan(one(1), one(2), handoff(), access()))
    assert [(link.way, link.provider, link.count) for link in of.uplinks] == [
        ((None, "eth0"), "china-telecom", 2),
        ((None, "eth2.120"), None, 1),
    ]
    busiest_first = ["eth0", "eth2.120", "blue/eth0", "blue/eth1"]
    assert [words.scoped(link.way) for link in made(samples.mixed()).uplinks] == busiest_first
    assert words.provider(of.document, "china-telecom").zh == "中国电信股份有限公司"
    assert words.provider(of.document, "nobody") == Text("nobody", "nobody")


@pytest.mark.parametrize(
    ("scan", "sentences"),
    [
        (
            samples.mixed(),
            [
                "6 connections leave the mainland: 2 not in line with the guidance, 2 to review, "
                "2 matched to a circuit.",
                "Of these, accepted by a waiver: 1.",
                "2 have a far end whose place is not known or not sure: they may cross the border, too.",
                "Drawn in more than one group, because its far ends are in several places: 1.",
                "2 things could not be read: there may be more.",
            ],
        ),
        (samples.nothing(), ["No connection that was found leaves the mainland."]),
        (samples.scan(one(1, "HK")), ["1 connection leaves the mainland: 1 not in line with the guidance."]),
        (
            at(samples.scan(one(1, "CN"), one(2, None)), "HK"),
            [
                "1 connection leads into the mainland: 1 to review.",
                "1 has a far end whose place is not known or not sure: it may cross the border, too.",
            ],
        ),
        (at(samples.nothing(), "HK"), ["No connection that was found leads into the mainland."]),
        (
            samples.without_config(),
            ["Where this gateway stands is not stated, so nobody can say which connections leave the mainland."],
        ),
        (
            samples.unprivileged(),
            ["No connection that was found leaves the mainland.", "3 things could not be read: there may be more."],
        ),
    ],
    ids=range(7),
)
def test_the_sentences_say_what_crosses_the_border(scan: Scan, sentences: list[str]) -> None:
    assert [text.en for text in words.summary(made(scan))] == sentences


def test_what_is_unread_but_accepted_is_still_told() -> None:
    accepted = [gap for gap in samples.mixed().gaps if gap.acknowledged]
    of = made(samples.scan(gaps=tuple(accepted)))
    assert words.summary(of)[-1] == Text(
        f"Not read, but accepted: {len(accepted)}: there may be more.",
        f"未读取但已接受：{len(accepted)}处：实际可能更多。",
    )


def test_a_row_says_in_both_languages_what_it_is() -> None:
    of = made(samples.scan(wireguard(), one(1, "US", operator="Example")))
    said = [words.sentence(row, g) for g in of.groups for row in g.rows]
    assert said == [
        Text(
            "ope1 (OpenVPN) to United States · Example: not in line · no circuit · leaves by eth0",
            "ope1（OpenVPN），通往美国 · Example：不符 · 无对应电路 · 出口eth0",
        ),
        Text(
            "wg-sg (WireGuard) to Singapore: matched · circuit SHA-SIN-IPLC-0042 · leaves by eth0",
            "wg-sg（WireGuard），通往新加坡：已对应 · 电路SHA-SIN-IPLC-0042 · 出口eth0",
        ),
    ]


def test_a_circuit_that_only_may_fit_is_not_told_as_none() -> None:
    found = one(1, "US")
    weak = tuple(replace(p, match=replace(p.match, strength=Strength.WEAK)) for p in found.paths)
    of = made(samples.scan(replace(found, paths=weak)))
    (row,) = group(of, "abroad").rows
    assert words.details(row, group(of, "abroad")) == Text("no sure circuit", "无确定对应电路")


def test_a_circuit_is_told_for_its_own_far_end_only() -> None:
    found = to_several(1, "SG", "HK", "TW")
    paths = (replace(found.paths[0], match=wireguard().paths[0].match), *found.paths[1:])
    of = made(samples.scan(replace(found, paths=paths, circuit="SHA-SIN-IPLC-0042")))
    said = {g.name: words.details(g.rows[0], g).en for g in of.groups}
    assert said == {"abroad": "circuit SHA-SIN-IPLC-0042", "hk_mo_tw": "no circuit"}
    paths = (found.paths[0], replace(found.paths[1], match=paths[0].match), found.paths[2])
    of = made(samples.scan(replace(found, paths=paths, circuit="SHA-SIN-IPLC-0042")))
    said = {g.name: words.details(g.rows[0], g).en for g in of.groups}
    assert said == {"abroad": "no circuit", "hk_mo_tw": "not all have a circuit"}


def test_a_bundle_says_how_many_and_names_the_first() -> None:
    of = made(samples.scan(*(one(n, "US", down=True) for n in range(30))))
    (row,) = group(of, "abroad").rows
    assert words.sentence(row, group(of, "abroad")).en == (
        "30 connections (OpenVPN) to United States: not in line · down · no circuit · leaves by eth0"
        " · ope0, ope1, ope2 and 27 more"
    )
    assert words.group_said(group(of, "abroad"), of.home) == Text(
        "Abroad (leaves the mainland): 30 connections, of which 30 not in line with the guidance",
        "其他国家和地区（通往境外）：30条连接，其中30条与指引不符",
    )
