"""A resolver that never answers neither holds a scan up nor hides: it ends in time, and says what it does not know."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.requires import missing, requires_root

PROJECT = Path(__file__).resolve().parents[2]
_INSIDE = """\
import json, pathlib, signal, socket, subprocess, sys, time

work = pathlib.Path(sys.argv[1])
subprocess.run("mount -t tmpfs tmpfs /etc/wireguard".split(), check=True)
pathlib.Path("/etc/wireguard/spare.conf").write_text((work / "spare.conf").read_text())
subprocess.run("ip link set lo up".split(), check=True)
silent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
silent.bind(("127.0.0.1", 5353))

def scan(config, output):
    command = [sys.executable, "-m", "auditor", "scan", "--config", str(work / config), "--output", str(work / output)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

began = time.monotonic()
bounded = scan("short.toml", "bounded")
text, errors = bounded.communicate(timeout=60)
took = time.monotonic() - began
silent.setblocking(False)
asked = 0
try:
    while silent.recv(4096):
        asked += 1
except BlockingIOError:
    pass
silent.setblocking(True)
stopped = scan("long.toml", "stopped")
silent.settimeout(30)
silent.recv(4096)  # it is asking now
began = time.monotonic()
stopped.send_signal(signal.SIGTERM)
_, said = stopped.communicate(timeout=60)
print(json.dumps({"code": bounded.returncode, "took_s": took, "asked": asked, "text": text, "errors": errors,
                  "stopped": stopped.returncode, "stopped_s": time.monotonic() - began, "said": said}))
"""
_NAMES = 24

pytestmark = [pytest.mark.root, pytest.mark.lab, requires_root]


class Outcome(NamedTuple):
    """What the scan with a time limit said, the report it wrote, and the directory of one that was stopped."""

    said: dict[str, Any]
    report: dict[str, Any]
    stopped: Path


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    if packages := missing("ip", "unshare"):
        pytest.skip(f"needs Debian packages: {' '.join(packages)}")
    work = tmp_path_factory.mktemp("silent")
    peers = "".join(
        f"[Peer]\nPublicKey = {chr(65 + n) * 42}A=\nEndpoint = h{n}.example.net:51820\nAllowedIPs = 10.9.{n}.0/24\n"
        for n in range(_NAMES)
    )
    (work / "spare.conf").write_text(f"[Interface]\nPrivateKey = {'A' * 43}=\n{peers}")
    for name, limits in (("short", "question_limit_s = 1\ntime_limit_s = 2\n"), ("long", "question_limit_s = 60\n")):
        (work / f"{name}.toml").write_text(
            '[site]\nname = "Shanghai"\nlocation = "CN"\n'
            f'[lookups]\nenabled = true\nresolvers = ["127.0.0.1:5353"]\n{limits}'
        )
    own = ["unshare", "--net", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child"]
    done = subprocess.run(
        [*own, sys.executable, "-B", "-c", _INSIDE, str(work)], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    report = json.loads((work / "bounded" / "report.json").read_text())
    return Outcome(json.loads(done.stdout), report, work / "stopped")


def test_the_scan_ends_in_time_and_is_incomplete(outcome: Outcome) -> None:
    assert outcome.said["code"] == 3, outcome.said["errors"]
    assert outcome.said["took_s"] < 15
    assert 0 < outcome.said["asked"] <= _NAMES * 2
    questions = outcome.report["lookups"]["questions"]
    assert len(questions) == _NAMES * 2
    assert {one["outcome"] for one in questions} == {"timeout", "out_of_time"}
    assert outcome.report["lookups"]["asked"] < len(questions)


def test_what_stays_unknown_is_a_blind_spot_and_says_how_to_mend_it(outcome: Outcome) -> None:
    spots = [spot for spot in outcome.report["blind_spots"] if spot["probe"] == "lookups"]
    assert {spot["detail"].partition(":")[0] for spot in spots} == {"timeout", "out of time"}
    assert all(spot["hides"] == ["wireguard"] and "127.0.0.1:5353" in spot["source"] for spot in spots)
    assert "[lookups]" in spots[0]["how_to_open"]["en"]
    (tunnel,) = outcome.report["tunnels"]
    assert {place["location"] for place in tunnel["places"]["remotes"]} == {None}
    assert {end["address"] for end in tunnel["remotes"]} == {None}
    assert tunnel["verdict"] == "needs_review"
    assert "no answer in time" in tunnel["places"]["remotes"][0]["why"]["en"]


def test_a_scan_that_is_stopped_while_it_asks_ends_soon_and_writes_nothing(outcome: Outcome) -> None:
    assert outcome.said["stopped"] == 3
    assert outcome.said["stopped_s"] < 6
    assert "Traceback" not in outcome.said["said"]
    assert not [*outcome.stopped.glob("report*"), *outcome.stopped.rglob("scan-*")]
