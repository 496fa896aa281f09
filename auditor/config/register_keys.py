"""Every key of register.toml; circuits have their own module."""

from auditor.config import enumerations as values
from auditor.config.circuit_keys import ASN, CIRCUIT
from auditor.config.config_keys import CATEGORY, SLUG
from auditor.config.forms import BOOLEAN, COUNTRY, DAY, Form, one_of, pattern, text
from auditor.config.keys import Key, Table
from auditor.config.network_forms import HOST, PREFIX
from auditor.model.register import (
    Acknowledgement,
    KnownNetwork,
    Licence,
    Provider,
    PublicNetworkReview,
    Register,
    StatedOperator,
    Waiver,
)

_LONG = text(most=2000, several_lines=True)
_CONTROL = pattern(r"[A-Z]-[0-9]{2}", "the id of a control such as X-01")
_ID = text(most=100)


def _prefixes(doc: str, *, at_least: int = 0) -> Key:
    """Return a key for prefixes; without a least number it may be absent."""
    return Key(
        name="prefixes",
        form=PREFIX,
        many=True,
        at_least=at_least,
        required=at_least > 0,
        default=None if at_least else [],
        doc=doc,
        example=["10.60.0.0/16"],
    )


def _need(name: str, form: Form, doc: str, example: str) -> Key:
    """Return a required key with one value."""
    return Key(name=name, form=form, required=True, doc=doc, example=example)


NETWORK = Table(
    name="network",
    field="networks",
    model=KnownNetwork,
    many=True,
    doc="A network whose owner the company knows: an own site, an affiliate's, or a third party's.",
    keys=(
        _need("name", text(), "Name of the network, unique in this file.", "Singapore head office"),
        _need("relation", one_of(*values.RELATIONS), "Whose it is: the company's own, an affiliate's, or not.", "own"),
        Key(
            name="location",
            form=COUNTRY,
            doc="Country or region where it is (ISO 3166-1 alpha-2); CN is the mainland only.",
            example="SG",
        ),
        _prefixes("Addresses of the network, public and private."),
        Key(
            name="hostnames",
            form=HOST,
            many=True,
            default=[],
            doc="Host names of its gateways.",
            example=["vpn.sg.example.com"],
        ),
        Key(name="operator", form=text(), doc="Who announces its addresses.", example="Example Net Pte Ltd"),
        Key(
            name="operator_class",
            form=one_of(*values.OPERATOR_CLASSES),
            doc="What that operator is.",
            example="overseas_isp",
        ),
    ),
)

LICENCE = Table(
    name="licence",
    field="licences",
    model=Licence,
    many=True,
    doc="One telecom permit of the provider, as checked in the ministry's public system.",
    keys=(
        Key(
            name="categories",
            form=CATEGORY,
            many=True,
            at_least=1,
            required=True,
            doc="Categories of the telecom catalogue: A11-4, A14-1, A14-4 are international, A24-1, B13 domestic.",
            example=["A11-4", "A14-1", "A14-4"],
        ),
        Key(name="number", form=text(), doc="Number of the permit.", example="A1.A2-20160001"),
        Key(name="valid_from", form=DAY, doc="First day of the permit.", example="2021-01-01"),
        Key(name="valid_until", form=DAY, doc="Last day of the permit, that day included.", example="2030-12-31"),
        Key(
            name="checked_on",
            form=DAY,
            doc="Day on which a person looked the permit up; without it the permit counts as unverified.",
            example="2026-10-12",
        ),
        Key(
            name="held",
            form=BOOLEAN,
            default=True,
            doc="Whether the provider holds it; false records that a look-up found no such permit.",
            example=True,
        ),
    ),
)

PROVIDER = Table(
    name="provider",
    field="providers",
    model=Provider,
    many=True,
    doc="A provider of circuits or of Internet access.",
    keys=(
        _need("slug", SLUG, "Short name by which circuits and uplinks refer to it.", "china-telecom"),
        _need("name", text(), "Legal name.", "China Telecom Corporation Limited"),
        Key(name="name_zh", form=text(), doc="Legal name in Chinese.", example="中国电信股份有限公司"),
        Key(
            name="class",
            field="class_",
            form=one_of(*values.PROVIDER_CLASSES),
            required=True,
            doc="What the provider is (controls X-02 and X-09).",
            example="china_telecom",
        ),
        Key(name="asns", form=ASN, many=True, default=[], doc="AS numbers of the provider.", example=[64500]),
    ),
    tables=(LICENCE,),
)

