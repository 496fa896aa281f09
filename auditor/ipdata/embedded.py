"""The IP data that the package ships (auditor/data/ip, built by tools/build_ipdata.py); read when first asked for."""

import json
from functools import cache
from importlib.resources import files

from auditor.ipdata.packed import Packed
from auditor.ipdata.snapshot import COUNTRY_SOURCES, MANIFEST, ORIGIN_SOURCE, Snapshot

__all__ = ["COUNTRY_SOURCES", "ORIGIN_SOURCE", "as_name", "snapshot", "table"]


@cache
def snapshot() -> Snapshot:
    """Return the snapshot that the package ships."""
    directory = files("auditor").joinpath("data/ip")
    manifest = json.loads(directory.joinpath(MANIFEST).read_text("utf-8"))
    return Snapshot(
        manifest, lambda name: directory.joinpath(f"{name}.xz").read_bytes(), lambda name: f"data/ip/{name}.xz"
    )


def table(name: str) -> Packed:
    """Return the packed table `name`; raises InputError that names the file when it is damaged."""
    return snapshot().table(name)


def as_name(asn: int) -> str | None:
    """Return the name under which AS `asn` is registered, None if the data has none."""
    return snapshot().as_name(asn)
