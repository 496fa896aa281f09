"""From reasons to a strength (guidance 5.4)."""

from auditor.model.match import Match, MatchReason, Strength
from auditor.model.register import Circuit

NEEDED = 2
Compared = tuple[Circuit, tuple[MatchReason, ...]]


def decide(compared: list[Compared]) -> tuple[Circuit | None, Match]:
    """Return the one circuit that fits (None if none or several) and the match with all reasons.

    strong: two independent attributes agree and none contradicts. weak: one. ambiguous: two entries
    fit equally. conflict: every entry that fits an attribute contradicts another. none: no entry.
    """
    fitting = [item for item in compared if _agreeing(item)]
    clean = [item for item in fitting if not _contradicting(item)]
    strong = [item for item in clean if _agreeing(item) >= NEEDED]
    pool, strength = _pool(strong, clean, fitting)
    reasons = tuple(reason for item in (pool or compared) for reason in item[1])
    candidates = tuple(sorted(circuit.cid for circuit, _ in fitting))
    if len(pool) != 1:
        return None, Match(strength=strength, reasons=reasons, candidates=candidates)
    circuit = pool[0][0]
    return circuit, Match(
        strength=strength, cid=circuit.cid, provider=circuit.provider, reasons=reasons, candidates=candidates
    )


def _pool(strong: list[Compared], clean: list[Compared], fitting: list[Compared]) -> tuple[list[Compared], Strength]:
    """Return the best entries and what they amount to."""
    for pool, strength in ((strong, Strength.STRONG), (clean, Strength.WEAK)):
        if pool:
            best = max(_agreeing(item) for item in pool)
            pool = [item for item in pool if _agreeing(item) == best]
            return pool, strength if len(pool) == 1 else Strength.AMBIGUOUS
    return (fitting, Strength.CONFLICT) if fitting else ([], Strength.NONE)


def _agreeing(item: Compared) -> int:
    """Return how many independent attributes agree."""
    return len({reason.attribute for reason in item[1] if reason.agrees and reason.counts})


def _contradicting(item: Compared) -> bool:
    """Return whether any attribute contradicts."""
    return any(not reason.agrees for reason in item[1])
