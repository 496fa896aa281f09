"""The score itself: it sees what is missed, misnamed, misdescribed and made up."""

from typing import Any

from tests.lab.score import score
from tests.lab.truth import End, TrueTunnel

TRUE = TrueTunnel(
    key="one",
    technologies=("tinc",),
    interface="mesh",
    states=("up",),
    owner="/usr/sbin/tincd",
    local=End(port=655, transports=("udp",)),
    local_any=True,
    remotes=(End(address="203.0.113.40", port=655, transports=("tcp", "udp")),),
)
PROXY = TrueTunnel(
    key="two",
    technologies=("shadowsocks",),
    interface=None,
    states=("up",),
    owner="/usr/bin/ss-local",
    local=End(port=1080),
    remotes=(End(address="203.0.113.41", port=8388),),
    family="proxy",
)


def reported(**changes: Any) -> dict[str, Any]:
    end = {"address": "203.0.113.40", "port": 655, "transport": "udp", "name": None}
    return {
        "id": "t-1",
        "technology": "tinc",
        "interface": "mesh",
        "namespace": None,
        "state": "up",
        "state_reason": {"en": "", "zh": ""},
        "owner": {"path": "/usr/sbin/tincd"},
        "local": {"address": None, "port": 655, "transport": "udp", "name": None},
        "remotes": [end],
        "family": "network_tunnel",
        "role": None,
        "realisation": "software_vpn",
        "verdict": "needs_review",
        "outer": None,
        "layers": [{"technology": "tinc", "door": "tun"}],
    } | changes


def problems(*found: dict[str, Any], truth: tuple[TrueTunnel, ...] = (TRUE,)) -> tuple[str, ...]:
    return score(truth, {"tunnels": list(found)}).problems


def test_a_right_report_has_no_problem_and_full_recall() -> None:
    result = score([TRUE], {"tunnels": [reported()]})
    assert result.problems == ()
    assert result.lines == (("tinc", 1, 1, 1, 0),)
    assert "100%" in str(result)


def test_what_is_missed_or_made_up_is_told_by_technology() -> None:
    made_up = reported(id="t-2", technology="vxlan", interface="vx0")
    result = score([TRUE], {"tunnels": [made_up]})
    assert result.lines == (("tinc", 1, 0, 0, 0), ("vxlan", 0, 0, 0, 1))
    assert [line.partition(":")[0] for line in result.problems] == ["one", "not there"]


def test_every_particular_that_is_wrong_is_told() -> None:
    end = reported()["remotes"][0]
    for changes in (
        {"technology": "tun"},
        {"state": "down"},
        {"owner": None},
        {"owner": {"path": "/tmp/tincd"}},
        {"remotes": []},
        {"remotes": [end, end | {"address": "203.0.113.99"}]},
        {"remotes": [end | {"port": 656}]},
        {"local": reported()["local"] | {"port": 656}},
    ):
        assert len(problems(reported(**changes))) == 1, changes


def test_a_tunnel_without_a_device_is_known_by_owner_technology_and_ends() -> None:
    right = reported(
        interface=None,
        technology="shadowsocks",
        owner={"path": "/usr/bin/ss-local"},
        local={"address": "127.0.0.1", "port": 1080, "transport": "tcp", "name": None},
        remotes=[{"address": "203.0.113.41", "port": 8388, "transport": "tcp", "name": None}],
        family="proxy",
    )
    assert problems(right, truth=(PROXY,)) == ()
    assert len(problems(right | {"family": "network_tunnel"}, truth=(PROXY,))) == 1
    assert len(problems(right | {"owner": {"path": "/tmp/ss-local"}}, truth=(PROXY,))) == 2
