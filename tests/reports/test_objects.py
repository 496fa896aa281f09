from dataclasses import replace
from typing import Any

from auditor.model.match import Strength
from auditor.model.scan import Audited
from auditor.model.tunnel import Way
from reports.document import document
from reports.objects import waived
from tests.reports import sample_objects as others
from tests.reports import samples
from tests.reports.sample_tunnels import openvpn, vxlan


def entry(found: Audited) -> dict[str, Any]:
    shown = document(samples.scan(found))
    whole: dict[str, Any] = [*shown["tunnels"], *shown["objects"]][0]
    return whole


def test_a_hand_off_has_the_same_fields_where_they_apply() -> None:
    tunnel, line = entry(openvpn()), entry(others.handoff())
    assert set(tunnel) <= set(line)
    assert set(line) - set(tunnel) == {"parent", "vlan", "addresses", "next_hops"}
    assert (line["technology"], line["remotes"], line["owner"]) == (None, [], None)
    assert (line["vlan"], line["parent"], line["next_hops"]) == (120, "eth2", ["10.255.0.1"])
    assert line["underlay"] == {"interface": "eth2.120", "next_hop": "10.255.0.1", "source": None}
    assert line["match"]["circuit"] == "SHA-HKG-EPL-0007"


def test_not_known_is_null_never_zero() -> None:
    shown = entry(others.waived())
    assert (shown["routes"], shown["routes_total"], shown["default_route"]) == (None, None, None)
    port = others.handoff()
    assert port.port is not None
    blind = entry(replace(port, port=replace(port.port, next_hops=None, routes=None, default_route=None)))
    assert (blind["next_hops"], blind["routes"], blind["default_route"]) == (None, None, None)


def test_which_path_stands_for_all_does_not_hang_on_their_order() -> None:
    found = openvpn()
    (path,) = found.paths
    other = replace(path, remote="198.51.100.9", match=replace(path.match, provider="other"), way=None)
    one, back = (entry(replace(found, paths=paths)) for paths in ((path, other), (other, path)))
    assert one["match"] == back["match"]
    assert one["match"]["provider"] == path.match.provider
    assert one["underlay"] == back["underlay"]


def test_every_path_is_told_with_its_reach() -> None:
    shown = entry(vxlan())
    assert [path["scope"] for path in shown["paths"]] == ["domestic"] * 3
    assert [path["remote"] for path in shown["paths"]] == ["10.30.0.9", "10.30.0.10", "10.30.0.11"]
    assert [place["location"] for place in shown["places"]["remotes"]] == ["CN"] * 3


def test_the_match_shown_first_is_the_one_the_register_explains_worst() -> None:
    found = vxlan()
    strong = replace(found.paths[0], match=replace(found.paths[0].match, strength=Strength.STRONG, cid="A"))
    conflict = replace(found.paths[0], match=replace(found.paths[0].match, strength=Strength.CONFLICT, cid=None))
    shown = entry(replace(found, paths=(strong, conflict, found.paths[2])))
    assert shown["match"]["strength"] == "conflict"


def test_how_much_is_accepted() -> None:
    assert waived(others.waived()) == "all"
    assert waived(replace(others.waived(), waiver=None)) == "part"
    assert waived(openvpn()) == "none"


def test_results_name_what_can_follow_from_a_failure() -> None:
    results = {result["control"]: result for result in entry(openvpn())["results"]}
    assert "other_channel" in results["X-01"]["consequences"]
    assert "interruption" not in results["X-01"]["consequences"]
    assert results["X-08"]["consequences"] == []


def test_ways_that_are_told_once_are_not_mixed_up() -> None:
    found = openvpn()
    base = Way(interface="eth0", next_hop="192.0.2.1", source="192.0.2.10")
    ways = [
        base,
        replace(base, interface="eth1"),
        replace(base, next_hop=None),
        replace(base, source="eth0"),
        None,
        base,
    ]
    paths = tuple(replace(found.paths[0], remote=f"198.51.100.{n}", way=way) for n, way in enumerate(ways))
    shown = [path["underlay"] for path in entry(replace(found, paths=paths))["paths"]]
    assert shown == [
        way and {"interface": way.interface, "next_hop": way.next_hop, "source": way.source} for way in ways
    ]
    assert shown[0] is shown[-1]


def test_what_is_withheld_of_people_is_withheld_of_nobody_else() -> None:
    alone = entry(openvpn())
    shown = document(samples.scan(others.remote_access(), openvpn(), others.remote_access(2)))
    (beside,) = [found for found in shown["tunnels"] if found["id"] == alone["id"]]
    assert [beside[key] for key in ("match", "paths", "underlay")] == [
        alone[key] for key in ("match", "paths", "underlay")
    ]
