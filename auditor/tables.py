"""Tables of `auditor/data` as JSON made of them, which takes a fiftieth of the time to read.

python -m auditor.tables     makes it again (`make tables`), after a table was changed
"""

import json
import sys
from functools import cache
from typing import Any

import auditor

NAMES = ("details", "operators", "protocols")


@cache
def table(name: str) -> dict[str, Any]:
    """Return the table `name`, as it stands in its TOML; days as text (ISO 8601)."""
    found: dict[str, Any] = json.loads(_bytes(f"{name}.json"))
    return found


def made(name: str) -> str:
    """Return the JSON of the table `name`, made of its TOML."""
    import tomllib

    parts = tomllib.loads(_bytes(f"{name}.toml").decode()).items()
    return "{\n" + ",\n".join(f"{_line(key)}: {_lines(value)}" for key, value in parts) + "\n}\n"


def _lines(value: Any) -> str:
    """Return a part of a table with a row a line, so that a changed row is a changed line."""
    return "[\n" + ",\n".join(map(_line, value)) + "\n]" if isinstance(value, list) else _line(value)


def _line(value: Any) -> str:
    """Return a value on one line."""
    return json.dumps(value, ensure_ascii=False, default=str)


def _bytes(file: str) -> bytes:
    """Return a file of `auditor/data`."""
    loader: Any = auditor.__loader__
    found: bytes = loader.get_data(f"{auditor.__path__[0]}/data/{file}")
    return found  # NOTE: as pkgutil.get_data, which takes 1 ms to load; importlib.resources takes 13


def main() -> int:
    """Make the JSON of every table again; return 0."""
    from pathlib import Path

    for name in NAMES:
        (Path(auditor.__path__[0]) / "data" / f"{name}.json").write_text(made(name), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
