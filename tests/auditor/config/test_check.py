from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from auditor.config.check import warnings
from tests.auditor.config.samples import CONFIG, NOW, REGISTER, loaded, warned

UPLINK = '[[site.uplink]]\ninterface = "eth0"\n'


def test_the_sample_is_worth_no_warning(tmp_path: Path) -> None:
    assert warned(tmp_path) == []


@pytest.mark.parametrize(
    ("config", "warning"),
    [
        (
            CONFIG.replace('location = "CN"\n', ""),
            "auditor.toml:1: site.location: is not stated, so no connection can be",
        ),
        (
            CONFIG + UPLINK + 'provider = "china-telekom"\n',
            'auditor.toml:6: site.uplink[0].provider: "china-telekom" is not the slug of a provider in the register'
            " (did you mean china-telecom?)",
        ),
        (
            CONFIG + '[probes]\ndisabled = ["link"]\n',
            'auditor.toml:5: probes.disabled[0]: "link" is not the name of a probe (did you mean links?)',
        ),
    ],
)
def test_warnings_about_the_configuration(tmp_path: Path, config: str, warning: str) -> None:
    register = REGISTER.replace("[circuit.a]\n", '[circuit.a]\nlocation = "CN"\n')
    (found,) = warned(tmp_path, register, config)
    assert found.startswith(warning)


def test_an_uplink_that_claims_to_be_a_carriers(tmp_path: Path) -> None:
    config = CONFIG + UPLINK + 'provider = "delta"\nclass = "basic_carrier"\n'
    register = REGISTER + '[[provider]]\nslug = "delta"\nname = "D"\nclass = "b13_provider"\n'
    (found,) = warned(tmp_path, register, config)
    assert found.endswith("provider: the uplink's class is basic_carrier, but this provider is b13_provider")
    assert warned(tmp_path, register, config.replace("basic_carrier", "licensed_isp")) == []


@pytest.mark.parametrize(
    ("line", "warning"),
    [
        ("", "register.toml:1: reviewed_on: is not stated, so control A-02 stays in review"),
        ("reviewed_on = 2025-11-22\n", "register.toml:1: reviewed_on: 2025-11-22 is more than 365 days ago"),
        ("reviewed_on = 2026-11-24\n", "register.toml:1: reviewed_on: 2026-11-24 lies in the future"),
        ("reviewed_on = 2025-11-23\n", None),
        ("reviewed_on = 2026-11-23\n", None),
    ],
)
def test_the_age_of_the_register(tmp_path: Path, line: str, warning: str | None) -> None:
    register = REGISTER.replace("reviewed_on = 2026-10-15\n", line)
    assert warned(tmp_path, register) == ([warning] if warning else [])


def test_the_day_is_that_of_the_configured_zone(tmp_path: Path) -> None:
    register = REGISTER.replace("2026-10-15", "2026-11-24")
    midnight = datetime(2026, 11, 24, 0, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert warned(tmp_path, register, now=midnight) == []
    assert len(warned(tmp_path, register, 'zone = "Europe/Berlin"\n' + CONFIG, now=midnight)) == 1


def test_known_networks(tmp_path: Path) -> None:
    network = '[[network]]\nname = "{}"\nrelation = "own"\n'
    register = REGISTER + network.format("A") + 'location = "SG"\nprefixes = ["10.1.0.0/16"]\n'
    register += network.format("B") + 'prefixes = ["10.2.0.0/16", "10.1.0.0/16"]\n'
    register += network.format("C") + 'location = "SG"\n'
    found = [line.partition(": ")[2] for line in warned(tmp_path, register)]
    assert found == [
        "network[1].location: is not stated, so connections to this network stay unlocated",
        "network[1].prefixes[1]: 10.1.0.0/16 is also stated by network[0]",
        "network[2]: has neither prefixes nor hostnames, so nothing is recognised",
    ]


def test_names_are_not_compared_with_what_is_not_known(tmp_path: Path) -> None:
    files = loaded(tmp_path, REGISTER, CONFIG + '[probes]\ndisabled = ["link"]\n')
    assert warnings(files, NOW) == []
