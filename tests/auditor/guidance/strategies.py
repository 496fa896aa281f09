"""Random facts: every enumeration value, some places, and what is not known."""

from hypothesis import strategies as st

from auditor.model.enumerations import WORDS
from auditor.model.facts import Facts, FactSet

PLACE = st.sampled_from(("CN", "HK", "MO", "TW", "SG", "US", "unknown"))
CATEGORIES = st.none() | st.lists(st.sampled_from(("A11-4", "A14-1", "A14-4", "A24-1", "B13", "B11")), max_size=3).map(
    tuple
)
TRUTH = st.sampled_from((True, False, None))

FACTS = st.builds(
    Facts,
    **{name: st.sampled_from(words) for name, words in WORDS.items()},
    local_location=PLACE,
    remote_location=PLACE,
    seen_up_recently=TRUTH,
    default_route=TRUTH,
    provider_licence_categories=CATEGORIES,
    serving_permit_categories=CATEGORIES,
)
CROSSING = FACTS.map(
    lambda facts: facts.replace(
        object_type="tunnel", local_location="CN", remote_location="SG", remote_location_confidence="high"
    )
)
FACT_SETS = st.lists(FACTS | CROSSING, min_size=1, max_size=3).map(lambda paths: FactSet(paths=tuple(paths)))
