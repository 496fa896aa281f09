"""Small valid files to spoil, and shortcuts to load them."""

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from auditor.config import load_both, load_config, load_register
from auditor.config.check import warnings
from auditor.config.read import Files
from auditor.errors import InputError
from auditor.model.register import Circuit, Config, End, MatchKeys, Policy, Where

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
WHERE = Where(file="register.toml", line=1, key="circuit[0]")

CONFIG = """\
[site]
name = "Shanghai office"
location = "CN"
"""

PROVIDER = """\
[[provider]]
slug = "china-telecom"
name = "China Telecom"
class = "china_telecom"
[[provider.licence]]
categories = ["A14-4"]
valid_until = 2030-12-31
checked_on = 2026-10-12
"""

CIRCUIT = """\
[[circuit]]
provider = "china-telecom"
cid = "C-1"
type = "iplc"
status = "active"
install_date = 2025-01-01
termination_date = 2029-12-31
contract_party = "carrier_direct"
[circuit.a]
prefixes = ["192.0.2.0/30"]
interface = "eth2"
next_hop = "192.0.2.1"
[circuit.z]
location = "SG"
prefixes = ["10.60.0.0/16"]
[circuit.match]
peer_prefixes = ["203.0.113.10/32"]
"""

WAIVER = """\
[[waiver]]
id = "W-1"
reason = "Line ordered"
owner = "Network team"
approver = "Compliance"
approved_on = 2026-11-02
expires = 2027-06-30
prefixes = ["203.0.113.77/32"]
"""

REGISTER = "reviewed_on = 2026-10-15\n" + PROVIDER + CIRCUIT + WAIVER


def write(directory: Path, config: str = CONFIG, register: str | None = REGISTER) -> str:
    """Write both files into `directory` and return the path of the configuration."""
    (directory / "auditor.toml").write_text(config, encoding="utf-8")
    if register is not None:
        (directory / "register.toml").write_text(register, encoding="utf-8")
    return str(directory / "auditor.toml")


def config_problems(directory: Path, config: str) -> list[str]:
    """Return what the loader says of a configuration, without the directory."""
    path = write(directory, config, None)
    with pytest.raises(InputError) as caught:
        load_config(path)
    return [line.removeprefix(f"{directory}/") for line in caught.value.problems]


def register_problems(directory: Path, register: str) -> list[str]:
    """Return what the loader says of a register, without the directory."""
    config = load_config(write(directory, CONFIG, register))
    with pytest.raises(InputError) as caught:
        load_register(None, config)
    return [line.removeprefix(f"{directory}/") for line in caught.value.problems]


def loaded(directory: Path, register: str = REGISTER, config: str = CONFIG) -> Files:
    """Return both files as loaded."""
    return load_both(write(directory, config, register))


def warned(directory: Path, register: str = REGISTER, config: str = CONFIG, now: datetime = NOW) -> list[str]:
    """Return the warnings of the check, without the directory."""
    return [
        line.removeprefix(f"{directory}/")
        for line in warnings(
            loaded(directory, register, config), now, controls=("X-01", "X-04", "N-01"), probes=("openvpn", "links")
        )
    ]


def config_of(zone: str = "Asia/Shanghai", **policy: int) -> Config:
    """Return the default configuration in another zone and with other limits."""
    plain = load_config(None)
    return Config(
        path=None,
        sha256=None,
        zone=ZoneInfo(zone),
        site=plain.site,
        serving=plain.serving,
        policy=Policy(**policy),
        probes=plain.probes,
        report=plain.report,
        register_path=None,
    )


def circuit_of(
    status: str = "active",
    install_date: date | None = date(2025, 1, 1),
    termination_date: date | None = date(2026, 12, 31),
    *,
    renewal_pending: bool = False,
    a: str | None = None,
    z: str | None = None,
) -> Circuit:
    """Return a circuit with these days, and ends in these places."""
    return Circuit(
        provider="p",
        cid="C-1",
        type="iplc",
        status=status,
        a=End(location=a),
        z=End(location=z),
        match=MatchKeys(),
        where=WHERE,
        install_date=install_date,
        termination_date=termination_date,
        renewal_pending=renewal_pending,
    )
