"""Runs probes where it stands and prints what they yield as JSON: `python -m tests.kernel.guest_probe NAME...`."""

import gc
import importlib
import json
import sys
import traceback
from collections.abc import Iterator
from typing import Any

from auditor.host import Host
from auditor.model.sightings import BlindSpot, Scope
from auditor.probe import View

# "PLANTED-" backwards, so that this process holds it forwards only if it was given a key and kept it
_NEEDLE_BACKWARDS = b"-DETNALP"
_CHUNK_BYTES = 1 << 20


def plain(value: Any) -> Any:
    """Return named tuples as objects with their type's name, the rest as it is."""
    if hasattr(value, "_fields"):
        return {"row": type(value).__name__, **{name: plain(getattr(value, name)) for name in value._fields}}
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    return value


def run(name: str) -> dict[str, Any]:
    """Return the rows and gaps of one probe, or how it failed."""
    result: dict[str, Any] = {"rows": [], "blind_spots": [], "failure": None}
    view = View(host=Host(), scope=Scope(name=None, inode=0, door="/proc/self/ns/net"))
    try:
        for sighting in importlib.import_module(f"probes.{name}").PROBE.run(view):
            if isinstance(sighting, BlindSpot):
                spot = {"source": sighting.source, "reason": sighting.reason.value, "needs": sighting.needs}
                result["blind_spots"].append({**spot, "detail": sighting.detail})
            else:
                result["rows"].append(plain(sighting))
    except Exception:  # noqa: BLE001 - what is tested is that none comes
        result["failure"] = traceback.format_exc()
    result["keys_in_memory"] = keys_in_memory()
    return result


def _writable_areas() -> Iterator[tuple[int, int]]:
    with open("/proc/self/maps") as maps:
        for line in maps.readlines():
            area, permissions, *_ = line.split()
            start, end = (int(number, 16) for number in area.split("-"))
            if permissions.startswith("rw"):
                yield start, end


def keys_in_memory() -> int | None:
    """Return how many planted keys stand in the writable memory of this process, None if it may not look.

    A key that spans two chunks is found by their overlap; copies made by the search itself can only
    add to a number that is not zero already.
    """
    gc.collect()
    found = 0
    try:
        with open("/proc/self/mem", "rb", buffering=0) as memory:
            for start, end in list(_writable_areas()):
                for at in range(start, end, _CHUNK_BYTES):
                    memory.seek(at)
                    chunk = memory.read(min(_CHUNK_BYTES + len(_NEEDLE_BACKWARDS), end - at))
                    found += chunk[::-1].count(_NEEDLE_BACKWARDS)
    except PermissionError:
        return None
    return found


def main() -> None:
    """Print one JSON object with a member a probe."""
    results: dict[str, Any] = {name: run(name) for name in sys.argv[1:]}
    kept = _NEEDLE_BACKWARDS[::-1]
    results["search_finds"] = keys_in_memory()
    assert kept
    print(json.dumps(results))


if __name__ == "__main__":
    main()
