"""The fuzzer runs for a while on every conversation and capture and what it found before; a minute in CI, else less."""

import importlib.util
import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from tests.auditor.packets.conversations import CONVERSATIONS, TRAPS
from tests.auditor.packets.made import pcap, pcapng
from tests.auditor.packets.test_corpus import OWN

_KEPT = Path(__file__).parents[2] / "fixtures" / "fuzz" / "packets"
_SECONDS = 60 if os.environ.get("CI") else 8
# The peak of a process's memory (getrusage(2)), which the fuzzer limits, begins at that of the process that made it.
_BY_A_SMALL_PROCESS = ("sh", "-c", '"$@"; exit $?', "sh")
ATHERIS = pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="needs atheris (extra test)")


@ATHERIS
def test_nothing_crashes_under_the_fuzzer(tmp_path: Path) -> None:
    corpus, found = tmp_path / "corpus", tmp_path / "found"
    corpus.mkdir()
    found.mkdir()
    inputs = [b"\0" + form(frames) for _, frames in CONVERSATIONS.values() for form in (pcap, pcapng)]
    inputs += [b"\1" + b"".join(len(one).to_bytes(2) + one for one in frames[:40]) for frames in TRAPS.values()]
    inputs += [b"\0" + file.read_bytes()[:20_000] for file in OWN.glob("**/*.pcap")]
    inputs += [file.read_bytes() for file in _KEPT.iterdir()]
    for data in inputs:
        (corpus / sha256(data).hexdigest()[:16]).write_bytes(data)
    options = [f"-max_total_time={_SECONDS}", "-timeout=10", "-rss_limit_mb=1024", f"-artifact_prefix={found}/"]
    done = subprocess.run(
        [*_BY_A_SMALL_PROCESS, sys.executable, "-m", "tests.auditor.packets.fuzz", *options, str(corpus)],
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        timeout=_SECONDS * 3 + 60,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert list(found.iterdir()) == []
