"""Further packets of a conversation beyond doubt are counted without a look, and nothing is told otherwise for that."""

from collections.abc import Callable, Iterable, Iterator
from itertools import zip_longest

import pytest

from auditor.model.certainty import Certainty
from auditor.packets import engine, settled
from auditor.packets.engine import Engine
from auditor.packets.flows import Flow
from auditor.packets.protocols import protocols
from auditor.packets.tunnel import Tunnel
from tests.auditor.packets import conversations
from tests.auditor.packets.conversations import CONVERSATIONS, FRAME, INSIDE, S, T, u16, u32
from tests.auditor.packets.made import A6, B6, A, B, ethernet, ip, ipv4, ipv6, noise, stream, talk, tcp, udp

Run = Callable[[Iterable[bytes]], list[Tunnel]]
_RANK = {Certainty.HIGH: 3, Certainty.MEDIUM: 2, Certainty.LOW: 1}
_ROUNDS = 40
# Handshakes and questions, each of which is looked into; and what is in an IPv6 extension header.
LOOKED_INTO = {
    "OpenVPN, one end only",
    "IKEv1",
    "IKEv2",
    "IKEv2 on another port",
    "IKEv2 in TCP",
    "PPTP",
    "SRv6",
    "SRv6 inline",
    "LISP",
    "LISP, a question",
    "CAPWAP",
    "fastd",
    "fastd, wrapped",
    "SoftEther",
    "SOCKS 4",
    "SOCKS 5",
    "HTTP CONNECT",
}


def feed(one: Engine, frames: Iterable[bytes], link: int = 1) -> Engine:
    for number, frame in enumerate(frames, one.frames):
        one.frame(frame, link, 1_700_000_000 + number / 8, len(frame))
    return one


