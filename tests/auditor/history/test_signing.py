"""Signing never costs a scan, tells what is wrong with a key, and never tells the key."""

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from auditor.history import journal, keygen, signatures, signing
from auditor.history.records import RetentionRecord
from auditor.history.signing import Signer
from auditor.history.store import DIRECTORY, opened
from auditor.history.verify import verify
from tests.auditor.history.keys import Keys, fake_keygen, make_key
from tests.auditor.history.samples import NOON, daily, keep


def said(signer: Signer) -> str:
    assert signer.problem is not None
    assert signer.notice is not None
    assert signer.problem.zh
    assert signer.problem.en in signer.notice.en
    return signer.problem.en


def test_every_record_is_signed_by_the_run_that_wrote_it(tmp_path: Path, keys: Keys, signer: Signer) -> None:
    history = daily(tmp_path, 3, signer)
    with opened(tmp_path, NOON, signer) as store:
        store.prune(NOON, max_age_days=None, max_count=2)
    lines = list(journal.read(history))
    assert isinstance(lines[-1].record, RetentionRecord)
    assert all(line.record and line.record.signed_by == signer.fingerprint for line in lines)
    assert signatures.names(history) == sorted(f"{line.digest}.sig" for line in lines[1:])
    found = verify(tmp_path, history, keys.trust)
    assert (found.sound, found.signed, found.status) == (True, 3, "ok")
    for line in lines[1:]:
        check = ["ssh-keygen", "-Y", "verify", "-f", keys.allowed, "-I", "sh-gw-1", "-n", signing.RECORD]
        text = (history / journal.NAME).read_bytes().splitlines(keepends=True)[line.number - 1]
        check += ["-s", history / signatures.file_name(line.digest)]
        assert subprocess.run(check, input=text, capture_output=True, check=False).returncode == 0


def test_records_without_a_key_are_the_bytes_they_always_were(tmp_path: Path) -> None:
    history = daily(tmp_path, 2)
    assert b"signed_by" not in (history / journal.NAME).read_bytes()
    assert not (history / signatures.DIRECTORY).exists()


def unusable(tmp_path: Path, kind: str) -> Path:
    path = tmp_path / "key"
    if kind == "directory":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "empty":
        path.touch(0o600)
    elif kind == "passphrase":
        make_key(path, "correct horse")
    elif kind == "damaged":
        text = make_key(path).read_text()
        path.write_text(text[:200])
    elif kind == "others may read":
        make_key(path).chmod(0o640)
    elif kind == "no agent":
        return make_key(path).with_suffix(".pub")
    elif kind == "no key":
        path.write_text("nothing of the kind")
    return path


UNUSABLE = {
    "absent": "there is no file of that name",
    "directory": "it is no file with a key",
    "pipe": "it is no file with a key",
    "empty": "it is no file with a key",
    "passphrase": "has a passphrase",
    "damaged": "does not take it for a private key",
    "others may read": "chmod 600",
    "no agent": "no agent that SSH_AUTH_SOCK names",
    "no key": "no agent that SSH_AUTH_SOCK names",
}


