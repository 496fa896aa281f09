from dataclasses import replace

import pytest

from auditor.model.scan import Audited
from auditor.model.tunnel import Endpoint, Family, Layer, Owner, Remote, Tunnel
from reports.sentences import carried_by, name, natural, socket_address, summary
from tests.reports.sample_objects import access, handoff, remote_access, unowned, waived
from tests.reports.sample_tunnels import ipsec, openvpn, tinc, vxlan, wireguard


@pytest.mark.parametrize(
    ("found", "english", "chinese"),
    [
        (
            wireguard(),
            "WireGuard tunnel wg-sg to 203.0.113.7:51820 (Singapore, stated by the register of"
            " 2026-10-15, confidence high), up, run by the kernel.",
            "WireGuard隧道 wg-sg，对端 203.0.113.7:51820（新加坡，依据登记（日期2026-10-15），可信度高），"
            "已连通，由内核运行。",
        ),
        (
            tinc(),
            "tinc tunnel office-mesh to hub.example.net:655 (place not known), state not known,"
            " run by /usr/sbin/tincd.",
            "tinc隧道 office-mesh，对端 hub.example.net:655（位置未知），状态未知，由/usr/sbin/tincd运行。",
        ),
        (
            ipsec(),
            "IPsec connection without an interface of its own to 203.0.113.40:4500 (Japan, on the company's own list of"
            " 2026-10-15, confidence high; Example Net KK), up, run by /usr/lib/ipsec/charon.",
            "IPsec连接（无独立接口），对端 203.0.113.40:4500（日本，依据企业清单（日期2026-10-15），"
            "可信度高；Example Net KK），"
            "已连通，由/usr/lib/ipsec/charon运行。",
        ),
        (
            vxlan(),
            "VXLAN tunnel vx100 in namespace blue to 10.30.0.9:4789 (mainland China, on the company's own list of"
            " 2026-10-15, confidence high) and 2 more far end(s), up, run by the kernel.",
            "VXLAN隧道 vx100（命名空间blue），对端 10.30.0.9:4789（中国内地，依据企业清单（日期2026-10-15），可信度高）"
            "及另外2个对端，已连通，由内核运行。",
        ),
        (
            remote_access(3),
            "OpenVPN server tun-staff for remote-access clients (clients: fewer than 5), up, run by /usr/sbin/openvpn.",
            "OpenVPN服务端 tun-staff，面向远程接入客户端（客户端：少于5个），已连通，由/usr/sbin/openvpn运行。",
        ),
        (
            unowned(),
            "Tunnel eth5 of a program that is not recognised, to a far end that is not known, down, the program that"
            " runs it is not known.",
            "程序未识别的隧道 eth5，对端 未知，未连通，运行程序未知。",
        ),
        (
            handoff(),
            "Plain hand-off eth2.120 of circuit SHA-HKG-EPL-0007, next hop 10.255.0.1, up.",
            "电路SHA-HKG-EPL-0007的直接交接接口 eth2.120，下一跳10.255.0.1，启用。",
        ),
        (
            access(),
            "Ordinary public-network access by eth0, next hop 192.0.2.1, up.",
            "经 eth0，下一跳192.0.2.1 的普通公网接入，启用。",
        ),
    ],
    ids=lambda value: value.id if isinstance(value, Audited) else "",
)
def test_one_sentence_says_what_it_is(found: Audited, english: str, chinese: str) -> None:
    assert summary(found) == (english, chinese)


def test_a_place_that_is_not_sure_says_so() -> None:
    found = wireguard()
    unsure = replace(found.paths[0], place=replace(found.paths[0].place, confidence="low"))
    assert (
        "(Singapore, stated by the register of 2026-10-15, confidence low)"
        in summary(replace(found, paths=(unsure,))).en
    )


@pytest.mark.parametrize(
    ("found", "short"),
    [(wireguard(), "wg-sg"), (vxlan(), "blue/vx100"), (ipsec(), "IPsec → 203.0.113.40:4500"), (access(), "eth0")],
)
def test_the_short_name(found: Audited, short: str) -> None:
    assert name(found) == short


def test_a_server_for_people_is_not_named_by_them() -> None:
    found = remote_access()
    assert found.tunnel is not None
    without = replace(found, tunnel=replace(found.tunnel, interface=None, local=Endpoint(port=443)))
    assert name(without) == "OpenVPN :443"
    assert "fewer than 5), without an interface of its own now" in summary(without).en
    assert "当前无独立接口" in summary(without).zh


def test_a_proxy_for_others_is_told_by_its_port() -> None:
    found = remote_access()
    assert found.tunnel is not None
    server = replace(
        found.tunnel, interface=None, technology="socks", family=Family.PROXY, remotes=(), local=Endpoint(port=1080)
    )
    said = replace(found, tunnel=server)
    assert name(said) == "SOCKS proxy :1080"
    assert summary(said).en.startswith("SOCKS proxy that serves others at port 1080, up, run by ")
    assert summary(said).zh.startswith("SOCKS代理，在端口1080为他人提供服务，已连通，由")


def tunnel(owner: Owner | None, *doors: str) -> Tunnel:
    found = waived().tunnel
    assert found is not None
    layers = tuple(Layer(technology="gre", door=door) for door in doors)
    return replace(found, owner=owner, layers=layers)


@pytest.mark.parametrize(
    ("found", "carrier"),
    [
        (tunnel(Owner(program="openvpn", path=None, pid=1), "tun"), "process"),
        (tunnel(None, "link"), "kernel"),
        (tunnel(None, "xfrm state", "xfrm policy"), "kernel"),
        (tunnel(None, "tun"), "unknown"),
        (tunnel(None, "uapi"), "unknown"),
        (tunnel(None, "configuration"), "unknown"),
        (tunnel(None), "unknown"),
    ],
)
def test_what_carries_a_tunnel(found: Tunnel, carrier: str) -> None:
    assert carried_by(found) == carrier


@pytest.mark.parametrize(
    ("endpoint", "words"),
    [
        (Endpoint(address="2001:db8::1", port=51820), "[2001:db8::1]:51820"),
        (Endpoint(name="hub.example.net"), "hub.example.net"),
        (Endpoint(port=51820), None),
    ],
)
def test_addresses_as_people_write_them(endpoint: Endpoint, words: str | None) -> None:
    assert socket_address(endpoint) == words


def test_a_far_end_that_is_known_is_told_before_one_that_is_not() -> None:
    found = openvpn()
    assert found.tunnel is not None
    remotes = (Remote(endpoint=Endpoint()), *found.tunnel.remotes)
    assert "198.51.100.77:1194" in summary(replace(found, tunnel=replace(found.tunnel, remotes=remotes))).en


def test_a_tunnel_that_is_configured_only_is_run_by_nothing() -> None:
    found = openvpn()
    assert found.tunnel is not None
    layers = (Layer(technology="openvpn", door="configuration"),)
    said = summary(replace(found, tunnel=replace(found.tunnel, owner=None, layers=layers)))
    assert "nothing runs it" in said.en
    assert "当前未运行" in said.zh


def test_numbers_in_names_count_by_value() -> None:
    names = ["vx10", "vx9", "vx", "wg0", "eth0.120", "eth0.20", "9" * 5000, "vx09"]
    assert sorted(names, key=natural) == ["9" * 5000, "eth0.20", "eth0.120", "vx", "vx09", "vx9", "vx10", "wg0"]
