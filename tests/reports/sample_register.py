"""The papers of the sample gateway: configuration, providers, circuits, waivers."""

from dataclasses import replace
from datetime import UTC, date, datetime
from ipaddress import ip_network
from zoneinfo import ZoneInfo

from auditor.model.register import (
    Circuit,
    Config,
    End,
    Licence,
    MatchKeys,
    Policy,
    ProbeSettings,
    Provider,
    Register,
    ReportSettings,
    Serving,
    Site,
    Uplink,
    Waiver,
    Where,
)
from auditor.model.sightings import Scope

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 23, 6, 5, 9, tzinfo=UTC)
HOST = Scope(name=None, inode=4026531840, door="/proc/self/ns/net")
BLUE = Scope(name="blue", inode=4026532201, door="/run/netns/blue")
KEY = "nv5z0Uo5ctHY2nDfB8RzuWtLpvmi2zGQC8w5zFrVJ2U="


def where(key: str, line: int) -> Where:
    return Where(file="/etc/auditor/register.toml", line=line, key=key)


def config(**changes: object) -> Config:
    made = Config(
        path="/etc/auditor/auditor.toml",
        sha256="5f2c9b51a9b1d14ec8a4b7f0e1b5f8a3c2d9e7b6a4958372615048392a1b0c9d",
        zone=ZONE,
        site=Site(
            name="Shanghai office",
            name_zh="上海办公室",
            location="CN",
            uplinks=(
                Uplink(interface="eth0", provider="china-telecom", class_="basic_carrier", contract="CT-2024-118"),
            ),
        ),
        serving=Serving(serves_external_customers="no"),
        policy=Policy(),
        probes=ProbeSettings(),
        report=ReportSettings(),
        register_path="/etc/auditor/register.toml",
        gateway_name="gw-sha-01",
    )
    return replace(made, **changes)  # type: ignore[arg-type]


TELECOM = Provider(
    slug="china-telecom",
    name="China Telecom Corporation Limited",
    name_zh="中国电信股份有限公司",
    class_="china_telecom",
    asns=(64500,),
    licences=(
        Licence(
            categories=("A11-4", "A14-1", "A14-4"),
            number="A1.A2-20160001",
            valid_from=date(2021, 1, 1),
            valid_until=date(2030, 12, 31),
            checked_on=date(2026, 10, 12),
        ),
    ),
)
UNICOM = Provider(slug="china-unicom", name="China Unicom", name_zh="中国联通", class_="china_unicom")
SINGAPORE = Circuit(
    provider="china-telecom",
    cid="SHA-SIN-IPLC-0042",
    type="iplc",
    status="active",
    a=End(site="Shanghai office", location="CN", interface="eth0"),
    z=End(site="Singapore head office", location="SG", prefixes=(ip_network("10.60.0.0/16"),)),
    match=MatchKeys(peer_prefixes=(ip_network("203.0.113.7/32"),), wireguard_public_keys=(KEY,)),
    where=where("circuit[0]", 61),
    install_date=date(2025, 4, 1),
    termination_date=date(2028, 3, 31),
    contract="CT-INTL-2025-0042",
    contract_party="carrier_direct",
    purpose="internal_office",
    user_record="yes",
    user_record_date=date(2025, 4, 1),
)
HONG_KONG = Circuit(
    provider="china-telecom",
    cid="SHA-HKG-EPL-0007",
    type="epl",
    status="active",
    a=End(site="Shanghai office", location="CN", interface="eth2", vlan=120, next_hop="10.255.0.1"),
    z=End(site="Hong Kong branch", location="HK", prefixes=(ip_network("10.70.0.0/16"),)),
    match=MatchKeys(),
    where=where("circuit[1]", 90),
    install_date=date(2024, 1, 1),
    termination_date=date(2026, 12, 12),
    contract="CT-INTL-2024-0007",
    contract_party="carrier_direct",
    purpose="internal_office",
    user_record="yes",
)
TOKYO = Circuit(
    provider="china-unicom",
    cid="SHA-TYO-MPLS-0003",
    type="mpls-vpn",
    status="active",
    a=End(site="Shanghai office", location="CN"),
    z=End(site="Tokyo office", location="JP"),
    match=MatchKeys(),
    where=where("circuit[2]", 118),
)
WAIVER = Waiver(
    id="W-2026-03",
    reason="Line to Taipei ordered from China Telecom, delivery in January.",
    owner="Network team",
    approver="Head of compliance",
    approved_on=date(2026, 11, 2),
    expires=date(2027, 1, 31),
    where=where("waiver[0]", 150),
    objects=("t-9f01c2d3e4a5",),
)
WAIVER_OLD = replace(
    WAIVER, id="W-2025-11", reason="Trial of a new branch.", expires=date(2026, 3, 31), objects=("t-0",)
)
WAIVER_UNUSED = replace(
    WAIVER, id="W-2026-05", reason="Move of the plant.", expires=date(2026, 12, 1), objects=("t-1",)
)
REGISTER = Register(
    path="/etc/auditor/register.toml",
    sha256="9b74c9897bac770ffc029102a200c5de0ad5f4d1fd1c8ce6a1f2b3c4d5e6f708",
    reviewed_on=date(2026, 10, 15),
    providers=(TELECOM, UNICOM),
    circuits=(SINGAPORE, HONG_KONG, TOKYO),
    waivers=(WAIVER, WAIVER_OLD, WAIVER_UNUSED),
)
