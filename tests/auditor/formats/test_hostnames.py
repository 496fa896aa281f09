"""Only host names that mean one thing in the DNS are ever asked for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.formats.hostnames import asked_as
from auditor.model.lookup import Refusal


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Gate.Example.NET.", "gate.example.net"),
        ("a-1.b2.xn--fiqs8s", "a-1.b2.xn--fiqs8s"),
        ("网关.中国", "xn--d6q013i.xn--fiqs8s"),
        ("bücher.example.net", "xn--bcher-kva.example.net"),
        ("4.example.4a", "4.example.4a"),
        (".".join(["a" * 63, "b" * 63, "c" * 63, "d" * 61]), ".".join(["a" * 63, "b" * 63, "c" * 63, "d" * 61])),
    ],
)
def test_host_names_are_asked_for_in_one_form(text: str, name: str) -> None:
    assert asked_as(text) == name


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("gateway", Refusal.SINGLE_LABEL),
        ("网关", Refusal.SINGLE_LABEL),
        ("localhost", Refusal.SPECIAL),
        ("db.localhost", Refusal.SPECIAL),
        ("Printer.LOCAL.", Refusal.SPECIAL),
        ("facebookcorewwwi.onion", Refusal.SPECIAL),
        ("a.invalid", Refusal.SPECIAL),
        ("x.alt", Refusal.SPECIAL),
        ("straße.example.net", Refusal.AMBIGUOUS),
        ("ＧＡＴＥ.example.net", Refusal.AMBIGUOUS),
        ("gate\u200b.exämple.net", Refusal.AMBIGUOUS),
        ("gate。exämple.net", Refusal.AMBIGUOUS),
        *(
            (text, Refusal.NO_HOST_NAME)
            for text in (
                *(
                    "",
                    ".",
                    "a..b.net",
                    "-a.net",
                    "a-.net",
                    "_srv._udp.example.net",
                    "a b.net",
                    "a/b.net",
                    "*.example.net",
                ),
                *("192.0.2.300", "1.2.3", "$(id).example.net", "<b>.net", "a\0.net", "a\n.net", "x" * 64 + ".net"),
                ".".join(["a" * 63] * 4) + ".net",
                "gate\u202e.example.net",
                "\ud800.example.net",
                "ü" * 80 + ".example.net",
            )
        ),
    ],
)
def test_what_is_no_host_name_or_has_two_readings_is_never_asked(text: str, why: Refusal) -> None:
    assert asked_as(text) is why


@given(st.text(max_size=300))
def test_whatever_is_written_only_plain_names_come_out(text: str) -> None:
    name = asked_as(text)
    if not isinstance(name, Refusal):
        assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-.")
        assert "." in name
        assert len(name) <= 253
        assert all(0 < len(label) <= 63 for label in name.split("."))
        assert asked_as(name) == name
