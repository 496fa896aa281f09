"""L2TP tunnels and sessions, from bytes that a Debian kernel answered with."""

import errno
import json
import logging
import struct
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.errors import ParseError
from auditor.model.rows import L2tpSession
from auditor.model.sightings import BlindSpot, Reason
from auditor.netlink import wire
from auditor.netlink.generic import dump_generic
from auditor.netlink.wire import NETLINK_GENERIC, Message, pack_attribute
from probes import l2tp
from tests.auditor.netlink.fakes import FakeKernel, Step, done, error
from tests.probes.generic import families
from tests.probes.recorded import FIXTURES, RecordedHost, forms, messages, replay, spoiled, view

SESSIONS = (FIXTURES / "l2tp/sessions.bin").read_bytes()
TUNNELS = (FIXTURES / "l2tp/tunnels.bin").read_bytes()
COOKIE = json.loads((FIXTURES / "l2tp/cookies.json").read_text())["in_fixtures"].encode()
FAMILY = 33
NEAR = "198.51.100.1"

PPP = L2tpSession(11, 7, 22, 8, 2, "udp", NEAR, 1701, "203.0.113.41", 1701, "ppp", None, server=False)
OVER_IP = L2tpSession(3000, 1000, 4000, 2000, 3, "ip", NEAR, None, "203.0.113.40", None, "ethernet", "l2tpeth0")
OVER_UDP = L2tpSession(3001, 1001, 4001, 2001, 3, "udp", NEAR, 5000, "203.0.113.42", 6000, "ethernet", "lan-branch")
RECORDED = {
    PPP,
    PPP._replace(session_id=6, peer_session_id=7),
    OVER_IP,
    OVER_UDP,
    OVER_UDP._replace(session_id=1002, peer_session_id=2002, interface="madeas0"),
    OVER_UDP._replace(session_id=1003, peer_session_id=2003, interface="moved0"),
    L2tpSession(3002, 1004, 4002, 2004, 3, "udp", "2001:db8:1::1", 5001, "2001:db8:1::42", 6001, "ethernet", "sixth0"),
    L2tpSession(3003, None, 4003, None, 3, "ip", NEAR, None, "203.0.113.43", None, None, None),
}


def host(*answers: list[Step]) -> RecordedHost:
    """Return a host with L2TP loaded, which answers about sessions, then about tunnels."""
    return RecordedHost({NETLINK_GENERIC: FakeKernel(families(nlctrl=16, l2tp=FAMILY), *answers)})


def tunnel(*attributes: bytes) -> Message:
    """Return a tunnel of version 3 over UDP with identifiers 1 and 2, and what else `attributes` say."""
    head = bytes(4) + pack_attribute(9, struct.pack("=I", 1)) + pack_attribute(10, struct.pack("=I", 2))
    return Message(FAMILY, 0, memoryview(head + b"".join(attributes)))


def session(*attributes: bytes, ids: tuple[int, int, int] = (1, 5, 6)) -> Message:
    """Return a session and what else `attributes` say."""
    numbers = zip((9, 11, 12), ids, strict=True)
    head = b"".join(pack_attribute(kind, struct.pack("=I", number)) for kind, number in numbers)
    return Message(FAMILY, 0, memoryview(bytes(4) + head + b"".join(attributes)))


def test_sessions_and_tunnels_as_the_kernel_lists_them() -> None:
    kernel = host(replay(SESSIONS), replay(TUNNELS))
    rows = list(l2tp.run(view(kernel)))
    assert len(rows) == len(RECORDED)
    assert set(rows) == RECORDED
    assert kernel.kernels[NETLINK_GENERIC].open_now == 0
    asked = [sent for sent in kernel.kernels[NETLINK_GENERIC].sent if wire.HEADER.unpack_from(sent)[1] == FAMILY]
    assert [sent[wire.HEADER_BYTES] for sent in asked] == [8, 4]


def test_the_entry_by_which_a_daemon_holds_its_tunnel_is_no_session() -> None:
    raw = [message for message in messages("l2tp/sessions.bin") if l2tp.parse_session(message) is None]
    assert len(raw) == 1
    assert l2tp.parse_session(session(ids=(1, 0, 0))) is None
    assert l2tp.parse_session(session(ids=(1, 0, 6))) is not None


def test_kernel_without_l2tp_yields_nothing_and_is_asked_nothing_else() -> None:
    generic = FakeKernel(families(nlctrl=16))
    assert list(l2tp.run(view(RecordedHost({NETLINK_GENERIC: generic})))) == []
    assert {wire.HEADER.unpack_from(sent)[1] for sent in generic.sent} == {16}
    assert all(wire.HEADER.unpack_from(sent)[2] & wire.NLM_F_DUMP == wire.NLM_F_DUMP for sent in generic.sent)


def test_loaded_driver_without_tunnels() -> None:
    assert list(l2tp.run(view(host([done()], [done()])))) == []


@pytest.mark.parametrize(
    ("answers", "reason", "needs"),
    [
        (([error(errno.EPERM)],), Reason.PERMISSION, "CAP_NET_ADMIN"),
        ((replay(SESSIONS), [error(errno.EPERM)]), Reason.PERMISSION, "CAP_NET_ADMIN"),
        ((replay(wire.pack_message(FAMILY, 0, 0, 0, bytes(4) + b"\x03\0\1\0")),), Reason.UNPARSED, None),
    ],
)
def test_what_cannot_be_read_is_one_gap(answers: tuple[list[Step], ...], reason: Reason, needs: str | None) -> None:
    (spot,) = l2tp.run(view(host(*answers)))
    assert isinstance(spot, BlindSpot)
    assert (spot.reason, spot.needs, spot.hides) == (reason, needs, ("l2tp",))


