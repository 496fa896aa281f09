"""Lines of the watch, in every order they can come in, tell what was there and when, and nothing that was not."""

import json
from dataclasses import replace
from datetime import UTC
from typing import Any

import pytest

from auditor.history.codec import encode
from auditor.model.sightings import Reason, Scope
from auditor.model.text import Text
from auditor.model.tunnel import Inventory, Layer, State, Tunnel, Witness
from auditor.watch.between import Between, with_gone
from auditor.watch.told import Reading, Seen

HOME = Scope(name=None, inode=100, door="/proc/1/ns/net")
BOX = 200


def read(*events: dict[str, Any]) -> Reading:
    reading = Reading(HOME)
    reading.read(json.dumps(event).encode() for event in events)
    return reading


def seen(*events: dict[str, Any]) -> list[Seen]:
    return list(read(*events).seen())


def device(at_s: float, name: str, there: bool, index: int = 7, **values: Any) -> dict[str, Any]:
    kind = values.pop("kind", "tun")
    return {
        "at_s": at_s,
        "what": "device",
        "name": name,
        "kind": kind,
        "index": index,
        "there": there,
        "up": there,
    } | values


def look(at_s: float, *tunnels: Tunnel, new: bool = True, **values: Any) -> dict[str, Any]:
    states = {tunnel.id: tunnel.state.value for tunnel in tunnels}
    return {"at_s": at_s, "what": "look", "states": states, "tunnels": [encode(t) for t in tunnels if new]} | values


def tunnel(
    interface: str | None = "tun9", state: State = State.UP, probe: str = "links", scope: Scope = HOME
) -> Tunnel:
    return Tunnel(
        id=f"t-{interface}",
        technology="tun",
        scope=HOME,
        state=state,
        state_reason=Text("seen", "已见到"),
        layers=(Layer(technology="tun", door="tun"),),
        interface=interface,
        witnesses=(Witness(probe=probe, says="there"),),
    )


def test_a_device_that_came_and_went_was_there_that_long() -> None:
    (one,) = seen(device(10, "tun9", True), device(15, "tun9", False))
    assert (one.tunnel.interface, one.first_s, one.last_s, one.times, one.there_s) == ("tun9", 10, 15, 1, 5)


