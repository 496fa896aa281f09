"""An outside auditor unpacks the evidence, follows VERIFY.txt to the letter, and sees whatever was changed."""

import json
import re
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from auditor.cli import main
from auditor.config import load_both
from auditor.history import journal, signatures, surveys
from auditor.history.records import ScanRecord, to_line
from auditor.history.signing import Signer
from auditor.history.store import DIRECTORY, opened
from auditor.model.register import HistorySettings
from auditor.publish import publish
from reports import FORMATS
from reports.document import document
from tests.auditor.history.keys import GATEWAY, Keys, fake_keygen, line
from tests.auditor.observed import observation
from tests.reports.sample_register import NOW
from tests.reports.samples import compliant

ROOT = Path(__file__).resolve().parents[3]


class Place:
    """A report directory with scans of three days, the company's files, and the gateway's key, if it signs."""

    def __init__(self, work: Path, keys: Keys | None, like: "Place | None" = None) -> None:
        self.work, self.reports, self.keys = work, work / "report", keys
        self.config = work / "auditor.toml"
        if like is not None:
            shutil.copytree(like.work, work, ignore=shutil.ignore_patterns("evidence*"))
            return
        text = (ROOT / "config.example.toml").read_text("utf-8").replace("register.example.toml", "register.toml")
        if keys is not None:
            signing = f'signing_key = "{keys.ours}"\nsigner = "{GATEWAY}"\nallowed_signers = "{keys.allowed}"\n'
            text = text.replace("[history]\n", f"[history]\n{signing}")
        self.config.write_text(text, "utf-8")
        shutil.copy(ROOT / "register.example.toml", work / "register.toml")
        for day in range(3):
            self.scan(day)

    def scan(self, day: int, **changes: object) -> None:
        files = load_both(str(self.config))
        at = NOW + timedelta(days=day)
        found = replace(compliant(), config=files.config, register=files.register, started_at=at, **changes)
        shown = document(found)
        made = {FORMATS[name].file: partial(FORMATS[name].pieces, shown, "both") for name in ("html", "json")}
        signer = Signer(str(self.keys.ours)) if self.keys else None
        with opened(self.reports, at, signer) as store:
            publish(shown, made, self.reports, store, HistorySettings(), at, seen=observation(at=at) if day else None)

    def pack(self, scan: str, *options: str) -> tuple[int, Path]:
        target = self.work / "evidence.tar.gz"
        arguments = ["evidence", scan, "-d", str(self.reports), "--config", str(self.config), "-o", str(target)]
        return main([*arguments, *options]), target


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory, keys: Keys) -> Place:
    return Place(tmp_path_factory.mktemp("signed"), keys)