def test_sessions_of_a_tunnel_that_came_or_went_meanwhile_are_kept() -> None:
    found = l2tp.parse_session(session(pack_attribute(1, struct.pack("=H", 5))))
    assert found is not None
    assert list(l2tp.rows([], [found])) == [L2tpSession(1, 5, None, 6, pseudowire="ethernet")]


@pytest.mark.parametrize(
    ("number", "pseudowire"), [(4, "ethernet"), (5, "ethernet"), (7, "ppp"), (8, "ppp"), (11, None), (999, None)]
)
def test_pseudowires(number: int, pseudowire: str | None) -> None:
    found = l2tp.parse_session(session(pack_attribute(1, struct.pack("=H", number))))
    assert found is not None
    assert found.pseudowire == pseudowire


def test_ends_that_are_not_set_are_not_known_and_mapped_ones_are_ipv4() -> None:
    unset = tunnel(pack_attribute(24, bytes(4)), pack_attribute(25, bytes(4)), pack_attribute(27, bytes(2)))
    assert l2tp.parse_tunnel(unset) == L2tpSession(1, peer_tunnel_id=2)
    mapped = bytes(10) + b"\xff\xff\xc0\0\2\1"
    assert l2tp.parse_tunnel(tunnel(pack_attribute(31, mapped))).local == "192.0.2.1"
    assert l2tp.parse_tunnel(tunnel(pack_attribute(2, struct.pack("=H", 9)))).encapsulation is None


@pytest.mark.parametrize("name", [b"\0", b""])
def test_an_empty_name_is_none(name: bytes) -> None:
    found = l2tp.parse_session(session(pack_attribute(8, name)))
    assert found is not None
    assert found.interface is None


@pytest.mark.parametrize(
    ("parse", "payload", "words"),
    [
        (l2tp.parse_tunnel, b"", "shorter than its fixed part"),
        (l2tp.parse_tunnel, bytes(4), "identifier"),
        (l2tp.parse_tunnel, bytes(tunnel(pack_attribute(24, bytes([1, 2, 3]))).payload), "address"),
        (l2tp.parse_tunnel, bytes(tunnel(pack_attribute(26, b"\1")).payload), "1 bytes where 2"),
        (l2tp.parse_session, bytes(4), "identifier"),
        (l2tp.parse_session, bytes(session(pack_attribute(8, b"x" * 17)).payload), "too long"),
        (l2tp.parse_session, bytes(session(pack_attribute(1, bytes(4))).payload), "4 bytes where 2"),
    ],
)
def test_impossible_answers_are_refused(parse: Callable[[Message], object], payload: bytes, words: str) -> None:
    with pytest.raises(ParseError, match=words):
        parse(Message(FAMILY, 0, memoryview(payload)))


def leaks(*things: object) -> list[bytes]:
    """Return the shapes of the planted cookie that stand in the texts of `things`."""
    texts = "\n".join(str(part) for thing in things for part in (thing, repr(thing))).encode(errors="surrogateescape")
    return [form for form in forms(COOKIE) if form in texts]


@pytest.mark.parametrize(
    ("parse", "name"), [(l2tp.parse_tunnel, "l2tp/tunnels.bin"), (l2tp.parse_session, "l2tp/sessions.bin")]
)
def test_spoiled_answers_are_refused_or_right(parse: Callable[[Message], object], name: str) -> None:
    for message in messages(name):
        refused = 0
        for data in spoiled(bytes(message.payload)):
            if b"\x10\0\x08\0" in data or b"\x0c\0\x08\0" in data:
                continue  # bytes that say "the cookie is the device's name" cannot be told from the truth
            try:
                shown: object = parse(Message(FAMILY, 0, memoryview(data)))
            except ParseError as caught:
                shown = str(caught), caught.detail
                refused += 1
            assert not leaks(shown)
        assert refused > 10


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_or_right(noise: bytes) -> None:
    for parse in (l2tp.parse_tunnel, l2tp.parse_session):
        for payload in (noise, bytes(session().payload) + noise):
            try:
                parse(Message(FAMILY, 0, memoryview(payload)))
            except ParseError:
                continue


def test_planted_cookies_reach_no_row_error_or_log(caplog: pytest.LogCaptureFixture) -> None:
    assert SESSIONS.count(COOKIE) == 2, "the recorded session has a cookie each way"
    caplog.set_level(logging.DEBUG)
    rows = list(l2tp.run(view(host(replay(SESSIONS), replay(TUNNELS)))))
    with_cookie = next(message for message in messages("l2tp/sessions.bin") if COOKIE in bytes(message.payload))
    cut = bytes(with_cookie.payload)[:-3]
    spots = list(l2tp.run(view(host(replay(wire.pack_message(FAMILY, 0, 0, 0, cut))))))
    assert [type(row) for row in spots] == [BlindSpot]
    with pytest.raises(ParseError) as caught:
        l2tp.parse_session(Message(FAMILY, 0, memoryview(cut)))
    assert not leaks(*rows, *spots, caught.value, caught.value.__dict__, caplog.text)


def test_answers_are_zeros_once_read(monkeypatch: pytest.MonkeyPatch) -> None:
    chunks: list[bytearray] = []
    held: list[bool] = []
    ask = dump_generic

    def remember(*arguments: object, **named: object) -> object:
        dump = ask(*arguments, **named)  # type: ignore[arg-type]
        chunks.extend(dump.chunks)
        held.append(any(COOKIE in chunk for chunk in dump.chunks))
        return dump

    monkeypatch.setattr(l2tp, "dump_generic", remember)
    assert list(l2tp.run(view(host(replay(SESSIONS), replay(TUNNELS)))))
    assert held == [True, False]
    assert len(chunks) > 3
    assert not any(any(chunk) for chunk in chunks)