def test_one_that_came_often_is_one_with_its_times_added_up() -> None:
    (one,) = seen(*(device(at, "tun9", at % 10 == 0, index=at // 10) for at in (10, 12, 20, 23, 30, 31)))
    assert (one.first_s, one.last_s, one.times, one.there_s) == (10, 31, 3, 6)


def test_one_that_had_been_there_before_has_no_beginning() -> None:
    for events in (
        [device(15, "tun9", False)],
        [device(10, "tun9", True, was=True), device(15, "tun9", False)],
        [device(10, "tun9", True, was=True), device(12, "tun9", True), device(15, "tun9", False)],
    ):
        (one,) = seen(*events)
        assert (one.first_s, one.last_s) == (None, 15)


def test_going_up_or_another_name_is_no_second_coming() -> None:
    (one,) = seen(device(10, "tun9", True), device(11, "tun9", True), device(12, "vpn", True), device(15, "vpn", False))
    assert (one.tunnel.interface, one.first_s, one.times) == ("vpn", 10, 1)


def test_what_is_there_is_not_gone_and_no_device_of_the_machine_is_a_tunnel() -> None:
    assert seen(device(10, "tun9", True)) == []
    assert seen(device(10, "d0", True, kind="dummy"), device(15, "d0", False, kind="dummy")) == []


def test_a_look_tells_more_of_it_and_the_events_tell_when() -> None:
    (one,) = seen(device(10, "tun9", True), look(11, tunnel(state=State.DOWN)), device(15, "tun9", False))
    assert (one.tunnel.id, one.first_s, one.last_s, one.heard) == ("t-tun9", 10, 15, True)


def test_without_a_device_looks_tell_when() -> None:
    pair = tunnel(interface=None, state=State.DOWN, probe="xfrm")
    (one,) = seen(look(10, pair), look(14, pair, new=False), look(20))
    assert (one.first_s, one.last_s, one.heard) == (10, 14, False)


def test_what_looks_knew_from_configuration_alone_is_not_told() -> None:
    assert seen(look(10, tunnel(state=State.DOWN, probe="openvpn_conf")), look(20)) == []


def test_a_namespace_has_the_name_that_a_look_gave_it() -> None:
    events = [
        device(10, "tun9", True, netns=BOX, space="process:sleep"),
        device(15, "tun9", False, netns=BOX, space="x"),
    ]
    assert [one.tunnel.scope.name for one in seen(*events)] == ["process:sleep"]
    (one,) = seen(*events, look(16, scopes={str(BOX): "podman:vpn"}))
    assert one.tunnel.scope == Scope(name="podman:vpn", inode=BOX, door="")


def test_one_name_in_two_namespaces_is_two_tunnels() -> None:
    box = {"netns": BOX, "space": "box"}
    events = [device(10, "tun9", True), device(11, "tun9", True, **box)]
    found = seen(*events, device(12, "tun9", False), device(15, "tun9", False, **box))
    assert {(one.tunnel.scope.inode, one.there_s) for one in found} == {(100, 2), (BOX, 4)}
    assert len({one.tunnel.id for one in found}) == 2


def in_box(name: str, id_: str) -> Tunnel:
    """Return tun9 of the namespace BOX, as a look tells it while that is called `name`."""
    return replace(tunnel(), id=id_, scope=Scope(name=name, inode=BOX, door="/proc/9/ns/net"))


@pytest.mark.parametrize("back", [False, True])
def test_a_tunnel_is_one_whatever_its_namespace_is_called_by_now(back: bool) -> None:
    second, first = in_box("process:sleep#2", "t-two"), in_box("process:sleep", "t-one")
    looks = [look(10, second), look(20, first), look(30, second if back else first, new=False)]
    (one,) = seen(*looks)
    assert (one.tunnel.id, one.first_s, one.last_s) == ("t-one", 10, 30)
    box = {"netns": BOX, "space": "process:sleep"}
    (one,) = seen(device(9, "tun9", True, **box), *looks, device(35, "tun9", False, **box))
    assert (one.tunnel.id, one.there_s, one.heard) == ("t-one", 26, True)


@pytest.mark.parametrize("order", [1, -1])
def test_names_that_pass_from_one_namespace_to_the_next_cost_no_tunnel_that_is_there(order: int) -> None:
    def named(name: str, id_: str, inode: int) -> Tunnel:
        return replace(in_box(name, id_), scope=Scope(name=name, inode=inode, door=""))

    before = [named("process:sleep", "t-one", 1), named("process:sleep#2", "t-two", 2)]
    before.append(named("process:sleep#3", "t-three", 3))
    after = [named("process:sleep", "t-one", 2), named("process:sleep#2", "t-two", 3)]
    found = seen(look(10, *before), look(20, *after[::order]))
    assert {(one.tunnel.id, one.tunnel.scope.inode, one.last_s) for one in found} == {
        ("t-one", 2, 20),
        ("t-two", 3, 20),
    }


def test_two_tunnels_of_one_name_stay_two_where_their_namespaces_differ() -> None:
    other = replace(in_box("process:sleep#2", "t-two"), scope=Scope(name="process:sleep#2", inode=BOX + 1, door=""))
    found = seen(look(10, in_box("process:sleep", "t-one"), other), look(20))
    assert {one.tunnel.id for one in found} == {"t-one", "t-two"}


def test_what_is_there_under_another_name_of_its_namespace_is_not_gone() -> None:
    (was,) = seen(look(10, in_box("process:sleep#2", "t-two")), look(20))
    there = Inventory(tunnels=(in_box("process:sleep", "t-one"),), not_tunnels=(), ports=())
    told = with_gone(there, Between((was,), ()), UTC, frozenset())
    assert [one.id for one in told.tunnels] == ["t-one"]
    told = with_gone(Inventory(tunnels=(), not_tunnels=(), ports=()), Between((was,), ()), UTC, frozenset())
    assert [(one.id, one.state) for one in told.tunnels] == [("t-two", State.DOWN)]


def test_a_restart_neither_loses_nor_doubles() -> None:
    before = [device(10, "stays", True, index=1), device(10, "goes", True, index=2), device(10, "comes", True, index=3)]
    restart = [
        {"at_s": 20, "what": "start"},
        {"at_s": 20, "what": "gap", "why": "killed", "source": "watch"},
        device(20, "stays", True, index=1, was=True),
        device(20, "comes", True, index=3, was=True),
    ]
    reading = read(*before, *restart, device(25, "comes", False, index=3))
    assert {(one.tunnel.interface, one.first_s, one.last_s, one.times) for one in reading.seen()} == {
        ("goes", 10, 20, 1),
        ("comes", 10, 25, 1),
    }
    assert [spot.reason for spot in reading.gaps] == [Reason.KILLED]


def test_more_tunnels_than_a_report_should_hold_are_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("auditor.watch.told._MOST_TUNNELS", 3)
    reading = read(*(device(10, f"tun{number}", False, index=number) for number in range(4)))
    assert len(list(reading.seen())) == 3
    assert [spot.reason for spot in reading.gaps] == [Reason.TRUNCATED]


def test_hostile_lines_are_gaps_and_names_are_shown_as_names() -> None:
    lines = [
        *(b"", b"{", b"[]", b"7", b"\xff", b"[" * 100_000, b'{"at_s":1}', b'{"at_s":1,"what":"look"}'),
        b'{"at_s":1,"what":"device","index":"x"}',
        b'{"at_s":1,"what":"look","tunnels":[{"id":{}}],"states":{}}',
    ]
    reading = Reading(HOME)
    reading.read(lines)
    assert {spot.reason for spot in reading.gaps} == {Reason.UNPARSED}
    assert len(reading.gaps) == len(lines)
    (one,) = seen(device(15, "tun9", False, netns=BOX, space="\x1b[31mred\n"))
    assert one.tunnel.scope.name == "__31mred_"