@pytest.fixture(scope="module")
def unsigned(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place(tmp_path_factory.mktemp("unsigned"), None)


def unpacked(pack: Path, work: Path) -> Path:
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    subprocess.run(["tar", "-xzf", pack, "-C", work], check=True)
    (top,) = work.iterdir()
    return top


def commands(top: Path) -> list[str]:
    """Return the commands of VERIFY.txt, each with all its lines, as they stand there."""
    found: list[str] = []
    before = False
    for text in (top / "VERIFY.txt").read_text("utf-8").splitlines():
        if text.startswith("    "):
            found[-1:] = [found[-1] + "\n" + text] if before else [*found[-1:], text]
        before = text.startswith("    ")
    return found


def followed(top: Path) -> list[int]:
    """Return how each command ends, in a shell that is nobody's in particular."""
    clean = {"PATH": "/usr/bin:/bin", "LANG": "C"}
    return [
        subprocess.run(["sh", "-c", command], cwd=top, env=clean, capture_output=True, check=False).returncode
        for command in commands(top)
    ]


NEWEST = {
    "report.json", "report.html", "survey.json.gz", "auditor.toml", "register.toml", "guidance/controls.toml",
    "guidance/sources.toml", "record", "journal", "allowed_signers", "VERIFY.txt", "MANIFEST.sha256",
    "MANIFEST.sha256.sig",
}  # fmt: skip


def test_all_is_there_and_every_command_agrees(
    signed: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, pack = signed.pack("last")
    assert code == 0
    assert f"SHA-256: {sha256(pack.read_bytes()).hexdigest()}" in capsys.readouterr().out
    top = unpacked(pack, tmp_path / "out")
    names = {str(path.relative_to(top)) for path in top.rglob("*") if path.is_file()}
    assert {name for name in names if not name.startswith("signatures/")} == NEWEST
    assert len(names) == len(NEWEST) + 3
    assert (top / "report.html").read_bytes() == (signed.reports / "report.html").read_bytes()
    assert len(commands(top)) == 14
    assert set(followed(top)) == {0}


def test_the_same_scan_makes_the_same_bytes(signed: Place) -> None:
    first = signed.pack("2")[1].read_bytes()
    assert signed.pack("2")[1].read_bytes() == first


def changes(top: Path) -> Iterator[tuple[str, Path]]:
    """Change one file after the other, each alone, and put it back."""
    for path in sorted(path for path in top.rglob("*") if path.is_file()):
        whole = path.read_bytes()
        if path.name == "VERIFY.txt":
            path.write_bytes(whole + b"\n")  # NOTE: its commands must stay to be followed
        else:
            data = bytearray(whole)
            data[len(data) // 2] ^= 1
            path.write_bytes(data)
        yield str(path.relative_to(top)), path
        path.write_bytes(whole)


def test_whatever_is_changed_is_found(signed: Place, tmp_path: Path) -> None:
    top = unpacked(signed.pack("last")[1], tmp_path / "out")
    for name, _ in changes(top):
        assert any(followed(top)), name
    for path in sorted(path for path in top.rglob("*") if path.is_file() and path.name != "VERIFY.txt"):
        whole = path.read_bytes()
        path.unlink()
        assert any(followed(top)), path
        path.write_bytes(whole)


def test_who_changes_a_file_and_the_list_too_is_found_by_what_the_record_says(signed: Place, tmp_path: Path) -> None:
    top = unpacked(signed.pack("last")[1], tmp_path / "out")
    tied = {"report.json", "report.html", "auditor.toml", "register.toml", "record", "journal"}
    tied |= {"guidance/controls.toml", "guidance/sources.toml"}
    listed = (top / "MANIFEST.sha256").read_text()
    for name, path in changes(top):
        if name in tied or name.startswith("signatures/"):
            digest = sha256(path.read_bytes()).hexdigest()
            (top / "MANIFEST.sha256").write_text(re.sub(rf"[0-9a-f]{{64}}(?=  {re.escape(name)}\n)", digest, listed))
            ends = followed(top)
            assert ends[0] == 0, name
            assert ends[1] != 0, name
            assert any(ends[2:]), name
    (top / "MANIFEST.sha256").write_text(listed)
    assert not any(followed(top))


def test_an_earlier_scan_has_its_report_made_again(signed: Place, tmp_path: Path) -> None:
    top = unpacked(signed.pack("1")[1], tmp_path / "out")
    assert "made again from report.json" in (top / "VERIFY.txt").read_text()
    assert (top / "report.json").read_bytes() == (signed.reports / DIRECTORY / "scan-000001.json").read_bytes()
    assert sha256((top / "report.json").read_bytes()).hexdigest() in (top / "report.html").read_text("utf-8")
    assert set(followed(top)) == {0}
    one = unpacked(signed.pack("1", "--lang", "en")[1], tmp_path / "en")
    assert (one / "report.html").stat().st_size < (top / "report.html").stat().st_size
    assert set(followed(one)) == {0}


@pytest.mark.parametrize("name", ["2", "last", "file", "report"])
def test_a_scan_is_named_by_number_word_or_file(signed: Place, tmp_path: Path, name: str) -> None:
    asked = {
        "file": str(signed.reports / DIRECTORY / "scan-000002.json"),
        "report": str(signed.reports / "report.json"),
    }.get(name, name)
    top = unpacked(signed.pack(asked)[1], tmp_path / "out")
    assert top.name == f"auditor-evidence-00000{2 if name in ('2', 'file') else 3}"


@pytest.mark.parametrize("name", ["9", "0", "nowhere.json", "a\x00b", "-", str(ROOT / "README.md"), str(ROOT)])
def test_what_is_no_scan_is_refused(signed: Place, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert signed.pack(name)[0] == 3
    assert "internal" not in capsys.readouterr().err


def test_without_a_key_the_digests_alone_are_followed(unsigned: Place, tmp_path: Path) -> None:
    code, pack = unsigned.pack("last")
    assert code == 0
    top = unpacked(pack, tmp_path / "out")
    assert not (top / "MANIFEST.sha256.sig").exists()
    assert "not signed" in (top / "VERIFY.txt").read_text()
    assert set(followed(top)) == {0}
    for name, _ in changes(top):
        assert any(followed(top)), name


def test_signatures_without_a_list_are_checked_for_fit(signed: Place, tmp_path: Path) -> None:
    (tmp_path / "auditor.toml").write_text('[site]\nname = "x"\n')
    target = tmp_path / "evidence.tar.gz"
    files = ["--config", str(tmp_path / "auditor.toml"), "--register", str(signed.work / "register.toml")]
    assert main(["evidence", "last", "-d", str(signed.reports), "-o", str(target), *files]) == 0
    top = unpacked(target, tmp_path / "out")
    assert not (top / "auditor.toml").exists()
    assert "check-novalidate" in (top / "VERIFY.txt").read_text()
    assert "has changed since the scan" in (top / "VERIFY.txt").read_text()
    assert set(followed(top)) == {0}
    (path,) = [path for path in (top / signatures.DIRECTORY).iterdir() if path.name in (top / "VERIFY.txt").read_text()]
    path.write_bytes(path.read_bytes().replace(b"A", b"B", 1))
    assert any(followed(top)[2:])


def test_files_changed_since_are_left_out_and_said_so(signed: Place, keys: Keys, tmp_path: Path) -> None:
    place = Place(tmp_path / "place", keys, like=signed)
    with (place.work / "register.toml").open("a") as stream:
        stream.write("# a line more\n")
    top = unpacked(place.pack("last", "--register", str(place.work / "register.toml"))[1], tmp_path / "out")
    assert not (top / "register.toml").exists()
    assert (top / "auditor.toml").exists()
    assert re.search(r"register\.toml\n   has changed since the scan: SHA-256 [0-9a-f]{64} -> ", _told(top))
    assert set(followed(top)) == {0}


def _told(top: Path) -> str:
    return (top / "VERIFY.txt").read_text("utf-8")


SECRETS = {
    "private key": "-----BEGIN OPENSSH PRIVATE KEY-----",
    "wireguard": "PrivateKey = yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=",
    "password": 'password = "hunter2"',
}


@pytest.mark.parametrize("kind", SECRETS)
def test_a_secret_in_a_comment_of_the_companys_files_never_travels(unsigned: Place, tmp_path: Path, kind: str) -> None:
    place = Place(tmp_path / "place", None, like=unsigned)
    with place.config.open("a") as stream:
        stream.write(f"# {SECRETS[kind]}\n")
    place.scan(4)
    top = unpacked(place.pack("last")[1], tmp_path / "out")
    assert "looks like a secret" in _told(top)
    assert not (top / "auditor.toml").exists()
    assert not any(SECRETS[kind].encode() in path.read_bytes() for path in top.rglob("*") if path.is_file())


def test_a_private_key_in_place_of_the_list_of_signers_never_travels(
    signed: Place, keys: Keys, private_lines: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    code, _ = signed.pack("last", "--allowed-signers", str(keys.ours), "--signer", GATEWAY)
    told = capsys.readouterr()
    assert code == 3
    assert not any(secret in told.out + told.err for secret in private_lines)


def test_the_key_itself_is_never_in_the_pack(signed: Place, tmp_path: Path, private_lines: list[str]) -> None:
    top = unpacked(signed.pack("last")[1], tmp_path / "out")
    for path in top.rglob("*"):
        assert not path.is_file() or not any(secret.encode() in path.read_bytes() for secret in private_lines)


def test_a_list_that_does_not_hold_the_key_leaves_the_pack_unsealed(signed: Place, keys: Keys, tmp_path: Path) -> None:
    (tmp_path / "list").write_text(line(keys.other) + line(keys.ours, options='namespaces="auditor-history*"'))
    code, pack = signed.pack("last", "--allowed-signers", str(tmp_path / "list"), "--signer", GATEWAY)
    assert code == 0
    top = unpacked(pack, tmp_path / "out")
    assert not (top / "MANIFEST.sha256.sig").exists()
    assert set(followed(top)) == {0}


def test_an_attacker_who_makes_everything_anew_is_found_by_the_signature(
    signed: Place, unsigned: Place, keys: Keys, tmp_path: Path
) -> None:
    """All digests fit, and the one key that is missing is the company's."""
    top = unpacked(signed.pack("last")[1], tmp_path / "out")
    other = Signer(str(keys.other))
    forged = Place(tmp_path / "forged", None, like=unsigned)
    history = forged.reports / DIRECTORY
    for item in journal.read(history):
        assert item.record is not None
        signatures.add(history, item.record, other, "auditor-history")
    (tmp_path / "theirs").write_text(line(keys.other))
    pack = forged.pack("last", "--allowed-signers", str(tmp_path / "theirs"), "--signer", GATEWAY)[1]
    fake = unpacked(pack, tmp_path / "fake")
    assert set(followed(fake)) == {0}
    shutil.copy(top / "allowed_signers", fake / "allowed_signers")
    assert sum(end != 0 for end in followed(fake)[1:]) >= 2


def test_a_name_in_the_journal_cannot_become_a_command(unsigned: Place, tmp_path: Path) -> None:
    place = Place(tmp_path / "place", None, like=unsigned)
    history = place.reports / DIRECTORY
    last = list(journal.read(history))[-1].record
    assert isinstance(last, ScanRecord)
    evil = replace(last, gateway=f"gw\n    touch {tmp_path}/done\n", at="x\n    false\n", number=4)
    shutil.copy(history / "scan-000003.json", history / "scan-000004.json")
    head = journal.head(history)
    journal.append(history, to_line(replace(evil, previous=head.digest, file="scan-000004.json")), head)
    top = unpacked(place.pack("4")[1], tmp_path / "out")
    assert not any("touch" in command for command in commands(top))
    assert len(commands(top)) == 10
    for stored_at in ("never", "9999-12-31T23:59:59-23:00"):
        bad = replace(evil, number=5, file="scan-000004.json", stored_at=stored_at)
        head = journal.head(history)
        journal.append(history, to_line(replace(bad, previous=head.digest)), head)
        assert place.pack("5")[0] == 3


def test_what_the_scan_saw_is_packed_as_recorded_or_not_at_all(
    unsigned: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = Place(tmp_path / "place", None, like=unsigned)
    path = place.reports / DIRECTORY / surveys.file_name(3)
    top = unpacked(place.pack("3")[1], tmp_path / "out")
    assert (top / "survey.json.gz").read_bytes() == path.read_bytes()
    path.write_bytes(path.read_bytes()[:-1])
    assert place.pack("3")[0] == 3
    assert "its bytes are not the ones that were recorded" in capsys.readouterr().err
    path.unlink()
    for number in ("3", "1"):  # gone since, never kept
        top = unpacked(place.pack(number)[1], tmp_path / "out")
        assert not (top / "survey.json.gz").exists()
        assert "survey.json.gz\n   what the scan saw was not stored" in _told(top)
        assert set(followed(top)) == {0}


def test_a_scan_that_is_not_the_recorded_one_is_not_packed(
    unsigned: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = Place(tmp_path / "place", None, like=unsigned)
    path = place.reports / DIRECTORY / "scan-000002.json"
    path.write_bytes(path.read_bytes().replace(b"compliant", b"Compliant", 1))
    assert place.pack("2")[0] == 3
    assert "not the ones that were recorded" in capsys.readouterr().err
    assert not list(place.work.glob("evidence*"))
    assert not list(place.work.glob(".auditor*"))
    text = (place.reports / DIRECTORY / journal.NAME).read_bytes()
    (place.reports / DIRECTORY / journal.NAME).write_bytes(text.replace(b'"verdict"', b'"Verdict"', 1))
    assert place.pack("3")[0] == 2


def test_a_record_that_should_be_signed_and_is_not(signed: Place, unsigned: Place, keys: Keys) -> None:
    assert unsigned.pack("last", "--allowed-signers", str(keys.allowed), "--signer", GATEWAY)[0] == 1
    assert signed.pack("last")[0] == 0


def test_an_output_that_cannot_be_written_is_an_error(signed: Place, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["evidence", "last", "-d", str(signed.reports), "--config", str(signed.config)]
    assert main([*arguments, "-o", "/nowhere/evidence.tar.gz"]) == 3
    assert "/nowhere/evidence.tar.gz: cannot be packed: No such file or directory" in capsys.readouterr().err


def test_a_report_that_this_release_cannot_read_is_left_out(unsigned: Place, tmp_path: Path) -> None:
    place = Place(tmp_path / "place", None, like=unsigned)
    shown: dict[str, Any] = json.loads((place.reports / "report.json").read_text())
    shown["counts"] = None
    with opened(place.reports, NOW) as store:
        store.keep([json.dumps(shown)], shown)
    top = unpacked(place.pack("4")[1], tmp_path / "out")
    assert re.search(r"report\.html\n   cannot be made by this release: .*counts", _told(top))
    assert set(followed(top)) == {0}


def test_an_ssh_keygen_that_fails_leaves_the_pack_unsealed(
    signed: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", fake_keygen(tmp_path / "bin", "exit 1"))
    code, pack = signed.pack("last")
    assert code == 0
    assert not any("MANIFEST.sha256.sig" in name for name in _names(pack))


def _names(pack: Path) -> list[str]:
    with tarfile.open(pack) as archive:
        return archive.getnames()
