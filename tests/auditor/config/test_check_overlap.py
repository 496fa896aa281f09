from pathlib import Path

import pytest

from tests.auditor.config.samples import CIRCUIT, PROVIDER, warned

HEAD = "reviewed_on = 2026-10-15\n" + PROVIDER
FIRST = CIRCUIT.replace("[circuit.match]\n", '[circuit.match]\nhostnames = ["pe1.example"]\n')
SECOND = FIRST.replace("C-1", "C-2")


def said(directory: Path, *circuits: str) -> list[str]:
    return [line.partition(": ")[2] for line in warned(directory, HEAD + "".join(circuits))]


def test_two_circuits_that_nothing_tells_apart(tmp_path: Path) -> None:
    (found,) = said(tmp_path, FIRST, SECOND)
    assert found == (
        "circuit[1]: a connection can fit this circuit and circuit[0] (C-1) equally, by interface, next hop, host name,"
        " far addresses, local addresses; state what tells them apart (another key, hand-off or far prefix)"
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("203.0.113.10/32", "203.0.113.11/32"),
        ("pe1.example", "pe2.example"),
        ("192.0.2.1", "192.0.2.2"),
        ("eth2", "eth3"),
        ("192.0.2.0/30", "192.0.2.4/30"),
        ('status = "active"', 'status = "decommissioned"'),
    ],
)
def test_one_attribute_that_differs_tells_them_apart(tmp_path: Path, old: str, new: str) -> None:
    assert SECOND.count(old) == 1
    assert not any("equally" in line for line in said(tmp_path, FIRST, SECOND.replace(old, new)))


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("technologies = ['ipsec']", "technologies = ['wireguard']", False),
        ("technologies = ['ipsec']", "technologies = ['ipsec', 'gre']", True),
        ("executables = ['/a']", "executables = ['/b']", False),
        ("executables = ['/a']", "technologies = ['gre']", True),
    ],
)
def test_technologies_and_programs(tmp_path: Path, one: str, other: str, alike: bool) -> None:
    found = said(tmp_path, FIRST + one + "\n", SECOND + other + "\n")
    assert any("equally" in line for line in found) is alike


def test_a_prefix_inside_the_others_is_shared(tmp_path: Path) -> None:
    wider = SECOND.replace("203.0.113.10/32", "203.0.113.0/24")
    assert len(said(tmp_path, FIRST, wider)) == 1
    assert len(said(tmp_path, wider, FIRST)) == 1
    separate = FIRST.replace("C-1", "C-3").replace("203.0.113.10/32", "203.0.112.0/24")
    assert len(said(tmp_path, FIRST, separate, wider)) == 1


def test_the_circuit_with_more_attributes_is_the_better_fit(tmp_path: Path) -> None:
    fewer = SECOND.replace('interface = "eth2"\nnext_hop = "192.0.2.1"\n', "")
    assert not any("equally" in line for line in said(tmp_path, FIRST, fewer))


def test_a_shared_site_is_no_overlap(tmp_path: Path) -> None:
    elsewhere = (
        SECOND.replace("203.0.113.10/32", "198.51.100.9/32")
        .replace("pe1", "pe2")
        .replace("10.60.0.0/16", "10.61.0.0/16")
    )
    assert said(tmp_path, FIRST, elsewhere) == []


def test_three_alike_make_three_pairs(tmp_path: Path) -> None:
    found = said(tmp_path, FIRST, SECOND, FIRST.replace("C-1", "C-3"))
    assert [line.partition(":")[0] for line in found] == ["circuit[1]", "circuit[2]", "circuit[2]"]


@pytest.mark.parametrize(
    "key",
    [
        'wireguard_public_keys = ["nv5z0Uo5ctHY2nDfB8RzuWtLpvmi2zGQC8w5zFrVJ2U="]',
        'ike_identities = ["pe1.example"]',
        'certificate_fingerprints = ["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"]',
    ],
)
def test_a_shared_key(tmp_path: Path, key: str) -> None:
    alone = CIRCUIT.replace('peer_prefixes = ["203.0.113.10/32"]', key).replace('prefixes = ["10.60.0.0/16"]\n', "")
    alone = alone.replace('interface = "eth2"\nnext_hop = "192.0.2.1"\n', "")
    found = said(tmp_path, alone, alone.replace("C-1", "C-2"))
    assert len([line for line in found if "equally" in line]) == 1
