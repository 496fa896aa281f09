"""The shapes that the picture is made of, and the measures of the paper it is drawn on; all lengths in user units."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sheet:
    """The measures of one layout: x of the spine, the border, the marks and the labels; `row` is a height.

    `is_wide`: the name stands over its line and not in the label.
    """

    name: str
    width: int
    spine: int
    border: int
    mark: int
    label: int
    row: int
    is_wide: bool


WIDE = Sheet("wide", width=836, spine=32, border=440, mark=478, label=498, row=60, is_wide=True)
NARROW = Sheet("narrow", width=340, spine=14, border=42, mark=66, label=82, row=76, is_wide=False)


@dataclass(frozen=True, slots=True)
class Words:
    """One line of text at its left end and baseline; `lead` are bold words before `text`."""

    x: float
    y: float
    text: str
    style: str = ""
    lead: str = ""


@dataclass(frozen=True, slots=True)
class Drawn:
    """One row: the object that its link leads to, its line with the marks on it, its words, and all of it as title."""

    object_id: str
    top: int
    height: int
    title: str
    verdict: str
    path: str
    breaks: str
    y: int
    asks: bool
    badge: str
    words: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class Segment:
    """One part of a drawing. `land` is the near side as a path, `edge` the border, `haze` what may be either side."""

    name: str
    title: str
    height: int
    land: str
    edge: str
    haze: str
    spine: str
    words: tuple[Words, ...]
    rows: tuple[Drawn, ...] = ()


@dataclass(frozen=True, slots=True)
class Drawing:
    """The whole picture in one language on one sheet."""

    sheet: Sheet
    language: str
    segments: tuple[Segment, ...]
