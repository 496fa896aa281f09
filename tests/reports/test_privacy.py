"""Remote-access servers: people are counted, never named, in every format."""

import json
from dataclasses import replace
from typing import Any

import pytest

from auditor.guidance.privacy import forbidden_fields
from reports import html, json_v1, privacy, text
from reports.document import document
from tests.reports import samples
from tests.reports.sample_objects import CLIENT_ADDRESSES, remote_access
from tests.reports.sample_tunnels import wireguard


def entry(clients: int | None) -> dict[str, Any]:
    found: dict[str, Any] = document(samples.scan(remote_access(clients)))["tunnels"][0]
    return found


@pytest.mark.parametrize(
    ("count", "shown", "label"),
    [
        (None, None, {"en": "not known", "zh": "未知"}),
        (0, None, {"en": "fewer than 5", "zh": "少于5个"}),
        (4, None, {"en": "fewer than 5", "zh": "少于5个"}),
        (5, 5, {"en": "5", "zh": "5"}),
        (37, 37, {"en": "37", "zh": "37"}),
    ],
)
def test_small_numbers_are_not_shown(count: int | None, shown: int | None, label: dict[str, str]) -> None:
    assert entry(count)["clients"] == {"count": shown, "label": label}
    assert entry(count)["peers_count"] is None


@pytest.mark.parametrize("render", [html.render, json_v1.render, text.render])
def test_no_client_is_named_in_any_format(render: Any) -> None:
    written = render(document(samples.scan(remote_access(3))))
    for address in CLIENT_ADDRESSES:
        assert address not in written
    assert "client-198" not in written
    assert "10.8.0.6/32" not in written


def test_places_are_counted_by_country_not_by_client() -> None:
    places = entry(3)["places"]["remotes"]
    assert [place["location"] for place in places] == ["CN", "SG"]
    assert all(place["remote"] is None for place in places)


def test_what_a_witness_said_stays_without_the_client() -> None:
    (witness,) = entry(3)["witnesses"]
    assert witness["says"] == "client at [withheld]"


def test_names_are_withheld_in_the_language_of_the_text() -> None:
    found = remote_access(3)
    assert found.tunnel is not None
    reason = found.tunnel.state_reason
    named = replace(found.tunnel, state_reason=reason._replace(en=CLIENT_ADDRESSES[1], zh=CLIENT_ADDRESSES[1]))
    shown = document(samples.scan(replace(found, tunnel=named)))["tunnels"][0]
    assert shown["state_reason"] == {"en": "[withheld]", "zh": "[不予显示]"}


def test_register_comparisons_and_entries_are_left_out() -> None:
    shown = entry(3)
    assert shown["remotes"] == []
    assert shown["match"]["reasons"] == []
    assert shown["suggested"] is None
    assert shown["routes"] == ["10.8.0.0/24"]
    assert forbidden_fields(shown) == []


def test_other_tunnels_stay_as_they_are() -> None:
    shown = document(samples.scan(wireguard()))["tunnels"][0]
    assert shown["clients"] is None
    assert shown["remotes"][0]["address"] == "203.0.113.7"
    assert "withheld" not in json.dumps(shown)
    assert not privacy.serves_people(wireguard())


def test_the_number_of_paths_does_not_tell_the_number_of_clients() -> None:
    server = remote_access(3)
    paths = entry(3)["paths"]
    assert len(paths) == len({json.dumps(path, sort_keys=True) for path in paths})
    assert privacy._alike([*paths, *paths]) == paths
    assert len(paths) <= len(server.paths)
