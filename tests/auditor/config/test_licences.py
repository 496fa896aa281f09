from dataclasses import replace

import pytest

from auditor.config.licences import covers, scope_of
from tests.auditor.config.samples import circuit_of, config_of


@pytest.mark.parametrize(
    ("a", "z", "scope"),
    [
        ("CN", "CN", "domestic"),
        ("CN", "SG", "cross_border"),
        ("HK", "CN", "cross_border"),
        ("CN", "HK", "cross_border"),
        ("CN", "MO", "cross_border"),
        ("CN", "TW", "cross_border"),
        ("HK", "SG", "offshore"),
        ("CN", None, "unknown"),
        (None, "SG", "unknown"),
    ],
)
def test_what_a_circuit_claims(a: str | None, z: str | None, scope: str) -> None:
    assert scope_of(circuit_of(a=a, z=z), config_of()) == scope


def test_end_a_is_at_the_site() -> None:
    config = config_of()
    config = replace(config, site=replace(config.site, location="CN"))
    assert scope_of(circuit_of(z="SG"), config) == "cross_border"
    assert scope_of(circuit_of(a="HK", z="SG"), config) == "offshore"


def test_categories() -> None:
    for scope in ("domestic", "cross_border", "unknown"):
        for category in ("A11-4", "A14-1", "A14-4"):
            assert covers((category,), "unknown", scope)
        assert covers(("B13",), "b13_provider", scope) is (scope != "cross_border")
        assert not covers((), "china_telecom", scope)
