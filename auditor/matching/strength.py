"""From reasons to a strength (guidance 5.4)."""

from auditor.model.match import Match, MatchReason, Strength
from auditor.model.register import Circuit

NEEDED = 2
_FAR_END = ("endpoint pair", "remote end")
Compared = tuple[Circuit, tuple[MatchReason, ...]]
_NONE = Match(strength=Strength.NONE)


def decide(compared: list[Compared], *, far_end_seen: bool) -> tuple[Circuit | None, Match]:
    """Return the one circuit that fits (None if none or several) and the match with all reasons.

    strong: two independent attributes agree, none contradicts, and the far end, if one is seen, is one
    that the entry states. weak: less. ambiguous: two entries fit equally. conflict: every entry that
    fits an attribute contradicts another. none: no entry.
    """
    if not compared:
        return None, _NONE
    fitting = [item for item in compared if _agreeing(item)]
    clean = [item for item in fitting if not _contradicting(item)]
    strong = [item for item in clean if _agreeing(item) >= NEEDED and (_covers_far_end(item) or not far_end_seen)]
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
    """Return how many independent attributes agree; a name and the address it stands for are one."""
    agreeing = {reason.attribute for reason in item[1] if reason.agrees and reason.counts}
    return len({"far end" if attribute in (*_FAR_END, "host name") else attribute for attribute in agreeing})


def _covers_far_end(item: Compared) -> bool:
    """Return whether the far end seen is among those that the entry states."""
    return any(reason.agrees and reason.attribute in _FAR_END for reason in item[1])


def _contradicting(item: Compared) -> bool:
    """Return whether any attribute contradicts."""
    return any(not reason.agrees for reason in item[1])
