"""Scores a directory of captures against its truth.json, and says what was missed and what was made up.

truth.json has "captures": a list of objects with "file", "class" and "tunnels" (each "protocol", "tier",
"outer_src", "outer_dst", perhaps "optional" and "accept", other right names), perhaps "nested" ("protocol", "src",
"dst") and "ignore". Names are those of the protocol table; `class` robustness expects nothing but survival. The tiers
tls and hard, which are not told apart on purpose, are not counted.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path

from auditor.packets.capture import read

WANTED_TIERS = ("core", "extra")
# Other names for what the table calls something else, and wider names that are right too.
_SAME = {"gre": {"pptp-gre", "erspan"}, "pptp": {"pptp-gre"}, "nvgre": {"gre"}, "6to4": {"6in4"}}


@dataclass(slots=True)
class Score:
    """What came out: rows wanted and found of each tier, misses, and findings that no row allows."""

    wanted: dict[str, int] = field(default_factory=dict)
    found: dict[str, int] = field(default_factory=dict)
    misses: list[str] = field(default_factory=list)
    made_up: list[str] = field(default_factory=list)


def score(directory: Path) -> Score:
    """Return the score of every capture that `directory`/truth.json lists."""
    result = Score()
    for entry in json.loads((directory / "truth.json").read_bytes())["captures"]:
        with (directory / entry["file"]).open("rb") as source:
            capture = read(source)
        if entry["class"] == "robustness":
            continue
        seen = {(one.protocol, frozenset((one.src, one.dst))) for one in capture.tunnels}
        _rows(result, entry, seen)
    return result


def _rows(result: Score, entry: dict[str, object], seen: set[tuple[str, frozenset[str]]]) -> None:
    rows = list(entry["tunnels"])  # type: ignore[call-overload]
    nested: list[dict[str, str]] = entry.get("nested", [])  # type: ignore[assignment]
    allowed = {(one["protocol"], frozenset((one["src"], one["dst"]))) for one in nested}
    for row in rows:
        ends = frozenset((row["outer_src"], row["outer_dst"]))
        names = {row["protocol"], *row.get("accept", []), *_SAME.get(row["protocol"], ())}
        allowed |= {(name, ends) for name in names}
        tier = row["tier"]
        if row.get("optional") or tier not in WANTED_TIERS:
            continue
        result.wanted[tier] = result.wanted.get(tier, 0) + 1
        if any((name, ends) in seen for name in names):
            result.found[tier] = result.found.get(tier, 0) + 1
        else:
            result.misses.append(f"{entry['file']}: {row['protocol']} {sorted(ends)}")
    ignored = set(entry.get("ignore", []))  # type: ignore[call-overload]
    result.made_up += [
        f"{entry['file']}: {name} {sorted(ends)}"
        for name, ends in sorted(seen, key=str)
        if (name, ends) not in allowed and name not in ignored
    ]
