"""Command lines as getopt reads them, and ends as options name them."""

import pytest

from auditor.daemons.options import Option, end_of, parse_options, port_of
from auditor.errors import ParseError
from auditor.model.rows import NamedEnd


def test_values_stand_apart_or_adhere_and_what_is_no_option_has_no_name() -> None:
    arguments = ["-fv", "-dn2n0", "-l", "a:1", "--name=x", "--long", "y", "--flag", "host", "--", "-z"]
    assert list(parse_options(arguments, "dl", ("name", "long"))) == [
        Option("f"),
        Option("v"),
        Option("d", "n2n0"),
        Option("l", "a:1"),
        Option("name", "x"),
        Option("long", "y"),
        Option("flag"),
        Option("", "host"),
        Option("", "-z"),
    ]


def test_an_optional_value_has_to_adhere() -> None:
    assert list(parse_options(["-S2", "-S", "3", "-vd"], "d", attached="S")) == [
        Option("S", "2"),
        Option("S"),
        Option("", "3"),
        Option("v"),
    ]


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("vpn.example", NamedEnd("vpn.example", 443, "tcp")),
        ("vpn.example:8443", NamedEnd("vpn.example", 8443, "tcp")),
        ("192.0.2.1:1", NamedEnd("192.0.2.1", 1, "tcp")),
        ("2001:db8::1", NamedEnd("2001:db8::1", 443, "tcp")),
        ("[2001:db8::1]", NamedEnd("2001:db8::1", 443, "tcp")),
        ("[2001:db8::1]:65535", NamedEnd("2001:db8::1", 65535, "tcp")),
    ],
)
def test_ends(text: str, end: NamedEnd) -> None:
    assert end_of(text, port=443, transport="tcp") == end


@pytest.mark.parametrize("text", ["", ":1", "a:", "a:0", "a:65536", "a:x", "[::1]x", "[]:1", "a b:1", "x" * 254, "a:²"])
def test_what_is_no_end(text: str) -> None:
    with pytest.raises(ParseError):
        end_of(text, port=443, transport="tcp")


@pytest.mark.parametrize("text", ["", "-1", "0", "65536", "1e3", "１", "000001"])
def test_what_is_no_port(text: str) -> None:
    with pytest.raises(ParseError):
        port_of(text)
