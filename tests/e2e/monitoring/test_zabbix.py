"""Both Zabbix agents of Debian with the shipped parameters, asked over the network by Zabbix's own client."""

import json
from pathlib import Path

import pytest

from tests.e2e.monitoring.conftest import PAPERS
from tests.e2e.monitoring.station import SHIPPED, Station, as_user, eventually
from tests.requires import requires_program

pytestmark = [pytest.mark.root, pytest.mark.lab, requires_program("zabbix_get")]
AGENTS = {
    "zabbix_agentd": ("/etc/zabbix/zabbix_agentd.conf", "/etc/zabbix/zabbix_agentd.conf.d", 10050, ("-f",)),
    "zabbix_agent2": ("/etc/zabbix/zabbix_agent2.conf", "/etc/zabbix/zabbix_agent2.d", 10051, ("-f",)),
}


@pytest.mark.parametrize("agent", AGENTS)
def test_an_agent_answers_with_what_each_scan_found(station: Station, scans: dict[str, Path], agent: str) -> None:
    config, place, port, foreground = AGENTS[agent]
    station.let_read("zabbix")
    station.own("zabbix", "/run/zabbix", "/var/log/zabbix", "/var/log/zabbix-agent")
    station.install("zabbix/auditor.conf", f"{place}/auditor.conf")
    station.node.write(f"{place}/port.conf", f"ListenPort={port}\nListenIP=127.0.0.1\n", 0o644)
    tried = station.node.run(*as_user("zabbix"), agent, "-c", config, "-t", "auditor.report", check=False)
    assert "auditor.report" in tried.stdout
    daemon = station.spawn("zabbix", agent, "-c", config, *foreground)

    def get(key: str) -> str:
        done = station.node.run("zabbix_get", "-s", "127.0.0.1", "-p", str(port), "-k", key, check=False)
        return done.stdout.rstrip("\n")

    eventually(lambda: get("agent.ping") == "1", daemon)
    for name, (code, _) in PAPERS.items():
        station.show(name)
        told = json.loads(get("auditor.report"))
        assert (told["state"], told["tunnels"], told["blind_spots"]) == (code, 1, int(code == 3))
        assert told["text"].startswith("gw-sha-01: ")
        report = json.loads((scans[name] / "report.json").read_bytes())
        judged = [(one["id"], one["verdict"], one["state"]) for one in [*report["tunnels"], *report["objects"]]]
        found = json.loads(get("auditor.connections"))
        assert [(one["id"], one["verdict"], one["state"]) for one in found] == judged
        assert [(one["{#ID}"], one["{#VERDICT}"], one["{#STATE}"]) for one in found] == judged
    station.show("changed")
    assert json.loads(get("auditor.report")) == {
        "state": 3,
        "text": "the summary of the last scan was changed or cut short: its digest does not fit",
    }
    assert get("auditor.connections").startswith("AUDITOR UNKNOWN")  # no list: an empty one would delete what is known
    daemon.stop()


def test_the_template_asks_only_for_keys_that_the_agent_has_and_figures_that_are_told(station: Station) -> None:
    text = (SHIPPED / "zabbix/auditor_template.yaml").read_text(encoding="utf-8")
    masters = {line.split(",")[0].partition("=")[2] for line in _parameters()}
    lines = [line.strip() for line in text.splitlines()]
    assert {line.removeprefix("- key: ").removeprefix("key: ") for line in lines if "key: auditor." in line} >= masters
    station.show("critical")
    told = json.loads(station.node.run("auditor", "check", "--format", "zabbix", check=False).stdout)
    asked = {line.removeprefix("- $.") for line in lines if line.startswith("- $.")}
    assert asked == set(told)


def _parameters() -> list[str]:
    text = (SHIPPED / "zabbix/auditor.conf").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line.startswith("UserParameter=")]


def test_checkmk_reads_one_service_from_the_local_check(station: Station) -> None:
    place = "/etc/check_mk/local/300/auditor"
    station.install("checkmk/auditor", place)
    for name, (code, _) in PAPERS.items():
        station.show(name)
        done = station.node.run(place, check=False)
        state, service, metrics, text = done.stdout.split(" ", 3)
        assert (state, service) == (str(code), '"Auditor"')
        figures = dict(one.split("=") for one in metrics.split("|"))
        assert figures["blind_spots"].split(";")[0] == str(int(code == 3))
        assert text.startswith("gw-sha-01: ")
        assert done.stdout.count("\n") == 1
