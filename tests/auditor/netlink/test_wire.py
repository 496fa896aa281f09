import socket
import struct
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.errors import ParseError
from auditor.netlink import wire


def test_messages_of_one_datagram():
    chunk = wire.pack_message(16, 2, 7, 9, b"abc") + wire.pack_message(3, 2, 7, 9, b"")
    assert [(m.type, m.flags, bytes(m.payload)) for m in wire.messages(chunk)] == [(16, 2, b"abc"), (3, 2, b"")]


def test_last_message_may_lack_its_padding():
    chunk = wire.pack_message(16, 0, 1, 1, b"abcde")[:-3]
    assert [bytes(m.payload) for m in wire.messages(chunk)] == [b"abcde"]


@pytest.mark.parametrize("length", [0, 1, 15, 21, 0xFFFFFFFF])
def test_message_length_out_of_bounds(length):
    chunk = bytearray(wire.pack_message(16, 0, 1, 1, b"abcd"))
    struct.pack_into("=I", chunk, 0, length)
    with pytest.raises(ParseError):
        list(wire.messages(chunk))


@pytest.mark.parametrize("cut", range(1, 20))
def test_message_cut_short(cut):
    with pytest.raises(ParseError):
        list(wire.messages(wire.pack_message(16, 0, 1, 1, b"abcd")[:cut]))


def test_attributes_strip_flags_and_keep_the_last_of_a_type():
    payload = (
        b"HEAD"
        + wire.pack_attribute(18 | wire.NLA_F_NESTED, b"x")
        + wire.pack_attribute(5 | wire.NLA_F_NET_BYTEORDER, b"old!")
        + wire.pack_attribute(5, b"new")
    )
    assert {k: bytes(v) for k, v in wire.attributes(payload, 4).items()} == {18: b"x", 5: b"new"}
    assert [k for k, _ in wire.attribute_list(payload, 4)] == [18, 5, 5]


@pytest.mark.parametrize("length", [0, 3, 9, 0xFFFF])
def test_attribute_length_out_of_bounds(length):
    payload = bytearray(wire.pack_attribute(1, b"abcd"))
    struct.pack_into("=H", payload, 0, length)
    with pytest.raises(ParseError):
        wire.attributes(payload)


@pytest.mark.parametrize("tail", [b"\0", b"\0\0\0"])
def test_attribute_header_cut_short(tail):
    with pytest.raises(ParseError):
        wire.attributes(wire.pack_attribute(1, b"abcd") + tail)


def test_fixed_part_longer_than_message():
    with pytest.raises(ParseError):
        wire.attributes(b"abc", 4)


@given(st.binary(max_size=80))
def test_any_bytes_parse_or_raise_parse_error(data):
    for read in (wire.attributes, lambda d: list(wire.messages(d))):
        with suppress(ParseError):
            read(data)


@given(st.lists(st.tuples(st.integers(0, wire.NLA_TYPE_MASK), st.binary(max_size=40))))
def test_packed_attributes_come_back(pairs):
    payload = b"".join(wire.pack_attribute(kind, value) for kind, value in pairs)
    assert [(k, bytes(v)) for k, v in wire.attribute_list(payload)] == pairs


def test_numbers():
    assert wire.u8(b"\xff") == 255
    assert wire.u16(struct.pack("=H", 513)) == 513
    assert wire.u32(memoryview(struct.pack("=I", 1 << 31))) == 1 << 31
    assert wire.u64(struct.pack("=Q", 1 << 63)) == 1 << 63
    assert wire.i32(struct.pack("=i", -7)) == -7
    assert wire.be16(b"\x12\x34") == 0x1234
    assert wire.be32(b"\x00\x00\x12\x34") == 0x1234


@pytest.mark.parametrize("read", [wire.u8, wire.u16, wire.u32, wire.u64, wire.i32, wire.be16, wire.be32])
@pytest.mark.parametrize("size", [0, 3, 5, 16])
def test_numbers_of_another_size(read, size):
    with pytest.raises(ParseError):
        read(bytes(size))


def test_addresses():
    assert wire.address(bytes([192, 0, 2, 1])) == "192.0.2.1"
    assert wire.address(memoryview(socket.inet_pton(socket.AF_INET6, "2001:DB8:0::1"))) == "2001:db8::1"
    for size in (0, 3, 5, 15, 17):
        with pytest.raises(ParseError):
            wire.address(bytes(size))


def test_text_ends_at_nul_and_shows_undecodable_bytes():
    assert wire.text(b"eth0\0junk") == "eth0"
    assert wire.text("网关\0".encode()) == "网关"
    assert wire.text(b"a\xffb") == "a\\xffb"
    assert wire.text(b"") == ""
