"""The words and numbers of `auditor/data/details.toml`, read once."""

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from auditor.model.text import Text
from auditor.tables import table


class Vendor(NamedTuple):
    """One vendor id: what it begins with in hexadecimal, its name, and the daemons of that product.

    `programs` None: an extension that many products have; empty: a product that no daemon of this program's is.
    """

    begins: str
    name: str
    programs: tuple[str, ...] | None


class Names(NamedTuple):
    """The whole table."""

    said: Mapping[str, Text]
    sender: Mapping[str, Text]
    ike: Mapping[str, Mapping[int, str]]
    pseudowires: Mapping[int, str]
    weak: Mapping[str, frozenset[str]]
    vendors: tuple[Vendor, ...]

    def vendor(self, identifier: str) -> Vendor | None:
        """Return the vendor whose id, in hexadecimal, is `identifier`; None for one not known here."""
        return next((one for one in self.vendors if identifier.startswith(one.begins)), None)


@cache
def names() -> Names:
    """Return the table."""
    details = table("details")
    return Names(
        said=_texts(details["said"]),
        sender=_texts(details["sender"]),
        ike={kind: _numbered(rows) for kind, rows in details["ike"].items()},
        pseudowires=_numbered(details["pseudowire"]),
        weak={kind: frozenset(weak) for kind, weak in details["weak"].items()},
        vendors=tuple(
            Vendor(one["id"], one["name"], tuple(one["programs"]) if "programs" in one else None)
            for one in details["vendor"]
        ),
    )


def _texts(table: dict[str, Any]) -> dict[str, Text]:
    """Return texts by their names."""
    return {name: Text(words["en"], words["zh"]) for name, words in table.items()}


def _numbered(rows: dict[str, str]) -> dict[int, str]:
    """Return names by number; keys of TOML are text."""
    return {int(number): name for number, name in rows.items()}
