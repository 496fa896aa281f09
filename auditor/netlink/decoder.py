"""Decoding long runs of alike netlink messages at the speed of C tools, without trusting any of them.

The kernel emits tables as runs of messages with the same attributes at the same places. The first
message of such a layout is walked attribute by attribute; the walk is compiled into a mask over the
message (every byte that says where something is: lengths and types, at every level walked, and the
values that choose how others are read) and one `struct` that reads the wanted values. A message
whose masked bytes equal those of the first has the same layout, wholly, because each header says
where the next one is. Any other message is walked.

Where several alike messages came in a row, the rest of the run is proved at once: each masked byte
of all of them is one slice of the datagram, and how many of its bytes are the expected one is counted
in C. A run so proved is read by one `iter_unpack`.
"""

import struct
from collections.abc import Callable, Iterable, Iterator, Mapping
from operator import itemgetter
from typing import Any, NamedTuple

from auditor.errors import ParseError
from auditor.netlink.wire import ATTRIBUTE, ATTRIBUTE_BYTES, HEADER_BYTES, NLA_TYPE_MASK, align

_MAX_LAYOUTS = 256
_MAX_LAYOUTS_OF_A_LENGTH = 16
_RUN_AFTER = 1  # alike messages in a row before a run is looked for
_RUN_LEAST = 8
_LENGTH = struct.Struct("=I").unpack_from
_LENGTH_AND_TYPE = struct.Struct("=IH")
_HEADER_PROOF = (0, _LENGTH_AND_TYPE.size)  # flags and sequence number may differ

Span = tuple[int, int]
Values = tuple[Any, ...]


class Field(NamedTuple):
    """A wanted attribute: the column it fills and, for numbers, its `struct` character in host order.

    Without `form` the column holds the value's bytes, of whatever length.
    """

    column: str
    form: str | None = None


class Nest(NamedTuple):
    """An attribute that holds attributes, and which of them are wanted."""

    wanted: "Mapping[int, Wanted]"


class Choice(NamedTuple):
    """An attribute that holds attributes `key` and `data`: the value of `key` says how to read `data`.

    `column` gets the value of `key`; `choices` maps that value without trailing NULs to what is
    wanted inside `data`, which is left alone for any other value.
    """

    column: str
    key: int
    data: int
    choices: "Mapping[bytes, Mapping[int, Wanted]]"


Wanted = Field | Nest | Choice


class Run(NamedTuple):
    """Messages of one layout: what was read of each, and how a row is made of that.

    `places` says at which index of the values each column that is there stands (the values of the
    fixed part come first); None: the values are rows already.
    """

    places: Mapping[str, int] | None
    values: Iterable[Values]
    pick: Callable[[Values], Values]


class _Found(NamedTuple):
    """Where a wanted value was found."""

    span: Span
    form: str | None


class _Layout(NamedTuple):
    """A compiled walk: `mask` and `pattern` prove a message to be alike, the others read it.

    `proof` is the same mask as (place, byte) pairs, `read_run` reads messages that follow each other at
    `stride` bytes, `places` are those of a `Run`.
    """

    mask: int
    pattern: int
    proof: tuple[tuple[int, bytes], ...]
    stride: int
    read: Callable[[memoryview], Values]
    read_run: Callable[[memoryview], Iterator[Values]]
    pick: Callable[[Values], Values]
    places: Mapping[str, int]


