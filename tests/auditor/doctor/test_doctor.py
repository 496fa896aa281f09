"""The doctor names what hides, what is broken and what mends it, and calls nothing fine that is not."""

import json
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from auditor.cli import main
from auditor.doctor import papers, schedule, sight, telling
from auditor.doctor.advice import Advice, Health
from auditor.history.store import DIRECTORY, file_name
from auditor.host import Host
from auditor.model.text import Text
from auditor.notify import told
from probes import PROBES
from tests.auditor.check.stored import store
from tests.reports.sample_register import NOW

ROOT = Path(__file__).resolve().parents[3]
ALL = "00000000ffffffff"


def by(found: list[Advice], about: str) -> Advice:
    (advice,) = [advice for advice in found if about in advice.about.en]
    return advice


def host(root: Path, capabilities: str, mounts: str = "proc /proc proc rw 0 0\n") -> Host:
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/1").mkdir()
    (root / "proc/self/status").write_text(f"CapEff:\t{capabilities}\n")
    (root / "proc/self/mounts").write_text(mounts)
    return Host(str(root))


def test_each_capability_that_lacks_says_what_it_hides(tmp_path: Path) -> None:
    found = list(sight.capabilities(PROBES, host(tmp_path, "0000000000001000")))
    assert by(found, "CAP_NET_ADMIN").health is Health.FINE
    lacking = by(found, "CAP_SYS_PTRACE")
    assert (lacking.health, "processes" in lacking.says.en, lacking.mend is not None) == (Health.CARE, True, True)
    assert "namespaces" in by(found, "CAP_SYS_ADMIN").says.en
    wanted = {need for probe in PROBES for need in probe.needs if need.startswith("CAP_")}
    assert all(by(found, name) for name in wanted)


def test_with_all_of_them_nothing_hides(tmp_path: Path) -> None:
    assert {advice.health for advice in sight.capabilities(PROBES, host(tmp_path, ALL))} == {Health.FINE}


@pytest.mark.parametrize(
    ("option", "capabilities", "health"),
    [("hidepid=2", "0", Health.CARE), ("hidepid=invisible", "0", Health.CARE), ("hidepid=0", "0", Health.FINE),
     ("hidepid=2", ALL, Health.FINE)],
)  # fmt: skip
def test_hidden_processes_are_named(tmp_path: Path, option: str, capabilities: str, health: Health) -> None:
    (found,) = sight.processes(host(tmp_path, capabilities, f"proc /proc proc rw,nosuid,{option} 0 0\n"))
    assert found.health is health


def test_no_configuration_is_no_good_health() -> None:
    found = list(papers.papers(None, NOW))
    assert by(found, "configuration").health is Health.CARE


def examples(directory: Path) -> Path:
    shutil.copy(ROOT / "config.example.toml", directory / "auditor.toml")
    shutil.copy(ROOT / "register.example.toml", directory / "register.example.toml")
    return directory / "auditor.toml"


def test_mistakes_are_broken_and_warnings_ask_for_care(tmp_path: Path) -> None:
    path = examples(tmp_path)
    assert max(advice.health for advice in papers.papers(str(path), NOW)) <= Health.CARE
    path.write_text(path.read_text() + "\n[nonsense]\n")
    assert by(list(papers.papers(str(path), NOW)), "configuration").health is Health.BROKEN


def test_a_register_that_others_may_change_asks_for_care(tmp_path: Path) -> None:
    path = examples(tmp_path)
    (tmp_path / "register.example.toml").chmod(0o666)
    found = [advice for advice in papers.papers(str(path), NOW) if "register" in advice.about.en]
    assert any("changed by others" in advice.says.en and advice.health is Health.CARE for advice in found)


def test_old_data_ask_for_care(tmp_path: Path) -> None:
    later = datetime(2029, 1, 1, tzinfo=UTC)
    assert by(list(papers.papers(None, later)), "origin-asn").health is Health.CARE


