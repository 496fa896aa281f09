"""What look-ups change: every address of a name is a far end and judged; what failed stays unknown, aloud."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path

import pytest

from auditor.errors import SourceAbsent
from auditor.host import Host
from auditor.lookups.answers import Answers
from auditor.lookups.run import look_up
from auditor.model.judgement import Verdict
from auditor.model.lookup import Lookup, Lookups, Outcome, Purpose, Question, Reply
from auditor.model.match import Place, Strength
from auditor.model.register import End, KnownNetwork, LookupSettings
from auditor.model.scan import Audited
from auditor.model.sightings import Reason
from auditor.model.tunnel import Endpoint, Family, Realisation, Remote, Role, State, Tunnel
from auditor.objects.context import Context
from auditor.objects.tunnels import TunnelJudge
from auditor.objects.uplinks import find
from tests.auditor.objects.statements import CIRCUIT, HOST, KEY, context, port, tunnel

CARRIER, ABROAD, ABROAD6 = "202.96.128.86", "168.95.1.1", "2001:b000::1"
NAME = "gate.example.net"
ON = LookupSettings(enabled=True, resolvers=("192.0.2.53",))
ALL = replace(ON, reverse=True, origin=True)
NXDOMAIN, NO_DATA, TIMEOUT = (
    Reply(outcome=Outcome.NXDOMAIN),
    Reply(outcome=Outcome.NO_DATA),
    Reply(outcome=Outcome.TIMEOUT),
)
Book = dict[tuple[str, str], Reply]


def has(*values: str, **more: object) -> Reply:
    return Reply(outcome=Outcome.ANSWERED, values=values, ttl_s=300, resolvers=("192.0.2.53",), **more)  # type: ignore[arg-type]


def asking(book: Book, heard: list[Question]) -> Callable[[Sequence[Question]], list[Lookup]]:
    def ask(questions: Sequence[Question]) -> list[Lookup]:
        heard.extend(questions)
        moment = datetime(2026, 11, 23, 4, 0, 5, tzinfo=UTC)
        return [
            Lookup(question=one, reply=book.get((one.name, one.type), NXDOMAIN), asked_at=moment) for one in questions
        ]

    return ask


class Bare(Host):
    """A host without any file."""

    def read(self, path: str, *, limit_bytes: int = 0, needs: str | None = None) -> bytes:
        raise SourceAbsent(path)


def named(*names: str | None, **more: object) -> Tunnel:
    remotes = tuple(Remote(endpoint=Endpoint(name=name, port=1194, transport="udp")) for name in names)
    return tunnel(*remotes, **more)


def found(book: Book, *tunnels: Tunnel, settings: LookupSettings = ON) -> tuple[Lookups, list[Question]]:
    heard: list[Question] = []
    return look_up(settings, tunnels, Bare(), asking(book, heard)), heard


def judged(
    book: Book, *tunnels: Tunnel, settings: LookupSettings = ON, of: Context | None = None
) -> tuple[Audited, ...]:
    answers = Answers(found(book, *tunnels, settings=settings)[0])
    ports = (port(),)
    of = of or context()
    return TunnelJudge(of, ports, answers.tunnels(tunnels), answers).judge(find(of, ports, frozenset()))


def test_every_address_of_both_families_is_a_path_and_the_worst_decides() -> None:
    book = {(NAME, "A"): has(CARRIER, ABROAD), (NAME, "AAAA"): has(ABROAD6)}
    (audited,) = judged(book, named(NAME))
    assert [path.remote for path in audited.paths] == [CARRIER, ABROAD, ABROAD6]
    assert [path.place.location for path in audited.paths] == ["CN", "TW", "TW"]
    assert audited.paths[0].place.operator == "China Telecom"
    assert [path.facts.address_family for path in audited.paths] == [4, 4, 6]
    assert audited.verdict is Verdict.NON_COMPLIANT
    assert audited.tunnel is not None
    assert all(remote.resolved and remote.endpoint.name == NAME for remote in audited.tunnel.remotes)
    (alone,) = judged({(NAME, "A"): has(CARRIER), (NAME, "AAAA"): NO_DATA}, named(NAME))
    assert alone.verdict is not Verdict.NON_COMPLIANT
    assert [path.remote for path in alone.paths] == [CARRIER]


def test_the_id_stays_whatever_the_name_means() -> None:
    first, second = (judged({(NAME, "A"): has(one)}, named(NAME))[0] for one in (CARRIER, ABROAD))
    assert first.id == second.id == "t-1"
    assert first.paths[0].remote != second.paths[0].remote


@pytest.mark.parametrize(
    ("four", "six", "said"),
    [
        (NXDOMAIN, NXDOMAIN, "the name does not exist"),
        (NO_DATA, NO_DATA, "the name has no such record"),
        (TIMEOUT, TIMEOUT, "no answer in time"),
        (TIMEOUT, NO_DATA, "A: no answer in time"),
        (Reply(outcome=Outcome.SERVFAIL), NO_DATA, "A: the resolver failed (SERVFAIL)"),
    ],
)
def test_a_name_without_an_address_stays_unknown_and_says_why(four: Reply, six: Reply, said: str) -> None:
    (audited,) = judged({(NAME, "A"): four, (NAME, "AAAA"): six}, named(NAME))
    (path,) = audited.paths
    assert (path.remote, path.place.location, path.place.confidence) == (NAME, None, "none")
    assert path.place.why is not None
    assert path.place.why.en == said
    assert audited.verdict is Verdict.NEEDS_REVIEW


@pytest.mark.parametrize(
    "six",
    [TIMEOUT, Reply(outcome=Outcome.SERVFAIL), Reply(outcome=Outcome.TRUNCATED), Reply(outcome=Outcome.OUT_OF_TIME)],
)
def test_a_family_that_was_not_answered_is_a_path_of_its_own(six: Reply) -> None:
    (audited,) = judged({(NAME, "A"): has(CARRIER), (NAME, "AAAA"): six}, named(NAME))
    assert [path.remote for path in audited.paths] == [CARRIER, NAME]
    assert audited.verdict is Verdict.NEEDS_REVIEW
    why = audited.paths[1].place.why
    assert why is not None
    assert why.en.startswith("AAAA: ")


def test_addresses_beyond_those_kept_are_a_path_too() -> None:
    (audited,) = judged({(NAME, "A"): has(CARRIER, cut=3), (NAME, "AAAA"): NO_DATA}, named(NAME))
    assert [path.remote for path in audited.paths] == [CARRIER, NAME]


def test_failures_that_hide_a_place_are_blind_spots_and_answers_are_none() -> None:
    book = {
        (NAME, "A"): TIMEOUT,
        (NAME, "AAAA"): TIMEOUT,
        ("b.example.net", "A"): has(CARRIER),
        ("b.example.net", "AAAA"): Reply(outcome=Outcome.SERVFAIL),
    }
    tunnels = (named(NAME, "b.example.net", "gone.example.net", "gateway"), named(NAME, technology="openvpn"))
    spots = list(Answers(found(book, *tunnels)[0]).gaps(tunnels))
    assert [(spot.reason, spot.hides) for spot in spots] == [
        (Reason.TIMEOUT, ("wireguard", "openvpn")),
        (Reason.ABSENT, ("wireguard",)),
    ]
    assert "gate.example.net" in spots[0].detail
    assert "192.0.2.53" in spots[0].source
    assert not any("gone.example.net" in spot.detail or "gateway" in spot.detail for spot in spots)


def test_the_address_that_was_seen_stays_and_the_answer_is_evidence() -> None:
    seen = tunnel(Remote(endpoint=Endpoint(address=CARRIER, name=NAME, port=1194, transport="udp")))
    book = {(NAME, "A"): has(CARRIER, ABROAD), (NAME, "AAAA"): NO_DATA}
    (audited,) = judged(book, seen)
    assert [path.remote for path in audited.paths] == [CARRIER]
    assert audited.tunnel is not None
    assert not audited.tunnel.contradictions
    assert f"{NAME} has the address {CARRIER}, {ABROAD}" in [witness.says for witness in audited.tunnel.witnesses]
    (moved,) = judged({(NAME, "A"): has(ABROAD), (NAME, "AAAA"): NO_DATA}, seen)
    assert moved.tunnel is not None
    assert [path.remote for path in moved.paths] == [CARRIER]
    assert f"goes to {CARRIER}, but {NAME} now has the address {ABROAD}" in moved.tunnel.contradictions[0].en
    unsure = {(NAME, "A"): has(ABROAD), (NAME, "AAAA"): TIMEOUT}
    (open_,) = judged(unsure, seen)
    assert open_.tunnel is not None
    assert not open_.tunnel.contradictions
    assert not list(Answers(found(unsure, seen)[0]).gaps((seen,)))


def test_each_name_is_asked_once_in_one_form_and_hostile_ones_never() -> None:
    hostile = ("gateway", "a.local", "x\n.example.net", "<b>.example.net", "8.8.8.256")
    _, heard = found({}, named(NAME, "GATE.example.NET.", *hostile), named(NAME, None))
    assert [(one.name, one.type) for one in heard] == [(NAME, "A"), (NAME, "AAAA")]
    twice, heard = found({}, named("bücher.example.net", "xn--bcher-kva.example.net"))
    assert (len(heard), len(twice.asked)) == (2, 4)


def test_refused_names_are_listed_with_the_reason() -> None:
    looked, _ = found({}, named("gateway"))
    assert [one.reply.outcome for one in looked.asked] == [Outcome.NOT_ASKED] * 2
    (audited,) = judged({}, named("gateway"))
    assert audited.paths[0].place.why is not None
    assert "single label" in audited.paths[0].place.why.en


def test_people_are_never_asked_about() -> None:
    caller = Remote(endpoint=Endpoint(address=ABROAD), prefixes=("10.9.0.2/32",))
    site = Remote(endpoint=Endpoint(address=CARRIER), prefixes=("10.9.1.0/24",))
    tunnels = (
        tunnel(caller, replace(caller, endpoint=Endpoint(name="home.example.net")), family=Family.REMOTE_ACCESS),
        tunnel(caller, site, realisation=Realisation.VPN_SERVER),
        tunnel(caller, role=Role.SERVER),
        tunnel(Remote(endpoint=Endpoint(address="10.1.2.3"))),
        tunnel(Remote(endpoint=Endpoint(address="203.0.113.7"))),
    )
    _, heard = found({}, *tunnels, settings=ALL)
    assert {one.about for one in heard} == {CARRIER}
    assert [one.purpose for one in heard] == [Purpose.REVERSE, Purpose.ORIGIN]
    _, names_only = found({}, *tunnels)
    assert names_only == []


def test_addresses_that_a_name_has_are_asked_about_too() -> None:
    _, heard = found({(NAME, "A"): has(CARRIER), (NAME, "AAAA"): NO_DATA}, named(NAME), settings=ALL)
    assert [one.name for one in heard[2:]] == ["86.128.96.202.in-addr.arpa", "86.128.96.202.origin.asn.cymru.com"]


def test_no_more_questions_than_allowed() -> None:
    looked, heard = found({}, named(*(f"h{n}.example.net" for n in range(9))), settings=replace(ON, questions_limit=5))
    assert len(heard) == 5
    assert [one.reply.outcome for one in looked.asked].count(Outcome.TOO_MANY) == 13


def place(book: Book, address: str = CARRIER, settings: LookupSettings = ALL, **register: object) -> Place:
    of = context(register={"networks": (), **register})
    (audited,) = judged(book, tunnel(Remote(endpoint=Endpoint(address=address))), settings=settings, of=of)
    return audited.paths[0].place


ORIGIN, PTR = f"86.128.96.202.{ALL.origin_zone}", "86.128.96.202.in-addr.arpa"


def test_a_live_origin_that_agrees_changes_nothing_but_is_shown() -> None:
    live = place({(ORIGIN, "TXT"): has("4134 23724 | 202.96.128.0/18 | CN | apnic | 1996-01-01")})
    (origin,) = live.origins
    assert (origin.asns, origin.prefix, origin.asked_at.year) == ((4134, 23724), "202.96.128.0/18", 2026)
    assert replace(live, origins=()) == place({}, settings=ON)
    assert (live.confidence, live.asn) == ("high", 4134)


@pytest.mark.parametrize("answer", [has("64500 | 202.96.128.0/18 | CN | apnic |"), NXDOMAIN])
def test_a_live_origin_that_disagrees_makes_the_place_unsure(answer: Reply) -> None:
    found_ = place({(ORIGIN, "TXT"): answer})
    assert (found_.location, found_.confidence, found_.asn) == ("CN", "low", 4134)
    assert found_.why is not None
    assert "AS4134" in found_.why.en


@pytest.mark.parametrize(
    "answer", [TIMEOUT, Reply(outcome=Outcome.SERVFAIL), has("nonsense"), has("4134 | 10.0.0.0/8 |")]
)
def test_a_failed_or_odd_origin_says_nothing(answer: Reply) -> None:
    found_ = place({(ORIGIN, "TXT"): answer})
    assert (found_.origins, found_.confidence) == ((), "high")


SURE = ("none", "low", "high")


@pytest.mark.parametrize("address", ["54.251.0.1", "1.1.1.1", ABROAD, "203.0.113.9", "10.1.2.3", CARRIER])
def test_no_live_answer_ever_makes_a_place_surer_or_another(address: str) -> None:
    plain = place({}, address, ON)
    backwards = ".".join(reversed(address.split(".")))
    for number in (plain.asn or 4134, 4134, 16509, 64500):
        book = {
            (f"{backwards}.{ALL.origin_zone}", "TXT"): has(f"{number} | {address}/32 | CN | apnic | 2020-01-01"),
            (f"{backwards}.in-addr.arpa", "PTR"): has("bj.chinatelecom.cn"),
        }
        live = place(book, address)
        assert SURE.index(live.confidence) <= SURE.index(plain.confidence)
        names = ("location", "basis", "operator", "operator_class", "asn", "relation", "address_class")
        assert [getattr(live, name) for name in names] == [getattr(plain, name) for name in names]


def test_a_doubt_by_a_live_origin_does_not_remove_what_contradicts_the_register() -> None:
    line = replace(
        CIRCUIT, match=replace(CIRCUIT.match, peer_prefixes=(ip_network(f"{ABROAD}/32"),)), z=End(location="SG")
    )
    end = Remote(endpoint=Endpoint(address=ABROAD), identity=KEY, identity_kind="wireguard")
    of = context(register={"networks": (), "circuits": (line,)})
    other = {(f"1.1.95.168.{ALL.origin_zone}", "TXT"): has("64500 | 168.95.0.0/16 | SG | apnic |")}
    (plain,), (live,) = (judged(book, tunnel(end), settings=on, of=of) for book, on in (({}, ON), (other, ALL)))
    for audited in (plain, live):
        assert audited.paths[0].match.strength is Strength.CONFLICT
        assert audited.paths[0].place.location == "TW"
        assert audited.verdict is not Verdict.COMPLIANT
    assert (plain.paths[0].place.confidence, live.paths[0].place.confidence) == ("high", "low")


def test_the_companys_own_word_stands_against_a_live_origin_which_is_shown() -> None:
    own = KnownNetwork(name="branch", relation="own", location="CN", prefixes=(ip_network(f"{CARRIER}/32"),))
    found_ = place({(ORIGIN, "TXT"): has("64500 | 202.96.128.0/18 | CN | apnic |")}, networks=(own,))
    assert (found_.basis, found_.confidence) == ("inventory", "high")
    assert found_.origins[0].asns == (64500,)


def test_reverse_names_are_shown_and_nothing_else() -> None:
    found_ = place(
        {(PTR, "PTR"): has("\\226\\128\\174<script>.example.net"), (ORIGIN, "TXT"): has("4134 | 202.96.0.0/12 |")}
    )
    assert found_.reverse_names == ("\\226\\128\\174<script>.example.net",)
    assert (found_.location, found_.operator) == ("CN", "China Telecom")


def test_an_inner_tunnel_goes_with_all_addresses_of_the_outer_ones_name() -> None:
    outer = replace(named(NAME), id="t-outer", state=State.DOWN)
    inner = tunnel(Remote(endpoint=Endpoint(address="10.0.0.2")), id="t-inner", outer_id="t-outer")
    same = {(NAME, "A"): has(CARRIER, "202.96.128.87"), (NAME, "AAAA"): NO_DATA}
    assert judged(same, outer, inner)[1].paths[0].place.location == "CN"
    differ = {(NAME, "A"): has(CARRIER, ABROAD), (NAME, "AAAA"): NO_DATA}
    assert judged(differ, outer, inner)[1].paths[0].place.location is None


def test_without_look_ups_nothing_changes() -> None:
    before = named(NAME)
    assert Answers().tunnels((before,)) == (before,)
    assert list(Answers().gaps((before,))) == []
    found_ = Place(address_class="unresolved")
    assert Answers().place(found_, before.remotes[0].endpoint) is found_


def test_the_hosts_resolvers_are_asked_where_none_is_configured(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/resolv.conf").write_text("nameserver 192.0.2.1\nnameserver 192.0.2.2\n")
    settings = LookupSettings(enabled=True)
    looked = look_up(settings, (named(NAME),), Host(str(tmp_path)), asking({}, []))
    assert (looked.resolvers, looked.resolvers_from) == (("192.0.2.1", "192.0.2.2"), "/etc/resolv.conf")
    none = look_up(settings, (named(NAME),), Host(str(tmp_path / "etc")))
    assert [one.reply.outcome for one in none.asked] == [Outcome.UNREACHABLE] * 2
    assert not any(one.asked_at for one in none.asked)


def test_the_hosts_file_goes_before_any_name_server_as_it_does_for_programs(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/hosts").write_text(
        f"127.0.0.1 localhost\nx gate.example.net\n{CARRIER} Gate.Example.Net gateway # here\n{ABROAD6} gateway\n"
    )
    heard: list[Question] = []
    elsewhere = named("gateway", scope=replace(HOST, name="docker:vpn", inode=101), id="t-2")
    own = named(NAME, "gateway", "other.example.net")
    book = {("other.example.net", "A"): has(ABROAD), ("other.example.net", "AAAA"): NO_DATA}
    looked = look_up(ON, (own,), Host(str(tmp_path)), asking(book, heard))
    assert {one.name for one in heard} == {"other.example.net"}
    answers = Answers(looked)
    (resolved,) = answers.tunnels((own,))
    assert [remote.endpoint.address for remote in resolved.remotes] == [CARRIER, CARRIER, ABROAD6, ABROAD]
    assert {one.reply.resolvers for one in looked.asked if one.question.about == NAME} == {("/etc/hosts",)}
    assert next(witness.recheck for witness in resolved.witnesses) == "grep -wF -- gate.example.net /etc/hosts"
    heard.clear()
    look_up(
        ON, (named(NAME), replace(elsewhere, remotes=named(NAME).remotes)), Host(str(tmp_path)), asking(book, heard)
    )
    assert {one.name for one in heard} == {NAME}, "a container has a hosts file of its own"


def test_a_hosts_file_that_cannot_be_read_is_a_blind_spot(tmp_path: Path) -> None:
    (tmp_path / "etc/hosts").mkdir(parents=True)
    looked = look_up(ON, (named(NAME),), Host(str(tmp_path)), asking({}, []))
    (spot,) = Answers(looked).gaps((named(NAME),))
    assert (spot.probe, spot.source, spot.hides) == ("lookups", "/etc/hosts", ("wireguard",))
