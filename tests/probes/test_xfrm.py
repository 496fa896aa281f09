"""IPsec policies and associations, from bytes that a Debian kernel answered with."""

import errno
import logging
import struct
from pathlib import Path

import pytest

from auditor.errors import ParseError
from auditor.model.rows import XfrmPolicy, XfrmState, XfrmTemplate
from auditor.model.sightings import BlindSpot, Reason, Sighting
from auditor.netlink import wire
from auditor.netlink.socket import Netlink
from auditor.netlink.wire import NETLINK_XFRM, Message, pack_attribute
from probes import xfrm
from tests.auditor.netlink.fakes import FakeKernel, Step, error
from tests.probes.recorded import FIXTURES, XFRM_KEYS, RecordedHost, leaks, messages, replay, view, withstands

POLICIES = (FIXTURES / "xfrm/policies.bin").read_bytes()
STATES = (FIXTURES / "xfrm/states.bin").read_bytes()
NEAR, NEAR6 = "198.51.100.1", "2001:db8:1::1"
TABLE_HEAD = "sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode\n"
TABLE_ROW = "0000000000000000 {}   0          00000000 0        0        0     2        0        1157\n"


def host(root: Path, *scripts: list[Step], protocols: tuple[int, ...] = (0, 6, 16)) -> RecordedHost:
    """Return a host that offers netlink `protocols` and answers with `scripts`."""
    net = root / "proc/thread-self/net"
    net.mkdir(parents=True)
    (net / "netlink").write_text(TABLE_HEAD + "".join(TABLE_ROW.format(number) for number in protocols))
    return RecordedHost({NETLINK_XFRM: FakeKernel(*scripts)}, str(root))


def template(far: str, protocol: str, reqid: int, near: str = NEAR) -> XfrmTemplate:
    return XfrmTemplate(near, far, protocol, "tunnel", reqid)


def policy_message(*, family: int = 2, direction: int = 1, prefix: int = 24, attributes: bytes = b"") -> bytes:
    """Return the payload of one XFRM_MSG_NEWPOLICY."""
    fixed = bytearray(168)
    struct.pack_into("=HBB", fixed, 40, family, prefix, prefix)
    struct.pack_into("=BB", fixed, 160, direction, 0)
    return bytes(fixed) + attributes


def state_message(*, protocol: int = 50, family: int = 2, mode: int = 1, attributes: bytes | None = None) -> bytes:
    """Return the payload of one XFRM_MSG_NEWSA, with a key of planted bytes unless `attributes` are given."""
    fixed = bytearray(224)
    struct.pack_into("=4s12x4sB", fixed, 56, bytes((203, 0, 113, 9)), b"\0\0\x10\1", protocol)
    struct.pack_into("=4s", fixed, 80, bytes((198, 51, 100, 1)))
    struct.pack_into("=IHB", fixed, 208, 77, family, mode)
    key = pack_attribute(2, bytes(68) + XFRM_KEYS["in_fixtures"].encode())
    return bytes(fixed) + (key if attributes is None else attributes)


def parse_policy(payload: bytes | memoryview) -> XfrmPolicy | None:
    return xfrm.parse_policy(Message(19, 0, memoryview(payload)))


def parse_state(payload: bytes | memoryview) -> XfrmState | None:
    return xfrm.parse_state(Message(16, 0, memoryview(payload)))


def test_policies_as_the_kernel_tells_them() -> None:
    recorded = messages("xfrm/policies.bin")
    directions = [message.payload[160] for message in recorded]
    assert sorted(directions)[-2:] == [3, 4], "the recording lost the policies of a single socket"
    rows = [row for message in recorded if (row := xfrm.parse_policy(message))]
    assert len(rows) == len(recorded) - 2
    inner = XfrmTemplate(None, None, "esp", "transport", 7)
    back = (XfrmTemplate("203.0.113.50", NEAR, "esp", "tunnel", 1),)
    assert set(rows) == {
        XfrmPolicy("out", "10.0.0.0/24", "10.50.0.0/16", "allow", (template("203.0.113.50", "esp", 1),)),
        XfrmPolicy("in", "10.50.0.0/16", "10.0.0.0/24", "allow", back),
        XfrmPolicy("fwd", "10.50.0.0/16", "10.0.0.0/24", "allow", back),
        XfrmPolicy("out", "0.0.0.0/0", "0.0.0.0/0", "allow", (template("203.0.113.52", "esp", 3),), 0x2A),
        XfrmPolicy("out", "2001:db8:a::/48", "2001:db8:b::/48", "allow", (template("203.0.113.51", "esp", 2),)),
        XfrmPolicy("out", "10.6.0.0/16", "10.7.0.0/16", "allow", (template("2001:db8:2::50", "esp", 5, NEAR6),)),
        XfrmPolicy("out", f"{NEAR}/32", "203.0.113.53/32", "allow", (XfrmTemplate(None, None, "esp", "transport", 4),)),
        XfrmPolicy("out", "10.8.0.0/16", "10.9.0.0/16", "allow", (template("203.0.113.55", "comp", 7), inner)),
        XfrmPolicy("out", "192.0.2.0/24", "192.0.2.0/24", "block", ()),
        XfrmPolicy("fwd", "192.0.2.64/26", "192.0.2.128/26", "allow", ()),
    }


