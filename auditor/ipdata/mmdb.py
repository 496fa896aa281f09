"""Location data of the company's own, in the MaxMind DB format; read by the library `maxminddb` when configured.

Of a record only country or region and origin AS are read. Vendors spell them differently: `country.iso_code`
(GeoLite2, DB-IP), `country_code` (IPinfo, ip-location-db), `autonomous_system_number` or `asn`.
"""

import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from auditor.errors import InputError
from auditor.guidance.factsfile import shown
from auditor.ipdata.snapshot import is_future
from auditor.model.enumerations import PLACES

LIMIT_BYTES = 4 << 30
WHOLE_NODES = 3_000_000  # up to here all is read (seconds); files of cities have five times that
SAMPLE = 100_000
_FIRST = datetime(2010, 1, 1, tzinfo=UTC)  # before the format was there
_RECORD_BITS = (24, 28, 32)


class Walked(NamedTuple):
    """What a walk through a file found: its `kind` (as of `DataSet`), and how many networks it has.

    `networks` None: too many to be read one by one, so that addresses all over the space were asked for.
    """

    kind: str
    networks: int | None


class MmdbFile:
    """One file, open; `name` is that of the file, `dated` the day it was built (ISO 8601)."""

    def __init__(self, path: str, *, name: str | None = None, told: str | None = None) -> None:
        """Open `path`, known to answers as `name` and to messages as `told`, by default as what it is called.

        Raises InputError that names it when it is absent, damaged, too large or something else.
        """
        self.path = path
        self.name = name or path.rpartition("/")[2]
        self._told = shown(told or path, 300)
        library = _library(self._told)
        self._invalid = (
            *(ValueError, OverflowError, TypeError, AttributeError, KeyError, RecursionError),
            library.InvalidDatabaseError,
        )
        try:
            _only_regular(path)
            self._reader = library.open_database(path, library.MODE_AUTO)
            self._metadata = self._reader.metadata()
            self.dated = datetime.fromtimestamp(self._metadata.build_epoch, UTC).date().isoformat()
            self._get("0.0.0.0")  # NOTE: a damaged tree shows with the first question
        except FileNotFoundError:
            raise self.wrong("not there") from None
        except OSError as error:
            raise self.wrong(error.strerror or "cannot be read") from None
        except self._invalid:
            raise self.wrong("not an MMDB file, or damaged") from None

    def wrong(self, what: str) -> InputError:
        """Return an error that names this file."""
        return InputError([f"{self._told}: {what}"])

    def country(self, address: str) -> str | None:
        """Return the country or region of `address` (ISO 3166-1 alpha-2), None for no answer; raises InputError."""
        return _country(self._record(address))

    def origin(self, address: str) -> int | None:
        """Return the AS that originates `address`, None for no answer; raises InputError."""
        return _origin(self._record(address))

    def walk(self, now: datetime) -> Walked:
        """Read every network, of a very large file a sample; raises InputError unless the file is whole and of use.

        `now` is aware: a file from after it could never be called old.
        """
        self._check_metadata(now)
        whole = self._metadata.node_count < WHOLE_NODES
        countries = origins = False
        count = 0
        try:
            for record in self._records() if whole else self._sample():
                count += 1
                if isinstance(record, dict):
                    countries = countries or _country(record) is not None
                    origins = origins or _origin(record) is not None
        except self._invalid:
            raise self.wrong("damaged: not every network can be read") from None
        networks = count if whole else None
        if countries and origins:
            return Walked("country_and_origin_as", networks)
        if not countries and not origins:
            raise self.wrong("says of no network in which country it is or which AS announces it")
        return Walked("country" if countries else "origin_as", networks)

    def _records(self) -> Iterator[object]:
        """Yield the record of every network; raises InputError for a tree that loops."""
        most = self._metadata.node_count + 1  # NOTE: a tree has one leaf more than forks; one that loops has more
        for count, (_, record) in enumerate(self._reader, 1):
            if count > most:
                raise self.wrong("damaged: its tree does not end")
            yield record

    def _sample(self) -> Iterator[object]:
        """Yield the records of addresses at even distances from each other, the last of the space among them."""
        for step in range(SAMPLE):
            yield self._reader.get(IPv4Address((step + 1) * (1 << 32) // SAMPLE - 1))
            if self._metadata.ip_version == 6:
                yield self._reader.get(IPv6Address((1 << 125) + (step + 1) * (1 << 125) // SAMPLE - 1))

    def _check_metadata(self, now: datetime) -> None:
        """Raise InputError unless what the file says of itself can be."""
        data = self._metadata
        tree_bytes = data.node_count * data.record_size // 4
        if (
            data.binary_format_major_version != 2
            or data.record_size not in _RECORD_BITS
            or data.ip_version not in (4, 6)
            or not 0 < tree_bytes < Path(self.path).stat().st_size
        ):
            raise self.wrong("damaged, or of another version of the format")
        built = datetime.fromtimestamp(data.build_epoch, UTC)
        if built < _FIRST:
            raise self.wrong("does not say when it was made")
        if is_future(self.dated, now):
            raise self.wrong(f"says that it was made on {self.dated}, which is in the future")

    def _record(self, address: str) -> dict[str, Any]:
        """Return the record of `address`, empty for none."""
        try:
            found = self._get(address)
        except self._invalid:
            raise self.wrong("damaged") from None
        return found if isinstance(found, dict) else {}

    def _get(self, address: str) -> object:
        """Return what the file has for `address`; of IPv6 nothing, where the file is of IPv4 only."""
        if ":" in address and self._metadata.ip_version == 4:
            return None
        return self._reader.get(address)


def _country(record: dict[str, Any]) -> str | None:
    """Return the country or region that a record names, None for none (as "EU" and "ZZ" are)."""
    nested = record.get("country")
    code = nested.get("iso_code") if isinstance(nested, dict) else None
    for value in (code, record.get("country_code"), nested):
        if isinstance(value, str) and value in PLACES:
            return value
    return None


def _origin(record: dict[str, Any]) -> int | None:
    """Return the AS number that a record names, None for none."""
    for value in (record.get("autonomous_system_number"), record.get("asn")):
        text = str(value).removeprefix("AS") if isinstance(value, (int, str)) else ""
        if text.isascii() and text.isdigit() and len(text) <= 10 and 0 < int(text) < 1 << 32:
            return int(text)
    return None


def _only_regular(path: str) -> None:
    """Raise OSError for what is absent, no regular file (opening a pipe would wait for ever) or too large."""
    found = Path(path).stat()
    if not stat.S_ISREG(found.st_mode):
        raise OSError(0, "not a regular file")
    if found.st_size > LIMIT_BYTES:
        raise OSError(0, f"larger than {LIMIT_BYTES} bytes")


def _library(told: str) -> ModuleType:
    """Return the library; raises InputError when it is not installed."""
    try:
        import maxminddb
    except ImportError:
        raise InputError(
            [f"{told}: reading it needs the Python package maxminddb (pip install 'auditor[mmdb]')"]
        ) from None
    library: ModuleType = maxminddb
    return library
