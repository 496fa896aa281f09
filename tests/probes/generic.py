"""What the tests of probes over generic netlink share: a host that has one family, and what it must withstand."""

import errno
import struct
from collections.abc import Callable

from auditor.model.sightings import BlindSpot, Reason
from auditor.netlink import wire
from auditor.netlink.wire import NETLINK_GENERIC, Message, pack_attribute
from auditor.probe import Probe
from tests.auditor.netlink.fakes import FakeKernel, Step, answer, done, error
from tests.probes.recorded import RecordedHost, view

FAMILY = 33


def families(**numbers: int) -> list[Step]:
    """Return the script that lists generic netlink families."""
    named = (
        struct.pack("=BBH", 1, 2, 0)
        + pack_attribute(1, struct.pack("=H", number))
        + pack_attribute(2, name.encode() + b"\0")
        for name, number in numbers.items()
    )
    return [answer(*named), done()]


def host(name: str, *answers: list[Step]) -> RecordedHost:
    """Return a host whose kernel has family `name` and gives `answers` to what it is asked."""
    return RecordedHost({NETLINK_GENERIC: FakeKernel(families(nlctrl=16, **{name: FAMILY}), *answers)})


def message(*attributes: tuple[int, bytes]) -> Message:
    """Return one message of the family, assembled by hand."""
    packed = b"".join(pack_attribute(kind, value) for kind, value in attributes)
    return Message(FAMILY, 0, memoryview(bytes(4) + packed))


def asks_nothing_of_a_kernel_without_it(probe: Probe) -> None:
    """Assert that a kernel without the family is asked for its list only, by dumps, which load no module."""
    generic = FakeKernel(families(nlctrl=16))
    assert list(probe.run(view(RecordedHost({NETLINK_GENERIC: generic})))) == []
    assert {wire.HEADER.unpack_from(sent)[1] for sent in generic.sent} == {16}
    assert all(wire.HEADER.unpack_from(sent)[2] & wire.NLM_F_DUMP == wire.NLM_F_DUMP for sent in generic.sent)


def failures_are_gaps(probe: Probe, name: str) -> None:
    """Assert that a refusal and an answer of unknown form are each one blind spot."""
    garbage: Callable[[int], bytes] = answer(bytes(4) + b"\x03\0\1\0")  # type: ignore[assignment]
    for script, reason, needs in (
        ([error(errno.EPERM)], Reason.PERMISSION, "CAP_NET_ADMIN"),
        ([garbage, done()], Reason.UNPARSED, None),
    ):
        (spot,) = probe.run(view(host(name, script)))
        assert isinstance(spot, BlindSpot)
        assert (spot.reason, spot.needs, spot.hides) == (reason, needs, probe.covers)
