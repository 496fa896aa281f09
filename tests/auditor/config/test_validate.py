from pathlib import Path

import pytest

from tests.auditor.config.samples import CIRCUIT, CONFIG, PROVIDER, REGISTER, WAIVER, config_problems, register_problems


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        ("site = 5\n", "auditor.toml:1: site: must be a table [site], not a whole number"),
        ("[[site]]\n", "auditor.toml:1: site: must be a table [site], not an array (write single brackets)"),
        (
            '[site]\nname = "x"\n[site.uplink]\ninterface = "e"\n',
            "auditor.toml:3: site.uplink: must be tables [[site.uplink]], not a table (write double brackets)",
        ),
        ("[site]\n", "auditor.toml:1: site.name: is missing"),
        ('location = "CN"\n', "auditor.toml:1: location: unknown key (did you mean site.location?)"),
        ('interface = "eth0"\n', "auditor.toml:1: interface: unknown key"),
        (
            '[report]\nformats = "html"\n',
            "auditor.toml:2: report.formats: must be an array in square brackets, even of one value, not text",
        ),
        ("[report]\nformats = []\n", "auditor.toml:2: report.formats: must not be empty"),
        (
            '[report]\nformats = [\n  "html",\n  "docx",\n]\n',
            'auditor.toml:4: report.formats[1]: "docx" is not one of'
            " html, json, text, csv, junit, ocsf, prometheus, markdown, pdf",
        ),
        ('[report]\nformats = ["html",\n"html"]\n', 'auditor.toml:3: report.formats[1]: "html" is given twice'),
        ('"a\\nb" = 1\n', 'auditor.toml:1: "a\\nb": unknown key'),
        ("[policy]\nlook_back_days = -1\n", "auditor.toml:2: policy.look_back_days: -1 is not a number of days"),
    ],
)
def test_what_the_loader_says_of_a_configuration(tmp_path: Path, config: str, problem: str) -> None:
    (found,) = config_problems(tmp_path, config)
    assert found.removesuffix(" from 0 to 3660") == problem


def test_long_unknown_keys_are_cut(tmp_path: Path) -> None:
    (problem,) = config_problems(tmp_path, "k" * 5000 + " = 1\n")
    assert problem == f"auditor.toml:1: {'k' * 60}...: unknown key"


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('cid = "C-1"\n', "", "circuit[0].cid: is missing"),
        ('type = "iplc"\n', 'type = "ip lc"\n', 'circuit[0].type: "ip lc" is not a short name'),
        ("[circuit.a]\n", "vlan = 5\n[circuit.a]\n", "circuit[0].vlan: unknown key (did you mean a.vlan or z.vlan?)"),
        ("[circuit.a]\n", "[circuit.b]\n", "circuit[0].b: unknown key"),
        ('"192.0.2.0/30"', '"192.0.2.1/30"', 'circuit[0].a.prefixes[0]: "192.0.2.1/30" has bits set beyond /30'),
        ("2029-12-31", "2029-12-31T00:00:00", "circuit[0].termination_date: 2029-12-31T00:00:00 has a time of day"),
        ("2029-12-31", '"2029-12-31"', "circuit[0].termination_date: must be a date written without quotes"),
        ('location = "SG"', 'location = "Singapore"', 'circuit[0].z.location: "Singapore" is not an ISO 3166-1'),
        ('interface = "eth2"', "vlan = 4095", "circuit[0].a.vlan: 4095 is not a VLAN id from 1 to 4094"),
        ('class = "china_telecom"', 'class = "china-unicorn"', 'provider[0].class: "china-unicorn" is not one of'),
        ('categories = ["A14-4"]', 'categories = ["14-4"]', 'provider[0].licence[0].categories[0]: "14-4" is not'),
        ('categories = ["A14-4"]', "categories = []", "provider[0].licence[0].categories: must not be empty"),
        ("expires = 2027-06-30\n", "", "waiver[0].expires: is missing"),
        ('approver = "Compliance"\n', "", "waiver[0].approver: is missing"),
        ('approver = "Compliance"\n', 'approver = ""\n', "waiver[0].approver: must not be empty"),
        ("[[waiver]]", "[[waver]]", "waver: unknown key (did you mean waiver?)"),
    ],
)
def test_what_the_loader_says_of_a_register(tmp_path: Path, old: str, new: str, problem: str) -> None:
    assert REGISTER.count(old) == 1
    found = register_problems(tmp_path, REGISTER.replace(old, new))
    assert len(found) == 1
    file_and_line, _, said = found[0].partition(": ")
    assert said.startswith(problem)
    before = REGISTER.split(old)[0].count("\n") + 1
    missing = "is missing" in problem
    header = REGISTER[: REGISTER.index(old)].rfind("\n[[") + 1
    assert file_and_line == f"register.toml:{REGISTER[:header].count(chr(10)) + 1 if missing else before}"


def test_nothing_hides_behind_the_first_problem(tmp_path: Path) -> None:
    spoiled = PROVIDER + (CIRCUIT.replace("eth2", "a/b").replace("10.60.0.0/16", "x") + WAIVER.replace("W-1", "")) * 3
    found = register_problems(tmp_path, spoiled)
    assert len([line for line in found if "interface" in line]) == 3
    assert len([line for line in found if "z.prefixes" in line]) == 3
    assert len([line for line in found if "].id: must not be empty" in line]) == 3
    assert len([line for line in found if "is already the cid" in line]) == 2
    assert CONFIG