@pytest.fixture
def unsettled(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return what makes tunnels of frames without ever settling a conversation."""

    def run(frames: Iterable[bytes]) -> list[Tunnel]:
        with monkeypatch.context() as patch:
            patch.setattr(engine, "ENOUGH", 1 << 40)
            patch.setattr(Flow, "settle", lambda *_: None)
            return feed(Engine(), frames).tunnels()

    return run


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Return a list to which each frame is added that is looked into."""
    frames: list[bytes] = []
    real = engine.packet_of

    def packet_of(data: bytes, *rest: float) -> object:
        frames.append(data)
        return real(data, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(engine, "packet_of", packet_of)
    return frames


def told(tunnels: Iterable[Tunnel]) -> list[tuple[object, ...]]:
    return [
        (
            *(one.protocol, one.src, one.dst, one.sport, one.dport, one.transport),
            *(one.packets, one.bytes, one.first_s, one.last_s, set(one.signs), one.messages, one.messages_left_out),
        )
        for one in tunnels
    ]


def same(frames: list[bytes], unsettled: Run) -> list[Tunnel]:
    """Return the tunnels of `frames`; they are the same without settling."""
    short, long = feed(Engine(), frames).tunnels(), unsettled(frames)
    assert told(short) == told(long)
    assert all(_RANK[one.confidence] >= _RANK[other.confidence] for one, other in zip(short, long, strict=True))
    return short


def test_evidence_says_how_many_packets_were_not_looked_into(
    unsettled: Run, looked: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    frames = CONVERSATIONS["ESP"][1] * _ROUNDS
    (one,) = unsettled(frames)
    assert (one.alike, len(looked)) == (0, len(frames))
    for most in (engine.MOST_FLOWS, 2):  # kept whole, and concluded on again and again
        monkeypatch.setattr(engine, "MOST_FLOWS", most)
        looked.clear()
        others = [frame for name in ("GRE", "IPIP", "AH") for frame in CONVERSATIONS[name][1]]
        found = feed(Engine(), [*frames, *others, *frames, *others]).tunnels()
        (two,) = [tunnel for tunnel in found if tunnel.protocol == "esp"]
        assert two.packets == 2 * len(frames)
        assert 0 < two.alike == two.packets - sum(frame in frames for frame in looked)
        assert [words.en for words in protocols()["esp"].evidence(two.signs, two.alike)][-1] == (
            f"more packets of the same, counted without being looked into: {two.alike:,}"
        )


@pytest.mark.parametrize("name", CONVERSATIONS)
def test_a_long_conversation_is_told_as_without_settling(name: str, unsettled: Run, looked: list[bytes]) -> None:
    frames = CONVERSATIONS[name][1] * _ROUNDS
    assert same(frames, unsettled)
    one = feed(Engine(), frames)
    looked.clear()
    feed(one, frames)
    assert (len(looked) < 0.75 * len(frames)) is (name not in LOOKED_INTO)


def _mixed() -> Iterator[bytes]:
    """Yield all conversations at once, a frame of each in turn, with a VLAN tag at times."""
    for number in range(_ROUNDS):
        for row in zip_longest(*(frames for _, frames in CONVERSATIONS.values())):
            for frame in row:
                if frame is not None:
                    yield frame[:12] + b"\x81\0\0\5" + frame[12:] if number % 3 == 2 else frame


def test_all_conversations_at_once_are_told_as_without_settling(unsettled: Run) -> None:
    tunnels = same(list(_mixed()), unsettled)
    assert {one.protocol for one in tunnels} >= {protocol for protocol, _ in CONVERSATIONS.values()} - {"fou", "gue"}


@pytest.mark.parametrize("cut", [0, 2, 12], ids=["tagged", "cooked", "raw"])
def test_further_packets_are_known_behind_any_link_layer(cut: int, looked: list[bytes]) -> None:
    esp, six = (
        [ethernet(ip(50, *ends, data)) for data in conversations.esp(0x1000)] * 8 for ends in ((A, B), (A6, B6))
    )
    one = feed(Engine(), [*esp, *six])
    looked.clear()
    link, strip, before = {
        0: (1, 12, bytes(12) + b"\x81\0\0\5"),
        2: (113, 12, bytes(14)),
        12: (101, 14, b""),
    }[cut]
    feed(one, [before + frame[strip:] for frame in (*esp, *six)], link)
    assert looked == []
    assert [tunnel.packets for tunnel in one.tunnels()] == [2 * len(esp), 2 * len(six)]


def _openvpn_stream() -> list[bytes]:
    return CONVERSATIONS["OpenVPN over TCP"][1] * 8


def _damaged(frame: bytes) -> Iterator[bytes]:
    """Yield a frame of IPv4 whose packet is broken, a later fragment, empty, or has options."""
    at = frame[:14]
    if frame[23] == 17:
        yield frame[:38] + b"\xff\xff" + frame[40:]
        yield frame[:38] + b"\0\7" + frame[40:]
    yield frame[:16] + b"\0\x13" + frame[18:]
    yield frame[:16] + u16(20) + frame[18:]
    yield frame[:16] + u16(28) + frame[18:]
    yield frame[:20] + b"\0\xb9" + frame[22:]
    yield at + b"\x46" + frame[15:34] + bytes(4) + frame[34:]
    yield frame[:30]
    yield frame[:34]
    yield at


@pytest.mark.parametrize("name", ["WireGuard", "VXLAN", "GRE with everything", "6in4", "ESP"])
def test_broken_packets_are_not_counted_where_they_were_not(name: str, unsettled: Run) -> None:
    frames = CONVERSATIONS[name][1] * _ROUNDS
    extra = [one for frame in frames[-8:] for one in _damaged(frame)]
    (tunnel,) = same([*frames, *extra, *frames], unsettled)
    assert 2 * len(frames) <= tunnel.packets < 2 * len(frames) + len(extra)


def test_broken_packets_of_ipv6_are_not_counted_either(unsettled: Run) -> None:
    frames = conversations.wireguard(six=True) * _ROUNDS
    last = frames[-1]
    lengths = [last[:18] + size + last[20:] for size in (b"\0\0", b"\0\7", b"\0\x10", b"\xff\xff")]
    behind = last[:20] + b"\x3c" + last[21:54] + b"\x11\0\1\4\0\0\0\0" + last[54:]
    same([*frames, *lengths, behind, *(last[:size] for size in range(14, 63, 3)), *frames], unsettled)


def test_segments_without_content_are_not_counted(unsettled: Run) -> None:
    frames = _openvpn_stream()
    (usual,) = same(frames, unsettled)
    empty = [ethernet(tcp(A, 41000, B, 443, b"")), ethernet(tcp(A, 41000, B, 443, b"") + bytes(6))]
    headers = [frames[-1][:46] + bytes([offset << 4]) + frames[-1][47:] for offset in (0, 4)]
    (tunnel,) = same([*frames, *empty * 9, *headers], unsettled)
    assert tunnel.packets == usual.packets


def test_esp_in_tcp_settles_behind_what_negotiated_it(looked: list[bytes], unsettled: Run) -> None:
    data = [u16(2 + len(one)) + one for one in conversations.esp(0xC0010203) * 8]
    carried = stream(42000, 4500, [(n & 1 == 0, one) for n, one in enumerate(data)])
    (tunnel,) = same([*conversations.ike_in_tcp(), *carried], unsettled)
    assert (tunnel.protocol, tunnel.packets) == ("ikev2", 3 + len(carried))
    one = feed(Engine(), [*conversations.ike_in_tcp(), *carried])
    looked.clear()
    within = stream(42000, 4500, [(True, noise(1400))] * 9)  # of a message that began in an earlier segment
    feed(one, [*carried, *within])
    assert looked == []


def test_another_association_is_looked_into_and_so_is_what_negotiates_it(looked: list[bytes]) -> None:
    one = feed(Engine(), conversations.nat_traversal() * 8)
    looked.clear()
    again = talk(4500, 4500, [(True, u32(0xC0FFEE00) + u32(7) + noise(64)), *conversations.ike(2, marker=bytes(4))])
    feed(one, again)
    assert looked == again
    assert [tunnel.protocol for tunnel in one.tunnels()] == ["esp-udp", "ikev2"]


def test_a_keepalive_in_a_padded_frame_is_no_packet_of_an_association(looked: list[bytes]) -> None:
    data = [(bool(n & 1), u32(0xFF000000) + u32(n + 1) + noise(64)) for n in range(60)]
    one = feed(Engine(), talk(4500, 4500, data))
    looked.clear()
    (short,) = talk(4500, 4500, [(True, b"\xff")])
    feed(one, [short.ljust(60, b"\0")])
    assert looked
    (tunnel,) = one.tunnels()
    assert tunnel.signs["keepalive"] == 1


def test_a_key_of_gre_that_comes_later_is_told() -> None:
    frames = conversations.gre(0x2000, middle=u32(7)) * 20
    (tunnel,) = feed(Engine(), [*frames, *conversations.gre(0x2000, middle=u32(8)), *frames]).tunnels()
    assert [one.data[-4:] for one in tunnel.messages] == [u32(7), u32(8)]
    frames = conversations.gre(0xA000, middle=bytes(4) + u32(7)) * 20
    (tunnel,) = feed(Engine(), [*frames, *conversations.gre(0xA000, middle=b"sums" + u32(9)), *frames]).tunnels()
    assert [one.data[-4:] for one in tunnel.messages] == [u32(7), u32(9)]


def test_control_messages_of_a_settled_session_are_looked_into(looked: list[bytes]) -> None:
    body = b"\xff\x03\x00\x21" + INSIDE
    data = b"\x40\x02" + u16(8 + len(body)) + u16(7) + u16(9) + body
    one = feed(Engine(), talk(1701, 1701, [(bool(n & 1), data) for n in range(60)]))
    looked.clear()
    control = b"\xc8\x02" + u16(20) + u16(7) + u16(9) + u16(3) + u16(1) + b"\x80\x08" + u16(0) + u16(0) + u16(11)
    feed(one, talk(1701, 1701, [(True, data), (True, control), (False, control)]))
    assert len(looked) == 2
    (tunnel,) = one.tunnels()
    assert (tunnel.confidence, len(tunnel.messages)) == (Certainty.HIGH, 1)


def test_a_second_protocol_between_the_same_ports_is_looked_into(looked: list[bytes]) -> None:
    one = feed(Engine(), talk(41000, 443, _wireguard_data() * _ROUNDS))
    looked.clear()
    second = conversations.openvpn()
    feed(one, second)
    assert looked == second
    (flow,) = one._flows.values()
    assert set(flow.seen) == {"wireguard", "openvpn"}
    assert flow.seen["openvpn"].packets == len(second)


def _wireguard_data() -> list[tuple[bool, bytes]]:
    first = (True, b"\1\0\0\0" + T[:4] + noise(124) + bytes(16))
    answer = (False, b"\2\0\0\0" + S[:4] + T[:4] + noise(80))
    return [first, answer, *((True, b"\4\0\0\0" + S[:4] + bytes([n]) + bytes(7) + noise(48)) for n in range(12))]


def test_another_network_is_looked_into_and_another_port_of_the_sender_is_not(looked: list[bytes]) -> None:
    def vxlan(port: int, network: int) -> bytes:
        return ethernet(udp(A, port, B, 4789, b"\x08\0\0\0" + network.to_bytes(3) + b"\0" + FRAME))

    one = feed(Engine(), [vxlan(50000 + n, 100) for n in range(40)])
    looked.clear()
    feed(one, [*(vxlan(1000 + n, 100) for n in range(99)), vxlan(50000, 101)])
    assert looked == [vxlan(50000, 101)]
    (tunnel,) = one.tunnels()
    assert (tunnel.packets, tunnel.sport, tunnel.dport) == (140, None, 4789)


def test_what_is_uncertain_is_looked_into(looked: list[bytes]) -> None:
    unknown = [ethernet(ipv4(47, A, B, b"\0\0\x0b\xad" + noise(40))) for _ in range(60)]
    feed(Engine(), unknown)
    assert len(looked) == len(unknown)


def test_a_segment_routing_header_settles_nothing(looked: list[bytes], unsettled: Run) -> None:
    plain = [ethernet(ipv6(41, A6, B6, conversations.INSIDE6))] * 20
    tunnels = same([*conversations.srv6() * 20, *plain, *conversations.srv6() * 20, *plain], unsettled)
    assert {one.protocol: one.packets for one in tunnels} == {"srv6": 40, "6in6": 40}


def test_what_is_known_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settled, "MOST_KINDS", 50)
    frames = [ethernet(ip(50, A, B, u32(spi) + u32(n + 1) + noise(8))) for spi in range(300, 700) for n in range(3)]
    one = feed(Engine(), frames)
    assert sum(len(kinds.seens) for table in one._settled._ends for kinds in table.values()) <= 50
    (tunnel,) = one.tunnels()
    assert tunnel.packets == len(frames)


def test_conversations_settle_again_when_others_are_forgotten(monkeypatch: pytest.MonkeyPatch, unsettled: Run) -> None:
    monkeypatch.setattr(engine, "MOST_FLOWS", 10)
    frames = [
        ethernet(ip(50, f"192.0.2.{end}", B, u32(0x1000) + u32(n + 1) + noise(8)))
        for part in range(4)
        for end in range(part * 6, part * 6 + 6)
        for n in range(30)
    ]
    assert len(same(frames, unsettled)) == 24
