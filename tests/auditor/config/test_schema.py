"""The published schemas: as generated, valid, and of one mind with the loader where a schema can say it."""

import json
import subprocess
import tomllib
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from auditor.config import schema
from auditor.config.config_keys import CONFIG
from auditor.config.register_keys import REGISTER
from tests.auditor.config.samples import CONFIG as CONFIG_TEXT
from tests.auditor.config.samples import REGISTER as REGISTER_TEXT
from tests.auditor.config.samples import config_problems, register_problems
from tests.auditor.config.tombi import tombi

SCHEMAS = Path(schema.__file__).parent.parent / "schemas"


def as_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: as_json(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [as_json(inner) for inner in value]
    return value.isoformat() if isinstance(value, date | datetime) else value


def valid(table: Any, text: str) -> bool:
    validator = Draft202012Validator(schema.json_schema(table), format_checker=Draft202012Validator.FORMAT_CHECKER)
    return bool(validator.is_valid(as_json(tomllib.loads(text))))


@pytest.mark.parametrize("name", schema.SCHEMAS)
def test_the_published_schema_is_the_generated_one(name: str) -> None:
    published = (SCHEMAS / name).read_text(encoding="utf-8")
    assert published == schema.rendered(schema.SCHEMAS[name]), "run: python -m auditor.config.schema"
    Draft202012Validator.check_schema(json.loads(published))


def test_writing_the_schemas(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "DIRECTORY", tmp_path / "schemas")
    assert schema.main() == 0
    assert sorted(path.name for path in (tmp_path / "schemas").iterdir()) == sorted(schema.SCHEMAS)


def objects(part: Any) -> list[dict[str, Any]]:
    if isinstance(part, list):
        return [found for each in part for found in objects(each)]
    if not isinstance(part, dict):
        return []
    mine = [part] if part.get("type") == "object" else []
    return mine + [found for each in part.values() for found in objects(each)]


@pytest.mark.parametrize("name", schema.SCHEMAS)
def test_every_table_is_closed_and_every_key_described(name: str) -> None:
    tables = objects(schema.json_schema(schema.SCHEMAS[name]))
    assert len(tables) >= 7
    for table in tables:
        assert table["additionalProperties"] is False
        assert all(each["description"] for each in table["properties"].values())


def test_the_samples_are_valid() -> None:
    assert valid(CONFIG, CONFIG_TEXT)
    assert valid(REGISTER, REGISTER_TEXT)


BAD_CONFIGS = (
    "[polcy]\n",
    "[site]\n",
    '[site]\nname = ""\n',
    '[site]\nname = "x"\nlocation = "China"\n',
    '[site]\nname = "x"\nlocation = "cn"\n',
    '[[site.uplink]]\nclass = "basic_carrier"\n[site]\nname = "x"\n',
    '[site]\nname = "x"\n[[site.uplink]]\ninterface = "a/b"\n',
    '[serving]\npermit_categories = ["13"]\n',
    "[policy]\nlook_back_days = -1\n",
    "[policy]\nlook_back_days = 30.5\n",
    '[policy]\nunmatched_cross_border = "pass"\n',
    "[probes]\ntime_limit_s = 0\n",
    '[probes]\ntime_limit_s = "30"\n',
    "[report]\nformats = []\n",
    '[report]\nformats = ["html", "html"]\n',
    '[report]\nlanguages = "fr"\n',
    "zone = 8\n",
)
BAD_REGISTERS = (
    ('cid = "C-1"\n', ""),
    ('status = "active"', 'status = "Active"'),
    ('type = "iplc"', 'type = "ip lc"'),
    ("2029-12-31", "5"),
    ("2029-12-31", '"soon"'),
    ("2029-12-31", "2029-12-31T08:00:00"),
    ('interface = "eth2"', "vlan = 4095"),
    ('interface = "eth2"', "vlan = 0"),
    ('interface = "eth2"', 'vlan = "301"'),
    ('interface = "eth2"', 'interface = "a name too long"'),
    ('"10.60.0.0/16"', '"ten"'),
    ('"10.60.0.0/16"', "10"),
    ('next_hop = "192.0.2.1"', 'next_hop = "192.0.2.1/30"'),
    ("[circuit.match]\n", '[circuit.match]\nwireguard_public_keys = ["AAAA"]\n'),
    ("[circuit.match]\n", '[circuit.match]\nwireguard_private_key = "AAAA"\n'),
    ("[circuit.match]\n", '[circuit.match]\ncertificate_fingerprints = ["ab:cd"]\n'),
    ("[circuit.match]\n", "[circuit.match]\nasns = [4294967296]\n"),
    ("[circuit.match]\n", '[circuit.match]\nhostnames = ["a b"]\n'),
    ("[circuit.match]\n", '[circuit.match]\nexecutables = ["openvpn"]\n'),
    ("[circuit.match]\n", '[circuit.match]\ntechnologies = ["carrier pigeon"]\n'),
    ('class = "china_telecom"', 'class = "none"'),
    ('categories = ["A14-4"]', "categories = []"),
    ("expires = 2027-06-30\n", ""),
    ('approver = "Compliance"\n', ""),
    ('owner = "Network team"', 'owner = " "'),
    ("[[waiver]]", "[[waver]]"),
    ("[[waiver]]", "[waiver]"),
    ("[circuit.a]", "[[circuit.a]]"),
)


@pytest.mark.parametrize("text", BAD_CONFIGS)
def test_schema_and_loader_refuse_the_same_configurations(tmp_path: Path, text: str) -> None:
    assert config_problems(tmp_path, text)
    assert not valid(CONFIG, text)


@pytest.mark.parametrize(("old", "new"), BAD_REGISTERS)
def test_schema_and_loader_refuse_the_same_registers(tmp_path: Path, old: str, new: str) -> None:
    assert REGISTER_TEXT.count(old) == 1
    text = REGISTER_TEXT.replace(old, new)
    assert register_problems(tmp_path, text)
    assert not valid(REGISTER, text)


def test_an_editor_shows_the_line_of_a_mistake(tmp_path: Path) -> None:
    program = tombi()
    file = tmp_path / "register.toml"
    text = REGISTER_TEXT.replace('status = "active"', 'status = "actve"').replace("expires = 2027-06-30\n", "")
    file.write_text(f"#:schema {SCHEMAS}/register.schema.json\n{text}", encoding="utf-8")
    done = subprocess.run([program, "lint", "--offline", str(file)], capture_output=True, text=True, timeout=60)
    assert done.returncode != 0
    line = text.split("\n").index('status = "actve"') + 2
    assert f"register.toml:{line}:" in done.stdout + done.stderr
    assert "expires" in done.stdout + done.stderr
