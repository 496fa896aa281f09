import errno
import os
import struct
import subprocess
import time

import pytest

from auditor import errors
from auditor.netlink import wire
from auditor.netlink.socket import Netlink

from .fakes import FakeKernel, answer, done, error, joined

GETLINK = struct.pack("=BxHiII", 0, 0, 0, 0, 0)
INTERRUPTED = wire.NLM_F_MULTI | wire.NLM_F_DUMP_INTR
TOO_LONG = answer(b"x" * 100_000)


def ask(*scripts, **options):
    kernel = FakeKernel(*scripts)
    with Netlink(0, open_endpoint=kernel.open_endpoint) as netlink:
        try:
            return kernel, [bytes(m.payload) for m in netlink.dump(18, GETLINK, **options).messages()]
        finally:
            netlink.close()
            assert kernel.open_now == 0


def test_all_datagrams_of_a_dump():
    kernel, payloads = ask([answer(b"aaaa", b"bbbb"), joined(answer(b"cccc"), done())])
    assert payloads == [b"aaaa", b"bbbb", b"cccc"]
    assert kernel.opened == [0]
    length, kind, flags, _, port = wire.HEADER.unpack_from(kernel.sent[0])
    assert (length, kind, flags, port) == (32, 18, wire.NLM_F_REQUEST | wire.NLM_F_DUMP, 0)


def test_empty_dump():
    assert ask([done()])[1] == []


def test_messages_without_the_multipart_flag_do_not_end_a_dump():
    assert ask([answer(b"aaaa", flags=0), answer(b"bbbb", flags=0), done()])[1] == [b"aaaa", b"bbbb"]


def test_interrupted_dump_is_read_again():
    kernel, payloads = ask([answer(b"old!", flags=INTERRUPTED), done()], [answer(b"new!"), done()])
    assert payloads == [b"new!"]
    assert len(kernel.sent) == 2


def test_dump_interrupted_every_time():
    with pytest.raises(errors.SourceInterrupted):
        ask(*[[answer(b"old!"), done(flags=INTERRUPTED)]] * 3, attempts=3)


def test_overflow_enlarges_the_buffer_and_asks_again():
    lost = OSError(errno.ENOBUFS, "")
    kernel, payloads = ask([answer(b"aaaa"), lost], [lost], [answer(b"bbbb"), done()])
    assert payloads == [b"bbbb"]
    assert kernel.opened == [0, 1 << 20, 1 << 22]


def test_overflow_every_time():
    with pytest.raises(errors.SourceOverflow):
        ask(*[[OSError(errno.ENOBUFS, "")]] * 4)
    with pytest.raises(errors.SourceOverflow):
        ask(*[[answer(b"", kind=wire.NLMSG_OVERRUN)]] * 4)


def test_datagram_longer_than_the_buffer():
    kernel, payloads = ask([TOO_LONG, done()], [TOO_LONG, done()])
    assert payloads == [b"x" * 100_000]
    assert len(kernel.opened) == 2


def test_datagram_too_long_every_time():
    with pytest.raises(errors.SourceTruncated):
        ask([TOO_LONG], attempts=1)


@pytest.mark.parametrize(
    ("code", "cause", "needs"),
    [
        (errno.EPERM, errors.SourceDenied, "CAP_NET_ADMIN"),
        (errno.EACCES, errors.SourceDenied, "CAP_NET_ADMIN"),
        (errno.EOPNOTSUPP, errors.SourceAbsent, None),
        (errno.ENODEV, errors.SourceAbsent, None),
        (errno.EINVAL, errors.SourceError, None),
    ],
)
@pytest.mark.parametrize("refuse", [error, done])
def test_refusals(code, cause, needs, refuse):
    with pytest.raises(cause) as caught:
        ask([answer(b"aaaa"), refuse(code)])
    assert type(caught.value) is cause
    assert (caught.value.needs, caught.value.errno) == (needs, code)
    assert caught.value.detail == os.strerror(code)


def test_stale_and_forged_answers_are_ignored():
    stale = answer(b"old!", sequence=1)
    forged = (answer(b"evil"), 4711)
    assert ask([stale, forged, answer(b"good"), stale, done()])[1] == [b"good"]


def test_silence_ends_in_time():
    with pytest.raises(errors.SourceTimeout):
        ask([answer(b"aaaa")])


