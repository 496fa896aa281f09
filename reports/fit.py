"""How wide a text will be, estimated without a font, so that a drawing can cut it before it runs into something."""

from unicodedata import combining, east_asian_width

from reports.escape import visible

_LONGEST = 400  # characters looked at: more fit on no line
_WIDTHS_EM = {
    character: width
    for width, characters in (
        (0.30, "ijlIJ'|"),
        (0.40, " .,:;/\\![](){}`-fr"),
        (0.48, '·t"'),
        (0.56, "csz_"),
        (0.62, "aekovxy"),
        (0.64, "EFLPSTY"),
        (0.80, "DGHNOQUw~+<>=^#"),
        (1.00, "mMW@%&"),
    )
    for character in characters
}


def width_em(text: str) -> float:
    """Return an upper estimate of the width of `text` in em.

    The widths are those of DejaVu Sans, the widest face that browsers commonly fall back to; full-width and
    ambiguous characters (UAX 11) count one em.
    """
    return sum(map(_character_em, text))


def cut(text: str, room_em: float) -> str:
    """Return `text` made safe to show on one line, cut with an ellipsis so that it is at most `room_em` wide."""
    shown = visible(text, limit=_LONGEST)
    if width_em(shown) <= room_em:
        return shown
    used, kept = 1.0, []
    for character in shown:
        used += _character_em(character)
        if used > room_em:
            break
        kept.append(character)
    return "".join(kept).rstrip() + "…"


def _character_em(character: str) -> float:
    """Return the width of one character in em, a combining mark's is 0."""
    if character in _WIDTHS_EM:
        return _WIDTHS_EM[character]
    if character.isascii():
        return 0.7 if character.isupper() else 0.64
    if combining(character):
        return 0.0
    return 1.0 if east_asian_width(character) in "WFA" else 0.8