@pytest.mark.parametrize("kind", UNUSABLE)
def test_a_key_that_cannot_sign_is_told_and_the_scan_is_kept(
    tmp_path: Path, kind: str, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    began_s = time.monotonic()
    signer = Signer(str(unusable(tmp_path, kind)))
    assert UNUSABLE[kind] in said(signer)
    assert keep(tmp_path, signer=signer).signed_by is None
    assert verify(tmp_path, tmp_path / DIRECTORY).sound
    assert not verify(tmp_path, tmp_path / DIRECTORY, keys.trust).sound
    assert time.monotonic() - began_s < 5


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root: reads as another user")
def test_a_key_of_somebody_else_is_told(tmp_path: Path) -> None:
    key = make_key(tmp_path / "key")
    os.chown(key, 65534, 65534)
    assert "owned by root" in said(Signer(str(key)))
    key.chmod(0)
    os.chown(key, 0, 0)
    child = os.fork()
    if child == 0:
        tmp_path.chmod(0o755)
        for above in tmp_path.parents:
            if above != Path("/tmp") and above.is_relative_to("/tmp"):
                above.chmod(0o755)
        os.setuid(65534)
        os._exit("Permission denied" not in said(Signer(str(key))))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


BROKEN_TOOLS = {
    "hangs": ("sleep 60 & sleep 60", "gave no answer in 1 s"),
    "says nothing": ("cat >/dev/null", "does not take it"),
    "writes rubbish": ("echo rubbish", "gave no signature"),
    "dies": ("kill -9 $$", "does not take it"),
    "reads nothing": ("exit 1", "does not take it"),
}


@pytest.mark.parametrize("kind", BROKEN_TOOLS)
def test_an_ssh_keygen_that_fails_is_told(
    tmp_path: Path, keys: Keys, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    script, says = BROKEN_TOOLS[kind]
    monkeypatch.setattr(keygen, "TIME_LIMIT_S", 1.0 if kind == "hangs" else 10.0)
    monkeypatch.setenv("PATH", fake_keygen(tmp_path / "bin", script))
    monkeypatch.setattr(keygen, "_SLOW", keygen.Text("gave no answer in 1 s", "x"))
    began_s = time.monotonic()
    assert says in said(Signer(str(keys.ours)))
    assert time.monotonic() - began_s < 3


def test_without_ssh_keygen(tmp_path: Path, keys: Keys, signer: Signer, monkeypatch: pytest.MonkeyPatch) -> None:
    history = daily(tmp_path, 2, signer)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "package openssh-client" in said(Signer(str(keys.ours)))
    found = verify(tmp_path, history, keys.trust)
    assert (found.sound, found.status, found.signed) == (True, "unknown", 0)


@pytest.fixture
def agent(keys: Keys, tmp_path: Path) -> Iterator[str]:
    socket = str(tmp_path / "agent")
    process = subprocess.Popen(["ssh-agent", "-D", "-a", socket], stdout=subprocess.DEVNULL)
    while not Path(socket).exists():
        time.sleep(0.01)
    subprocess.run(["ssh-add", "-q", keys.ours], env={**os.environ, "SSH_AUTH_SOCK": socket}, check=True)
    yield socket
    process.kill()
    process.wait()


def test_a_key_that_an_agent_holds(
    tmp_path: Path, keys: Keys, signer: Signer, agent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    public = tmp_path / "public.pub"
    public.write_bytes(keys.ours.with_suffix(".pub").read_bytes())
    monkeypatch.setenv("SSH_AUTH_SOCK", agent)
    held = Signer(str(public))
    assert held.fingerprint == signer.fingerprint
    keep(tmp_path, signer=held)
    assert verify(tmp_path, tmp_path / DIRECTORY, keys.trust).status == "ok"


def test_a_run_stopped_before_it_signed_is_signed_by_the_next_and_says_so(
    tmp_path: Path, keys: Keys, signer: Signer
) -> None:
    history = daily(tmp_path, 2, signer)
    record = keep(tmp_path, signer=signer)
    (last,) = list(journal.read(history))[-1:]
    (history / signatures.file_name(last.digest)).unlink()
    (history / signatures.DIRECTORY / ".x.sig.1.new").write_text("half")
    found = verify(tmp_path, history, keys.trust)
    assert [finding.file for finding in found.findings if finding.fault] == [signatures.file_name(last.digest)]
    keep(tmp_path, signer=signer)
    found = verify(tmp_path, history, keys.trust)
    assert (found.sound, found.status, found.signed) == (True, "warning", 4)
    assert [f.says.en.partition(" than")[0] for f in found.findings if f.asks == "warning"] == ["signed by a later run"]
    assert not list((history / signatures.DIRECTORY).glob(".*"))
    assert record.signed_by == signer.fingerprint


def test_what_was_put_there_is_never_signed_late(tmp_path: Path, signer: Signer, other: Signer) -> None:
    """Neither a record of another key, nor one whose scan is another, nor one behind a broken chain."""
    history = daily(tmp_path / "a", 2, signer)
    keep(tmp_path / "a", signer=other)
    for name in signatures.names(history)[:]:
        if name.removesuffix(".sig") == list(journal.read(history))[-1].digest:
            (history / signatures.DIRECTORY / name).unlink()
    before = signatures.names(history)
    signatures.add_late(history, signer)
    assert signatures.names(history) == before

    history = daily(tmp_path / "b", 2, signer)
    last = list(journal.read(history))[-1].digest
    (history / signatures.file_name(last)).unlink()
    (history / "scan-000002.json").write_text("{}")
    signatures.add_late(history, signer)
    assert len(signatures.names(history)) == 1

    history = daily(tmp_path / "c", 3, signer)
    lines = (history / journal.NAME).read_bytes().splitlines(keepends=True)
    (history / journal.NAME).write_bytes(lines[0] + lines[2])
    for name in signatures.names(history):
        (history / signatures.DIRECTORY / name).unlink()
    signatures.add_late(history, signer)
    assert signatures.names(history) == []


def test_a_disk_that_cannot_take_the_signature_keeps_the_scan(tmp_path: Path, keys: Keys, signer: Signer) -> None:
    history = daily(tmp_path, 1)
    (history / signatures.DIRECTORY).write_text("a file in the way")
    assert keep(tmp_path, signer=signer).number == 2
    assert "could not be stored" in said(signer)
    (history / signatures.DIRECTORY).unlink()
    keep(tmp_path, signer=Signer(str(keys.ours)))
    assert verify(tmp_path, history, keys.trust).status == "warning"


def test_no_output_ever_holds_the_key(
    tmp_path: Path, keys: Keys, private_lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even a tool that prints the key it was given is not quoted."""
    path = fake_keygen(tmp_path / "bin", f"/bin/cat {keys.ours}; /bin/cat {keys.ours} >&2; exit 1")
    monkeypatch.setenv("PATH", path)
    signer = Signer(str(keys.ours))
    keep(tmp_path, signer=signer)
    told = repr(signer.problem) + repr(signer.notice)
    written = b"".join(path.read_bytes() for path in (tmp_path / DIRECTORY).rglob("*") if path.is_file())
    assert not any(secret in told or secret.encode() in written for secret in private_lines)
