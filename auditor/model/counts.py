"""How counts of people are told: never so small that they point at one person (guidance section 9)."""

SMALLEST_TOLD = 5


def told(count: int) -> str:
    """Return `count` in English as it may be told: below the smallest only that it is fewer."""
    return f"fewer than {SMALLEST_TOLD}" if count < SMALLEST_TOLD else str(count)