def test_a_policy_tells_the_protocol_and_ports_that_it_selects() -> None:
    recorded = next(message for message in messages("xfrm/policies.bin") if xfrm.parse_policy(message))
    payload = bytearray(recorded.payload)
    plain = xfrm.parse_policy(Message(19, 0, memoryview(payload)))
    struct.pack_into(">HHHH", payload, 32, 1701, 0xFFFF, 1702, 0xFFFF)
    payload[44] = 17
    selective = xfrm.parse_policy(Message(19, 0, memoryview(payload)))
    assert plain is not None
    assert (plain.protocol, plain.source_port, plain.destination_port) == (None, None, None)
    assert selective == plain._replace(protocol=17, source_port=1702, destination_port=1701)
    struct.pack_into(">HHHH", payload, 32, 0, 0, 0, 0)
    anyport = xfrm.parse_policy(Message(19, 0, memoryview(payload)))
    assert anyport == plain._replace(protocol=17)


def test_a_policy_for_marked_packets_says_so() -> None:
    recorded = next(message for message in messages("xfrm/policies.bin") if xfrm.parse_policy(message))
    plain = xfrm.parse_policy(recorded)
    assert plain is not None
    for value, mask, marked in ((7, 0xFFFFFFFF, True), (0, 0xFF, True), (0, 0, False)):
        payload = bytes(recorded.payload) + struct.pack("=HHII", 12, 21, value, mask)
        assert xfrm.parse_policy(Message(19, 0, memoryview(payload))) == plain._replace(marked=marked)
    short = bytes(recorded.payload) + struct.pack("=HHI", 8, 21, 7)
    with pytest.raises(ParseError):
        xfrm.parse_policy(Message(19, 0, memoryview(short)))


def test_associations_as_the_kernel_tells_them() -> None:
    recorded = messages("xfrm/states.bin")
    protocols = [message.payload[76] for message in recorded]
    assert 4 in protocols, "the recording lost the helper below IPComp"
    rows = [row for message in recorded if (row := xfrm.parse_state(message))]
    assert len(rows) == len(recorded) - 2, "left out: that helper, and what IKE reserves while it negotiates"
    assert set(rows) == {
        XfrmState(NEAR, "203.0.113.50", "esp", "tunnel", 1),
        XfrmState("203.0.113.50", NEAR, "esp", "tunnel", 1),
        XfrmState(NEAR, "203.0.113.51", "esp", "tunnel", 2, source_port=4500, destination_port=4501),
        XfrmState("203.0.113.51", NEAR, "esp", "tunnel", 2, source_port=4501, destination_port=4500),
        XfrmState(NEAR, "203.0.113.52", "esp", "tunnel", 3, if_id=0x2A),
        XfrmState(NEAR, "203.0.113.53", "esp", "transport", 4),
        XfrmState(NEAR6, "2001:db8:2::50", "esp", "tunnel", 5),
        XfrmState(NEAR, "203.0.113.54", "ah", "tunnel", 6),
        XfrmState(NEAR, "203.0.113.55", "comp", "tunnel", 7),
        XfrmState(NEAR, "203.0.113.56", "esp", "beet", 8),
    }


def test_run_reads_policies_before_associations(tmp_path: Path) -> None:
    seen = host(tmp_path, replay(POLICIES), replay(STATES))
    rows = list(xfrm.run(view(seen)))
    assert [type(row) for row in rows] == [XfrmPolicy] * 10 + [XfrmState] * 10
    assert [wire.HEADER.unpack_from(sent)[1] for sent in seen.kernels[NETLINK_XFRM].sent] == [21, 18]
    assert seen.kernels[NETLINK_XFRM].open_now == 0


def test_without_the_capability_both_tables_are_gaps(tmp_path: Path) -> None:
    spots = list(xfrm.run(view(host(tmp_path, [error(errno.EPERM)], [error(errno.EPERM)]))))
    assert [type(spot) for spot in spots] == [BlindSpot, BlindSpot]
    assert {(spot.reason, spot.needs) for spot in spots if isinstance(spot, BlindSpot)} == {
        (Reason.PERMISSION, "CAP_NET_ADMIN")
    }


def test_kernel_without_ipsec_yields_nothing_and_opens_no_socket(tmp_path: Path) -> None:
    seen = host(tmp_path, protocols=(0, 16))
    assert list(xfrm.run(view(seen))) == []
    assert seen.kernels[NETLINK_XFRM].opened == []


