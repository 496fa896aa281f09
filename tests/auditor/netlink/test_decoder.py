"""The compiled decoder against an ordinary walk, on messages that a kernel sends and on those it never would.

AUDITOR_FUZZ_MESSAGES sets how many random messages are compared (20,000 unless told).
"""

import os
import random
import struct

import pytest

from auditor.errors import ParseError
from auditor.netlink import wire
from auditor.netlink.decoder import Choice, Decoder, Field, Nest

KIND = 16
FIXED = "2xHiI4x"
COLUMNS = ("name", "mtu", "deep", "flag", "remote", "kind", "port", "identifier")
WANTED = {
    3: Field("name"),
    4: Field("mtu", "I"),
    7: Nest({1: Nest({2: Field("deep", "H")}), 5: Field("flag")}),
    18: Choice(
        "kind",
        1,
        2,
        {
            b"vxlan": {1: Field("identifier", "I"), 2: Field("remote"), 16: Field("remote"), 15: Field("port")},
            b"gre": {5: Field("identifier", "I"), 7: Field("remote"), 30: Nest({1: Field("port")})},
            b"": {1: Field("identifier", "B")},
        },
    ),
}


def decoder():
    return Decoder(KIND, FIXED, COLUMNS, WANTED)


def ordinary(message):
    """Return the row of one message by the plain functions of `wire`, or raise ParseError."""
    if message.type != KIND or len(message.payload) < struct.calcsize("=" + FIXED):
        raise ParseError("other")
    row = dict.fromkeys(COLUMNS)
    _visit(message.payload, struct.calcsize("=" + FIXED), WANTED, row)
    return (*struct.unpack_from("=" + FIXED, message.payload), *row.values())


def _visit(payload, offset, wanted, row):
    found = wire.attributes(payload, offset)
    for kind, how in wanted.items():
        if kind not in found:
            continue
        value = found[kind]
        if isinstance(how, Nest):
            _visit(value, 0, how.wanted, row)
        elif isinstance(how, Choice):
            inner = wire.attributes(value)
            if how.key in inner:
                row[how.column] = bytes(inner[how.key])
                choice = how.choices.get(row[how.column].rstrip(b"\0"))
                if choice is not None and how.data in inner:
                    _visit(inner[how.data], 0, choice, row)
        else:
            read = {None: bytes, "I": wire.u32, "H": wire.u16, "B": wire.u8}[how.form]
            row[how.column] = read(value)


class Messages:
    """Random messages: attributes missing, repeated, unknown, nested, in any order, of odd sizes."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def attribute(self, kind, payload):
        return wire.pack_attribute(kind | self.random.choice([0, 0, 0, wire.NLA_F_NESTED]), payload)

    def value(self, *sizes):
        return self.random.randbytes(self.random.choice(sizes))

    def number(self, size):
        odd = self.random.random() < 0.01
        return self.random.randbytes(self.random.randrange(9) if odd else size)

    def outer(self):
        choices = (
            (1, lambda: self.number(4)),
            (2, lambda: self.value(4, 16)),
            (16, lambda: self.value(16)),
            (15, lambda: self.value(2)),
            (5, lambda: self.number(4)),
            (7, lambda: self.value(4, 16, 0)),
            (30, lambda: self.attribute(1, self.value(2))),
            (9, lambda: self.value(0, 1, 2, 3, 4)),
        )
        picked = self.random.choices(choices, k=self.random.randrange(6))
        return b"".join(self.attribute(kind, make()) for kind, make in picked)

    def linkinfo(self):
        kind = self.random.choice([b"vxlan\0", b"vxlan\0", b"gre\0", b"gre", b"veth\0", b"", b"\0", b"\xff\xfe\0"])
        parts = [self.attribute(1, kind), self.attribute(2, self.outer())]
        parts = [part for part in parts if self.random.random() < 0.95] + (
            [parts[0]] if self.random.random() < 0.05 else []
        )
        if self.random.random() < 0.1:
            self.random.shuffle(parts)
        return b"".join(parts)

    def message(self):
        deep = self.attribute(1, self.attribute(2, self.number(2)) + self.attribute(9, self.value(0, 3)))
        choices = [
            self.attribute(3, self.random.choice([b"eth0\0", b"vx1\0", b"vx22\0", b"wan-long-name\0"])),
            self.attribute(4, self.number(4)),
            self.attribute(18, self.linkinfo()),
            self.attribute(7, deep + self.attribute(5, b"")),
        ]
        parts = [part for part in choices if self.random.random() < 0.9]
        parts += [
            self.attribute(self.random.randrange(40, 44), self.value(0, 1, 4, 8))
            for _ in range(self.random.randrange(3))
        ]
        parts += [self.random.choice(choices)] if self.random.random() < 0.1 else []
        if self.random.random() < 0.5:
            self.random.shuffle(parts)
        head = struct.pack("=" + FIXED, self.random.choice([1, 65534]), self.random.randrange(1 << 20), 0)
        return bytearray(wire.pack_message(KIND, 2, 1, 1, head + b"".join(parts)))

    def twin(self, message):
        """Return `message` with other values at the same places, as a kernel's next one mostly is."""
        twin = bytearray(message)
        struct.pack_into("=i", twin, 20, self.random.randrange(1 << 20))
        if self.random.random() < 0.2:
            self.spoil(twin)
        return twin

    def spoil(self, message):
        """Change a byte anywhere, a length, or cut the end off."""
        how = self.random.randrange(3)
        if how == 0:
            message[self.random.randrange(4, len(message))] = self.random.randrange(256)
        elif how == 1:
            struct.pack_into(
                "=H",
                message,
                self.random.randrange(28, len(message) - 3) & ~1,
                self.random.choice([0, 3, 4, 5, 8, 40, 65535]),
            )
        else:
            del message[self.random.randrange(16, len(message)) & ~3 :]
            struct.pack_into("=I", message, 0, len(message))