OPERATOR = Table(
    name="operator",
    field="operators",
    model=StatedOperator,
    many=True,
    doc="Who announces addresses, where the list that comes with the program does not say it, or not rightly.",
    keys=(
        _need("name", text(), "Name of the operator.", "Example Transit Ltd"),
        Key(name="name_zh", form=text(), doc="Its name in Chinese.", example="示例传输有限公司"),
        Key(
            name="class",
            field="class_",
            form=one_of(*values.OPERATOR_CLASSES),
            required=True,
            doc="What it is.",
            example="overseas_isp",
        ),
        Key(
            name="home",
            form=COUNTRY,
            doc="Country or region where it is registered (ISO 3166-1 alpha-2); location data that put an address"
            " of it elsewhere are then not sure.",
            example="SG",
        ),
        Key(name="asns", form=ASN, many=True, default=[], doc="Its AS numbers.", example=[64511]),
        _prefixes("Addresses of its own that BGP does not show."),
        Key(
            name="spread",
            form=BOOLEAN,
            default=False,
            doc="Whether its addresses are all over the world, so that location data on them are not sure.",
            example=False,
        ),
        _need("source", text(), "Who says so.", "Letter of the operator"),
        _need("dated", DAY, "Day of that statement.", "2026-10-15"),
    ),
)

REVIEW = Table(
    name="review",
    field="reviews",
    model=PublicNetworkReview,
    many=True,
    doc="A recorded position of counsel on use of the public network by own tunnels (control X-01).",
    keys=(
        _need("title", text(), "Title of the record.", "Backup tunnel Shanghai to Singapore"),
        _need("author", text(), "Who wrote it.", "Legal department"),
        _need("reviewed_on", DAY, "Day of the record.", "2026-09-01"),
        _need("valid_until", DAY, "Last day on which it holds, that day included.", "2027-08-31"),
        _prefixes("Far endpoints that it covers.", at_least=1),
    ),
)

_ACCEPTED = (
    _need("reason", _LONG, "Why it is accepted.", "Line ordered, delivery in January"),
    _need("owner", text(), "Who answers for it.", "Network team"),
    _need("approver", text(), "Who approved it; somebody other than the owner.", "Head of compliance"),
    _need("approved_on", DAY, "First day on which it holds.", "2026-11-02"),
    _need("expires", DAY, "Last day on which it holds, that whole day included; every entry must end.", "2027-01-31"),
)

WAIVER = Table(
    name="waiver",
    field="waivers",
    model=Waiver,
    many=True,
    doc="An accepted exception, for the objects that it names by id or by their far addresses.",
    keys=(
        _need("id", _ID, "Id of the waiver, unique in this file.", "W-2026-03"),
        *_ACCEPTED,
        Key(
            name="controls",
            form=_CONTROL,
            many=True,
            default=[],
            doc="Controls whose results it accepts; all when absent.",
            example=["X-01"],
        ),
        Key(
            name="objects",
            form=text(),
            many=True,
            default=[],
            doc="Ids of tunnels and other objects as a report shows them.",
            example=["openvpn-5f3a9c"],
        ),
        _prefixes("Far addresses: it covers objects all of whose remote addresses lie in them."),
    ),
)

ACKNOWLEDGEMENT = Table(
    name="acknowledgement",
    field="acknowledgements",
    model=Acknowledgement,
    many=True,
    doc="An accepted blind spot: something that a probe cannot read on this gateway.",
    keys=(
        _need("id", _ID, "Id of the entry, unique in this file.", "B-2026-01"),
        _need("probe", pattern(r"[a-z][a-z0-9_]*", "the name of a probe"), "Probe that cannot look.", "openvpn"),
        *_ACCEPTED,
        Key(
            name="namespace",
            form=text(most=100),
            doc="Network namespace as the report names it (the host's own is host); any when absent.",
            example="host",
        ),
        Key(
            name="source",
            form=text(most=4000),
            doc="What cannot be read, word for word as the report names it (* is any text); all of it when absent.",
            example="/etc/openvpn/site.conf",
        ),
    ),
)

REGISTER = Table(
    name="register.toml",
    model=Register,
    doc="The company's circuits, their providers, known networks and accepted exceptions.",
    keys=(
        Key(
            name="reviewed_on",
            form=DAY,
            doc="Day on which the whole file was last reviewed (control A-02).",
            example="2026-10-15",
        ),
    ),
    tables=(NETWORK, PROVIDER, OPERATOR, CIRCUIT, REVIEW, WAIVER, ACKNOWLEDGEMENT),
)
