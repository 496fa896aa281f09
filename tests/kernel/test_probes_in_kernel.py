"""The probes on a live Debian kernel: WireGuard with real handshakes, IPsec with real keys, PPP sessions."""

import time
from typing import Any

import pytest

from tests.kernel import guest_topology as lab
from tests.kernel.conftest import Lab
from tests.probes.recorded import forms

pytestmark = pytest.mark.kernel
PROBES = ("wireguard", "xfrm", "ppp")
PUBLIC = lab.WIREGUARD_KEYS["public"]


def rows(kernel_lab: Lab, where: str, probe: str) -> list[dict[str, Any]]:
    """Return the rows of a probe, which must have had no gap."""
    said = kernel_lab.said[where][probe]
    assert said["failure"] is None
    assert said["blind_spots"] == []
    found: list[dict[str, Any]] = said["rows"]
    return found


def test_lab_was_built_whole(kernel_lab: Lab) -> None:
    assert kernel_lab.said["build_failures"] == []
    assert kernel_lab.said["handshakes"], "the two peers never shook hands"


def test_kernel_wireguard(kernel_lab: Lab) -> None:
    wg0, big, hostile = rows(kernel_lab, "host", "wireguard")
    assert (wg0["interface"], wg0["public_key"], wg0["listen_port"]) == ("wg0", PUBLIC["wg0"], 51820)
    peers = {peer["public_key"]: peer for peer in wg0["peers"]}
    assert [peers[PUBLIC[name]]["endpoint"] for name in ("wgA", "wgB", "absent1", "absent2")] == [
        lab.FAR,
        lab.FAR6,
        None,
        "192.0.2.9",
    ]
    assert all(abs(peers[PUBLIC[name]]["handshake_at_s"] - time.time()) < 3600 for name in ("wgA", "wgB"))
    assert all(peers[PUBLIC[name]]["handshake_at_s"] is None for name in ("absent1", "absent2"))
    assert peers[PUBLIC["wgA"]]["allowed_ips"] == ["10.1.0.0/24", "10.1.1.0/24"]
    assert len(big["peers"]) == lab.BIG_PEERS
    assert sum(len(peer["allowed_ips"]) for peer in big["peers"]) == lab.BIG_PEERS - 1 + lab.BIG_ALLOWED
    name = lab.HOSTILE_NAME.decode(errors="backslashreplace")
    assert (hostile["interface"], hostile["public_key"], hostile["peers"]) == (name, None, [])


def test_wireguard_of_another_namespace(kernel_lab: Lab) -> None:
    found = rows(kernel_lab, "far", "wireguard")
    assert {(row["interface"], row["public_key"], row["peers"][0]["endpoint"]) for row in found} == {
        ("wgA", PUBLIC["wgA"], lab.NEAR),
        ("wgB", PUBLIC["wgB"], lab.NEAR6),
    }


def test_ipsec(kernel_lab: Lab) -> None:
    found = rows(kernel_lab, "host", "xfrm")
    states = [row for row in found if row["row"] == "XfrmState"]
    policies = [row for row in found if row["row"] == "XfrmPolicy"]
    assert sorted(state["reqid"] for state in states) == [1, 1, 2, 2, 3, 4, 5, 6, 7, 8]
    assert {(state["source_port"], state["destination_port"]) for state in states if state["reqid"] == 2} == {
        (4500, 4501),
        (4501, 4500),
    }
    assert [state["if_id"] for state in states if state["if_id"]] == [0x2A]
    assert sorted(policy["direction"] for policy in policies) == ["fwd", "fwd", "in"] + ["out"] * 7
    assert rows(kernel_lab, "far", "xfrm") == []


def test_ppp(kernel_lab: Lab) -> None:
    broadband, tunnel = rows(kernel_lab, "host", "ppp")
    assert (broadband["carrier"], broadband["device"]) == ("pppoe", "veth0")
    assert (tunnel["carrier"], tunnel["local"], tunnel["interface"]) == ("l2tp", lab.NEAR, "ppp1")
    assert rows(kernel_lab, "far", "ppp") == []


def test_asking_an_empty_host_yields_nothing_and_loads_no_module(kernel_lab: Lab) -> None:
    assert [rows(kernel_lab, "empty_host", probe) for probe in PROBES] == [[], [], []]
    assert kernel_lab.said["modules_loaded_by_probes"] == []


def test_without_privileges_gaps_name_the_capability(kernel_lab: Lab) -> None:
    said = kernel_lab.said["unprivileged"]
    for probe, gaps in (("wireguard", 1), ("xfrm", 2), ("ppp", 0)):
        assert said[probe]["failure"] is None
        spots = [(spot["reason"], spot["needs"]) for spot in said[probe]["blind_spots"]]
        assert spots == [("permission", "CAP_NET_ADMIN")] * gaps
    assert said["wireguard"]["rows"] == said["xfrm"]["rows"] == []


def test_no_key_stays_in_the_memory_of_the_probing_process(kernel_lab: Lab) -> None:
    said = kernel_lab.said["host"]
    assert said["search_finds"], "the search itself finds nothing"
    assert [said[probe]["keys_in_memory"] for probe in PROBES] == [0, 0, 0]


def test_no_planted_key_is_in_any_output(kernel_lab: Lab) -> None:
    texts = [*lab.WIREGUARD_KEYS["private"].values(), *lab.WIREGUARD_KEYS["preshared"].values()]
    texts += [lab.XFRM_KEYS[name] for name in ("encryption", "authentication", "aead")]
    for path in (path for path in kernel_lab.files.rglob("*") if path.is_file()):
        content = path.read_bytes()
        for text in texts:
            found = [form for form in forms(text.encode()) if form in content]
            assert not found, f"{path.name} holds a key"
