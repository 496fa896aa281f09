from pathlib import Path

import pytest

from tests.auditor.config.samples import CIRCUIT, CONFIG, REGISTER, warned

MATCH = '[circuit.match]\npeer_prefixes = ["203.0.113.10/32"]\n'
PREFIXES_Z = 'prefixes = ["10.60.0.0/16"]\n'


def said(directory: Path, *changes: tuple[str, str], config: str = CONFIG) -> list[str]:
    """Return the warnings, without file and line, of the sample register with `changes`."""
    register = REGISTER
    for old, new in changes:
        assert register.count(old) == 1, old
        register = register.replace(old, new)
    return [line.partition(": ")[2] for line in warned(directory, register, config)]


def test_a_circuit_that_nothing_identifies(tmp_path: Path) -> None:
    a = 'prefixes = ["192.0.2.0/30"]\ninterface = "eth2"\nnext_hop = "192.0.2.1"\n'
    (found,) = said(tmp_path, (MATCH, ""), (PREFIXES_Z, ""), (a, ""))
    assert found.startswith("circuit[0]: can never match a connection, nothing identifies it; state peer_prefixes")
    (found,) = said(tmp_path, (MATCH, ""), (PREFIXES_Z, ""), (a, 'interface = "eth2"\n'))
    assert found.startswith("circuit[0]: can never match a connection, the name of an interface alone never matches;")
    certificate = f'[circuit.match]\ncertificate_fingerprints = ["{"ab" * 32}"]\n'
    (found,) = said(tmp_path, (MATCH, certificate), (PREFIXES_Z, ""), (a, "vlan = 5\n"))
    assert found.startswith("circuit[0]: can never match a connection")
    (found,) = said(tmp_path, (MATCH, "[circuit.match]\nasns = [64500]\n"), (PREFIXES_Z, ""), (a, "vlan = 5\n"))
    assert found.startswith("circuit[0]: can never match a connection")


@pytest.mark.parametrize(
    ("match", "a", "z", "by"),
    [
        (MATCH, "", "", "far addresses"),
        ("", "", PREFIXES_Z, "far addresses"),
        ('[circuit.match]\nhostnames = ["x.example"]\n', "", "", "host name"),
        ('[circuit.match]\nike_identities = ["x.example"]\n', "", "", "key identity"),
        ("", 'vlan = 5\nprefixes = ["192.0.2.0/30"]\n', "", "hand-off"),
        ("", 'interface = "eth2"\nnext_hop = "192.0.2.1"\n', "", "hand-off"),
    ],
)
def test_a_circuit_with_one_attribute_only_matches_weakly(tmp_path: Path, match: str, a: str, z: str, by: str) -> None:
    whole = 'prefixes = ["192.0.2.0/30"]\ninterface = "eth2"\nnext_hop = "192.0.2.1"\n'
    (found,) = said(tmp_path, (MATCH, match), (whole, a), (PREFIXES_Z, z))
    assert found.startswith(f"circuit[0]: can only match weakly, by its {by}, and so stays in review;")


def test_a_planned_circuit_need_not_be_recognised_yet(tmp_path: Path) -> None:
    changes = (("active", "planned"), ("install_date = 2025-01-01\n", ""), (MATCH, ""), (PREFIXES_Z, ""))
    assert said(tmp_path, *changes) == []


def test_a_decommissioned_circuit(tmp_path: Path) -> None:
    found = said(tmp_path, ("active", "decommissioned"), ("2029-12-31", "2026-01-31"))
    assert len(found) == 1
    assert found[0].startswith("circuit[0].status: is decommissioned: no connection over it can be compliant")


@pytest.mark.parametrize(
    ("change", "warning"),
    [
        (("2029-12-31", "2026-11-22"), "circuit[0].termination_date: the contract ended on 2026-11-22"),
        (("2029-12-31", "2026-11-23"), "circuit[0].termination_date: the contract ends on 2026-11-23, today"),
        (("2029-12-31", "2026-11-24"), "circuit[0].termination_date: the contract ends on 2026-11-24, in 1 day"),
        (("2029-12-31", "2026-12-23"), "circuit[0].termination_date: the contract ends on 2026-12-23, in 30 days"),
        (("2029-12-31", "2026-12-24"), None),
        (
            ("2029-12-31", "2026-11-22\nrenewal_pending = true"),
            "circuit[0].termination_date: the contract ended on 2026-11-22 and its renewal is still pending",
        ),
        (
            ("termination_date = 2029-12-31\n", ""),
            "circuit[0].termination_date: is not stated, so control X-04 stays in review",
        ),
        (
            ("2025-01-01", "2026-11-24"),
            "circuit[0].install_date: the circuit is active, but its contract only begins on 2026-11-24",
        ),
        (("active", "planned"), "circuit[0].status: is planned, although install_date 2025-01-01 has come"),
    ],
)
def test_contracts(tmp_path: Path, change: tuple[str, str], warning: str | None) -> None:
    assert said(tmp_path, change) == ([warning] if warning else [])


@pytest.mark.parametrize(
    ("change", "warning"),
    [
        (
            ('location = "SG"\n', ""),
            "circuit[0].z.location: is not stated, so the register does not say where it leads",
        ),
        (
            ("[circuit.a]\n", '[circuit.a]\nlocation = "HK"\n'),
            "circuit[0].a.location: is HK, but this gateway's site is in CN",
        ),
        (
            ('location = "SG"', 'location = "CN"'),
            "circuit[0].type: iplc is international, but both ends are in the mainland",
        ),
        (('"10.60.0.0/16"', '"192.0.2.0/24"'), "circuit[0].z.prefixes[0]: 192.0.2.0/24 is also at end A"),
    ],
)
def test_ends(tmp_path: Path, change: tuple[str, str], warning: str) -> None:
    found = said(tmp_path, change)
    assert len(found) == 1
    assert found[0].startswith(warning)


def test_a_circuit_from_a_site_to_itself(tmp_path: Path) -> None:
    changes = (("[circuit.a]\n", '[circuit.a]\nsite = "Office"\n'), ("[circuit.z]\n", '[circuit.z]\nsite = "office"\n'))
    assert said(tmp_path, *changes) == ["circuit[0].z.site: is the same site as end A"]


def test_end_a_without_a_place_anywhere(tmp_path: Path) -> None:
    found = said(tmp_path, config='[site]\nname = "x"\n')
    assert found[1:] == ["circuit[0].a.location: is not stated, and [site] has no location either"]


def test_a_known_network_elsewhere(tmp_path: Path) -> None:
    network = '[[network]]\nname = "Hong Kong"\nrelation = "own"\nlocation = "HK"\nprefixes = ["10.60.0.0/15"]\n'
    found = said(tmp_path, ("[[circuit]]\n", network + "[[circuit]]\n"))
    assert found == [
        'circuit[0].z.prefixes[0]: 10.60.0.0/16 is in HK by [[network]] "Hong Kong", but end Z is in SG',
    ]
    assert said(tmp_path, ("[[circuit]]\n", network.replace('"HK"', '"SG"') + "[[circuit]]\n")) == []
    assert CIRCUIT
