"""Team Cymru's records: the longest prefix that holds the address, every origin of it, and nothing that is not one."""

from collections.abc import Iterator

import pytest

from auditor.formats.resolvers import Resolver
from auditor.lookups.origin import longest, question_name
from auditor.lookups.questions import for_addresses
from auditor.lookups.resolver import Asker
from auditor.model.address import parse
from auditor.model.lookup import Outcome, Reply
from auditor.model.register import LookupSettings
from tests import nameserver
from tests.requires import requires_program

ADDRESS = parse("216.90.108.31")


def test_the_question_is_the_address_backwards_below_the_zone_of_its_family() -> None:
    assert question_name(ADDRESS, "four.example", "six.example") == "31.108.90.216.four.example"
    six = question_name(parse("2001:db8::1"), "four.example", "six.example")
    assert six == "1." + "0." * 23 + "8.b.d.0.1.0.0.2.six.example"


@pytest.mark.parametrize(
    ("records", "found"),
    [
        (("3561 | 216.88.0.0/14 | US | arin | 1998-09-25",), ((3561,), "216.88.0.0/14")),
        (("23028 3561 | 216.90.108.0/24 | US | arin | 1998-09-25",), ((3561, 23028), "216.90.108.0/24")),
        (
            (
                "1 | 216.88.0.0/14 | US | arin |",
                "2 | 216.90.108.0/24 | US | arin |",
                "3 | 216.90.108.0/24 | US | arin |",
            ),
            ((2, 3), "216.90.108.0/24"),
        ),
        (("701 | 198.51.100.0/24 | US | arin |",), ((), None)),
        (("7 | 0.0.0.0/33 | US",), ((), None)),
        (("0 | 216.88.0.0/14 |", "4294967296 | 216.88.0.0/14 |", "-1 | 216.88.0.0/14"), ((), None)),
        (
            ("", "|", "||||", "x | y", "3561", "AS3561 | 216.88.0.0/14", "٣ | 216.88.0.0/14", "<b> | 216.88.0.0/14"),
            ((), None),
        ),
        (("1 | 2001:db8::/32 |",), ((), None)),
        ((), ((), None)),
    ],
)
def test_records(records: tuple[str, ...], found: tuple[tuple[int, ...], str | None]) -> None:
    assert longest(records, ADDRESS) == found
    assert longest(records[::-1], ADDRESS) == found


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    nibbles = question_name(parse("2001:b000::1"), "", "")
    zones = {
        "origin.asn.cymru.com": nameserver.zone(
            "origin.asn.cymru.com",
            '1.1.95.168 TXT "3462 | 168.95.0.0/16 | TW | apnic | 1991-12-09"\n'
            '1.1.95.168 TXT "9680 3462 | 168.95.1.0/24 | TW | apnic | 1991-12-09"\n',
        ),
        "origin6.asn.cymru.com": nameserver.zone(
            "origin6.asn.cymru.com", f'{nibbles.rstrip(".")} TXT "3462 | 2001:b000::/20 | TW " "| apnic | 2004-02-10"\n'
        ),
    }
    with nameserver.nsd(tmp_path_factory.mktemp("nsd"), zones) as port:
        yield port


@requires_program("nsd")
@pytest.mark.parametrize(
    ("address", "outcome", "found"),
    [
        ("168.95.1.1", Outcome.ANSWERED, ((3462, 9680), "168.95.1.0/24")),
        ("2001:b000::1", Outcome.ANSWERED, ((3462,), "2001:b000::/20")),
        ("202.96.128.86", Outcome.NXDOMAIN, ((), None)),
    ],
)
def test_zones_of_that_form_on_a_real_server(server: int, address: str, outcome: Outcome, found: object) -> None:
    asker = Asker(resolvers=(Resolver("127.0.0.1", server),), question_limit_s=2, deadline_s=1e12)
    (question,) = for_addresses([address], LookupSettings(origin=True))
    reply: Reply = asker.ask_all([question])[0].reply
    assert reply.outcome is outcome
    assert longest(reply.values, parse(address)) == found
