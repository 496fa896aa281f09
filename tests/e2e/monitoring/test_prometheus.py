"""Prometheus and node-exporter of Debian with the shipped rules and dashboard, on the metrics that scans wrote."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.e2e.monitoring.conftest import PAPERS
from tests.e2e.monitoring.station import SHIPPED, Station, eventually, json_of
from tests.lab.node import Daemon

pytestmark = [pytest.mark.root, pytest.mark.lab]
PORTS = {name: 9100 + code for name, (code, _) in PAPERS.items()}
RULES_TEST = Path(__file__).with_name("rules_test.yml")
FILE = "auditor.prom"


class Watched:
    """A Prometheus that scrapes a node-exporter for each of the four gateways."""

    def __init__(self, station: Station, scans: dict[str, Path]) -> None:
        """Start them."""
        self.station, self.daemons = station, []
        for name, port in PORTS.items():
            directory = f"/var/lib/prometheus/node-exporter/{name}"
            station.node.run("install", "-d", directory)
            station.node.run("cp", "--preserve=mode", f"{scans[name].parent}/textfile/{FILE}", directory)
            self.daemons.append(
                station.spawn(
                    "prometheus",
                    "prometheus-node-exporter",
                    "--collector.disable-defaults",
                    "--collector.textfile",
                    f"--collector.textfile.directory={directory}",
                    f"--web.listen-address=127.0.0.1:{port}",
                )
            )
        # The shipped rules, but without their patience: an alert fires as soon as it is true.
        station.install("prometheus/rules.yml", "/etc/prometheus/auditor.rules.yml", _at_once)
        station.node.write("/etc/prometheus/test.yml", _config(), 0o644)
        station.own("prometheus", "/var/lib/prometheus/test")
        self.prometheus: Daemon = station.spawn(
            "prometheus",
            "prometheus",
            "--config.file=/etc/prometheus/test.yml",
            "--storage.tsdb.path=/var/lib/prometheus/test",
            "--web.listen-address=127.0.0.1:9090",
        )

    def query(self, expression: str) -> Any:
        """Return the result of an expression; fails where Prometheus does not understand it, None before it listens."""
        status, body = self.station.ask(9090, f"/api/v1/query?query={quote(expression)}")
        assert status in (0, 200, 503), body
        return json.loads(body)["data"]["result"] if status == 200 else None

    def values(self, expression: str) -> dict[str, float]:
        """Return the value of each gateway, by name."""
        names = {f"127.0.0.1:{port}": name for name, port in PORTS.items()}
        found = self.query(expression) or []
        return {names[one["metric"]["instance"]]: float(one["value"][1]) for one in found}

    def alerts(self) -> set[tuple[str, str]]:
        """Return name and gateway of every alert that fires."""
        answer = json_of(self.station.ask(9090, "/api/v1/alerts"))
        names = {f"127.0.0.1:{port}": name for name, port in PORTS.items()}
        return {
            (alert["labels"]["alertname"], names[alert["labels"]["instance"]])
            for alert in (answer["data"]["alerts"] if answer else [])
            if alert["state"] == "firing" and "instance" in alert["labels"]
        }

    def fires(self, *alerts: tuple[str, str]) -> None:
        """Return when exactly these fire; fails otherwise."""
        eventually(lambda: self.alerts() == set(alerts), self.prometheus)

    def put(self, name: str, text: str) -> None:
        """Give a gateway other metrics, as a scan does: in one step."""
        place = f"/var/lib/prometheus/node-exporter/{name}/{FILE}"
        self.station.node.write(place + ".new", text, 0o644)
        self.station.node.run("mv", place + ".new", place)

    def remove(self, name: str) -> None:
        """Take a gateway's metrics away."""
        self.station.node.run("rm", f"/var/lib/prometheus/node-exporter/{name}/{FILE}")

    def stop(self) -> None:
        """End them all."""
        for daemon in (self.prometheus, *self.daemons):
            daemon.stop()


def _at_once(rules: str) -> str:
    text, count = re.subn(r"(?m)^( +for:) .*$", r"\1 0s", rules)
    assert count == rules.count("- alert:")
    return text


def _config() -> str:
    targets = ", ".join(f'"127.0.0.1:{port}"' for port in PORTS.values())
    return f"""\
global: {{scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}}
rule_files: [/etc/prometheus/auditor.rules.yml]
scrape_configs:
  - job_name: node
    static_configs: [{{targets: [{targets}]}}]
"""


@pytest.fixture(scope="module")
def metrics(scans: dict[str, Path]) -> dict[str, str]:
    """Return what each of the four scans wrote for node-exporter."""
    return {name: (directory.parent / "textfile" / FILE).read_text() for name, directory in scans.items()}


