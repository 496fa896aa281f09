"""A snapshot of location data: four packed tables and a manifest that says where they come from.

The package ships one (`embedded`); tools/build_ipdata.py makes a newer one of the same form, which
`auditor data update` installs (`installed`).
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from auditor.errors import InputError, ParseError
from auditor.ipdata.packed import Packed, unpack
from auditor.model.dataset import DataSet

COUNTRY_SOURCES = ("user-country", "server-country")
ORIGIN_SOURCE = "origin-asn"
NAMES = "as-names"
TABLES = (*COUNTRY_SOURCES, ORIGIN_SOURCE, NAMES)
MANIFEST = "manifest.json"
KINDS = {**dict.fromkeys(COUNTRY_SOURCES, "country"), ORIGIN_SOURCE: "origin_as", NAMES: "as_names"}
_PACKED_KINDS = {**dict.fromkeys(COUNTRY_SOURCES, "country"), ORIGIN_SOURCE: "asn", NAMES: "name"}
_SHA256 = re.compile("[0-9a-f]{64}")


class Snapshot:
    """Tables by name, each read when first asked for; `origin` is that of its data sets."""

    def __init__(
        self,
        manifest: dict[str, Any],
        read: Callable[[str], bytes],
        where: Callable[[str], str],
        origin: str = "shipped",
    ) -> None:
        """Take a manifest that is sound, how the bytes of a table are read (OSError) and what its file is called."""
        self.manifest = manifest
        self._read = read
        self._where = where
        self._tables: dict[str, Packed] = {}
        self.data_sets = tuple(
            DataSet(
                name=entry["name"],
                origin=origin,
                dated=entry["dated"],
                sha256=entry["sha256"],
                kind=KINDS[entry["name"]],
            )
            for entry in manifest["data_sets"]
        )

    @property
    def loaded(self) -> frozenset[str]:
        """Return the names of the tables that have been read."""
        return frozenset(self._tables)

    def table(self, name: str) -> Packed:
        """Return the packed table `name`; raises InputError that names the file when it is damaged."""
        found = self._tables.get(name)
        if found is None:
            found = self._tables[name] = self._load(name)
        return found

    def as_name(self, asn: int) -> str | None:
        """Return the name under which AS `asn` is registered, None if the data has none."""
        name = self.table(NAMES).get(asn.to_bytes(4))
        return None if name is None else str(name)

    def _load(self, name: str) -> Packed:
        """Return the table `name` as read."""
        path = self._where(name)
        try:
            return unpack(self._read(name))
        except FileNotFoundError:
            raise InputError([f"{path}: not there; the installation is incomplete"]) from None
        except OSError as error:
            raise InputError([f"{path}: {error.strerror or 'cannot be read'}"]) from None
        except ParseError as error:
            raise InputError([f"{path}: {error.detail}"]) from None


def is_future(dated: str, now: datetime) -> bool:
    """Return whether the day `dated` (ISO 8601) has begun nowhere on Earth at `now` (aware)."""
    return date.fromisoformat(dated) > (now.astimezone(UTC) + timedelta(hours=14)).date()


def whole_manifest(found: object) -> dict[str, Any] | None:
    """Return `found` as a manifest if it names every table once, with day, digest and licence, else None."""
    if not isinstance(found, dict) or not isinstance(found.get("data_sets"), list):
        return None
    entries = found["data_sets"]
    if not all(isinstance(entry, dict) and _sound(entry) for entry in entries):
        return None
    return found if sorted(entry["name"] for entry in entries) == sorted(TABLES) else None


def flaw(table: Packed, name: str, dated: str) -> str | None:
    """Return what keeps `table` from being the table `name` of the day `dated` in a snapshot, None if nothing does."""
    if (table.source, table.kind, table.dated) != (name, _PACKED_KINDS[name], dated):
        return "another table, or of another day, than the manifest says"
    if not any(table.four.values) or not (name == NAMES or any(table.six.values)):
        return "has no answers"
    if not all(_is_value(name, value) for value in table.values):
        return "has values that are none of this kind of table"
    return None


def _is_value(name: str, value: object) -> bool:
    """Return whether `value` can stand in the table `name`."""
    if name == ORIGIN_SOURCE:
        return type(value) is int and 0 < value < 1 << 32
    if not isinstance(value, str):
        return False
    return name == NAMES or re.fullmatch("[A-Z]{2}", value) is not None


def _sound(entry: dict[str, Any]) -> bool:
    """Return whether an entry of a manifest has all that is read of it."""
    if not all(isinstance(entry.get(key), str) for key in ("name", "dated", "sha256", "licence")):
        return False
    try:
        date.fromisoformat(entry["dated"])
    except ValueError:
        return False
    return _SHA256.fullmatch(entry["sha256"]) is not None
