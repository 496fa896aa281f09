"""VICI's packets and messages, recorded and hostile."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.daemons import strongswan, vici
from auditor.daemons.vici import Section, Wanted, parse_message, parse_packet
from auditor.errors import ParseError
from tests.fixtures.vici import packets, sections


def test_packet_as_it_is_sent() -> None:
    assert vici.pack(vici.EVENT_REGISTER, "list-sa") == b"\x00\x00\x00\x09\x03\x07list-sa"


def test_recorded_conversation_has_the_protocols_order() -> None:
    kinds = [parse_packet(raw).kind for raw in packets("gateway-list-sas")]
    assert kinds == [vici.EVENT_CONFIRM, vici.EVENT, vici.EVENT, vici.CMD_RESPONSE, vici.EVENT_CONFIRM]
    assert {parse_packet(raw).name for raw in packets("gateway-list-sas")} == {None, "list-sa"}


def test_only_wanted_keys_are_kept() -> None:
    wanted = Wanted(frozenset({"state", "local-ts"}), frozenset({"remote-xauth-id", "remote-vips"}))
    (road,) = [section for name, section in sections("gateway-list-sas", wanted) if name == "road"]
    assert road.values == {"state": "ESTABLISHED", "remote-xauth-id": "", "remote-vips": ""}
    (child,) = road.sections["child-sas"].sections.values()
    assert child == Section({"state": "INSTALLED"}, {"local-ts": ("10.8.0.0/24",)}, {})


@pytest.mark.parametrize("name", ["gateway-list-sas", "gateway-list-conns", "laptop-list-sas", "laptop-list-conns"])
def test_message_cut_short_is_refused(name: str) -> None:
    for raw in packets(name):
        if raw[0] != vici.EVENT:
            continue
        message = parse_packet(raw).message
        for end in range(1, len(message)):
            with pytest.raises(ParseError):
                parse_message(message[:end], strongswan.SA)
        for end in range(2 + raw[1]):
            with pytest.raises(ParseError):
                parse_packet(raw[:end])


@pytest.mark.parametrize(
    "message",
    [
        b"\x02",  # an end without a begin
        b"\x06",
        b"\x05\x00\x01a",  # an item outside a list
        b"\x00",
        b"\x07\x01a",
        b"\x04\x01a\x03\x01b\x00\x00\x06",  # a key inside a list
        b"\x01\x01a" * 20 + b"\x02" * 20,
        b"\x03\x05state\xff\xffx",
        b"\x01\xffa\x02",
    ],
)
def test_message_out_of_order_is_refused(message: bytes) -> None:
    with pytest.raises(ParseError):
        parse_message(message, strongswan.SA)


@given(st.binary(max_size=300))
def test_codec_meets_any_bytes(raw: bytes) -> None:
    for parse in (parse_packet, lambda data: parse_message(data, strongswan.SA)):
        with suppress(ParseError):
            parse(raw)
