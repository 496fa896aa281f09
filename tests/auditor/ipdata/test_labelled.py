"""The data against addresses whose place and operator other sources state: nothing wrong is ever sure.

tests/fixtures/ipdata/labelled.json holds, for each address, the country or region (null: served from many, or
not stated), the operator's id, and who says so: the clouds' own publications of their ranges, and hosts that are
well known to be one operator's.
"""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from auditor.ipdata.locate import Locator

LABELLED = json.loads((Path(__file__).parents[2] / "fixtures/ipdata/labelled.json").read_text("utf-8"))


def test_nothing_wrong_is_sure_and_every_unknown_is_counted(record_property: Callable[[str, object], None]) -> None:
    locator, counts, wrong = Locator(), Counter[str](), []
    for row in LABELLED:
        found = locator.locate(row["address"])
        assert found is not None, row
        operator = found.operator.id if found.operator else None
        counts[f"place {found.confidence}"] += 1
        counts["operator known" if operator else "operator unknown"] += 1
        if row["location"] and found.confidence == "high":
            counts["place high and right"] += found.location == row["location"]
            wrong += [] if found.location == row["location"] else [(row, found.location)]
        if row["operator"] and operator and operator != row["operator"]:
            wrong.append((row, operator))
    record_property("score of location data", ", ".join(f"{name}: {count}" for name, count in sorted(counts.items())))
    assert wrong == []
    assert len(LABELLED) >= 200
    assert counts["operator known"] >= 0.95 * len(LABELLED)


def test_the_labels_cover_what_the_rules_turn_on() -> None:
    versions = Counter(":" in row["address"] for row in LABELLED)
    assert min(versions.values()) >= 15
    places = {row["location"] for row in LABELLED}
    assert {"CN", "HK", "MO", "TW", "SG", "US", None} <= places
    operators = {row["operator"] for row in LABELLED}
    assert {"china-telecom", "china-unicom", "china-mobile", "china-unicom-global", "cloudflare", "aws"} <= operators
    assert any(row["address"].startswith("59.43.") for row in LABELLED)
