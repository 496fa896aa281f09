"""`auditor data`: what every data source says of an address, and data of the company's own."""

import argparse
import json
from datetime import UTC, datetime
from typing import Any

from auditor.cli import data_update
from auditor.config import find_config, load_both
from auditor.errors import InputError
from auditor.guidance.factsfile import shown
from auditor.ipdata.addresses import CLASSES, address_class, address_kind
from auditor.ipdata.locate import Located, Locator
from auditor.model.address import is_address
from auditor.model.dataset import DataSet
from auditor.objects.context import Context

EXAMPLE = "auditor data show 202.96.128.86 2408:8000::1"

_SHOW = """\
Prints, for each address, what kind of address it is, where each data source puts it, who announces it, and how
sure that is; without an address, the data sets in use. Nothing is asked over a network.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the actions and their options."""
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    show = actions.add_parser(
        "show",
        help="what every source says of an address",
        description=_SHOW,
        epilog=f"{_classes()}\n\nexample: {EXAMPLE}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    show.add_argument("addresses", metavar="ADDRESS", nargs="*", help="an IPv4 or IPv6 address")
    show.add_argument("--config", metavar="FILE", help="configuration that names further data and operators")
    show.add_argument("--format", choices=("text", "json"), default="text", help="form of the answer (default: text)")
    show.set_defaults(action=_show)
    data_update.configure(actions)


def run(args: argparse.Namespace) -> int:
    """Do what was asked for and return the exit code; raises InputError and OutputError."""
    code: int = args.action(args)
    return code


def _show(args: argparse.Namespace) -> int:
    """Print the answers; return 0. Raises InputError for what is no address, and for damaged data."""
    wrong = [f"data show: {shown(text)} is not an address" for text in args.addresses if not is_address(text)]
    if wrong:
        raise InputError(wrong)
    files = load_both(args.config or find_config())
    locator = Context(config=files.config, register=files.register, now=datetime.now(UTC)).locator
    found = [_entry(locator, address) for address in args.addresses]
    if args.format == "json":
        sets = [data_update.fields(used) for used in locator.data_sets]
        print(json.dumps(found if args.addresses else sets, ensure_ascii=False, indent=1))
    elif args.addresses:
        print("\n\n".join("\n".join(_lines(entry)) for entry in found))
    else:
        print(*map(_set_line, locator.data_sets), sep="\n")
    return 0


def _classes() -> str:
    """Return every class of address in words."""
    width = max(map(len, CLASSES))
    return "classes of addresses:\n" + "\n".join(f"  {name:<{width}}  {text.en}" for name, text in CLASSES.items())


def _set_line(used: DataSet) -> str:
    """Return one data set in use for people."""
    return f"{shown(used.name):<28} {used.origin:<10} {used.dated}  {used.kind or '-':<21}  sha256 {used.sha256}"


def _entry(locator: Locator, address: str) -> dict[str, Any]:
    """Return everything known of one address."""
    kind = address_kind(address)
    entry: dict[str, Any] = {
        "address": address,
        "address_class": address_class(address),
        "stands_for": kind.carried,
        "teredo_server": kind.server,
        "special": {"en": kind.what.en, "zh": kind.what.zh, "source": kind.source} if kind.what else None,
        "location": None,
    }
    located = locator.locate(address)
    if located is None:
        return entry | {"confidence": "none", "why": {"en": "no place of its own", "zh": "该地址自身没有位置"}}
    return entry | _located(locator, located)


def _located(locator: Locator, located: Located) -> dict[str, Any]:
    """Return what the sources say of an address that has a place."""
    operator = located.operator
    return {
        "location": located.location,
        "confidence": located.confidence,
        "why": {"en": located.why.en, "zh": located.why.zh},
        "answers": [
            {"source": answer.source, "dated": answer.dated, "location": answer.country} for answer in located.answers
        ],
        "asn": located.asn,
        "as_name": locator.as_name(located.asn) if located.asn is not None else None,
        "asn_dated": located.asn_dated,
        "origins": [{"source": o.source, "dated": o.dated, "asn": o.asn} for o in located.origins],
        "operator": {"id": operator.id, "en": operator.name.en, "zh": operator.name.zh, "class": operator.class_}
        if operator
        else None,
    }


def _lines(entry: dict[str, Any]) -> list[str]:
    """Return one address for people."""
    lines = [entry["address"], f"  class      {entry['address_class']} ({CLASSES[entry['address_class']].en})"]
    if entry["stands_for"]:
        server = f", by the Teredo server {entry['teredo_server']}" if entry["teredo_server"] else ""
        lines.append(f"  stands for {entry['stands_for']}{server}")
    if entry["special"]:
        lines.append(f"  special    {entry['special']['en']} / {entry['special']['zh']} ({entry['special']['source']})")
    lines.append(
        f"  place      {entry['location'] or 'not known'} (confidence {entry['confidence']}: {entry['why']['en']})"
    )
    lines += [
        f"    {shown(answer['source']):<16} {answer['dated']}  {answer['location'] or 'no answer'}"
        for answer in entry.get("answers", ())
    ]
    if "asn" in entry:
        origin = (
            f"AS{entry['asn']} {entry['as_name'] or ''} ({entry['asn_dated']})" if entry["asn"] else "not announced"
        )
        lines.append(f"  origin     {origin}")
        lines += [f"    {shown(said['source']):<16} {said['dated']}  AS{said['asn']}" for said in entry["origins"]]
    if entry.get("operator"):
        operator = entry["operator"]
        lines.append(f"  operator   {operator['en']} / {operator['zh']} ({operator['class']})")
    return lines
