"""Look-ups in the shipped IP data: where an address is and who announces it, against maxminddb on the same questions.

    python benchmarks/ipdata.py [--addresses N] [--rounds N] [--mmdb FILE [--table NAME]]

Addresses are drawn at random from the public space, one of eight IPv6, and none is asked for twice in a run, so no
cache of answers helps. The tables are loaded before: that costs once a scan and only where a far end is public.
`--mmdb` names a MaxMind DB of the table NAME (by default of the file's own name); without one nothing is compared.
"""

import argparse
import random
import statistics
import sys
from collections.abc import Callable, Iterable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Any

if not __package__:
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from auditor.ipdata import embedded
from auditor.ipdata.addresses import has_a_place
from auditor.ipdata.locate import Locator
from benchmarks import harness

LOCATE = "auditor: place, origin and operator"
PACKED = "auditor: one table"
MMDB_C = "maxminddb, C extension"
MMDB_PYTHON = "maxminddb, Python"
LIMIT_US = 10.0
_TABLES = (*embedded.COUNTRY_SOURCES, embedded.ORIGIN_SOURCE)


def questions(number: int, seed: int = 1) -> list[str]:
    """Return `number` different public addresses."""
    draw = random.Random(seed)
    found: dict[str, None] = {}
    while len(found) < number:
        address: IPv4Address | IPv6Address = IPv4Address(draw.getrandbits(32))
        if not len(found) % 8:
            address = IPv6Address(1 << 125 | draw.getrandbits(125))  # 2000::/3, what is given out (RFC 4291)
        if has_a_place(address):
            found[str(address)] = None
    return list(found)


def candidates(asked: Sequence[str], table: str) -> dict[str, harness.Candidate]:
    """Return what the package itself does with `asked`; from address as text, as the others have it."""
    packed = embedded.table(table)
    return {
        LOCATE: lambda: _each(Locator().locate, asked),
        PACKED: lambda: _each(lambda text: packed.get(ip_address(text).packed), asked),
    }


def _each(look_up: Callable[[str], Any], asked: Iterable[str]) -> None:
    """Ask for every address, and keep nothing."""
    for text in asked:
        look_up(text)


def peers(asked: Sequence[str], path: Path, table: str) -> dict[str, harness.Candidate]:
    """Return what maxminddb does with the same questions, with its C extension if that is there, and without."""
    import maxminddb

    modes = {MMDB_PYTHON: maxminddb.MODE_MMAP}
    if getattr(maxminddb, "extension", None):
        modes[MMDB_C] = maxminddb.MODE_MMAP_EXT
    readers = {name: maxminddb.open_database(str(path), mode) for name, mode in modes.items()}
    packed = embedded.table(table)
    reader = next(iter(readers.values()))
    answered = sum((packed.get(ip_address(text).packed) is None) == (reader.get(text) is None) for text in asked)
    print(
        f"{path.name} and {table} both have an answer, or both none, for {answered / len(asked):.1%} of the addresses"
    )
    return {name: lambda reader=reader: _each(reader.get, asked) for name, reader in readers.items()}


def main(arguments: list[str] | None = None) -> int:
    """Run the comparison and print it; return 0 if the requirement is met, else 1."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--addresses", type=int, default=20_000, help="addresses to ask for (default: 20000)")
    parser.add_argument("--rounds", type=int, default=5, help="rounds (default: 5)")
    parser.add_argument("--mmdb", type=Path, metavar="FILE", help="MaxMind DB to compare with (default: none)")
    parser.add_argument("--table", choices=_TABLES, help="the shipped table that it is of")
    options = parser.parse_args(arguments)
    table = options.table or (options.mmdb.stem if options.mmdb else embedded.ORIGIN_SOURCE)
    if table not in _TABLES:
        parser.error(f"--table is needed for {options.mmdb}: one of {', '.join(_TABLES)}")
    asked = questions(options.addresses)
    run = candidates(asked, table)
    if options.mmdb:
        run |= peers(asked, options.mmdb, table)
    else:
        print("maxminddb: not compared, since no --mmdb FILE was given")
    timings = harness.interleave(run, rounds=options.rounds)
    print(f"IP data, {len(asked)} addresses, table {table}, {options.rounds} interleaved rounds")
    print(harness.table(timings, reference=PACKED))
    costs = {name: statistics.median(timing.cpu_s) / len(asked) * 1e6 for name, timing in timings.items()}
    print("\n".join(f"one look-up: {name}: {cost:.2f} us" for name, cost in costs.items()))
    met = costs[LOCATE] <= LIMIT_US
    print(f"{'met' if met else 'MISSED'}: {LOCATE} takes {costs[LOCATE]:.2f} us (at most {LIMIT_US:g})")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
