"""A company's statements for tests: a Shanghai gateway with one leased circuit to Singapore."""

from dataclasses import replace
from datetime import UTC, date, datetime
from ipaddress import ip_network
from zoneinfo import ZoneInfo

from auditor.model.register import (
    Circuit,
    Config,
    End,
    KnownNetwork,
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
from auditor.model.text import Text
from auditor.model.tunnel import Endpoint, Layer, Port, Realisation, Remote, State, Tunnel, Way
from auditor.objects.context import Context

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
HOST = Scope(name=None, inode=100, door="/proc/self/ns/net")
WHERE = Where(file="register.toml", line=1, key="x")
KEY = "q" * 43 + "="

CONFIG = Config(
    path="auditor.toml",
    sha256="0" * 64,
    zone=ZoneInfo("Asia/Shanghai"),
    site=Site(name="Shanghai", location="CN", uplinks=(Uplink(interface="eth0", class_="basic_carrier"),)),
    serving=Serving(serves_external_customers="no", permit_status="not_applicable", scope="not_applicable"),
    policy=Policy(),
    probes=ProbeSettings(),
    report=ReportSettings(),
    register_path="register.toml",
)
CIRCUIT = Circuit(
    provider="ct",
    cid="CT-1",
    type="vpn",
    status="active",
    a=End(location="CN", prefixes=(ip_network("192.0.2.0/28"),), interface="eth0", next_hop="192.0.2.14"),
    z=End(location="SG", prefixes=(ip_network("203.0.113.0/28"),)),
    match=MatchKeys(wireguard_public_keys=(KEY,)),
    where=WHERE,
    install_date=date(2025, 1, 1),
    termination_date=date(2027, 12, 31),
    contract_party="carrier_direct",
    purpose="internal_office",
    user_record="yes",
    onward_reach="not_applicable",
)
REGISTER = Register(
    path="register.toml",
    sha256="1" * 64,
    reviewed_on=date(2026, 11, 1),
    networks=(
        KnownNetwork(name="Singapore", relation="own", location="SG", prefixes=(ip_network("203.0.113.0/24"),)),
        KnownNetwork(name="Beijing", relation="own", location="CN", prefixes=(ip_network("198.51.100.0/24"),)),
    ),
    providers=(
        Provider(
            slug="ct",
            name="China Telecom",
            class_="china_telecom",
            licences=(
                Licence(
                    categories=("A11-4", "A14-1", "A14-4"),
                    valid_from=date(2020, 1, 1),
                    valid_until=date(2029, 1, 1),
                    checked_on=date(2026, 10, 1),
                ),
            ),
        ),
    ),
    circuits=(CIRCUIT,),
)


def context(**changes: object) -> Context:
    config = replace(CONFIG, **changes.pop("config", {}))  # type: ignore[arg-type]
    register = replace(REGISTER, **changes.pop("register", {}))  # type: ignore[arg-type]
    return Context(config=config, register=register, now=changes.pop("now", NOW))  # type: ignore[arg-type]


def remote(address: str | None, **more: object) -> Remote:
    way = Way(interface="eth0", next_hop="192.0.2.14", source="192.0.2.1")
    return Remote(endpoint=Endpoint(address=address, port=51820, transport="udp"), way=way, **more)  # type: ignore[arg-type]


def tunnel(*remotes: Remote, **more: object) -> Tunnel:
    stated: dict[str, object] = {
        "id": "t-1",
        "technology": "wireguard",
        "scope": HOST,
        "state": State.UP,
        "state_reason": Text("up", "启用"),
        "layers": (Layer(technology="wireguard", door="netlink"),),
        "realisation": Realisation.SOFTWARE_VPN,
        "interface": "wg0",
        "ifindex": 7,
        "local": Endpoint(address="192.0.2.1", port=51820, transport="udp"),
        "remotes": remotes,
        "routes": ("10.2.0.0/16",),
        "default_route": False,
    }
    return Tunnel(**(stated | more))  # type: ignore[arg-type]


def port(name: str = "eth0", **more: object) -> Port:
    stated: dict[str, object] = {
        "scope": HOST,
        "interface": name,
        "ifindex": 2,
        "up": True,
        "hardware": True,
        "parent": None,
        "vlan_id": None,
        "alias": None,
        "addresses": ("192.0.2.1/28",),
        "next_hops": ("192.0.2.14",),
        "default_route": True,
        "routes": ("0.0.0.0/0",),
    }
    return Port(**(stated | more))  # type: ignore[arg-type]


def waiver(**more: object) -> Waiver:
    stated: dict[str, object] = {
        "id": "W-1",
        "reason": "migration",
        "owner": "net",
        "approver": "legal",
        "approved_on": date(2026, 11, 1),
        "expires": date(2026, 12, 31),
        "where": WHERE,
        "objects": ("t-1",),
    }
    return Waiver(**(stated | more))  # type: ignore[arg-type]
