"""The IP data that the package ships (auditor/data/ip, built by tools/build_ipdata.py); read when first asked for."""

import json
from functools import cache
from importlib.resources import files
from typing import Any

from auditor.errors import InputError, ParseError
from auditor.ipdata.packed import Packed, unpack

COUNTRY_SOURCES = ("user-country", "server-country")
ORIGIN_SOURCE = "origin-asn"
_NAMES = "as-names"


@cache
def table(name: str) -> Packed:
    """Return the packed table `name`; raises InputError that names the file when it is damaged."""
    path = f"data/ip/{name}.xz"
    try:
        return unpack(files("auditor").joinpath(path).read_bytes())
    except FileNotFoundError:
        raise InputError([f"{path}: not there; the installation is incomplete"]) from None
    except ParseError as error:
        raise InputError([f"{path}: {error.detail}"]) from None


def as_name(asn: int) -> str | None:
    """Return the name under which AS `asn` is registered, None if the data has none."""
    name = table(_NAMES).get(asn.to_bytes(4))
    return None if name is None else str(name)


@cache
def manifest() -> dict[str, Any]:
    """Return where the shipped data comes from: source, dates, licences and digests."""
    found: dict[str, Any] = json.loads(files("auditor").joinpath("data/ip/manifest.json").read_text("utf-8"))
    return found
