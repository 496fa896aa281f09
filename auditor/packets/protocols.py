"""The table of protocols that packets can show: `auditor/data/protocols.toml`, read once.

Keys of a [[protocol]]:

    id          what `technology` says of a tunnel seen in packets: as exact as the packets are
    en, zh      its name
    technology  the technology of a scan (auditor/data/technologies) that it belongs to
    source      the specification that the dissector follows
    sign        what a dissector notes, in words; {count} is how often
"""

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from auditor.model.text import Text
from auditor.tables import table

_ALIKE = Text(
    "more packets of the same, counted without being looked into: {:,}", "与上述相同、未逐个查看而只计数的报文：{:,}个"
)


class Protocol(NamedTuple):
    """One row of the table."""

    id: str
    name: Text
    technology: str
    source: str
    signs: Mapping[str, Text]

    def evidence(self, signs: Mapping[str, int], alike: int = 0) -> tuple[Text, ...]:
        """Return what was seen in words, in the table's order, and how many more packets were counted to it.

        Raises KeyError for a sign that the table lacks.
        """
        missing = set(signs) - set(self.signs)
        if missing:
            raise KeyError(*sorted(missing))
        return tuple(
            Text(words.en.format(count=signs[name]), words.zh.format(count=signs[name]))
            for name, words in self.signs.items()
            if name in signs
        ) + ((Text(_ALIKE.en.format(alike), _ALIKE.zh.format(alike)),) if alike else ())


@cache
def protocols() -> Mapping[str, Protocol]:
    """Return the whole table by id."""
    rows = table("protocols")["protocol"]
    return {
        row["id"]: Protocol(
            id=row["id"],
            name=Text(row["en"], row["zh"]),
            technology=row["technology"],
            source=row["source"],
            signs={name: Text(words["en"], words["zh"]) for name, words in row["sign"].items()},
        )
        for row in rows
    }
