"""Nagios 4 and NRPE of Debian with the shipped definitions: what they report is what the scan found."""

import re
from pathlib import Path

import pytest

from tests.e2e.monitoring.expected import CASES, Case, check
from tests.e2e.monitoring.station import Station, as_user, eventually

pytestmark = [pytest.mark.root, pytest.mark.lab]
PLACE = "/etc/nagios4/conf.d/auditor.cfg"
# Debian's own nagios.cfg with seconds for minutes, so that a service is looked at again within the test.
CHANGES = {
    "interval_length": "1",
    "status_update_interval": "1",
    "check_result_reaper_frequency": "1",
    "service_inter_check_delay_method": "n",
    "use_syslog": "0",
    "enable_notifications": "0",
}


@pytest.fixture(scope="module")
def nagios(station: Station) -> Station:
    """Return the station with the shipped files in place and a service for each case."""
    station.let_read("nagios")
    station.own("nagios", "/run/nagios4", "/run/nagios", "/var/log/nagios4", "/var/lib/nagios4/spool/checkresults")
    station.node.run("chown", "-R", "nagios", "/var/lib/nagios4")
    station.install("nagios/auditor.cfg", PLACE)
    station.install("nagios/nrpe_auditor.cfg", "/etc/nagios/nrpe.d/auditor.cfg")
    station.show("critical")
    services = [_service(case.name, f"check_auditor!{_options(case, station)}") for case in CASES]
    services.append(_service("by nrpe", "check_auditor_by_nrpe!check_auditor"))
    services.append(_service("by nrpe with findings", "check_auditor_by_nrpe!check_auditor_findings"))
    station.node.write("/etc/nagios4/conf.d/services.cfg", "\n".join(services), 0o644)
    station.node.write("/etc/nagios4/test.cfg", _main(station), 0o644)
    return station


def _main(station: Station) -> str:
    text = Path(f"{station.node.root}/etc/nagios4/nagios.cfg").read_text()
    for name, value in CHANGES.items():
        text, count = re.subn(rf"(?m)^{name}=.*$", f"{name}={value}", text)
        assert count == 1, name
    # NOTE: Debian's example services (ping, disk, load) are not what is looked at here; the host they name is needed.
    text, count = re.subn(r"(?m)^cfg_file=.*/localhost\.cfg$", "cfg_file=/etc/nagios4/host.cfg", text)
    assert count == 1
    host = "define host {\n use generic-host\n host_name localhost\n address 127.0.0.1\n"
    host += " max_check_attempts 3\n check_command check-host-alive\n contact_groups admins\n}\n"
    station.node.write("/etc/nagios4/host.cfg", host, 0o644)
    return text


def _options(case: Case, station: Station) -> str:
    options = {"directory": case.directory(station)} | case.options
    return " ".join(f"--{name} {value}" for name, value in options.items())


def _service(name: str, command: str) -> str:
    lines = ("use auditor-service", "host_name localhost", f"service_description {name}", f"check_command {command}")
    return "define service {\n" + "".join(f"    {line}\n" for line in lines) + "}\n"


def _status(station: Station) -> dict[str, dict[str, str]]:
    """Return every service of status.dat by name."""
    path = Path(f"{station.node.root}/var/lib/nagios4/status.dat")
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    blocks = re.findall(r"(?ms)^servicestatus \{\n(.*?)^\t\}", text)
    services = [dict(line.strip().split("=", 1) for line in block.splitlines()) for block in blocks]
    return {service["service_description"]: service for service in services}


def test_nagios_takes_the_shipped_file(nagios: Station) -> None:
    done = nagios.node.run(*as_user("nagios"), "nagios4", "-v", "/etc/nagios4/test.cfg", check=False)
    assert done.returncode == 0, done.stdout
    warnings = [line for line in done.stdout.splitlines() if line.startswith("Warning")]
    assert not warnings
    assert "Total Errors:   0" in done.stdout


def test_nagios_reports_state_text_and_figures_of_each_case(nagios: Station) -> None:
    nrpe = nagios.spawn("nagios", "nrpe", "-c", "/etc/nagios/nrpe.cfg", "-f")
    daemon = nagios.spawn("nagios", "nagios4", "/etc/nagios4/test.cfg")

    def hard() -> dict[str, dict[str, str]] | None:
        found = _status(nagios)
        known = [one["has_been_checked"] == "1" and one["state_type"] == "1" for one in found.values()]
        return found if known and all(known) else None

    found = eventually(hard, daemon)
    nrpe.require_running()
    for case in CASES:
        seen = found[case.name]
        check(case, int(seen["current_state"]), seen["plugin_output"], seen["performance_data"])
    critical = next(case for case in CASES if case.name == "critical")
    for name in ("by nrpe", "by nrpe with findings"):
        seen = found[name]
        check(critical, int(seen["current_state"]), seen["plugin_output"], seen["performance_data"])
    assert (
        "not in line with the guidance: WireGuard tunnel wgo0" in found["by nrpe with findings"]["long_plugin_output"]
    )
    assert found["by nrpe"]["long_plugin_output"] == ""
    for one in (daemon, nrpe):
        one.stop()
