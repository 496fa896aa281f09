"""`auditor data update` and `auditor data remove`: data of the company's own, installed for every scan."""

import argparse
import sys
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Any

from auditor.config import find_config, load_config
from auditor.config.dates import today
from auditor.guidance.factsfile import shown
from auditor.ipdata.install import SNAPSHOT, Change, remove, update
from auditor.model.dataset import DataSet
from auditor.model.register import Config

EXAMPLE = "sudo auditor data update --from GeoLite2-Country.mmdb"
_LONGEST = 40

_UPDATE = f"""\
Installs location data for every scan from now on: MMDB files (GeoLite2, DB-IP, IPinfo, ip-location-db), or a newer
snapshot as tools/build_ipdata.py writes it (a directory with manifest.json and four tables).
Every file is read as a whole before anything is replaced (a very large one, as those of cities, in a sample of
addresses from all over the space), and all are installed or none. A file takes the place of the installed one of the
same name, a date in the name aside; others stay (`auditor data remove` takes them away).
Ends in 0, 1 when a file is older than the one that it replaces or than the configuration allows (it is installed
all the same), 3 when nothing was installed.

example: {EXAMPLE}
"""
_REMOVE = f"""\
Takes installed data sets out of use. NAME is what `auditor data show` prints, or {SNAPSHOT}: then the
snapshot that comes with the program counts again.

example: sudo auditor data remove GeoLite2-Country.mmdb
"""


def configure(actions: Any) -> None:
    """Add both actions to those of `auditor data`."""
    for name, run, text, description in (
        ("update", _update, "install location data of your own", _UPDATE),
        ("remove", _remove, "take installed location data out of use", _REMOVE),
    ):
        what, _, example = description.rpartition("\n\n")
        parser = actions.add_parser(
            name,
            help=text,
            description=what,
            epilog=example,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        if name == "update":
            parser.add_argument(
                "--from", dest="source", metavar="FILE|DIR", required=True, help="a file, or a directory with files"
            )
        else:
            parser.add_argument("names", metavar="NAME", nargs="+", help="name of an installed data set")
        parser.add_argument("--config", metavar="FILE", help="configuration that says where installed data are kept")
        parser.set_defaults(action=run)


def fields(used: DataSet) -> dict[str, Any]:
    """Return a data set as JSON."""
    return asdict(used)


def _update(args: argparse.Namespace) -> int:
    """Install, print what was done; return 0, or 1 with warnings. Raises InputError and OutputError."""
    config = load_config(args.config or find_config())
    now = datetime.now(UTC)
    done = update(args.source, config.location_data.directory, now)
    for change in done.changes:
        print(_line(change))
    warnings = [] if not done.index_damaged else ["what was installed before could not be told; only this counts now"]
    for change in done.changes:
        warnings += _warnings(change, config, today(now, config))
    print(f"installed in {shown(config.location_data.directory, 300)}")
    for warning in warnings:
        print(f"warning: {warning}", file=sys.stderr)
    return 1 if warnings else 0


def _remove(args: argparse.Namespace) -> int:
    """Take data sets away, return 0. Raises InputError for a name that is not installed, and OutputError."""
    config = load_config(args.config or find_config())
    remove(args.names, config.location_data.directory)
    return 0


def _line(change: Change) -> str:
    """Return what became of one data set."""
    new, old = change.new, change.old
    if change.same:
        place = "installed already"
    elif old is None:
        place = "new"
    else:
        place = f"replaces {'the shipped one' if old.origin == 'shipped' else shown(old.name, _LONGEST)} of {old.dated}"
    networks = "more networks than are counted" if new.networks is None else f"{new.networks} networks"
    kind = {"origin_as": "origin AS", "country_and_origin_as": "country and origin AS", "as_names": "AS names"}
    return (
        f"{shown(new.name, 100)}: {kind.get(new.kind or '', new.kind)}, of {new.dated}, "
        f"{networks}, sha256 {new.sha256} ({place})"
    )


def _warnings(change: Change, config: Config, day: date) -> list[str]:
    """Return what is worth a warning of one data set."""
    new, old, found = change.new, change.old, []
    name = shown(new.name, 100)
    if old is not None and new.dated < old.dated:
        found.append(
            f"{name} of {new.dated} is older than what it replaces, of {old.dated}; it is installed all the same"
        )
    limit = config.policy.location_data_max_age_days
    age = (day - date.fromisoformat(new.dated)).days
    if age >= limit:
        found.append(f"{name} is {age} days old (limit {limit}): scans will say so (control A-02)")
    return found
