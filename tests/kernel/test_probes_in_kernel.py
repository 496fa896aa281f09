"""The probes on a live Debian kernel: WireGuard with real handshakes, IPsec with real keys, PPP and L2TP sessions."""

import time
from typing import Any

import pytest

from tests.kernel import guest_encap
from tests.kernel import guest_topology as lab
from tests.kernel.conftest import Lab
from tests.kernel.guest_main import PROBES
from tests.probes.recorded import forms

pytestmark = pytest.mark.kernel
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
    assert (wg0["fwmark"], big["fwmark"]) == (51820, None)
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
    assert sorted(state["reqid"] for state in states) == [1, 1, 2, 2, 3, 4, 5, 6, 7, 8, 10]
    assert {(state["source_port"], state["destination_port"]) for state in states if state["reqid"] == 2} == {
        (4500, 4501),
        (4501, 4500),
    }
    assert sorted(state["if_id"] for state in states if state["if_id"]) == [0x2A, 0x2C]
    assert sorted(policy["direction"] for policy in policies) == ["fwd", "fwd", "in"] + ["out"] * 7
    assert rows(kernel_lab, "far", "xfrm") == []


def test_ppp(kernel_lab: Lab) -> None:
    broadband, unattached, tunnel = rows(kernel_lab, "host", "ppp")
    assert (broadband["carrier"], broadband["device"]) == ("pppoe", "veth0")
    assert (unattached["tunnel_id"], unattached["session_id"], unattached["interface"]) == (11, 6, None)
    assert (tunnel["tunnel_id"], tunnel["session_id"], tunnel["interface"]) == (11, 7, "ppp1")
    assert {(row["carrier"], row["local"]) for row in (unattached, tunnel)} == {("l2tp", lab.NEAR)}
    assert rows(kernel_lab, "far", "ppp") == []


def test_l2tp(kernel_lab: Lab) -> None:
    found = {(row["tunnel_id"], row["session_id"]): row for row in rows(kernel_lab, "host", "l2tp")}
    sessions = {(3000, 1000), (3001, 1001), (3001, 1002), (3001, 1003), (3002, 1004)}
    assert set(found) == sessions | {(11, 6), (11, 7), (3003, None)}
    assert {row["remote"] for row in found.values()} == {
        "203.0.113.40",
        "203.0.113.41",
        "203.0.113.42",
        "203.0.113.43",
        "2001:db8:1::42",
    }
    over_udp, over_ip = found[3001, 1001], found[3000, 1000]
    assert (over_udp["encapsulation"], over_udp["local_port"], over_udp["remote_port"]) == ("udp", 5000, 6000)
    assert (over_ip["encapsulation"], over_ip["interface"], over_ip["version"]) == ("ip", "l2tpeth0", 3)
    assert (found[11, 7]["pseudowire"], found[11, 7]["version"]) == ("ppp", 2)
    assert found[3001, 1002]["interface"] == "madeas0", (
        "the kernel follows renamings now; the probe says that it does not"
    )
    assert rows(kernel_lab, "far", "l2tp") == []


def test_encapsulations(kernel_lab: Lab) -> None:
    labels = {(row["label"], tuple(row["labels"]), row["gateway"]) for row in rows(kernel_lab, "host", "mpls")}
    assert labels == {
        (100, (200,), lab.FAR),
        (101, (201, 202), "2001:db8:1::9"),
        (102, (), lab.FAR),
        (103, (), None),
    }
    ports = {(row["port"], row["kind"], row["protocol"]) for row in rows(kernel_lab, "host", "fou")}
    assert ports == {(5555, "fou", 47), (6080, "gue", None), (7777, "fou", 41), (7778, "fou", 41)}
    assert {row["address"] for row in rows(kernel_lab, "host", "gtp")} == {far for _, far in guest_encap.SUBSCRIBERS}
    assert {row["address"] for row in rows(kernel_lab, "host", "neighbours")} == {"203.0.113.80", "203.0.113.81"}


def test_asking_an_empty_host_yields_nothing_and_loads_no_module(kernel_lab: Lab) -> None:
    assert [rows(kernel_lab, "empty_host", probe) for probe in PROBES] == [[]] * len(PROBES)
    assert kernel_lab.said["modules_loaded_by_probes"] == []


def test_without_privileges_gaps_name_the_capability(kernel_lab: Lab) -> None:
    said = kernel_lab.said["unprivileged"]
    for probe, gaps in (("wireguard", 1), ("xfrm", 2), ("ppp", 0), ("l2tp", 1), ("gtp", 1), ("fou", 0)):
        assert said[probe]["failure"] is None
        spots = [(spot["reason"], spot["needs"]) for spot in said[probe]["blind_spots"]]
        assert spots == [("permission", "CAP_NET_ADMIN")] * gaps
    assert said["wireguard"]["rows"] == said["xfrm"]["rows"] == said["l2tp"]["rows"] == said["gtp"]["rows"] == []
    assert said["fou"]["rows"], "the kernel tells every user"


def test_no_key_stays_in_the_memory_of_the_probing_process(kernel_lab: Lab) -> None:
    said = kernel_lab.said["host"]
    assert said["search_finds"], "the search itself finds nothing"
    assert [said[probe]["keys_in_memory"] for probe in PROBES] == [0] * len(PROBES)


def test_no_planted_key_is_in_any_output(kernel_lab: Lab) -> None:
    texts = [*lab.WIREGUARD_KEYS["private"].values(), *lab.WIREGUARD_KEYS["preshared"].values()]
    texts += [lab.XFRM_KEYS[name] for name in ("encryption", "authentication", "aead")]
    texts.append(lab.L2TP_COOKIES["cookie"])
    for path in (path for path in kernel_lab.files.rglob("*") if path.is_file()):
        content = path.read_bytes()
        for text in texts:
            found = [form for form in forms(text.encode()) if form in content]
            assert not found, f"{path.name} holds a key"
