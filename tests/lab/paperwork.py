"""The company's papers for the lab: auditor.toml and register.toml, right or wrong in a stated way."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from tests.lab.parts import openvpn, strongswan, wireguard
from tests.lab.site import HANDOFF, HANDOFF_ROUTER, UPLINK, Site

CIRCUIT = "SHA-SIN-VPN-0042"


@dataclass(frozen=True, slots=True, kw_only=True)
class Papers:
    """What the two files say. The defaults explain the WireGuard tunnel and the office in Singapore.

    `circuit` False leaves the leased circuit out of the register; `purpose` and `uplink_class` are
    values of the keys of those names; `expires_in_days` sets the circuit's last day; `disabled` are
    probes switched off; `time_limit_s` is what each may take; `waived` prefixes get a waiver.
    """

    circuit: bool = True
    purpose: str = "internal_office"
    uplink_class: str = "basic_carrier"
    expires_in_days: int = 800
    disabled: tuple[str, ...] = ()
    time_limit_s: float = 30.0
    waived: tuple[str, ...] = ()


COMPLIANT = Papers()
TO_REVIEW = replace(COMPLIANT, purpose="unknown")
NON_COMPLIANT = replace(COMPLIANT, circuit=False)


def config(papers: Papers) -> str:
    """Return auditor.toml."""
    disabled = ", ".join(f'"{name}"' for name in papers.disabled)
    return f"""\
register = "register.toml"

[site]
name = "Shanghai office"
name_zh = "上海办公室"
location = "CN"

[[site.uplink]]
interface = "eth0"
provider = "china-telecom"
class = "{papers.uplink_class}"

[serving]
serves_external_customers = "no"

[probes]
time_limit_s = {papers.time_limit_s}
disabled = [{disabled}]
"""


def register(site: Site, papers: Papers) -> str:
    """Return register.toml for what stands on `site`; days count from today."""
    return (
        f"reviewed_on = {_day(-20)}\n"
        + _networks()
        + _provider()
        + (_circuit(site, papers) if papers.circuit and "wireguard" in site.public else "")
        + _waivers(papers)
    )


def _day(offset: int) -> date:
    return datetime.now(UTC).date() + timedelta(days=offset)


def _networks() -> str:
    return f"""
[[network]]
name = "Singapore head office"
relation = "own"
location = "SG"
prefixes = ["{openvpn.OFFICE_UDP}/32", "{openvpn.OFFICE_TCP}/32", "10.40.0.0/14"]

[[network]]
name = "Singapore carrier edge"
relation = "third_party"
location = "SG"
prefixes = ["198.51.100.8/29", "10.20.0.0/15"]

[[network]]
name = "Beijing branch"
relation = "own"
location = "CN"
prefixes = ["{strongswan.BRANCH}/32", "10.30.0.0/24"]

[[network]]
name = "Shanghai office"
relation = "own"
location = "CN"
prefixes = ["{UPLINK}/32", "10.8.0.0/24"]
"""


def _provider() -> str:
    return f"""
[[provider]]
slug = "china-telecom"
name = "China Telecom Corporation Limited"
name_zh = "中国电信股份有限公司"
class = "china_telecom"

[[provider.licence]]
categories = ["A11-4", "A14-1", "A14-4"]
number = "A1-20160001"
valid_from = {_day(-2000)}
valid_until = {_day(1500)}
checked_on = {_day(-30)}
"""


def _circuit(site: Site, papers: Papers) -> str:
    keys = ", ".join(f'"{site.public[name]}"' for name in ("wireguard", "wireguard standby"))
    return f"""
[[circuit]]
provider = "china-telecom"
cid = "{CIRCUIT}"
type = "international-vpn"
status = "active"
install_date = {_day(-400)}
termination_date = {_day(papers.expires_in_days)}
contract = "CT-INTL-2025-0042"
contract_party = "carrier_direct"
purpose = "{papers.purpose}"
user_record = "yes"
user_record_date = {_day(-390)}

[circuit.a]
site = "Shanghai office"
location = "CN"
prefixes = ["{HANDOFF}/32"]
interface = "eth1"
next_hop = "{HANDOFF_ROUTER}"

[circuit.z]
site = "Singapore head office"
location = "SG"
prefixes = ["10.20.0.0/16", "10.21.0.0/16"]

[circuit.match]
peer_prefixes = ["{wireguard.PRIMARY}/32", "{wireguard.STANDBY}/32"]
wireguard_public_keys = [{keys}]
executables = ["/usr/bin/wireguard-go"]
technologies = ["wireguard"]
"""


def _waivers(papers: Papers) -> str:
    if not papers.waived:
        return ""
    prefixes = ", ".join(f'"{prefix}"' for prefix in papers.waived)
    return f"""
[[waiver]]
id = "W-2026-01"
reason = "Line ordered, delivery next month"
owner = "Network team"
approver = "Head of compliance"
approved_on = {_day(-10)}
expires = {_day(40)}
prefixes = [{prefixes}]
"""