class Decoder:
    """Decodes messages of one type into rows of the same columns; keeps the layouts it has learnt."""

    def __init__(self, message: int, fixed: str, columns: tuple[str, ...], wanted: Mapping[int, Wanted]) -> None:
        """Decode messages of type `message`.

        `fixed` is the `struct` format of what precedes the attributes. A row is the values of
        `fixed`, then one value for each of `columns` (at least one), None where there is no such
        attribute. `wanted` says which attribute fills which column.
        """
        self._message = message
        self._fixed = struct.Struct("=" + fixed)
        self._fixed_form = f"={HEADER_BYTES}x{fixed}"
        self._fixed_count = len(self._fixed.unpack(bytes(self._fixed.size)))
        self._columns = columns
        self._wanted = wanted
        self._layouts: dict[int, list[_Layout]] = {}
        self._room = _MAX_LAYOUTS

    def rows(self, chunk: bytearray | bytes) -> list[Values]:
        """Return one row for each message of `chunk`, in order; raises ParseError if any is malformed."""
        rows: list[Values] = []
        for run in self.runs(chunk):
            rows += map(run.pick, run.values)
        return rows

    def runs(self, chunk: bytearray | bytes) -> Iterator[Run]:
        """Yield the messages of `chunk` in order, as runs that can be sifted before rows are made of them.

        Raises ParseError if any message is malformed, after the runs before it.
        """
        view = memoryview(chunk)
        offset, size = 0, len(view)
        layout: _Layout | None = None
        alike = 0
        while offset < size:
            if layout is not None and alike >= _RUN_AFTER:
                alike = 0
                if run := _run_length(chunk, offset, layout):
                    end = offset + run * layout.stride
                    yield Run(layout.places, layout.read_run(view[offset:end]), layout.pick)
                    offset = end
                    continue
            message = _message_at(view, offset, size)
            offset += align(len(message))
            number = int.from_bytes(message, "little")
            alike += 1
            if layout is None or number & layout.mask != layout.pattern:
                alike = 0
                layout = self._known(len(message), number)
                if layout is None:
                    row, layout = self._walk(message, number)
                    yield Run(None, (row,), _as_it_is)
                    continue
            yield Run(layout.places, (layout.read(message),), layout.pick)

    def _known(self, length: int, number: int) -> _Layout | None:
        """Return the layout learnt before that the message proves to have, if any."""
        for layout in self._layouts.get(length, ()):
            if number & layout.mask == layout.pattern:
                return layout
        return None

    def _walk(self, message: memoryview, number: int) -> tuple[Values, _Layout | None]:
        """Return the row of a message of new layout, and the layout if there was room to keep it."""
        survey = _Survey(message, self._message, self._fixed.size, self._wanted)
        found = survey.found
        row = self._fixed.unpack_from(message, HEADER_BYTES) + tuple(
            _value(message, found[column]) if column in found else None for column in self._columns
        )
        alike = self._layouts.setdefault(len(message), [])
        if not self._room or len(alike) >= _MAX_LAYOUTS_OF_A_LENGTH:
            return row, None
        self._room -= 1
        layout = self._compile(survey, number)
        alike.append(layout)
        return row, layout

    def _compile(self, survey: "_Survey", number: int) -> _Layout:
        """Return the layout of the surveyed message, whose bytes as a number are `number`."""
        size = len(survey.message)
        mask = bytearray(size)
        for start, length in survey.proof:
            mask[start : start + length] = b"\xff" * length
        form, end = self._fixed_form, HEADER_BYTES + self._fixed.size
        places: dict[str, int] = {}
        for column, found in sorted(survey.found.items(), key=lambda item: item[1].span):
            start, stop = found.span
            form += f"{start - end}x" + (found.form or f"{stop - start}s")
            end = stop
            places[column] = self._fixed_count + len(places)
        absent = self._fixed_count + len(places)
        order = [*range(self._fixed_count), *(places.get(column, absent) for column in self._columns)]
        pick = itemgetter(*order)
        bits = int.from_bytes(mask, "little")
        stride = align(size)
        proof = tuple((place, survey.message[place : place + 1].tobytes()) for place in range(size) if mask[place])
        return _Layout(
            mask=bits,
            pattern=number & bits,
            proof=proof,
            stride=stride,
            read=struct.Struct(form).unpack_from,
            read_run=struct.Struct(f"{form}{stride - end}x").iter_unpack,
            pick=pick if absent not in order else lambda values: pick((*values, None)),
            places=places,
        )


