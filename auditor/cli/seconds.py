"""A time to listen, as an argument."""

import argparse

_LONGEST_S = 86_400


def seconds(text: str) -> int:
    """Return how long to listen; raises ArgumentTypeError for what is no time up to a day."""
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0
    if not 0 < number <= _LONGEST_S:
        raise argparse.ArgumentTypeError(f"a number of seconds from 1 to {_LONGEST_S}")
    return number
