"""Where objects lead: worked out once for those that are alike, and never told of another one."""

from copy import deepcopy
from dataclasses import asdict
from typing import Any

import pytest

from reports.bundles import by_name
from reports.document import document
from reports.leads import Leads, leads
from tests.reports import hostile, samples
from tests.reports.sample_pictures import to_several, variety

Entry = dict[str, Any]
_END = ("places", "remotes", 0)


def entries(scan: Any) -> list[Entry]:
    """Return every object of the document of `scan`."""
    whole = document(scan)
    return [*whole["tunnels"], *whole["objects"]]


@pytest.mark.parametrize(
    "scan",
    [
        samples.mixed(),
        variety(120),
        samples.scan(to_several(1, "US", "HK", "CN", None), to_several(2, "US", "US")),
        *(hostile.hostile(text) for text in hostile.HOSTILE[:3]),
    ],
    ids=["mixed", "variety", "several", "hostile 0", "hostile 1", "hostile 2"],
)
def test_what_is_told_of_an_object_hangs_on_no_other(scan: Any) -> None:
    whole = entries(scan)
    together = leads(whole)
    assert {entry["id"]: asdict(leads([entry])[entry["id"]]) for entry in whole} == {
        name: asdict(found) for name, found in together.items()
    }


def test_objects_that_are_alike_share_one() -> None:
    found = leads(entries(samples.many(40)))
    assert len(set(map(id, found.values()))) == 2


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("verdict",), "compliant"),
        (("waived",), "all"),
        (("state",), "down"),
        (("technology",), "gre"),
        (("kind",), "public_network_access"),
        (("namespace",), "blue"),
        ((*_END, "location"), "HK"),
        ((*_END, "confidence"), "low"),
        ((*_END, "operator"), "<b>"),
        (("paths", 0, "match"), {"circuit": "C-9", "strength": "strong"}),
        (("paths", 0, "underlay"), {"interface": "eth9"}),
        (("remotes", 0, "underlay"), {"interface": "eth9"}),
    ],
    ids=lambda value: value[-1] if isinstance(value, tuple) else "",
)
def test_an_object_that_differs_in_what_is_told_has_its_own(path: tuple[Any, ...], value: Any) -> None:
    (one,) = entries(samples.many(1))[:1]
    other = {**deepcopy(one), "id": "t-other"}
    at: Any = other
    for key in path[:-1]:
        at = at[key]
    assert at[path[-1]] != value
    at[path[-1]] = value
    found = leads([one, other])
    assert asdict(found[one["id"]]) != asdict(found["t-other"])
    assert asdict(found[one["id"]]) == asdict(leads([one])[one["id"]])


def test_without_a_device_of_a_far_end_the_object_tells_its_way() -> None:
    (one,) = entries(samples.many(1))[:1]
    bare = {**deepcopy(one), "underlay": {"interface": "eth7"}}
    for at in (*bare["paths"], *bare["remotes"]):
        at["underlay"] = None
    nowhere = {**bare, "underlay": None}

    def ways(entry: Entry) -> list[tuple[str | None, str]]:
        (found,) = leads([entry]).values()
        assert isinstance(found, Leads)
        return sorted(found.ways, key=by_name)

    assert ways(bare) == [(None, "eth7")]
    assert ways(nowhere) == []


def test_a_match_counts_for_its_own_far_end_or_for_all_where_paths_are_fewer() -> None:
    (one,) = entries(samples.scan(to_several(1, "US", "HK")))[:1]
    one["match"] = {"circuit": None, "strength": "none"}
    one["paths"][0]["match"] = {"circuit": "C-1", "strength": "strong"}
    one["paths"][1]["match"] = None
    (found,) = leads([one]).values()
    assert (found.ends["abroad"].circuits, found.ends["abroad"].strengths) == ({"C-1"}, {"strong"})
    assert (found.ends["hk_mo_tw"].circuits, found.ends["hk_mo_tw"].strengths) == (set(), {"none"})
    one["paths"].pop()
    (found,) = leads([one]).values()
    assert {name: ends.strengths for name, ends in found.ends.items()} == {"abroad": {"none"}, "hk_mo_tw": {"none"}}