def _message_at(view: memoryview, offset: int, size: int) -> memoryview:
    """Return the message at `offset` of a datagram of `size` bytes; raises ParseError if it does not fit."""
    if size - offset < HEADER_BYTES:
        raise ParseError("netlink message header cut short")
    (length,) = _LENGTH(view, offset)
    if not HEADER_BYTES <= length <= size - offset:
        raise ParseError("netlink message length out of bounds")
    return view[offset : offset + length]


def _as_it_is(values: Values) -> Values:
    """Return `values`, which are a row already."""
    return values


def _run_length(chunk: bytearray | bytes, offset: int, layout: _Layout) -> int:
    """Return how many messages from `offset` on are proved to have `layout`; 0 if too few for a run."""
    stride = layout.stride
    run = (len(chunk) - offset) // stride
    for place, byte in layout.proof:
        if run < _RUN_LEAST:
            return 0
        column = chunk[offset + place : offset + run * stride : stride]
        run = len(column) - len(column.lstrip(byte))
    return run if run >= _RUN_LEAST else 0


def _value(message: memoryview, found: _Found) -> Any:
    """Return the value at a place of the message."""
    start, stop = found.span
    if found.form is None:
        return bytes(message[start:stop])
    return struct.unpack("=" + found.form, message[start:stop])[0]


class _Survey:
    """One message walked: `found` are the places of wanted values, `proof` those that say where they are."""

    def __init__(self, message: memoryview, kind: int, fixed_bytes: int, wanted: Mapping[int, Wanted]) -> None:
        """Walk `message`; raises ParseError when it is malformed or not of type `kind`."""
        self.message = message
        self.proof: list[Span] = [_HEADER_PROOF]
        self.found: dict[str, _Found] = {}
        start = HEADER_BYTES + fixed_bytes
        if len(message) < start:
            raise ParseError("netlink message shorter than its fixed part")
        if _LENGTH_AND_TYPE.unpack_from(message)[1] != kind:
            raise ParseError("netlink message of another type than asked for")
        self._visit((start, len(message)), wanted)

    def _attributes(self, within: Span) -> dict[int, Span]:
        """Return where the values of the attributes between two offsets are, the last of each type."""
        spans: dict[int, Span] = {}
        offset, end = within
        while offset < end:
            if end - offset < ATTRIBUTE_BYTES:
                raise ParseError("netlink attribute header cut short")
            length, kind = ATTRIBUTE.unpack_from(self.message, offset)
            if not ATTRIBUTE_BYTES <= length <= end - offset:
                raise ParseError("netlink attribute length out of bounds")
            self.proof.append((offset, ATTRIBUTE_BYTES))
            spans[kind & NLA_TYPE_MASK] = (offset + ATTRIBUTE_BYTES, offset + length)
            offset += align(length)
        return spans

    def _visit(self, within: Span, wanted: Mapping[int, Wanted]) -> None:
        """Note the places of what is wanted between two offsets."""
        spans = self._attributes(within)
        for kind, how in wanted.items():
            span = spans.get(kind)
            if span is None:
                continue
            if isinstance(how, Field):
                self._keep(how, span)
            elif isinstance(how, Nest):
                self._visit(span, how.wanted)
            else:
                self._choose(how, span)

    def _keep(self, field: Field, span: Span) -> None:
        """Note the place of one wanted value; raises ParseError when a number has another size."""
        if field.form and struct.calcsize("=" + field.form) != span[1] - span[0]:
            raise ParseError("netlink number of another size than its type has")
        self.found[field.column] = _Found(span, field.form)

    def _choose(self, choice: Choice, within: Span) -> None:
        """Note the places in a nest whose one attribute says how to read the other."""
        spans = self._attributes(within)
        key = spans.get(choice.key)
        if key is None:
            return
        self.found[choice.column] = _Found(key, None)
        self.proof.append((key[0], key[1] - key[0]))
        value = bytes(self.message[slice(*key)]).rstrip(b"\0")
        data = spans.get(choice.data)
        if data is not None and value in choice.choices:
            self._visit(data, choice.choices[value])
