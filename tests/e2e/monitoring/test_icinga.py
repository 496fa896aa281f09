"""Icinga 2 of Debian with the shipped command and service: what it reports is what the scan found."""

import json
import time
from pathlib import Path

import pytest

from tests.e2e.monitoring.expected import CASES, Case, check
from tests.e2e.monitoring.station import Station, as_user, eventually

pytestmark = [pytest.mark.root, pytest.mark.lab]
PLACE = "/etc/icinga2/conf.d/auditor.conf"
MAIN = "/etc/icinga2/test.conf"
# NOTE: what Icinga's own writer for graphing systems hands on is what it has understood of a check.
WRITER = """
object CheckerComponent "checker" { }
object ExternalCommandListener "asked" {
  command_path = "/run/icinga2/asked"
}
object PerfdataWriter "told" {
  service_perfdata_path = "/var/lib/icinga2/told"
  service_temp_path = "/var/lib/icinga2/told.now"
  host_perfdata_path = "/var/lib/icinga2/hosts"
  host_temp_path = "/var/lib/icinga2/hosts.now"
  rotation_interval = 1s
  service_format_template = "$host.name$\t$service.name$\t$service.state_id$\t$service.perfdata$\t$service.output$"
}
"""


@pytest.fixture(scope="module")
def icinga(station: Station) -> Station:
    """Return the station with the shipped file in place and a host for each case, as an operator would write it."""
    station.let_read("nagios")
    station.own("nagios", "/run/icinga2", "/var/lib/icinga2", "/var/log/icinga2", "/var/cache/icinga2")
    station.node.run("chown", "-R", "nagios", "/var/lib/icinga2", "/var/cache/icinga2", "/etc/icinga2")
    station.install("icinga2/auditor.conf", PLACE)
    hosts = "".join(_host(case, case.directory(station)) for case in CASES)
    main = f'include "constants.conf"\ninclude <itl>\n{WRITER}\ninclude "conf.d/auditor.conf"\n{hosts}'
    station.node.write(MAIN, main + 'object Host "other" {\n  check_command = "dummy"\n}\n', 0o644)
    return station


def _host(case: Case, directory: str) -> str:
    variables = {"auditor_directory": directory} | {
        f"auditor_{name.replace('-', '_')}": value for name, value in case.options.items()
    }
    lines = "".join(f"  vars.{name} = {json.dumps(value)}\n" for name, value in variables.items())
    return f'object Host "{case.name}" {{\n  check_command = "dummy"\n  vars.auditor = true\n{lines}}}\n'


def _told(station: Station) -> dict[str, list[str]]:
    """Return state, performance data and output of each host's service, as last told."""
    found = {}
    for path in sorted(Path(f"{station.node.root}/var/lib/icinga2").glob("told.[0-9]*")):
        for line in path.read_text(encoding="utf-8").splitlines():
            # NOTE: the output goes on in lines of its own; figures that stood there would be lost or misread.
            host, *rest = line.split("\t")
            if rest[:1] == ["auditor"]:
                found[host] = rest[1:]
    return found


def test_icinga_takes_the_shipped_file(icinga: Station) -> None:
    done = icinga.node.run(*as_user("nagios"), "icinga2", "daemon", "-C", "-c", MAIN, check=False)
    assert done.returncode == 0, done.stdout
    assert "warning" not in done.stdout
    assert f"{len(CASES)} Services" in done.stdout


def test_icinga_reports_state_text_and_figures_of_each_case(icinga: Station) -> None:
    daemon = icinga.spawn("nagios", "icinga2", "daemon", "-c", MAIN)
    pipe = Path(f"{icinga.node.root}/run/icinga2/asked")
    eventually(pipe.exists, daemon)
    # NOTE: Icinga spreads first checks over a minute; an operator's "check now" does not wait.
    asked = "".join(
        f"[{int(time.time())}] SCHEDULE_FORCED_SVC_CHECK;{case.name};auditor;{int(time.time())}\n" for case in CASES
    )
    icinga.node.run("tee", "/run/icinga2/asked", text=asked)

    def all_told() -> dict[str, list[str]] | None:
        found = _told(icinga)
        return found if len(found) == len(CASES) else None

    found = eventually(all_told, daemon)
    assert "other" not in found
    for case in CASES:
        state, performance, output = found[case.name]
        check(case, int(state), output, performance)
    daemon.stop(limit_s=20)