def test_a_babbling_source_ends_in_time():
    class Babbler(FakeKernel):
        def open_endpoint(self, family, receive_bytes):
            endpoint = super().open_endpoint(family, receive_bytes)
            endpoint.steps = Endless()
            return endpoint

    class Endless(list):
        def pop(self, *_):
            return answer(b"old!", sequence=1)

        def __bool__(self):
            return True

        def __iadd__(self, _):
            return self

    kernel = Babbler([])
    started = time.monotonic()
    with Netlink(0, open_endpoint=kernel.open_endpoint) as netlink, pytest.raises(errors.SourceTimeout):
        netlink.dump(18, GETLINK, deadline_s=0.2)
    assert time.monotonic() - started < 2


@pytest.mark.parametrize("cut", [1, 10, 16, 19, 21, 30])
def test_half_a_datagram_is_an_error_and_not_a_part_answer(cut):
    half = answer(b"abcd", b"efgh")
    if cut in (16, 19):
        cut += 1 if cut == 16 else 3
    with pytest.raises(errors.ParseError):
        ask([lambda asked: half(asked)[: min(cut, 39)], done()])


def test_after_a_failure_the_next_dump_starts_on_a_new_socket():
    kernel = FakeKernel([answer(b"aaaa")], [answer(b"bbbb"), done()])
    with Netlink(0, open_endpoint=kernel.open_endpoint) as netlink:
        with pytest.raises(errors.SourceTimeout):
            netlink.dump(18, GETLINK)
        assert [bytes(m.payload) for m in netlink.dump(18, GETLINK).messages()] == [b"bbbb"]
    assert len(kernel.opened) == 2


def test_failed_attempts_leave_no_bytes(monkeypatch):
    chunks = []
    receive = Netlink._receive

    def spy(self, give_up_at):
        chunks.append(receive(self, give_up_at))
        return chunks[-1]

    monkeypatch.setattr(Netlink, "_receive", spy)
    with pytest.raises(errors.SourceTimeout):
        ask([answer(b"KEY!"), answer(b"KEY!")])
    assert len(chunks) == 2
    assert not any(b"KEY!" in chunk for chunk in chunks)


def test_single_answer():
    kernel = FakeKernel([answer(b"aaaa", flags=0)], [error(errno.ENETUNREACH)], [error(0)])
    with Netlink(0, open_endpoint=kernel.open_endpoint) as netlink:
        assert [bytes(m.payload) for m in netlink.request(26, b"").messages()] == [b"aaaa"]
        with pytest.raises(errors.SourceError) as caught:
            netlink.request(26, b"")
        assert caught.value.errno == errno.ENETUNREACH
        assert list(netlink.request(26, b"").messages()) == []
    assert kernel.opened == [0]


# The kernel itself.


def test_own_links():
    with Netlink(wire.NETLINK_ROUTE) as netlink:
        names = {
            wire.text(wire.attributes(m.payload, 16)[3]) for m in netlink.dump(wire.RTM_GETLINK, GETLINK).messages()
        }
    assert names == set(os.listdir("/sys/class/net"))


def test_two_dumps_on_one_socket_give_the_same():
    with Netlink(wire.NETLINK_ROUTE) as netlink:
        first, second = (len(list(netlink.dump(wire.RTM_GETADDR, bytes(8)).messages())) for _ in range(2))
    assert first == second > 0


def test_strict_checking_refuses_a_malformed_request():
    with Netlink(wire.NETLINK_ROUTE) as netlink, pytest.raises(errors.SourceError) as caught:
        netlink.dump(wire.RTM_GETLINK, b"\0\0\0")
    assert caught.value.errno == errno.EINVAL


def test_unknown_family_is_absent():
    with pytest.raises(errors.SourceAbsent):
        Netlink(25)


@pytest.mark.root
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root: drops its privileges")
def test_without_privileges_the_kernel_denies():
    code = (
        "from auditor.netlink.socket import Netlink\n"
        "from auditor.errors import SourceDenied\n"
        "try: Netlink(6).dump(21, b'')\n"
        "except SourceDenied as error: print(error.needs)\n"
    )
    import sys

    ran = subprocess.run(
        ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout == "CAP_NET_ADMIN\n"