def test_pf_key_without_xfrm_netlink_is_a_gap(tmp_path: Path) -> None:
    seen = host(tmp_path, protocols=(0, 16, 60))
    (tmp_path / "proc/thread-self/net/pfkey").write_text("sk       RefCnt Rmem   Wmem   User   Inode\n")
    (spot,) = xfrm.run(view(seen))
    assert isinstance(spot, BlindSpot)
    assert (spot.reason, spot.needs, spot.hides) == (Reason.ABSENT, "kernel module xfrm_user", ("ipsec",))
    assert seen.kernels[NETLINK_XFRM].opened == []


@pytest.mark.parametrize("text", [None, "", "nonsense\n"])
def test_table_of_sockets_of_another_form_is_a_gap(tmp_path: Path, text: str | None) -> None:
    seen = host(tmp_path)
    table = tmp_path / "proc/thread-self/net/netlink"
    table.unlink()
    if text is not None:
        table.write_text(text)
    (spot,) = xfrm.run(view(seen))
    assert isinstance(spot, BlindSpot)
    assert spot.source == "/proc/thread-self/net/netlink"


def test_one_unreadable_message_hides_no_other(tmp_path: Path) -> None:
    broken = wire.pack_message(19, 0, 0, 0, policy_message(family=99))
    rows: list[Sighting] = list(xfrm.run(view(host(tmp_path, replay(broken + POLICIES), replay(STATES)))))
    assert sum(isinstance(row, XfrmPolicy) for row in rows) == 10
    (spot,) = (row for row in rows if isinstance(row, BlindSpot))
    assert (spot.reason, spot.source) == (Reason.UNPARSED, "xfrm netlink: XFRM_MSG_GETPOLICY")


@pytest.mark.parametrize(
    "payload",
    [
        policy_message(family=0),
        policy_message(prefix=33),
        policy_message(attributes=pack_attribute(5, bytes(63))),
        policy_message(attributes=pack_attribute(5, struct.pack("=24xH2x16s20x", 7, bytes([1] * 16)))),
        policy_message(attributes=pack_attribute(31, bytes(3))),
        policy_message()[:-1],
    ],
)
def test_impossible_policies_are_refused(payload: bytes) -> None:
    with pytest.raises(ParseError):
        parse_policy(payload)


@pytest.mark.parametrize("attributes", [pack_attribute(31, bytes(8)), pack_attribute(4, bytes(23)), b"\3\0\2\0"])
def test_impossible_associations_are_refused(attributes: bytes) -> None:
    with pytest.raises(ParseError):
        parse_state(state_message() + attributes)
    with pytest.raises(ParseError):
        parse_state(state_message(family=99))
    with pytest.raises(ParseError):
        parse_state(state_message(attributes=b"")[:-1])


@pytest.mark.parametrize(("mode", "name"), [(0, "transport"), (1, "tunnel"), (2, "other"), (4, "beet"), (5, "tunnel")])
def test_modes(mode: int, name: str) -> None:
    assert parse_state(state_message(mode=mode)) == XfrmState("198.51.100.1", "203.0.113.9", "esp", name, 77)


@pytest.mark.parametrize("protocol", [4, 41, 43, 60])
def test_helpers_and_mobile_ipv6_are_left_out(protocol: int) -> None:
    assert parse_state(state_message(protocol=protocol)) is None


def test_association_without_algorithm_is_left_out() -> None:
    assert parse_state(state_message(attributes=b"")) is None


def test_layouts_have_the_sizes_of_the_kernel_header() -> None:
    assert (xfrm._POLICY.size, xfrm._STATE.size, xfrm._TEMPLATE.size) == (168, 224, 64)


def test_spoiled_messages_are_refused_or_right() -> None:
    for message in messages("xfrm/policies.bin"):
        assert withstands(parse_policy, bytes(message.payload)) > 10
    for message in messages("xfrm/states.bin"):
        assert withstands(parse_state, bytes(message.payload)) > 10


def test_planted_keys_reach_no_row_error_or_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert STATES.count(XFRM_KEYS["in_fixtures"].encode()[:16]) > 10
    caplog.set_level(logging.DEBUG)
    cut = wire.pack_message(16, 0, 0, 0, state_message()[:-4])
    rows = list(xfrm.run(view(host(tmp_path, replay(POLICIES), replay(STATES + cut)))))
    assert isinstance(rows[-1], BlindSpot)
    with pytest.raises(ParseError) as caught:
        parse_state(state_message()[:-4])
    assert not leaks(*rows, caught.value, caplog.text)


def test_answers_are_zeros_once_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chunks: list[bytearray] = []
    dump = Netlink.dump

    def remember(self: Netlink, message: int, body: bytes) -> object:
        answer = dump(self, message, body)
        chunks.extend(answer.chunks)
        return answer

    monkeypatch.setattr(Netlink, "dump", remember)
    cut = wire.pack_message(16, 0, 0, 0, state_message()[:-4])
    list(xfrm.run(view(host(tmp_path, replay(POLICIES), replay(STATES + cut)))))
    assert len(chunks) > 20
    assert not any(any(chunk) for chunk in chunks)
