"""Signing as people meet it: scan, verify, doctor, by the real command; and never a line of the key in any output."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from auditor.cli import main
from auditor.history.signing import Signer
from tests.auditor.history.keys import GATEWAY, Keys, fake_keygen, line, make_key
from tests.auditor.history.samples import keep


@dataclass(frozen=True)
class Done:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


class Gateway:
    """A configuration and a report directory."""

    def __init__(self, capture: pytest.CaptureFixture[str], work: Path, key: Path, allowed: Path) -> None:
        self._capture, self.reports, self.config = capture, work / "report", work / "auditor.toml"
        self.config.write_text(
            f'[site]\nname = "x"\n[history]\nsigning_key = "{key}"\n'
            f'signer = "{GATEWAY}"\nallowed_signers = "{allowed}"\n'
        )

    def run(self, *arguments: str) -> Done:
        self._capture.readouterr()
        code = main([*arguments, "--config", str(self.config)])
        told = self._capture.readouterr()
        return Done(code, told.out, told.err)

    def scan(self, *options: str) -> Done:
        return self.run("scan", "--probe", "links", "--output", str(self.reports), *options)

    def verify(self, *options: str) -> Done:
        return self.run("verify", "-d", str(self.reports), *options)

    @property
    def report(self) -> dict[str, object]:
        found: dict[str, object] = json.loads((self.reports / "report.json").read_text())
        return found

    def everything(self) -> str:
        files = (path for path in self.reports.rglob("*") if path.is_file())
        return "".join(path.read_bytes().decode("utf-8", "replace") for path in files)


Make = Callable[[Path, Path], Gateway]


@pytest.fixture
def made(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Make:
    return partial(Gateway, capsys, tmp_path)


def test_a_signed_scan_says_its_record_and_is_verified(made: Make, keys: Keys, private_lines: list[str]) -> None:
    gateway = made(keys.ours, keys.allowed)
    scan = gateway.scan()
    head = scan.out.splitlines()[-1].removeprefix("recorded as scan 1: ")
    assert len(head) == 64
    assert scan.err == ""
    verified = gateway.verify("--expect-head", head, "--lang", "both")
    assert verified.code == 0, verified
    assert f"1 record(s) signed by {GATEWAY}" in verified.out
    assert f"1条记录由{GATEWAY}签名" in verified.out
    assert f"end of the chain: {head}" in verified.out
    assert gateway.verify("--expect-head", "0" * 64).code == 2
    assert gateway.verify("--expect-head", "0").code == 3
    told = gateway.everything() + scan.out + scan.err + verified.out + verified.err
    assert not any(secret in told for secret in private_lines)


@pytest.mark.parametrize("option", [(), ("--quiet",), ("--log",)])
def test_a_key_that_cannot_sign_is_in_the_report_and_costs_nothing_else(
    made: Make, tmp_path: Path, keys: Keys, option: tuple[str, ...]
) -> None:
    locked = make_key(tmp_path / "locked", "correct horse")
    gateway = made(locked, keys.allowed)
    scan = gateway.scan(*option)
    assert scan.code in (1, 2, 3)
    assert "has a passphrase" in json.dumps(gateway.report["notices"])
    assert "口令" in json.dumps(gateway.report["notices"], ensure_ascii=False)
    assert any("without a signature" in json.dumps(reason) for reason in gateway.report["status_reasons"])
    assert (gateway.reports / "history/scan-000001.json").exists()
    assert "correct horse" not in gateway.everything() + scan.out + scan.err
    verified = gateway.verify()
    assert verified.code == 2
    assert "no record is signed" in verified.out


def test_a_key_lost_during_the_scan_is_told_on_the_terminal_and_to_monitoring(
    made: Make, tmp_path: Path, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    once = f'[ -e "{tmp_path}/once" ] && exit 1; : > "{tmp_path}/once"; exec /usr/bin/ssh-keygen "$@"'
    path = fake_keygen(tmp_path / "bin", once)
    gateway = made(keys.ours, keys.allowed)
    with monkeypatch.context() as patch:
        patch.setenv("PATH", f"{path}:{os.environ['PATH']}")
        scan = gateway.scan("--quiet")
    assert "stored without a signature" in scan.err
    assert gateway.report["notices"] is not None
    assert "without a signature" not in json.dumps(gateway.report)
    check = subprocess.run(
        [sys.executable, "-m", "auditor", "check", "-d", str(gateway.reports), "-v"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "without a signature" in check.stdout
    verified = gateway.verify()
    assert (verified.code, "signatures/" in verified.out) == (2, True)
    gateway.scan("--quiet")
    verified = gateway.verify()
    assert (verified.code, "signed by a later run" in verified.out) == (1, True)


def test_the_options_say_who_may_sign(tmp_path: Path, keys: Keys, capsys: pytest.CaptureFixture[str]) -> None:
    keep(tmp_path, signer=Signer(str(keys.ours)))
    directory = ["verify", "-d", str(tmp_path)]
    assert main(directory) == 0
    assert "1 signature(s) fit; whose keys made them was not checked" in capsys.readouterr().out
    assert main([*directory, "--allowed-signers", str(keys.allowed), "--signer", GATEWAY]) == 0
    assert main([*directory, "--allowed-signers", str(keys.allowed), "--signer", "other"]) == 2
    assert "made by another" in capsys.readouterr().out
    assert main([*directory, "--allowed-signers", str(keys.allowed)]) == 3
    assert main([*directory, "--allowed-signers", str(keys.allowed), "--signer", "a;b"]) == 3
    assert main([*directory, "--allowed-signers", "/nowhere", "--signer", GATEWAY]) == 3


def test_doctor_tries_the_key_and_the_list(made: Make, tmp_path: Path, keys: Keys) -> None:
    def told(key: Path, allowed: Path) -> dict[str, object]:
        done = made(key, allowed).run("doctor", "-d", str(tmp_path / "none"), "--format", "json")
        (found,) = [advice for advice in json.loads(done.out) if advice["about"]["en"] == "signatures"]
        return {"health": found["health"], **found["says"]}

    fine = told(keys.ours, keys.allowed)
    assert (fine["health"], GATEWAY in str(fine["en"])) == ("fine", True)
    refused = told(keys.other, keys.allowed)
    assert (refused["health"], "does not accept" in str(refused["en"])) == ("care", True)
    narrow = tmp_path / "narrow"
    narrow.write_text(line(keys.ours, options='namespaces="auditor-history"'))
    assert "for auditor-history-late, auditor-evidence" in str(told(keys.ours, narrow)["en"])
    lost = told(tmp_path / "lost", keys.allowed)
    assert (lost["health"], "no file of that name" in str(lost["en"]), "文件不存在" in str(lost["zh"])) == (
        "care", True, True,
    )  # fmt: skip
    assert told(keys.ours, tmp_path / "lost")["health"] == "care"


def test_a_key_pasted_into_the_configuration_is_refused_and_not_repeated(
    tmp_path: Path, keys: Keys, private_lines: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("signing_key", "allowed_signers"):
        config = tmp_path / "auditor.toml"
        config.write_text(f"[site]\nname = 'x'\n[history]\n{name} = '''{keys.ours.read_text()}'''\n")
        assert main(["scan", "--config", str(config), "--output", str(tmp_path / "out")]) == 3
        told = capsys.readouterr()
        assert "holds a private key" in told.err
        assert not any(secret in told.out + told.err for secret in private_lines)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("keys_", "lacks"), [('signer = "a"', "allowed_signers"), ('allowed_signers = "a"', "signer")])
def test_a_signer_needs_a_list_and_a_list_a_signer(
    tmp_path: Path, keys_: str, lacks: str, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "auditor.toml"
    config.write_text(f'[site]\nname = "x"\n[history]\n{keys_}\n')
    assert main(["verify", "-d", str(tmp_path), "--config", str(config)]) == 3
    assert f":4: history.{keys_.partition(' ')[0]}: needs {lacks}" in capsys.readouterr().err
