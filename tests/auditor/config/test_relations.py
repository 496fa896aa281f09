from pathlib import Path

import pytest

from tests.auditor.config.samples import CIRCUIT, PROVIDER, REGISTER, WAIVER, loaded, register_problems

ACKNOWLEDGEMENT = """\
[[acknowledgement]]
id = "B-1"
probe = "openvpn"
reason = "r"
owner = "o"
approver = "a"
approved_on = 2026-11-02
expires = 2027-06-30
"""
REVIEW = """\
[[review]]
title = "t"
author = "a"
reviewed_on = 2026-09-01
valid_until = 2027-08-31
prefixes = ["203.0.113.0/28"]
"""
NETWORK = '[[network]]\nname = "N"\nrelation = "own"\n'


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        (PROVIDER, 'provider[1].slug: "china-telecom" is already the slug of provider[0]'),
        (CIRCUIT, 'circuit[1].cid: "C-1" is already the cid of circuit[0]'),
        (WAIVER, 'waiver[1].id: "W-1" is already the id of waiver[0]'),
        (ACKNOWLEDGEMENT * 2, 'acknowledgement[1].id: "B-1" is already the id of acknowledgement[0]'),
        (NETWORK * 2, 'network[1].name: "N" is already the name of network[0]'),
    ],
)
def test_ids_are_unique(tmp_path: Path, entry: str, problem: str) -> None:
    (found,) = register_problems(tmp_path, REGISTER + entry)
    assert found.partition(": ")[2] == problem


@pytest.mark.parametrize(
    ("register", "problem"),
    [
        (
            REGISTER.replace("2029-12-31", "2024-12-31"),
            "circuit[0].termination_date: 2024-12-31 lies before install_date",
        ),
        (REGISTER.replace("expires = 2027-06-30", "expires = 2026-11-01"), "waiver[0].expires: 2026-11-01 lies before"),
        (
            REGISTER.replace("valid_until = 2030-12-31", "valid_until = 2030-12-31\nvalid_from = 2031-01-01"),
            "provider[0].licence[0].valid_until: 2030-12-31 lies before valid_from 2031-01-01",
        ),
        (
            REGISTER + REVIEW.replace("2027-08-31", "2026-08-31"),
            "review[0].valid_until: 2026-08-31 lies before reviewed_on",
        ),
        (REGISTER + ACKNOWLEDGEMENT.replace("2027", "2025"), "acknowledgement[0].expires: 2025-06-30 lies before"),
    ],
)
def test_an_end_does_not_lie_before_its_start(tmp_path: Path, register: str, problem: str) -> None:
    (found,) = register_problems(tmp_path, register)
    assert found.partition(": ")[2].startswith(problem)


def test_one_day_is_a_term(tmp_path: Path) -> None:
    loaded(tmp_path, REGISTER.replace("expires = 2027-06-30", "expires = 2026-11-02"))


def test_a_circuit_names_a_provider_of_the_file(tmp_path: Path) -> None:
    (found,) = register_problems(tmp_path, REGISTER.replace('provider = "china-telecom"', 'provider = "china-telekom"'))
    assert found == (
        'register.toml:11: circuit[0].provider: "china-telekom" is not the slug of a [[provider]] in this file'
        " (did you mean china-telecom?)"
    )


@pytest.mark.parametrize(
    ("keys", "problems"),
    [
        ('onward_reach = "overseas_via_licensed_circuit"', ["circuit[0].onward_reach: needs onward_circuit"]),
        ('onward_circuit = "C-2"', ["circuit[0].onward_circuit: needs onward_reach"]),
        ('onward_reach = "domestic_only"\nonward_circuit = "C-2"', ["circuit[0].onward_circuit: needs onward_reach"]),
        (
            'onward_reach = "overseas_via_licensed_circuit"\nonward_circuit = "C-1"',
            ["circuit[0].onward_circuit: names the circuit itself"],
        ),
        (
            'onward_reach = "overseas_via_licensed_circuit"\nonward_circuit = "C-22"',
            ['circuit[0].onward_circuit: "C-22" is not the cid of a [[circuit]] in this file (did you mean C-2?)'],
        ),
        ('onward_reach = "overseas_via_licensed_circuit"\nonward_circuit = "C-2"', []),
        ('onward_reach = "domestic_only"', []),
    ],
)
def test_onward_circuits(tmp_path: Path, keys: str, problems: list[str]) -> None:
    second = CIRCUIT.replace("C-1", "C-2")
    register = PROVIDER + CIRCUIT.replace('status = "active"', f'status = "active"\n{keys}') + second
    if not problems:
        loaded(tmp_path, register)
        return
    found = [line.partition(": ")[2] for line in register_problems(tmp_path, register)]
    assert len(found) == len(problems)
    assert all(line.startswith(start) for line, start in zip(found, problems, strict=True))
