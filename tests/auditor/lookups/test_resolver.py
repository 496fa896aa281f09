"""The door to the network against real name servers, sound ones and hostile ones; it always comes back in time."""

import itertools
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import dns.flags
import dns.message
import dns.rcode
import pytest

from auditor.formats.resolvers import Resolver
from auditor.lookups.resolver import Asker
from auditor.model.lookup import Lookup, Outcome, Purpose, Question, Reply, Validation
from tests import nameserver
from tests.requires import requires_program

pytestmark = [requires_program("nsd")]
_MANY = "\n".join(f"many A 198.51.100.{n}" for n in range(1, 255))
_SOME = "\n".join(f"some A 198.51.100.{n}" for n in range(1, 41))
_ZONES = {
    "example.net": nameserver.zone(
        "example.net",
        "gate 600 A 202.96.128.86\ngate A 168.95.1.1\ngate 60 AAAA 2001:b000::1\n"
        "www CNAME front\nfront 30 CNAME gate\nfar CNAME gate.example.org.\nlost CNAME nowhere.example.net.\n"
        "trap CNAME printer.local.\nround CNAME around.example.org.\nv6 AAAA ::ffff:192.0.2.1\n"
        f"{_SOME}\n{_MANY}",
    ),
    "example.org": nameserver.zone("example.org", "gate A 168.95.1.1\naround CNAME round.example.net."),
    "broken.example": "",
    "128.96.202.in-addr.arpa": nameserver.zone(
        "128.96.202.in-addr.arpa",
        "86 PTR \\<script\\>alert\\(1\\)\\<\\/script\\>.\\226\\128\\174evil.example.\n"
        "86 PTR gate.example.net.\n"
        f"87 PTR {'.'.join(['x' * 62] * 4)}.",
    ),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with nameserver.nsd(tmp_path_factory.mktemp("nsd"), _ZONES) as port:
        yield port


def look_up(
    *questions: tuple[str, str], ports: tuple[int, ...], each_s: float = 2.0, all_s: float = 10.0
) -> list[Lookup]:
    asker = Asker(
        resolvers=tuple(Resolver("127.0.0.1", port) for port in ports),
        question_limit_s=each_s,
        deadline_s=time.monotonic() + all_s,
    )
    return asker.ask_all([Question(Purpose.ADDRESS, name, name, type_) for name, type_ in questions])


def reply(name: str, type_: str, *ports: int, each_s: float = 2.0) -> Reply:
    (found,) = look_up((name, type_), ports=ports, each_s=each_s)
    return found.reply


def test_every_address_of_both_families_is_kept_with_its_time_to_live(server: int) -> None:
    four, six = look_up(("gate.example.net", "A"), ("gate.example.net", "AAAA"), ports=(server,))
    assert four.reply.values == ("168.95.1.1", "202.96.128.86")
    assert (six.reply.values, six.reply.ttl_s) == (("2001:b000::1",), 60)
    assert four.reply.resolvers == (f"127.0.0.1:{server}",)
    assert four.asked_at is not None
    assert four.reply.validation is Validation.NOT_VALIDATED
    assert four.duration_s < 2


def test_a_chain_of_aliases_is_followed_and_the_least_time_to_live_holds(server: int) -> None:
    found = reply("www.example.net", "A", server)
    assert found.chain == ("front.example.net", "gate.example.net")
    assert (found.values, found.ttl_s) == (("168.95.1.1", "202.96.128.86"), 30)


def test_an_alias_out_of_the_zone_is_asked_for(server: int) -> None:
    found = reply("far.example.net", "A", server)
    assert (found.values, found.chain) == (("168.95.1.1",), ("gate.example.org",))


def test_what_is_not_there_is_an_answer(server: int) -> None:
    assert reply("nobody.example.net", "A", server).outcome is Outcome.NXDOMAIN
    assert reply("gate.example.net", "TXT", server).outcome is Outcome.NO_DATA
    lost = reply("lost.example.net", "A", server)
    assert (lost.outcome, lost.chain) == (Outcome.NXDOMAIN, ("nowhere.example.net",))


def test_failures_are_called_what_they_are(server: int) -> None:
    assert reply("x.broken.example", "A", server).outcome is Outcome.SERVFAIL
    assert reply("x.example.com", "A", server).outcome is Outcome.REFUSED


def test_an_alias_to_a_name_that_is_never_asked_for_ends_there(server: int) -> None:
    found = reply("trap.example.net", "A", server)
    assert (found.outcome, found.values, found.chain) == (Outcome.NO_DATA, (), ("printer.local",))


def test_aliases_that_lead_in_a_circle_over_two_zones_end(server: int) -> None:
    assert reply("round.example.net", "A", server).outcome is Outcome.LOOP


def test_a_long_answer_comes_over_tcp_and_what_is_not_kept_is_counted(server: int) -> None:
    found = reply("many.example.net", "A", server)
    assert (len(found.values), found.cut, found.is_complete) == (64, 254 - 64, False)
    assert len(reply("some.example.net", "A", server).values) == 40


def test_hostile_reverse_names_come_as_plain_text(server: int) -> None:
    found = reply("86.128.96.202.in-addr.arpa", "PTR", server)
    assert "gate.example.net" in found.values
    assert all(value.isascii() and value.isprintable() for value in found.values)
    assert any("\\226\\128\\174evil" in value for value in found.values)
    (longest,) = reply("87.128.96.202.in-addr.arpa", "PTR", server).values
    assert len(longest) == 4 * 63 - 1


def test_a_name_that_changes_gives_its_new_address(tmp_path: Path) -> None:
    first = nameserver.zone("example.net", "gate A 192.0.2.1")
    with nameserver.nsd(tmp_path, {"example.net": first}) as port:
        assert reply("gate.example.net", "A", port).values == ("192.0.2.1",)
        time.sleep(1.1)  # nsd looks at whole seconds of a file's age
        (tmp_path / "zone0").write_text(nameserver.zone("example.net", "gate A 192.0.2.2", serial=2))
        os.kill(int((tmp_path / "nsd.pid").read_text()), signal.SIGHUP)
        until = time.monotonic() + 10
        while reply("gate.example.net", "A", port).values != ("192.0.2.2",):
            assert time.monotonic() < until
            time.sleep(0.1)


def test_a_silent_server_takes_no_more_than_its_time() -> None:
    with nameserver.scripted(lambda _: None, answers_udp=False) as port:
        began = time.monotonic()
        found = look_up(*[(f"h{n}.example.net", "A") for n in range(40)], ports=(port,), each_s=1.0, all_s=1.5)
        assert time.monotonic() - began < 3
    outcomes = [one.reply.outcome for one in found]
    assert set(outcomes) == {Outcome.TIMEOUT, Outcome.OUT_OF_TIME}
    assert [one.asked_at is None for one in found] == [outcome is Outcome.OUT_OF_TIME for outcome in outcomes]
    assert all(one.reply.validation is Validation.UNKNOWN for one in found)


def test_the_next_resolver_is_asked_where_one_is_silent_or_fails(server: int) -> None:
    with nameserver.scripted(lambda _: None) as silent:
        found = reply("gate.example.net", "A", silent, server, each_s=5)
    assert found.resolvers == (f"127.0.0.1:{silent}", f"127.0.0.1:{server}")
    assert found.values
    with nameserver.scripted(nameserver.replying(rcode=dns.rcode.SERVFAIL)) as failing:
        assert reply("gate.example.net", "A", failing, server).values


def test_a_port_where_nobody_listens_is_unreachable_or_silent() -> None:
    assert reply("gate.example.net", "A", nameserver.free_port()).outcome in (Outcome.UNREACHABLE, Outcome.TIMEOUT)
    (nobody,) = look_up(("gate.example.net", "A"), ports=())
    assert (nobody.reply.outcome, nobody.asked_at) == (Outcome.UNREACHABLE, None)


GOOD = "gate.example.net. 300 A 192.0.2.1"
_CUT = nameserver.replying(GOOD, flags=dns.flags.TC)


def test_a_cut_answer_is_had_over_tcp_and_never_taken_for_whole() -> None:
    with nameserver.scripted(_CUT, tcp=nameserver.replying(GOOD, "gate.example.net. 300 A 192.0.2.2")) as port:
        assert reply("gate.example.net", "A", port).values == ("192.0.2.1", "192.0.2.2")
    for tcp in (None, lambda _: None, lambda _: b"\0" * 3):
        with nameserver.scripted(_CUT, tcp=tcp) as port:
            found = reply("gate.example.net", "A", port)
            assert found.outcome in (Outcome.TRUNCATED, Outcome.MALFORMED)
            assert not found.values


@pytest.mark.parametrize(
    ("flags", "wanted"), [(dns.flags.AD, Validation.VALIDATED), (0, Validation.NOT_VALIDATED)], ids=["AD", "no AD"]
)
def test_the_flag_of_a_validating_resolver_is_told(flags: int, wanted: Validation) -> None:
    asked: list[dns.message.Message] = []

    def script(query: dns.message.Message) -> "dns.message.Message | bytes | None":
        asked.append(query)
        return nameserver.replying(GOOD, flags=flags)(query)

    with nameserver.scripted(script) as port:
        assert reply("gate.example.net", "A", port).validation is wanted
    (query,) = asked
    assert query.flags & dns.flags.AD
    assert query.flags & dns.flags.RD
    assert query.ednsflags & dns.flags.DO


def aliases(*names: str) -> tuple[str, ...]:
    return tuple(f"{one}.example.net. 60 CNAME {other}.example.net." for one, other in itertools.pairwise(names))


@pytest.mark.parametrize(
    ("records", "outcome"),
    [
        (aliases("gate", "a", "b", "gate"), Outcome.LOOP),
        (aliases("gate", "gate"), Outcome.LOOP),
        (aliases("gate", *(f"h{n}" for n in range(40))), Outcome.CHAIN_TOO_LONG),
        (("other.example.net. 60 A 192.0.2.66",), Outcome.NO_DATA),
    ],
    ids=["circle", "itself", "long", "an answer to another question"],
)
def test_aliases_end_and_unasked_records_are_not_believed(records: tuple[str, ...], outcome: Outcome) -> None:
    with nameserver.scripted(nameserver.replying(*records)) as port:
        found = reply("gate.example.net", "A", port)
    assert (found.outcome, found.values) == (outcome, ())


def test_a_chain_that_grows_with_every_question_ends() -> None:
    def script(query: dns.message.Message) -> "dns.message.Message | bytes | None":
        name = query.question[0].name.to_text()
        return nameserver.replying(f"{name} 60 CNAME x{name}")(query)

    with nameserver.scripted(script) as port:
        found = reply("gate.example.net", "A", port)
    assert found.outcome is Outcome.CHAIN_TOO_LONG


def _broken(query: dns.message.Message) -> bytes:
    return query.to_wire()[:2] + b"\x81\x80\0\1\0\1\0\0\0\0\xc0\x0c\xc0\x0c" + b"\xff" * 40


@pytest.mark.parametrize("junk", [_broken, lambda q: q.to_wire()[:2] + b"\x81\x80"], ids=["loop of pointers", "short"])
def test_nonsense_is_malformed(junk: object) -> None:
    with nameserver.scripted(junk) as port:  # type: ignore[arg-type]
        assert reply("gate.example.net", "A", port).outcome is Outcome.MALFORMED


def test_an_answer_with_another_number_is_not_taken() -> None:
    def script(query: dns.message.Message) -> bytes:
        answer = nameserver.replying(GOOD)(query)
        assert isinstance(answer, dns.message.Message)
        answer.id ^= 1
        return answer.to_wire()

    with nameserver.scripted(script) as port:
        assert not reply("gate.example.net", "A", port).values


def test_a_server_that_does_not_know_edns_is_asked_without_it() -> None:
    def script(query: dns.message.Message) -> "dns.message.Message | bytes | None":
        return nameserver.replying(GOOD, rcode=dns.rcode.FORMERR if query.edns >= 0 else dns.rcode.NOERROR)(query)

    with nameserver.scripted(script) as port:
        assert reply("gate.example.net", "A", port).values == ("192.0.2.1",)


@requires_program("unbound", "dnssec-keygen", "dnssec-signzone")
def test_a_validating_resolver_validates_and_a_forged_zone_fails(tmp_path: Path) -> None:
    (tmp_path / "signed").write_text(nameserver.zone("example.net", "gate A 192.0.2.1"))
    keygen = [nameserver.program("dnssec-keygen"), "-q", "-a", "ECDSAP256SHA256", "-f", "KSK", "example.net"]
    key = subprocess.run(keygen, cwd=tmp_path, check=True, capture_output=True, text=True).stdout.strip()
    sign = [nameserver.program("dnssec-signzone"), "-q", "-S", "-z", "-o", "example.net", "signed"]
    subprocess.run(sign, cwd=tmp_path, check=True, capture_output=True)
    signed = (tmp_path / "signed.signed").read_text().replace("$INCLUDE", ";")
    for text, outcome, validation in (
        (signed, Outcome.ANSWERED, Validation.VALIDATED),
        (signed.replace("192.0.2.1", "192.0.2.66"), Outcome.SERVFAIL, Validation.UNKNOWN),
    ):
        served = tmp_path / outcome.value
        served.mkdir()
        with nameserver.nsd(served, {"example.net": text}) as authority:
            port = nameserver.free_port()
            conf = served / "unbound.conf"
            conf.write_text(
                f'server:\n interface: 127.0.0.1@{port}\n port: {port}\n do-daemonize: no\n chroot: ""\n username: ""\n'
                f' directory: "{served}"\n pidfile: ""\n use-syslog: no\n logfile: ""\n do-not-query-localhost: no\n'
                f' do-ip6: no\n num-threads: 1\n module-config: "validator iterator"\n'
                f' trust-anchor-file: "{tmp_path}/{key}.key"\n'
                f"stub-zone:\n name: example.net\n stub-addr: 127.0.0.1@{authority}\n"
                "remote-control:\n control-enable: no\n"
            )
            with nameserver.running(nameserver.program("unbound"), "-d", "-c", str(conf), port=port):
                found = reply("gate.example.net", "A", port, each_s=8)
        assert (found.outcome, found.validation) == (outcome, validation)
