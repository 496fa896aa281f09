"""Location data of the company's own, in the MaxMind DB format; read by the library `maxminddb` when configured.

Of a record only country or region and origin AS are read. Vendors spell them differently: `country.iso_code`
(GeoLite2, DB-IP), `country_code` (IPinfo, ip-location-db), `autonomous_system_number` or `asn`.
"""

import re
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

from auditor.errors import InputError

_PLACE = re.compile("[A-Z]{2}")
_LIMIT_BYTES = 4 << 30


class MmdbFile:
    """One file, open; `name` is that of the file, `dated` the day it was built (ISO 8601)."""

    def __init__(self, path: str) -> None:
        """Open `path`; raises InputError that names it when it is absent, damaged, too large or something else."""
        library = _library(path)
        try:
            self._reader = library.open_database(path, library.MODE_MMAP)
            metadata = self._reader.metadata()
            self.dated = datetime.fromtimestamp(metadata.build_epoch, UTC).date().isoformat()
            self._get("0.0.0.0")  # NOTE: a damaged tree shows with the first question
        except FileNotFoundError:
            raise InputError([f"{path}: not there"]) from None
        except OSError as error:
            raise InputError([f"{path}: {error.strerror or 'cannot be read'}"]) from None
        except (ValueError, OverflowError, TypeError, AttributeError, library.InvalidDatabaseError):
            raise InputError([f"{path}: not an MMDB file, or damaged"]) from None
        self.path = path
        self.name = path.rpartition("/")[2]
        self._invalid = library.InvalidDatabaseError

    def country(self, address: str) -> str | None:
        """Return the country or region of `address` (ISO 3166-1 alpha-2), None for no answer; raises InputError."""
        record = self._record(address)
        nested = record.get("country")
        code = nested.get("iso_code") if isinstance(nested, dict) else None
        for value in (code, record.get("country_code"), nested):
            if isinstance(value, str) and _PLACE.fullmatch(value):
                return value
        return None

    def origin(self, address: str) -> int | None:
        """Return the AS that originates `address`, None for no answer; raises InputError."""
        record = self._record(address)
        for value in (record.get("autonomous_system_number"), record.get("asn")):
            text = str(value).removeprefix("AS") if isinstance(value, (int, str)) else ""
            if text.isascii() and text.isdigit() and 0 < int(text) < 1 << 32:
                return int(text)
        return None

    def _record(self, address: str) -> dict[str, Any]:
        """Return the record of `address`, empty for none."""
        try:
            found = self._get(address)
        except (ValueError, self._invalid):
            raise InputError([f"{self.path}: damaged"]) from None
        return found if isinstance(found, dict) else {}

    def _get(self, address: str) -> object:
        """Return what the file has for `address`; of IPv6 nothing, where the file is of IPv4 only."""
        if ":" in address and self._reader.metadata().ip_version == 4:
            return None
        return self._reader.get(address)


def _library(path: str) -> ModuleType:
    """Return the library; raises InputError when it is not installed."""
    try:
        import maxminddb
    except ImportError:
        raise InputError(
            [f"{path}: reading it needs the Python package maxminddb (pip install auditor[data])"]
        ) from None
    library: ModuleType = maxminddb
    return library
