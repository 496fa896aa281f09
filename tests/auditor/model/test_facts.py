from dataclasses import fields

import pytest

from auditor.model.enumerations import PLACES, WORDS
from auditor.model.facts import FACT_NAMES, Facts, FactSet, value_problem


def test_defaults_say_that_nothing_is_known() -> None:
    helpful = {"valid", "strong", "high", "match", "yes", "recorded_valid", "internal_office", "up"}
    for field in fields(Facts):
        assert field.default in (None, "unknown", "none", "unverified", "tunnel", "fail"), field.name
        assert field.default not in helpful


def test_every_word_is_accepted_and_no_other() -> None:
    for name, words in WORDS.items():
        assert all(value_problem(name, word) is None for word in words)
        for wrong in (words[0].upper(), "", None, 1, True, (words[0],)):
            assert value_problem(name, wrong), (name, wrong)


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("default_route", (True, False, None), ("true", 0, 1, "unknown")),
        ("remote_location", ("CN", "HK", "XK", "unknown"), ("cn", "XX", "ZZ", "EU", "AP", "UK", "CHN", "", None, 86)),
        (
            "serving_permit_categories",
            (None, (), ("A14-4", "B13")),
            (["B13"], "B13", (1,), ("",), ("x" * 17,), ("a\n",)),
        ),
        ("remote_endpoint", (None, "203.0.113.1", "名称"), ("", "a\x1b[0m", "x" * 256, 7, "a\nb", "\ud800")),
        ("address_family", (4, 6, None), (5, "4", 4.0, True)),
        ("remote_asn", (0, 4294967295, None), (-1, 4294967296, "1", 1.5, True)),
        ("no_such_fact", (), ("x",)),
    ],
)
def test_values(name: str, good: tuple[object, ...], bad: tuple[object, ...]) -> None:
    assert not [value for value in good if value_problem(name, value)]
    assert not [value for value in bad if not value_problem(name, value)]


def test_replace_names_everything_that_is_wrong() -> None:
    with pytest.raises(ValueError, match=r"^circuit_match: must be one of .*; speed: is no fact$"):
        Facts().replace(circuit_match="sure", provisioning="leased", speed=1)
    assert Facts().replace(provisioning="leased").provisioning == "leased"


def test_a_set_without_a_path_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one path"):
        FactSet(paths=())


def test_places_are_iso_3166() -> None:
    assert len(PLACES) == 249 + 1
    assert {"CN", "HK", "MO", "TW", "XK"} <= PLACES
    assert all(len(place) == 2 and place.isascii() and place.isupper() for place in PLACES)


def test_names_are_unique() -> None:
    assert len(set(FACT_NAMES)) == len(FACT_NAMES) == 37
