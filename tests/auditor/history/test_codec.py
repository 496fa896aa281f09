"""What a scan found goes to JSON and comes back the same."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.history.codec import CodecError, decode, encode
from auditor.model.sightings import BlindSpot, Reason, Scope
from auditor.model.text import Text
from auditor.model.tunnel import Inventory, NotTunnel, Port, Tunnel
from tests.reports.samples import many, mixed

TUNNELS = tuple(o.tunnel for o in mixed().objects if o.tunnel)


@pytest.mark.parametrize("tunnel", TUNNELS, ids=lambda tunnel: tunnel.id)
def test_tunnels_come_back_the_same(tunnel: Tunnel) -> None:
    assert decode(Tunnel, json.loads(json.dumps(encode(tunnel)))) == tunnel


def test_a_whole_inventory_comes_back_the_same() -> None:
    ports = tuple(o.port for o in mixed().objects if o.port)
    inventory = Inventory(tunnels=TUNNELS, not_tunnels=mixed().not_tunnels, ports=ports)
    assert ports
    assert decode(Inventory, json.loads(json.dumps(encode(inventory)))) == inventory


@pytest.mark.parametrize("form", [Scope, BlindSpot, Text, NotTunnel, Port, Tunnel])
@settings(deadline=None)
@given(data=st.data())
def test_any_value_comes_back_the_same(form: Any, data: st.DataObject) -> None:
    value = data.draw(st.from_type(form))
    assert decode(form, json.loads(json.dumps(encode(value)))) == value


def test_defaults_are_left_out() -> None:
    spot = BlindSpot(probe="p", scope="host", source="s", reason=Reason.ABSENT, detail="d", hides=())
    assert "needs" not in encode(spot)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"state": "sideways"}, "state"),
        ({"state": None}, "state"),
        ({"new_field": 1}, ""),
        ({"ifindex": "7"}, "ifindex"),
        ({"ifindex": True}, "ifindex"),
        ({"layers": {}}, "layers"),
        ({"layers": [{"technology": 5, "door": "x"}]}, "layers[0].technology"),
        ({"state_reason": ["one"]}, "state_reason"),
        ({"scope": {}}, "scope"),
    ],
)
def test_what_does_not_fit_is_refused_by_field_and_not_quoted(change: dict[str, Any], where: str) -> None:
    value = encode(TUNNELS[0]) | change
    with pytest.raises(CodecError) as raised:
        decode(Tunnel, value)
    assert str(raised.value).startswith(f"{where or 'the value'}:")
    assert "sideways" not in str(raised.value)


def test_a_thousand_tunnels_are_quick_and_small() -> None:
    tunnels = tuple(o.tunnel for o in many(1000).objects if o.tunnel)
    text = json.dumps([encode(tunnel) for tunnel in tunnels])
    assert tuple(decode(Tunnel, value) for value in json.loads(text)) == tunnels
    assert len(text) < 2_000_000
