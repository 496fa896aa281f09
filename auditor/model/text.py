"""A sentence in both languages of the report."""

from typing import NamedTuple


class Text(NamedTuple):
    """One sentence in English and in Chinese; neither may be empty."""

    en: str
    zh: str


def alike(text: str) -> Text:
    """Return what reads the same in both languages: names, numbers, addresses."""
    return Text(text, text)
