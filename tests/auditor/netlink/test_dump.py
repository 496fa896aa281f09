import struct
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.errors import ParseError
from auditor.netlink import wire
from auditor.netlink.dump import Dump, sift

from .fakes import PORT, answer, done, error, joined

SEQUENCE = 77


def datagram(step):
    return bytearray(step(SEQUENCE))


def test_part_of_a_dump():
    chunk = datagram(answer(b"abcd", b"efgh"))
    part = sift(chunk, SEQUENCE, PORT)
    assert (part.ours, part.end, part.ended, part.multipart) == (True, len(chunk), False, True)


def test_end_in_the_same_datagram_is_cut_off():
    first = datagram(answer(b"abcd"))
    part = sift(datagram(joined(answer(b"abcd"), done())), SEQUENCE, PORT)
    assert (part.end, part.ended, part.code) == (len(first), True, 0)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_interruption_on_any_message(place):
    flags = [wire.NLM_F_MULTI] * 3
    flags[place] |= wire.NLM_F_DUMP_INTR
    chunk = datagram(joined(*(answer(b"abcd", flags=flag) for flag in flags)))
    assert sift(chunk, SEQUENCE, PORT).interrupted


def test_interruption_on_the_end_only():
    chunk = datagram(joined(answer(b"abcd"), done(flags=wire.NLM_F_MULTI | wire.NLM_F_DUMP_INTR)))
    assert sift(chunk, SEQUENCE, PORT).interrupted


def test_foreign_datagrams_are_not_ours():
    assert not sift(datagram(answer(b"abcd", sequence=SEQUENCE - 1)), SEQUENCE, PORT).ours
    assert not sift(datagram(answer(b"abcd")), SEQUENCE, PORT + 1).ours
    assert not sift(bytearray(), SEQUENCE, PORT).ours


def test_answers_to_two_requests_in_one_datagram():
    with pytest.raises(ParseError):
        sift(datagram(joined(answer(b"abcd"), answer(b"abcd", sequence=1))), SEQUENCE, PORT)


def test_errors():
    assert sift(datagram(error(1)), SEQUENCE, PORT).code == 1
    assert sift(datagram(done(95)), SEQUENCE, PORT).code == 95
    assert sift(datagram(error(0)), SEQUENCE, PORT)[2:6:3] == (True, 0)
    assert sift(datagram(answer(b"", kind=wire.NLMSG_DONE)), SEQUENCE, PORT).code == 0
    assert sift(datagram(answer(b"", kind=wire.NLMSG_OVERRUN)), SEQUENCE, PORT).overrun
    with pytest.raises(ParseError):
        sift(datagram(answer(b"", kind=wire.NLMSG_ERROR)), SEQUENCE, PORT)


@pytest.mark.parametrize("length", [0, 15, 41, 0xFFFFFFFF])
@pytest.mark.parametrize("place", [0, 20, 40])
def test_lengths_out_of_bounds(length, place):
    chunk = datagram(answer(b"abcd", b"efgh", b"ijkl"))
    struct.pack_into("=I", chunk, place, length if length < 41 else length - place)
    if length == 41 and place == 0:
        struct.pack_into("=I", chunk, place, 61)
    with pytest.raises(ParseError):
        sift(chunk, SEQUENCE, PORT)


@pytest.mark.parametrize("cut", [1, 15, 19, 21, 35])
def test_half_a_datagram(cut):
    with pytest.raises(ParseError):
        sift(datagram(answer(b"abcd", b"efgh"))[:cut], SEQUENCE, PORT)


@given(st.binary(max_size=100))
def test_any_bytes(data):
    head = struct.pack("=IHHII", 16, 16, 2, SEQUENCE, PORT)
    for chunk in (bytearray(data), bytearray(head + data)):
        with suppress(ParseError):
            assert sift(chunk, SEQUENCE, PORT).end <= len(chunk)


def test_wiping_leaves_no_byte_even_in_views():
    chunk = datagram(answer(b"SECRET"))
    with Dump([chunk]) as dump:
        (message,) = dump.messages()
        assert bytes(message.payload) == b"SECRET"
    assert bytes(message.payload) == bytes(6)
    assert not any(chunk)
    assert dump.chunks == []
