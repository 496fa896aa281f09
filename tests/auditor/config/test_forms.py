from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from auditor.config import forms
from auditor.config.forms import BOOLEAN, COUNTRY, DAY, FILE, ZONE, Form, one_of, pattern, seconds, text, whole
from auditor.config.words import Wrong


def wrong(form: Form, value: object) -> str:
    with pytest.raises(Wrong) as caught:
        form.parse(value)
    return str(caught.value)


def test_text() -> None:
    short = text(most=10)
    assert short.parse("  中文 name ") == "中文 name"
    assert wrong(short, "  ") == "must not be empty"
    assert wrong(short, "x" * 11) == "is 11 characters long, at most 10 are allowed"
    assert wrong(short, 5) == "must be text, not a whole number"
    assert wrong(short, "a\x07b") == 'holds control characters: "a\\x07b"'
    assert wrong(short, "a\nb") == 'holds control characters: "a\\nb"'
    assert text(several_lines=True).parse("a\n\tb") == "a\n\tb"


def test_key_material_in_text_is_refused_and_not_quoted() -> None:
    pem = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIE\n-----END PRIVATE KEY-----"
    words = wrong(text(most=2000, several_lines=True), pem)
    assert "private key" in words
    assert "MC4C" not in words


def test_patterns() -> None:
    form = pattern("[a-z]+", "a word", most=5)
    assert form.parse("abc") == "abc"
    assert wrong(form, "abc\n") == '"abc\\n" is not a word'
    assert wrong(form, "abcdef") == '"abcdef" is not a word'
    assert wrong(form, 1.5) == "must be a word, not a number with a fraction"


def test_enumerations() -> None:
    form = one_of("basic_carrier", "licensed_isp")
    assert form.parse("licensed_isp") == "licensed_isp"
    assert wrong(form, "Basic-Carrier") == (
        '"Basic-Carrier" is not one of basic_carrier, licensed_isp (did you mean basic_carrier?)'
    )
    assert wrong(form, True) == "must be one of basic_carrier, licensed_isp, not true or false"
    many = one_of(*(f"value{number}" for number in range(21)))
    assert wrong(many, "nothing") == '"nothing" is not a known value'


def test_whole_numbers() -> None:
    form = whole(1, 4094, "a VLAN id")
    assert [form.parse(value) for value in (1, 4094)] == [1, 4094]
    assert wrong(form, 0) == "0 is not a VLAN id from 1 to 4094"
    assert wrong(form, 4095) == "4095 is not a VLAN id from 1 to 4094"
    assert wrong(form, True) == "must be a VLAN id, not true or false"
    assert wrong(form, 301.0) == "must be a VLAN id, not a number with a fraction"
    assert wrong(form, "301") == "must be a VLAN id, not text (did you mean 301, without quotes?)"
    assert wrong(whole(1, 2**32 - 1, "an AS number"), "AS64500").endswith("(did you mean 64500, without quotes?)")
    assert wrong(form, 16**6000) == "a number of more than 60 digits is not a VLAN id from 1 to 4094"


def test_seconds() -> None:
    form = seconds(600)
    assert form.parse(30) == 30.0
    assert isinstance(form.parse(30), float)
    for value in (0, -1, 601, float("nan"), float("inf"), 10**400, False, "30"):
        assert wrong(form, value)


def test_booleans() -> None:
    assert BOOLEAN.parse(False) is False
    assert wrong(BOOLEAN, "true") == "must be true or false, not text (leave out the quotes)"
    assert wrong(BOOLEAN, 0) == "must be true or false, not a whole number"


def test_days() -> None:
    assert DAY.parse(date(2026, 12, 31)) == date(2026, 12, 31)
    assert wrong(DAY, datetime(2026, 12, 31, 8, tzinfo=UTC)) == (
        "2026-12-31T08:00:00+00:00 has a time of day; write the day alone: 2026-12-31"
    )
    assert wrong(DAY, "2026-12-31") == "must be a date written without quotes, such as 2027-03-31, not text"
    assert wrong(DAY, time(1)) == "must be a date such as 2027-03-31, not a time"
    assert wrong(DAY, date(1, 1, 1)) == "0001-01-01 lies before 1970"


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("China", "CN"),
        ("cn", "CN"),
        ("中国", "CN"),
        ("Hong Kong", "HK"),
        ("CN-HK", "HK"),
        ("macau", "MO"),
        ("UK", "GB"),
    ],
)
def test_countries_that_people_write_otherwise(words: str, meant: str) -> None:
    assert f"(did you mean {meant}?)" in wrong(COUNTRY, words)


def test_countries() -> None:
    for code in ("CN", "HK", "MO", "TW", "SG", "DE"):
        assert COUNTRY.parse(code) == code
    for words in ("EU", "XX", "ZZ", "AP", "Atlantis", ""):
        assert "CN is the mainland only, HK, MO and TW are codes of their own" in wrong(COUNTRY, words)
    assert "not a whole number" in wrong(COUNTRY, 86)


def test_zones(monkeypatch: pytest.MonkeyPatch) -> None:
    zone: Any = ZONE.parse("Europe/Berlin")
    assert zone.key == "Europe/Berlin"
    assert wrong(ZONE, "Asia/Shangai").endswith("(did you mean Asia/Shanghai?)")
    for words in ("", "../etc/passwd", "/etc/passwd", "Asia", "a\0b", "x" * 5000, "+08:00"):
        assert "is not the name of a time zone" in wrong(ZONE, words)
    monkeypatch.setattr(forms, "available_timezones", set)
    assert wrong(ZONE, "Mars/Olympus").endswith("(install the package tzdata)")


def test_files() -> None:
    assert FILE.parse("register.toml") == "register.toml"
    for words in ("", "a\nb", "x" * 4001, "a\0"):
        assert wrong(FILE, words)