def test_no_scan_an_old_scan_and_a_changed_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert by(list(schedule.stored(str(tmp_path))), "last scan").health is Health.CARE
    store(tmp_path)
    monkeypatch.setattr(schedule.time, "time", lambda: NOW.timestamp() + 60)
    found = list(schedule.stored(str(tmp_path)))
    assert (by(found, "last scan").health, by(found, "history").health) == (Health.FINE, Health.FINE)
    monkeypatch.setattr(schedule.time, "time", lambda: NOW.timestamp() + 10**6)
    assert by(list(schedule.stored(str(tmp_path))), "last scan").health is Health.CARE
    (tmp_path / DIRECTORY / file_name(1)).write_text("{}")
    assert by(list(schedule.stored(str(tmp_path))), "history").health is Health.BROKEN


def test_cron_counts_as_a_schedule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "_unit_state", lambda _: None)
    monkeypatch.setattr(schedule, "_CRON", (str(tmp_path / "cron.d"), str(tmp_path / "none")))
    (tmp_path / "cron.d").mkdir()
    assert next(schedule.timer()).health is Health.CARE
    (tmp_path / "cron.d/audit").write_text("17 4 * * * root auditor scan --quiet\n")
    assert next(schedule.timer()).health is Health.FINE


@pytest.mark.parametrize(("state", "health"), [("active", Health.FINE), ("inactive", Health.CARE)])
def test_a_timer_counts_when_it_is_active(monkeypatch: pytest.MonkeyPatch, state: str, health: Health) -> None:
    monkeypatch.setattr(schedule, "_unit_state", lambda _: state)
    assert next(schedule.timer()).health is health


def test_the_command_ends_by_the_worst_and_speaks_both_languages(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor", "--directory", str(tmp_path), "--format", "json"]) in (1, 3)
    entries = json.loads(capsys.readouterr().out)
    assert all(entry["says"]["en"] and entry["says"]["zh"] for entry in entries)
    assert main(["doctor", "--directory", str(tmp_path), "--lang", "zh"]) in (1, 3)
    assert "权能" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ("", None),
        ('syslog = "udp://192.0.2.1"', "told on: change"),
        ('syslog = "{dir}/nothing"', "No such file"),
        ('syslog = "{dir}/auditor.toml"', "is no socket"),
        ('command = "auditor.toml"', "is no program"),
        ('command = "/bin/true"', "told on: change"),
    ],
)
def test_ways_of_telling_are_looked_at(tmp_path: Path, settings: str, says: str | None) -> None:
    path = tmp_path / "auditor.toml"
    path.write_text("[notify]\n" + settings.format(dir=tmp_path))
    found = [advice.says.en for advice in telling.notifications(str(path), tmp_path)]
    assert [says in text for text in found if says] == ([True] if says else [])
    assert len(found) == (says is not None)


def test_what_could_not_be_told_is_said(tmp_path: Path) -> None:
    told.write(
        tmp_path, {"command": told.Told(status="ok", problem="ended in 1", failed_at="2026-11-24T12:00:00+00:00")}
    )
    (advice,) = telling.notifications(None, tmp_path)
    assert advice.health is Health.CARE
    assert "command failed at 2026-11-24T12:00:00+00:00: ended in 1" in advice.says.en


def metrics_in(directory: Path, tmp_path: Path) -> Advice:
    path = tmp_path / "auditor.toml"
    path.write_text(f'[report]\ntextfile_directory = "{directory}"\n')
    (advice,) = telling.metrics(str(path))
    return advice


def test_where_metrics_go_is_looked_at(tmp_path: Path) -> None:
    directory = tmp_path / "collector"
    assert metrics_in(directory, tmp_path).health is Health.BROKEN
    directory.mkdir()
    assert metrics_in(directory, tmp_path).says.en.endswith("auditor.prom: No such file or directory")
    file = directory / "auditor.prom"
    file.write_text("")
    os.utime(file, (1_700_000_000, 1_700_000_000))
    file.chmod(0o640)
    assert metrics_in(directory, tmp_path).health is Health.CARE
    file.chmod(0o644)
    assert metrics_in(directory, tmp_path) == Advice(
        Health.FINE,
        Text("metrics for node-exporter", "node-exporter指标"),
        Text(f"{file}, of 2023-11-14T22:13:20+00:00", f"{file}，写于2023-11-14T22:13:20+00:00"),
    )


def test_who_asks_for_no_metrics_hears_nothing_of_them() -> None:
    assert not list(telling.metrics(None))
