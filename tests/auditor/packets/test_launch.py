"""The process that dissects, begun as a copy of this one: as closed off as a program of its own, and as right."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from auditor.packets.details import endings
from tests.auditor.packets import handshakes
from tests.auditor.packets.conversations import INSIDE
from tests.auditor.packets.made import pcap

ROOT = Path(__file__).parents[3]
PRELUDE = """
import json, os, signal, sys
from auditor.packets.details import child, endings, launch, proof, talk
from auditor.packets.message import Message
PROVED = [Message(kind, "192.0.2.1", bytes.fromhex(data)) for kind, data, _ in proof.PROOFS]
EXPECTED = [answer for _, _, answer in proof.PROOFS]
begun = []
def program(how, begin=launch.program):
    begun.append(how)
    return begin(how)
launch.program = program
def found_by(look):
    load = child.load
    found = lambda kinds: {**load(kinds), "gre": (lambda said: lambda _: said)(look())}
    child.load = found
    return talk.ask([Message("gre", "192.0.2.1", b"")], first=launch.copy)[0]
"""


def alone(code: str, **options: Any) -> str:
    """Return what `code` prints in a Python of its own, which has one thread."""
    command = [sys.executable, "-c", PRELUDE + code]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=60, check=False, **options)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_a_copy_dissects_as_expected_and_is_enough() -> None:
    assert alone("assert talk.ask(PROVED, first=launch.copy) == EXPECTED; print(begun)") == "[]\n"


def test_a_copy_that_does_not_prove_itself_is_followed_by_a_program() -> None:
    code = "proof.given = lambda *_: False\nassert talk.ask(PROVED, first=launch.copy) == EXPECTED; print(begun)"
    assert alone(code) == "['whole']\n"


def test_of_a_process_with_threads_no_copy_is_made() -> None:
    code = (
        "import threading\nwait = threading.Event(); threading.Thread(target=wait.wait).start()\n"
        "assert talk.ask(PROVED, first=launch.copy) == EXPECTED; print(begun); wait.set()"
    )
    assert alone(code) == "['spare']\n"


def test_a_copy_has_its_own_network_and_none_of_what_the_process_has_open_or_set() -> None:
    code = """
kept = open("/etc/passwd")
os.environ["AUDITOR_TOKEN"] = "secret"
signal.signal(signal.SIGTERM, lambda *_: None)
def look():
    files = sorted(int(one) for one in os.listdir("/proc/self/fd"))
    return {"files": files, "network": os.readlink("/proc/self/ns/net"), "environment": dict(os.environ),
            "directory": os.getcwd(), "default": signal.getsignal(signal.SIGTERM) == signal.SIG_DFL}
print(json.dumps(found_by(look)))
"""
    found = json.loads(alone(code))
    assert found.pop("network") != os.readlink("/proc/self/ns/net")
    assert found == {
        "files": [0, 1, 2],  # the first is the directory that lists them: the question has been read and closed
        "environment": {"HOME": "/nonexistent", "LANG": "C.UTF-8"},
        "directory": "/",
        "default": True,
    }


def test_a_program_has_nothing_of_what_the_process_was_given_open() -> None:
    look = (
        "import os; import auditor.packets.details.child as child; load = child.load; "
        "child.load = lambda kinds: {**load(kinds), 'gre': lambda _, n=len(os.listdir('/proc/self/fd')): {'key': n}}; "
    )
    code = f"""
launch._START = launch._START.replace("from auditor", {look!r} + "from auditor")
print(talk.ask([Message("gre", "192.0.2.1", b"")], first=launch.program))
"""
    given, other = os.pipe()
    try:
        assert alone(code, pass_fds=(given, other)) == "[{'key': 3}]\n"
    finally:
        os.close(given)
        os.close(other)


def test_a_copy_says_nothing_that_the_process_had_still_to_say() -> None:
    code = "sys.stdout.write('first '); assert talk.ask(PROVED, first=launch.copy) == EXPECTED; print('last')"
    assert alone(code) == "first last\n"


def test_a_copy_takes_nothing_from_a_capture_on_standard_input(tmp_path: Path) -> None:
    data = pcap(handshakes.handshakes(INSIDE))
    file = tmp_path / "handshakes.pcap"
    file.write_bytes(data)
    command = [sys.executable, "-m", "auditor", "capture", "--format", "json", "--read"]
    told = [
        json.loads(subprocess.run([*command, name], input=data, capture_output=True, cwd=ROOT, check=True).stdout)
        for name in (str(file), "-")
    ]
    assert told[0]["tunnels"] == told[1]["tunnels"]
    assert [one["notes"] for one in told] == [[], []]
    assert sum(len(tunnel["details"]) for tunnel in told[0]["tunnels"]) > 10


@pytest.mark.parametrize("way", ["copy", "program"])
@pytest.mark.parametrize("closed", [(0,), (0, 1), (0, 1, 2)])
def test_standard_streams_may_be_closed(way: str, closed: tuple[int, ...], tmp_path: Path) -> None:
    answer = tmp_path / "answer"
    close = "".join(f"os.close({number}); " for number in closed)
    code = (
        f"{close}good = talk.ask(PROVED, first=launch.{way}) == EXPECTED; open({str(answer)!r}, 'w').write(str(good)); "
    )
    subprocess.run([sys.executable, "-c", PRELUDE + code + "os._exit(0)"], cwd=ROOT, timeout=60, check=True)
    assert answer.read_text() == "True"


def test_a_process_whose_end_nobody_waits_for_is_begun_all_the_same() -> None:
    code = "signal.signal(signal.SIGCHLD, signal.SIG_IGN); "
    for way in ("copy", "program"):
        assert alone(code + f"assert talk.ask(PROVED, first=launch.{way}) == EXPECTED") == ""


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (f"child.close_off = lambda _: sys.exit({endings.NOT_CLOSED})", "cannot be closed off"),
        ("child.close_off = lambda _: 1 / 0", "without a sound answer"),
        ("child.close_off = lambda _: sys.exit('why')", "without a sound answer"),
        ("child.close_off = lambda _: os.abort()", "without a sound answer"),
        ("import time; child.close_off = lambda _: time.sleep(60)", "took too long"),
        ("child.close_off = lambda _: os.close(1) or signal.pause()", "took too long"),
    ],
)
def test_a_copy_that_misbehaves_is_told_and_ended(fault: str, why: str) -> None:
    code = f"""
{fault}
try:
    talk.ask(PROVED, first=launch.copy, limit_s=1.5)
except talk.NotDissected as error:
    print(error)
try:
    os.waitpid(-1, os.WNOHANG)
except ChildProcessError:
    print("ended", sorted(map(int, os.listdir("/proc/self/fd")))[:-1])
"""
    said = alone(code).splitlines()
    assert why in said[0]
    assert said[1:] == ["ended [0, 1, 2]"]
