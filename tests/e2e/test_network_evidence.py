"""A gateway with public addresses: registers whose AS, hand-off and uplink agree, differ or say nothing (X-05, N-01).

Nothing leaves the namespace: the addresses stand on a pair of Ethernet devices with nobody at the other side.
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import require
from tests.lab.lab import PROJECT
from tests.lab.node import Node

pytestmark = [pytest.mark.root, pytest.mark.lab]
UPLINK, LINE = "202.96.128.86", "59.43.0.2"  # China Telecom: AS4134, and the backbone that BGP does not show
FAR = "168.95.1.1"  # AS3462, Chunghwa Telecom, Taiwan


@dataclass(frozen=True, kw_only=True)
class Said:
    """What the papers say; None leaves the key out."""

    asns: tuple[int, ...] | None = None
    interface: str | None = "eth1"
    vlan: int | None = None
    next_hop: str | None = None
    provider: str | None = "telecom"
    class_: str | None = "basic_carrier"


class Gateway:
    """A node with an uplink, a hand-off and a VXLAN tunnel over it, scanned with papers."""

    def __init__(self, work: Path) -> None:
        self.work = work
        work.chmod(0o755)
        self.node = Node("gw-evidence", work)
        self.node.ip(
            "link add eth0 type veth peer name far0",
            "link add eth1 type veth peer name far1",
            *(f"link set {device} up" for device in ("far0", "far1", "eth0", "eth1")),
            f"address add {UPLINK}/24 dev eth0",
            "address add 240e:0:1::2/64 dev eth0 nodad",
            f"address add {LINE}/30 dev eth1",
            "route add default via 202.96.128.1 dev eth0",
            f"route add {FAR}/32 via 59.43.0.1 dev eth1",
            f"link add vx0 type vxlan id 5 local {LINE} remote {FAR} dstport 4789",
            "link set vx0 alias L-1",
            "link set vx0 up",
        )
        self._scans = 0

    def scan(self, said: Said) -> tuple[Any, str, str]:
        """Return report.json, report.html and the text of one scan."""
        self._scans += 1
        output = self.work / f"scan-{self._scans}"
        output.mkdir()
        (output / "register.toml").write_text(_register(said), "utf-8")
        (output / "auditor.toml").write_text(_config(said), "utf-8")
        done = self.node.run(
            *(sys.executable, "-m", "auditor", "scan", "--config", output / "auditor.toml", "--output", output),
            check=False,
            cwd=str(PROJECT),
            environment={"PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1"},
        )
        report = output / "report.json"
        assert report.exists(), done.stdout + done.stderr
        return json.loads(report.read_text("utf-8")), (output / "report.html").read_text("utf-8"), done.stdout


def _line(key: str, value: object) -> str:
    return "" if value is None else f"{key} = {json.dumps(value)}\n"


def _config(said: Said) -> str:
    uplink = _line("provider", said.provider) + _line("class", said.class_) + _line("contract", "ACCESS-1")
    declared = f'[[site.uplink]]\ninterface = "eth0"\n{uplink}' if said.class_ else ""
    return f'register = "register.toml"\n[site]\nname = "Guangzhou"\nlocation = "CN"\n{declared}'


def _register(said: Said) -> str:
    providers = "".join(
        f'[[provider]]\nslug = "{slug}"\nname = "{slug}"\nclass = "{class_}"\n'
        for slug, class_ in (("telecom", "china_telecom"), ("unicom", "china_unicom"))
    )
    hand_off = _line("interface", said.interface) + _line("vlan", said.vlan) + _line("next_hop", said.next_hop)
    return f"""reviewed_on = 2026-11-01
{providers}
[[circuit]]
provider = "telecom"
cid = "L-1"
type = "vpn"
status = "active"
[circuit.a]
location = "CN"
{hand_off}
[circuit.z]
location = "TW"
[circuit.match]
peer_prefixes = ["{FAR}/32"]
{_line("asns", said.asns)}"""


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    require()
    made = Gateway(tmp_path_factory.mktemp("evidence"))
    yield made
    made.node.close()


def _circuit(report: Any) -> tuple[str, dict[str, str], dict[str, str]]:
    """Return the verdict, the agreement of each attribute, and the outcome of each control of the tunnel."""
    (tunnel,) = report["tunnels"]
    rows = {row["attribute"]: row["agreement"] for row in tunnel["match"]["network_comparisons"]}
    return (
        tunnel["match"]["network_evidence"],
        rows,
        {result["control"]: result["outcome"] for result in tunnel["results"]},
    )


@pytest.mark.parametrize(
    ("said", "evidence", "rows"),
    [
        (Said(asns=(3462,)), "match", {"origin AS": "agrees", "egress interface": "agrees", "next hop": "not_stated"}),
        (Said(asns=(64500,)), "mismatch", {"origin AS": "contradicts", "next hop": "not_stated"}),
        (Said(), "unknown", {"origin AS": "not_stated", "next hop": "not_stated", "VLAN": "not_stated"}),
        (Said(next_hop="59.43.0.1"), "match", {"egress interface": "agrees", "next hop": "agrees"}),
        (Said(next_hop="59.43.0.1", asns=(64500,)), "match", {"origin AS": "contradicts", "next hop": "agrees"}),
        (Said(next_hop="59.43.0.1", vlan=300), "unknown", {"VLAN": "contradicts", "next hop": "agrees"}),
    ],
    ids=["AS agrees", "AS differs", "nothing stated", "hand-off agrees", "hand-off agrees, AS not", "VLAN differs"],
)
def test_circuit(gateway: Gateway, said: Said, evidence: str, rows: dict[str, str]) -> None:
    report, page, _ = gateway.scan(said)
    found, agreements, outcomes = _circuit(report)
    assert found == evidence
    assert rows.items() <= agreements.items()
    assert outcomes["X-05"] == ("pass" if evidence == "match" else "review")
    (tunnel,) = report["tunnels"]
    (place,) = tunnel["places"]["remotes"]
    assert (place["asn"], place["asn_dated"], place["operator_name"]["zh"]) == (3462, "2026-09-16", "中华电信")
    near = tunnel["places"]["local"]["addresses"][0]
    assert (near["address"], near["operator"]) == (LINE, "China Telecom")
    for words in ("AS3462", "2026-09-16", "origin AS", "起源自治系统"):
        assert words in page


@pytest.mark.parametrize(
    ("said", "evidence", "class_", "outcome"),
    [
        (Said(), "match", "basic_carrier", "pass"),
        (Said(provider="unicom"), "mismatch", "basic_carrier", "pass"),
        (Said(class_="licensed_isp", provider=None), "unknown", "licensed_isp", "pass"),
        (Said(class_=None), "unknown", "unknown", "review"),
        (Said(class_="foreign_confirmed", provider=None), "unknown", "foreign_confirmed", "fail"),
    ],
    ids=["agrees", "another carrier", "no provider stated", "not declared", "declared foreign"],
)
def test_uplink(gateway: Gateway, said: Said, evidence: str, class_: str, outcome: str) -> None:
    report, page, shown = gateway.scan(said)
    (uplink,) = report["uplinks"]
    assert (uplink["interface"], uplink["evidence"], uplink["class"]) == ("eth0", evidence, class_)
    assert [end["asn"] for end in uplink["addresses"]] == [4134, 4134, None]  # IPv4, IPv6, link-local
    assert [end["address"] for end in uplink["next_hops"]] == ["202.96.128.1"]
    results = {result["control"]: result for result in report["gateway_assessment"]["results"]}
    assert results["N-01"]["outcome"] == outcome
    told = " ".join(text["en"] for text in results["N-01"]["evidence"])
    assert "AS4134 China Telecom" in told
    assert "eth0" in told
    assert ("ACCESS-1" in told) is (said.class_ is not None)
    assert "AS4134 China Telecom" in shown
    assert "AS4134" in page


def test_an_uplink_that_an_operator_abroad_announces_is_suspected_and_reviewed(gateway: Gateway) -> None:
    gateway.node.ip("address add 168.95.2.2/24 dev eth0")
    try:
        report, _, shown = gateway.scan(Said())
    finally:
        gateway.node.ip("address del 168.95.2.2/24 dev eth0")
    (uplink,) = report["uplinks"]
    assert (uplink["class"], uplink["evidence"]) == ("foreign_suspected", "mismatch")
    (access,) = [found for found in report["objects"] if found["kind"] == "public_network_access"]
    assert access["verdict"] == "needs_review"
    assert "AS3462" in shown


def test_an_uplink_of_private_addresses_only_is_unknown_with_the_reason(gateway: Gateway) -> None:
    gateway.node.ip(
        f"address del {UPLINK}/24 dev eth0",
        "address del 240e:0:1::2/64 dev eth0",
        "address add 192.168.1.2/24 dev eth0",
        "route add default via 192.168.1.1 dev eth0",
    )
    try:
        report, _, _ = gateway.scan(Said())
    finally:
        gateway.node.ip(
            "address del 192.168.1.2/24 dev eth0",
            f"address add {UPLINK}/24 dev eth0",
            "address add 240e:0:1::2/64 dev eth0 nodad",
            "route add default via 202.96.128.1 dev eth0",
        )
    (uplink,) = report["uplinks"]
    assert (uplink["class"], uplink["evidence"]) == ("basic_carrier", "unknown")
    assert "private or of carrier-grade NAT" in uplink["reason"]["en"]


def test_an_uplink_of_ipv6_alone(gateway: Gateway) -> None:
    gateway.node.ip(
        f"address del {UPLINK}/24 dev eth0",
        "route add ::/0 via fe80::1 dev eth0",
    )
    try:
        report, _, _ = gateway.scan(Said())
    finally:
        gateway.node.ip(
            "route del ::/0 via fe80::1 dev eth0",
            f"address add {UPLINK}/24 dev eth0",
            "route add default via 202.96.128.1 dev eth0",
        )
    (uplink,) = report["uplinks"]
    assert (uplink["class"], uplink["evidence"]) == ("basic_carrier", "match")
    assert [row["agreement"] for row in uplink["comparisons"]] == ["agrees", "not_stated", "not_stated"]
