from dataclasses import replace
from typing import Any

from auditor.model.match import Strength
from auditor.model.scan import Audited
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