@pytest.fixture(scope="module")
def watched(station: Station, scans: dict[str, Path]) -> Iterator[Watched]:
    """Return Prometheus once it has seen all four."""
    made = Watched(station, scans)
    eventually(lambda: len(made.values("auditor_exit_code")) == len(PORTS), made.prometheus)
    yield made
    made.stop()


def test_a_scan_leaves_whole_metrics_for_everybody_and_nothing_else(scans: dict[str, Path]) -> None:
    for directory in scans.values():
        (only,) = (directory.parent / "textfile").iterdir()
        assert (only.name, only.stat().st_mode & 0o777) == (FILE, 0o644)


def test_promtool_has_nothing_to_say_of_the_metrics(metrics: dict[str, str], station: Station) -> None:
    for text in metrics.values():
        done = station.node.run("promtool", "check", "metrics", text=text, check=False)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_shipped_rules_are_valid_and_do_what_they_say(station: Station) -> None:
    station.install("prometheus/rules.yml", "/etc/prometheus/shipped.yml")
    done = station.node.run("promtool", "check", "rules", "--lint=all", "/etc/prometheus/shipped.yml")
    assert "SUCCESS" in done.stdout
    station.node.write("/etc/prometheus/rules_test.yml", RULES_TEST.read_text(), 0o644)
    done = station.node.run("promtool", "test", "rules", "/etc/prometheus/rules_test.yml", check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_is_tested_and_says_in_both_languages_what_is_wrong_and_what_to_do() -> None:
    rules = (SHIPPED / "prometheus/rules.yml").read_text(encoding="utf-8")
    alerts = re.split(r"- alert: ", rules)[1:]
    for alert in alerts:
        keys = set(re.findall(r"(?m)^ +([a-z_]+):", alert))
        assert {"severity", "for", "summary", "summary_zh", "description", "description_zh", "runbook"} <= keys, alert
        name = alert.split("\n")[0]
        assert RULES_TEST.read_text().count(f"alertname: {name}\n") >= 2, name


def test_prometheus_has_the_state_and_the_figures_of_each_scan(watched: Watched) -> None:
    assert watched.values("auditor_exit_code") == {name: code for name, (code, _) in PAPERS.items()}
    for name in PAPERS:
        held = watched.values(f'auditor_status{{status="{name}"}}')
        assert held == {other: float(other == name) for other in PAPERS}
    assert watched.values("auditor_blind_spots")["unknown"] == 1
    assert watched.values('auditor_connections{verdict="needs_review"}')["warning"] == 1
    assert watched.values("auditor_connections_unmatched") == {"ok": 0, "warning": 0, "critical": 1, "unknown": 0}
    assert watched.values("auditor_circuits") == {"ok": 1, "warning": 1, "critical": 0, "unknown": 1}


def test_the_dashboard_asks_for_what_there_is(watched: Watched, metrics: dict[str, str]) -> None:
    board = json.loads((SHIPPED / "grafana/auditor.json").read_text(encoding="utf-8"))
    written = set(re.findall(r"(?m)^# TYPE (\S+)", metrics["critical"]))
    asked: set[str] = set()
    for panel in board["panels"]:
        for target in panel["targets"]:
            asked |= set(re.findall(r"auditor_[a-z_]+", target["expr"]))
            expression = target["expr"].replace("$instance", ".*")
            assert "$" not in expression
            found = watched.query(expression)
            # NOTE: none of the four registers has a waiver.
            assert found or "auditor_waiver" in expression, expression
    assert asked <= written
    assert written - asked <= {"auditor_status"}
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])


def test_alerts_fire_and_clear(watched: Watched, metrics: dict[str, str]) -> None:
    quiet = [
        ("AuditorWarning", "warning"),
        ("AuditorConnectionNotInOrder", "warning"),
        ("AuditorUnknown", "unknown"),
        ("AuditorBlindSpots", "unknown"),
    ]
    watched.fires(("AuditorCritical", "critical"), ("AuditorConnectionNotInOrder", "critical"), *quiet)
    watched.put("critical", metrics["ok"])
    watched.fires(*quiet)
    began = re.search(r"(?m)^auditor_last_scan_timestamp_seconds (\d+)$", metrics["ok"])
    assert began
    watched.put("ok", metrics["ok"].replace(began[1], str(int(began[1]) - 27 * 3600)))
    watched.put("critical", metrics["ok"].replace(began[1], str(int(began[1]) + 3600)))
    watched.put("unknown", "auditor_exit_code this is no number\n")
    watched.remove("warning")
    watched.fires(
        ("AuditorScanStale", "ok"),
        ("AuditorScanDatedAhead", "critical"),
        ("AuditorMetricsMissing", "warning"),
        ("AuditorMetricsMissing", "unknown"),
        ("AuditorTextfileUnreadable", "unknown"),
    )
    for name in PAPERS:
        watched.put(name, metrics["ok"])
    watched.fires()
