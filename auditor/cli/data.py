"""`auditor data show`: what every data source says of an address, side by side."""

import argparse
import json
from datetime import UTC, datetime
from typing import Any

from auditor.config import find_config, load_both
from auditor.errors import InputError
from auditor.guidance.factsfile import shown
from auditor.ipdata import embedded
from auditor.ipdata.addresses import address_class
from auditor.ipdata.locate import Located
from auditor.model.address import is_address
from auditor.objects.context import Context

EXAMPLE = "auditor data show 202.96.128.86 2408:8000::1"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add `show` and its options."""
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    show = actions.add_parser(
        "show",
        help="what every source says of an address",
        description="Prints, for each address, where each data source puts it, who announces it, and how sure that is. "
        "Nothing is asked over a network.",
        epilog=f"example: {EXAMPLE}",
    )
    show.add_argument("addresses", metavar="ADDRESS", nargs="+", help="an IPv4 or IPv6 address")
    show.add_argument("--config", metavar="FILE", help="configuration that names further data and operators")
    show.add_argument("--format", choices=("text", "json"), default="text", help="form of the answer (default: text)")


def run(args: argparse.Namespace) -> int:
    """Print the answers; return 0. Raises InputError for what is no address, and for damaged data."""
    wrong = [f"data show: {shown(text)} is not an address" for text in args.addresses if not is_address(text)]
    if wrong:
        raise InputError(wrong)
    files = load_both(args.config or find_config())
    locator = Context(config=files.config, register=files.register, now=datetime.now(UTC)).locator
    found = [_entry(address, locator.locate(address)) for address in args.addresses]
    if args.format == "json":
        print(json.dumps(found, ensure_ascii=False, indent=1))
    else:
        print("\n\n".join("\n".join(_lines(entry)) for entry in found))
    return 0


def _entry(address: str, located: Located | None) -> dict[str, Any]:
    """Return everything known of one address."""
    entry: dict[str, Any] = {"address": address, "address_class": address_class(address), "location": None}
    if located is None:
        return entry | {"confidence": "none", "why": {"en": "no place of its own", "zh": "该地址自身没有位置"}}
    operator = located.operator
    return entry | {
        "location": located.location,
        "confidence": located.confidence,
        "why": {"en": located.why.en, "zh": located.why.zh},
        "answers": [
            {"source": answer.source, "dated": answer.dated, "location": answer.country} for answer in located.answers
        ],
        "asn": located.asn,
        "as_name": embedded.as_name(located.asn) if located.asn is not None else None,
        "asn_dated": located.asn_dated,
        "operator": {"id": operator.id, "en": operator.name.en, "zh": operator.name.zh, "class": operator.class_}
        if operator
        else None,
    }


def _lines(entry: dict[str, Any]) -> list[str]:
    """Return one address for people."""
    lines = [entry["address"], f"  class      {entry['address_class']}"]
    lines.append(
        f"  place      {entry['location'] or 'not known'} (confidence {entry['confidence']}: {entry['why']['en']})"
    )
    lines += [
        f"    {answer['source']:<16} {answer['dated']}  {answer['location'] or 'no answer'}"
        for answer in entry.get("answers", ())
    ]
    if "asn" in entry:
        origin = (
            f"AS{entry['asn']} {entry['as_name'] or ''} ({entry['asn_dated']})" if entry["asn"] else "not announced"
        )
        lines.append(f"  origin     {origin}")
    if entry.get("operator"):
        operator = entry["operator"]
        lines.append(f"  operator   {operator['en']} / {operator['zh']} ({operator['class']})")
    return lines
