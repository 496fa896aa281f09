"""The JSON that is read is made of the TOML that is written, and says the same."""

import json
import tomllib
from datetime import date
from pathlib import Path

import pytest

import auditor
from auditor.packets.details.names import names
from auditor.packets.protocols import protocols
from auditor.tables import NAMES, made, table

DATA = Path(auditor.__path__[0]) / "data"


@pytest.mark.parametrize("name", NAMES)
def test_what_is_read_is_what_is_written(name: str) -> None:
    assert (DATA / f"{name}.json").read_text(encoding="utf-8") == made(name), "run `make tables`"
    written = tomllib.loads((DATA / f"{name}.toml").read_text(encoding="utf-8"))
    assert table(name) == json.loads(json.dumps(written, default=date.isoformat))


def test_nothing_of_the_tables_is_lost() -> None:
    rows = tomllib.loads((DATA / "protocols.toml").read_text(encoding="utf-8"))["protocol"]
    assert list(protocols()) == [row["id"] for row in rows]
    assert {name: list(one.signs) for name, one in protocols().items()} == {
        row["id"]: list(row["sign"]) for row in rows
    }
    assert len(names().vendors) == len(table("details")["vendor"])
