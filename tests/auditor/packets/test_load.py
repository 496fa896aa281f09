"""Listening while a packet generator sends: every handshake is seen, and nothing is lost without being told."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.auditor.packets.load import CYCLE, HANDSHAKES, PAIRS, WANTED, write
from tests.netns import namespace, needs_root
from tests.requires import requires_program

pytestmark = [needs_root, requires_program("ip", "trafgen")]
_PAIR = (
    "link add eth0 type veth peer name far0",
    "link set eth0 up",
    "link set far0 up",
    "addr add 10.99.0.1/8 dev eth0",
)
_CYCLES = 12


@pytest.mark.parametrize("pace", [("--rate", "30000pps"), ("--gap", "0us")], ids=["paced", "as fast as can be"])
def test_every_handshake_is_seen_and_no_loss_is_silent(pace: tuple[str, ...], tmp_path: Path) -> None:
    load = tmp_path / "load.cfg"
    write(load)
    with namespace(*_PAIR) as name:
        within = ["ip", "netns", "exec", name]
        command = [sys.executable, "-m", "auditor", "capture", "--interface", "eth0", "--seconds", "5"]
        listener = subprocess.Popen([*within, *command, "--format", "json"], stdout=subprocess.PIPE)
        give_up_at = time.monotonic() + 20
        while (
            b"0003" not in subprocess.run([*within, "cat", "/proc/net/packet"], capture_output=True, check=True).stdout
        ):
            assert time.monotonic() < give_up_at
            time.sleep(0.1)
        send = ["trafgen", "--dev", "far0", "--conf", str(load), "--cpus", "1", "--no-sock-mem", "--notouch-irq", *pace]
        subprocess.run(
            [*within, *send, "--num", str(_CYCLES * CYCLE)], stdout=subprocess.DEVNULL, check=True, timeout=60
        )
        said, _ = listener.communicate(timeout=60)
    answer = json.loads(said)
    dropped = sum(int(one["en"].split()[0].replace(",", "")) for one in answer["problems"])
    tunnels = [one for one in answer["tunnels"] if one["technology"] in ("wireguard", "ikev2", "esp")]
    seen = sum(one["packets"] for one in tunnels)
    assert seen <= _CYCLES * WANTED <= seen + dropped
    assert listener.returncode == (3 if dropped else 0)
    if not dropped:
        assert sum(HANDSHAKES.get(one["technology"], "\0") in str(one["evidence"]) for one in tunnels) == PAIRS
        assert sum(one["kind"] == "choice" for tunnel in tunnels for one in tunnel["details"]) == 5
