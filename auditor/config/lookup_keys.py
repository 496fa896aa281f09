"""The keys of [lookups] in auditor.toml."""

from auditor.config.forms import BOOLEAN, Form, seconds, text_of, whole
from auditor.config.keys import Key, Table
from auditor.config.words import Wrong, show
from auditor.formats.hostnames import asked_as
from auditor.formats.resolvers import resolver
from auditor.model.lookup import Refusal
from auditor.model.register import LookupSettings

_ZONE_CHARACTERS = 180  # leaves room for the 64 characters of an IPv6 address's nibbles


def _parse_resolver(value: object) -> str:
    """Return `value` in its shortest form if it is the address of a resolver; raises Wrong."""
    words = text_of(value, "the address of a resolver")
    try:
        return str(resolver(words))
    except ValueError:
        raise Wrong(
            f"{show(words)} is not the address of a resolver such as 192.0.2.53, 192.0.2.53:5353 or [2001:db8::53]:5353"
        ) from None


def _parse_zone(value: object) -> str:
    """Return `value` as it is asked for if it is a domain of two labels or more; raises Wrong."""
    words = text_of(value, "a domain")
    name = asked_as(words)
    if isinstance(name, Refusal) or len(name) > _ZONE_CHARACTERS:
        raise Wrong(f"{show(words)} is not a domain such as origin.asn.cymru.com")
    return name


_RESOLVER = Form(parse=_parse_resolver, schema={"type": "string", "minLength": 2, "maxLength": 64})
_DOMAIN = Form(parse=_parse_zone, schema={"type": "string", "minLength": 3, "maxLength": _ZONE_CHARACTERS})

LOOKUPS = Table(
    name="lookups",
    model=LookupSettings,
    doc="Look-ups in the DNS; they tell resolvers, and whoever those ask, what far ends this gateway has.",
    keys=(
        Key(
            name="enabled",
            form=BOOLEAN,
            default=False,
            doc="Whether names of far ends are looked up at all; without it a scan sends nothing.",
            example=False,
        ),
        Key(
            name="resolvers",
            form=_RESOLVER,
            many=True,
            default=[],
            doc="Addresses of the resolvers to ask, in this order; those of /etc/resolv.conf when absent.",
            example=["192.0.2.53"],
        ),
        Key(
            name="question_limit_s",
            form=seconds(60),
            default=5.0,
            doc="Seconds that one question may take.",
            example=5.0,
        ),
        Key(
            name="time_limit_s",
            form=seconds(600),
            default=30.0,
            doc="Seconds that all look-ups of one scan may take together; what is left then is not asked.",
            example=30.0,
        ),
        Key(
            name="questions_limit",
            form=whole(1, 100_000, "a number of questions"),
            default=1000,
            doc="At most so many questions in one scan; what is beyond is not asked.",
            example=1000,
        ),
        Key(
            name="reverse",
            form=BOOLEAN,
            default=False,
            doc="Whether public addresses of far ends are looked up for their names (PTR); evidence only.",
            example=False,
        ),
        Key(
            name="origin",
            form=BOOLEAN,
            default=False,
            doc="Whether Team Cymru is asked who announces the public addresses of far ends.",
            example=False,
        ),
        Key(
            name="origin_zone",
            form=_DOMAIN,
            default="origin.asn.cymru.com",
            doc="Domain that answers for IPv4 addresses in Team Cymru's form.",
            example="origin.asn.cymru.com",
        ),
        Key(
            name="origin6_zone",
            form=_DOMAIN,
            default="origin6.asn.cymru.com",
            doc="Domain that answers for IPv6 addresses in Team Cymru's form.",
            example="origin6.asn.cymru.com",
        ),
    ),
)
