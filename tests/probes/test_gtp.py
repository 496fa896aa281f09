"""Far ends of GTP devices, from bytes that a Debian kernel answered with; subscribers are never told."""

import struct

import pytest

from auditor.errors import ParseError
from auditor.model.rows import FarEnd
from probes import gtp
from tests.auditor.netlink.fakes import done
from tests.kernel.guest_encap import SUBSCRIBERS
from tests.probes.generic import asks_nothing_of_a_kernel_without_it, failures_are_gaps, host, message
from tests.probes.recorded import FIXTURES, messages, replay, view, withstands

CONTEXTS = (FIXTURES / "encap/gtp.bin").read_bytes()
LINK, VERSION1 = (1, struct.pack("=I", 9)), (2, struct.pack("=I", 1))


def test_each_far_end_once_and_no_subscriber() -> None:
    assert len(messages("encap/gtp.bin")) == len(SUBSCRIBERS)
    rows = list(gtp.run(view(host("gtp", replay(CONTEXTS)))))
    assert {(row.address, row.port) for row in rows if isinstance(row, FarEnd)} == {
        (far, 2152) for _, far in SUBSCRIBERS
    }
    assert len(rows) == 2
    assert not [own for own, _ in SUBSCRIBERS if own in repr(rows)]


def test_versions_and_ipv6() -> None:
    six = gtp.parse_context(message(LINK, VERSION1, (11, bytes(15) + b"\1")))
    assert six == FarEnd(9, "::1", "gtp", 2152)
    old = gtp.parse_context(message(LINK, (2, bytes(4)), (4, b"\xc0\0\2\1")))
    assert old == FarEnd(9, "192.0.2.1", "gtp", 3386)
    assert gtp.parse_context(message(VERSION1, (4, b"\xc0\0\2\1"))) is None
    assert gtp.parse_context(message(LINK, VERSION1)) is None


@pytest.mark.parametrize("attributes", [(LINK,), (LINK, (2, b"\1"), (4, bytes(4))), (LINK, VERSION1, (4, bytes(5)))])
def test_what_no_context_looks_like_is_refused(attributes: tuple[tuple[int, bytes], ...]) -> None:
    with pytest.raises(ParseError):
        gtp.parse_context(message(*attributes))


def test_damaged_answers_are_refused_or_harmless() -> None:
    (first, *_) = messages("encap/gtp.bin")
    assert withstands(lambda data: gtp.parse_context(first._replace(payload=data)), bytes(first.payload)) > 20


def test_a_kernel_without_gtp_is_not_asked_and_one_without_contexts_says_nothing() -> None:
    asks_nothing_of_a_kernel_without_it(gtp.PROBE)
    assert list(gtp.run(view(host("gtp", [done()])))) == []


def test_failures_are_blind_spots() -> None:
    failures_are_gaps(gtp.PROBE, "gtp")
