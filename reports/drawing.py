"""The picture as shapes: where each text, line and mark stands, for one language and one width of paper.

A drawing is a stack of segments, one for the gateway and one for each group, so that paper can break between
them. The near side of the border is on the left, the far side on the right. Lengths are user units of the
segment's viewBox; reports/templates/_picture.html.j2 writes it as SVG.
"""

from collections.abc import Iterator

from auditor.model.text import Text
from reports import picture_words as words
from reports.bundles import Row
from reports.fit import cut, width_em
from reports.labels import place, say
from reports.picture import Group, Picture
from reports.shapes import Drawing, Drawn, Segment, Sheet, Words

FONT = 14.0
_BIG = 34
_BOLD = 1.14  # how much wider bold letters are, at most
_LINE = 20  # from one line of text to the next
_UPLINKS_SHOWN = 4
_MARGIN = 8
BADGE = 58  # width of the number on the line of a bundle


def drawing(of: Picture, sheet: Sheet, language: str) -> Drawing:
    """Return the picture in `language` (en or zh) on `sheet`."""
    return Drawing(sheet, language, tuple(_Pen(of, sheet, language).segments()))


class _Pen:
    """Draws one picture."""

    def __init__(self, of: Picture, sheet: Sheet, language: str) -> None:
        """Draw `of` in `language` on `sheet`."""
        self._of = of
        self._sheet = sheet
        self._language = language

    def segments(self) -> Iterator[Segment]:
        """Yield the gateway, each group, and what was not read."""
        yield self._head()
        is_open = bool(self._of.unread or self._of.unread_accepted)
        wide_before = not self._sheet.is_wide
        for group in self._of.groups:
            is_last = group is self._of.groups[-1]
            yield self._group(group, wide_before, is_last and not is_open, is_last)
            wide_before = group.crosses is False
        if is_open:
            yield self._unread()

    def _head(self) -> Segment:
        """Return the gateway with its place and its ways out, beside it how many connections cross the border."""
        sheet, document = self._sheet, self._of.document
        right = sheet.border if sheet.is_wide else sheet.width - 1
        middle = 212 if sheet.is_wide else _MARGIN + 12
        room = (middle if sheet.is_wide else sheet.width) - 2 * _MARGIN - 16
        site, name = Text(**document["site"]["label"]), document["gateway"]["name"]
        stands = say("picture.nowhere") if self._of.home == "unknown" else place(document["site"]["location"])
        shown = [
            self._words(_MARGIN + 12, 54, Text(name, name), room, "b"),
            self._words(_MARGIN + 12, 54 + _LINE, site, room),
            self._words(_MARGIN + 12, 54 + 2 * _LINE, stands, room, "soft"),
        ]
        top = 54 if sheet.is_wide else 54 + 3 * _LINE + 8
        room = (sheet.border if sheet.is_wide else sheet.width) - middle - 2 * _MARGIN
        ways = list(self._ways(middle, top, room))
        height = int(max(line.y for line in (*shown, *ways))) + 26
        far = [self._words(2 * _MARGIN, 24, say(f"picture.home_{self._side()}"), right - 3 * _MARGIN, "b soft")]
        if sheet.is_wide:
            far += self._numbers()
        crosses = bool(self._of.groups) and self._of.groups[0].crosses is not False
        edge = f"M{right} {height}V1H1V{height}"
        if not self._of.groups:
            edge += f"M1 {height - 1}H{right}"
        elif not sheet.is_wide and crosses:
            edge += f"M{sheet.border} {height}H{right}"
        return Segment(
            name="gateway",
            title=self._say(words.dotted([Text(name, name), site, stands])),
            height=height,
            land=f"M1 1H{right}V{height + 1}H1z",
            edge=edge,
            haze="",
            spine=f"M{sheet.spine} {height - 10}V{height}" if self._of.groups else "",
            words=(*shown, *ways, *far),
        )

    def _side(self) -> str:
        """Return the near side: mainland, outside or nowhere."""
        return "nowhere" if self._of.home == "unknown" else self._of.home

    def _numbers(self) -> Iterator[Words]:
        """Yield how many connections cross the border, and how many may, large enough to be seen first."""
        numbers = []
        if self._of.home != "unknown":
            far = say("picture.home_outside" if self._of.home == "mainland" else "picture.to_mainland")
            yield self._words(self._sheet.mark - 10, 24, far, self._sheet.width - self._sheet.mark, "b soft")
            count = sum(self._of.crossing.values())
            verb = "leaves" if self._of.home == "mainland" else "enters"
            numbers.append((count, say(f"picture.{verb}_one" if count == 1 else f"picture.{verb}")))
        if self._of.unsure:
            numbers.append((self._of.unsure, say("picture.may_cross")))
        x = self._sheet.mark - 10
        after = x + max((len(str(count)) for count, _ in numbers), default=0) * 0.7 * _BIG + 12
        for index, (count, leads) in enumerate(numbers):
            y = 76 + index * 40
            yield Words(x, y, str(count), "big")
            yield self._words(after, y - 2, leads, self._sheet.width - after - _MARGIN, "b")

    def _ways(self, x: int, y: int, room: float) -> Iterator[Words]:
        """Yield the ways out with the number of connections by each."""
        uplinks = self._of.uplinks
        if not uplinks:
            return
        yield self._words(x, y, say("picture.ways_out"), room, "soft")
        for uplink in uplinks[:_UPLINKS_SHOWN]:
            device, count = words.scoped(uplink.way), words.counted(uplink.count)
            ending = f": {count.en}" if self._language == "en" else f"：{count.zh}"
            held = cut(device, (room - width_em(ending) * FONT) / FONT)
            yield Words(x, y := y + _LINE, held + ending)
            if uplink.provider:
                yield self._words(x, y := y + _LINE, words.provider(self._of.document, uplink.provider), room, "soft")
        if len(uplinks) > _UPLINKS_SHOWN:
            more = say("word.more", count=len(uplinks) - _UPLINKS_SHOWN)
            yield self._words(x, y + _LINE, more, room, "soft")

    def _group(self, group: Group, wide_before: bool, ends: bool, is_last: bool) -> Segment:
        """Return one group; `wide_before`: the near side fills the sheet above it; `ends`: the spine ends in it."""
        sheet = self._sheet
        top = 44
        height = top + len(group.rows) * sheet.row + 8
        rows = tuple(self._row(row, group, top + index * sheet.row) for index, row in enumerate(group.rows))
        is_near = group.crosses is False
        right = sheet.width - 1 if is_near else sheet.border
        edge = f"M1 0V{height}M{right} 0V{height}" + (f"M1 {height - 1}H{right}" if is_last else "")
        if wide_before != is_near:
            edge += f"M{sheet.border} 1H{sheet.width - 1}"
        x = sheet.spine + 20 if is_near else sheet.mark - 10 if sheet.is_wide else sheet.border + 14
        name, count = words.heading(group), words.counted(group.count)
        title = say("picture.of_group", group=name, count=count)
        shown = title if sheet.is_wide else say("picture.of_group", group=name, count=group.count)
        heading = self._words(x, 26, shown, sheet.width - x - _MARGIN, "b")
        return Segment(
            name=group.name,
            title=self._say(title),
            height=height,
            land=f"M1 -1H{right}V{height + (not is_last)}H1z",
            edge=edge,
            haze=f"M{sheet.border} 4H{sheet.width - 2}V{height - 4}H{sheet.border}z" if group.crosses is None else "",
            spine=f"M{sheet.spine} 0V{rows[-1].y if ends else height}",
            words=(heading,),
            rows=rows,
        )

    def _row(self, row: Row, group: Group, top: int) -> Drawn:
        """Return one row at `top`."""
        sheet = self._sheet
        y = top + (sheet.row // 2 if sheet.is_wide else 18)
        verdict, _, is_down = row.kind
        asks = group.crosses is None
        path, breaks = self._stroke(verdict, y, asks, is_down)
        return Drawn(
            object_id=row.members[0]["id"],
            top=top,
            height=sheet.row - 4,
            title=self._say(words.sentence(row, group)),
            verdict=verdict,
            path=path,
            breaks=breaks,
            y=y,
            asks=asks,
            badge=str(len(row.members)) if row.is_bundle and sheet.is_wide else "",
            words=tuple(self._wide_words(row, group, y) if sheet.is_wide else self._narrow_words(row, group, y)),
        )

    def _wide_words(self, row: Row, group: Group, y: int) -> Iterator[Words]:
        """Yield the name over the line, the way out under it, and place and state beside its end."""
        sheet = self._sheet
        near, far = sheet.border - sheet.spine - 36, sheet.width - sheet.label - _MARGIN
        if row.is_bundle:
            near -= BADGE + 8
        below = words.dotted([words.names(row) if row.is_bundle else Text("", ""), words.way(row)])
        yield self._words(sheet.spine + 20, y - 9, words.named(row), near, "b")
        yield self._words(sheet.spine + 20, y + 20, below, near, "soft")
        yield self._words(sheet.label, y - 4, words.where(row, group), far)
        yield self._state(row, group, y + 16, far)

    def _narrow_words(self, row: Row, group: Group, y: int) -> Iterator[Words]:
        """Yield name, place and state, one under the other."""
        sheet = self._sheet
        room = sheet.width - sheet.label - _MARGIN
        yield self._words(sheet.label, y + 5, words.named(row), room, "b")
        yield self._words(sheet.label, y + 5 + _LINE, words.where(row, group), room)
        yield self._state(row, group, y + 5 + 2 * _LINE, room)

    def _state(self, row: Row, group: Group, y: int, room: float) -> Words:
        """Return the verdict in bold, then what else tells the row apart."""
        lead, rest = self._say(words.verdict(row)), self._say(words.details(row, group, short=not self._sheet.is_wide))
        text = f" · {rest}" if rest else ""
        left = room - width_em(lead) * FONT * _BOLD
        return Words(self._sheet.label, y, cut(text, left / FONT), row.kind[0], lead)

    def _stroke(self, verdict: str, y: int, asks: bool, is_down: bool) -> tuple[str, str]:
        """Return the line from the spine to the mark, with room for a question mark, and the strokes that break it."""
        sheet = self._sheet
        gap = (sheet.spine + sheet.border) // 2 + (1 if not sheet.is_wide else 120)
        stops = [sheet.spine]
        if is_down:
            stops += [gap - 4, gap + 4]
        if asks:
            stops += [sheet.border - 11, sheet.border + 11]
        stops.append(sheet.mark - 12)
        offsets = (-2.5, 2.5) if verdict == "compliant" else (0,)
        parts = [
            f"M{a} {y + offset:g}H{b}"
            for offset in offsets
            for a, b in zip(stops[::2], stops[1::2], strict=True)
            if b > a
        ]
        breaks = f"M{gap - 5} {y + 7}l4 -14m2 14l4 -14" if is_down else ""
        return "".join(parts), breaks

    def _unread(self) -> Segment:
        """Return the box that says that something could not be read."""
        sheet = self._sheet
        x = sheet.spine + 50 if sheet.is_wide else sheet.label - 16
        first, more = words.unread(self._of), say("picture.unread_more")
        room = sheet.width - x - _MARGIN
        lines = (self._words(x, 36, first, room, "b unknown"), self._words(x, 36 + _LINE, more, room, "unknown"))
        return Segment(
            name="unread",
            title=self._say(words.dotted([first, more])),
            height=78,
            land="",
            edge="",
            haze=f"M{sheet.spine + 12} 12H{sheet.width - 2}V70H{sheet.spine + 12}z",
            spine=f"M{sheet.spine} 0V41H{sheet.spine + 12}",
            words=lines,
        )

    def _words(self, x: float, y: float, text: Text, room: float, style: str = "") -> Words:
        """Return `text` at a place, cut to `room`."""
        size = FONT * (_BOLD if "b" in style.split() else 1)
        return Words(x, y, cut(self._say(text), room / size), style)

    def _say(self, text: Text) -> str:
        """Return `text` in the language of the drawing."""
        return text.zh if self._language == "zh" else text.en