def compare(subject, chunk):
    """Assert that both ways agree on `chunk`: the same rows, or malformed to both; return whether well formed."""
    try:
        want = [ordinary(message) for message in wire.messages(chunk)]
    except ParseError:
        with pytest.raises(ParseError):
            subject.rows(chunk)
        return False
    assert subject.rows(chunk) == want
    return True


def test_equal_to_an_ordinary_walk():
    make, subjects, well_formed = Messages(11), [decoder()], 0
    left = wanted = int(os.environ.get("AUDITOR_FUZZ_MESSAGES", "20000"))
    while left > 0:
        bases = [make.message() for _ in range(make.random.randrange(1, 5))]
        sequence = [make.twin(make.random.choice(bases)) for _ in range(make.random.randrange(1, 30))]
        if make.random.random() < 0.02:
            subjects.append(decoder())
        subject = subjects[-1]
        for message in sequence:  # one by one, so that a malformed one hides no other, and then together
            well_formed += compare(subject, message)
        compare(subject, b"".join(sequence))
        left -= len(sequence)
    assert 0.5 * wanted < well_formed < wanted
    assert sum(subject._room == 0 for subject in subjects) > 0


def test_long_runs_are_equal_to_an_ordinary_walk_wherever_they_break():
    make, proved = Messages(12), 0
    left = int(os.environ.get("AUDITOR_FUZZ_MESSAGES", "20000"))
    subject = decoder()
    while left > 0:
        sequence = []
        for _ in range(make.random.randrange(1, 4)):
            base = make.message()
            run = [bytearray(base) for _ in range(make.random.randrange(1, 60))]
            for message in run:
                struct.pack_into("=i", message, 20, make.random.randrange(1 << 20))
            if make.random.random() < 0.5:
                make.spoil(make.random.choice(run))
            sequence += run
        chunk = b"".join(sequence)
        if compare(subject, chunk):
            proved += sum(1 for run in subject.runs(chunk) if not isinstance(run.values, tuple))
        left -= len(sequence)
    assert proved > 50


@pytest.mark.parametrize("place", range(72))
def test_damage_inside_a_run_is_seen(place):
    make = Messages(5)
    parts = make.attribute(3, b"vx1\0") + wire.pack_attribute(18, wire.pack_attribute(1, b"vxlan\0"))
    message = wire.pack_message(KIND, 2, 1, 1, bytes(struct.calcsize("=" + FIXED)) + parts)
    for at in (6, 12, 19):
        for value in (0, 1, 4, 5, 0xFF):
            messages = [bytearray(message) for _ in range(20)]
            if place < len(message):
                messages[at][place] = value
            compare(decoder(), b"".join(messages))


def test_damage_at_every_byte_of_a_learnt_layout():
    make = Messages(5)
    outer = make.attribute(1, bytes(4)) + make.attribute(2, bytes(4))
    parts = make.attribute(3, b"vx1\0") + wire.pack_attribute(
        18, wire.pack_attribute(1, b"vxlan\0") + wire.pack_attribute(2, outer)
    )
    message = wire.pack_message(KIND, 2, 1, 1, bytes(struct.calcsize("=" + FIXED)) + parts)
    for place in range(len(message)):
        for value in (0, 1, 4, 5, 0xFF):
            subject = decoder()
            assert len(subject.rows(message * 3)) == 3
            spoilt = bytearray(message)
            spoilt[place] = value
            compare(subject, spoilt)
            compare(subject, message + spoilt)


def test_cut_at_every_byte():
    make = Messages(6)
    message = make.message()
    subject = decoder()
    subject.rows(message + message)
    for cut in range(1, len(message)):
        with pytest.raises(ParseError):
            subject.rows(message[:cut])
        with pytest.raises(ParseError):
            subject.rows(message + message[:cut])


def test_rows_and_columns():
    head = struct.pack("=" + FIXED, 65534, 7, 0x1003)
    outer = wire.pack_attribute(2, b"\xc0\0\2\1") + wire.pack_attribute(15, b"\x12\xb5")
    linkinfo = wire.pack_attribute(1, b"vxlan\0") + wire.pack_attribute(2, outer)
    body = head + wire.pack_attribute(3, b"vx1\0") + wire.pack_attribute(18, linkinfo)
    message = wire.pack_message(KIND, 0, 1, 1, body)
    row = (65534, 7, 0x1003, b"vx1\0", None, None, None, b"\xc0\0\2\1", b"vxlan\0", b"\x12\xb5", None)
    assert decoder().rows(message * 2) == [row, row]
    assert decoder().rows(b"") == []


def test_message_of_another_type():
    with pytest.raises(ParseError):
        decoder().rows(wire.pack_message(KIND + 1, 0, 1, 1, bytes(16)))


def test_layouts_are_bounded():
    subject = decoder()
    head = bytes(struct.calcsize("=" + FIXED))
    for size in range(2000):
        body = head + wire.pack_attribute(3, bytes(size)) + wire.pack_attribute(4, bytes(4))
        chunk = wire.pack_message(KIND, 0, 1, 1, body) * 2
        assert subject.rows(chunk) == [(0, 0, 0, bytes(size), 0, None, None, None, None, None, None)] * 2
    for kind in range(100):
        subject.rows(wire.pack_message(KIND, 0, 1, 1, head + wire.pack_attribute(100 + kind, b"")))
    kept = [len(layouts) for layouts in subject._layouts.values()]
    assert sum(kept) == 256
    assert max(kept) <= 16
