"""`scan --with-capture` on a real interface: a tunnel that no probe knows is a question, not listening is a gap."""

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

import auditor
from tests.auditor.packets.conversations import CONVERSATIONS
from tests.auditor.packets.made import B
from tests.auditor.packets.test_live import PAIR, _sending
from tests.netns import namespace, needs_root
from tests.requires import requires_program

SCHEMA = Path(auditor.__file__).with_name("schemas") / "report-v1.schema.json"
pytestmark = [needs_root, requires_program("ip")]


def _scan(name: str, output: Path) -> dict[str, object]:
    command = [sys.executable, "-m", "auditor", "scan", "--output", str(output), "--format", "json"]
    command += ["--probe", "addresses", "--probe", "links", "--with-capture", "6"]
    done = subprocess.run(["ip", "netns", "exec", name, *command], capture_output=True, text=True, check=False)
    report = output / "report.json"
    assert report.exists(), done.stderr
    told: dict[str, object] = json.loads(report.read_bytes())
    jsonschema.validate(told, json.loads(SCHEMA.read_bytes()))
    return told


def test_a_tunnel_that_only_packets_show_is_reviewed(tmp_path: Path) -> None:
    commands = (*PAIR, f"address add {B}/24 dev eth0", "route add default dev eth0")
    with namespace(*commands) as name, _sending(name, CONVERSATIONS["WireGuard"][1]):
        report = _scan(name, tmp_path)
    (tunnel,) = (one for one in report["tunnels"] if one["technology"] == "wireguard")  # type: ignore[attr-defined]
    assert (tunnel["verdict"], tunnel["state"], tunnel["owner"]) == ("needs_review", "unknown", None)
    assert tunnel["remotes"][0]["address"] == "192.0.2.10"
    assert [witness["probe"] for witness in tunnel["witnesses"]] == ["packets"]


def test_where_it_cannot_listen_is_a_gap(tmp_path: Path) -> None:
    with namespace() as name:
        report = _scan(name, tmp_path)
    spots = [spot for spot in report["blind_spots"] if spot["probe"] == "packets"]  # type: ignore[attr-defined]
    assert [spot["reason"] for spot in spots] == ["absent"]


def test_it_is_off_by_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from auditor import pipeline
    from auditor.cli import main

    given: dict[str, object] = {}

    def scan(*_: object, **options: object) -> None:
        given.update(options)
        raise KeyboardInterrupt

    monkeypatch.setattr(pipeline, "scan", scan)
    assert main(["scan", "--output", str(tmp_path)]) == 3
    assert given["listen_s"] is None
