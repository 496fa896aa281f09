"""What a scan imports: nothing that is slow to load, and never scapy, which reads the whole routing table."""

import pytest

from tests.lab import Lab

pytestmark = [pytest.mark.root, pytest.mark.lab]
FORBIDDEN = {"scapy", "dns", "numpy", "asyncio", "psutil", "pyroute2"}


def test_a_scan_never_imports_what_is_slow(small_lab: Lab) -> None:
    scan = small_lab.scan(python=("-X", "importtime"))
    lines = [line for line in scan.stderr.splitlines() if line.startswith("import time:")]
    imported = {line.rpartition("|")[2].strip() for line in lines}
    assert {"auditor.pipeline", "probes.links"} <= imported
    roots = {name.partition(".")[0] for name in imported}
    assert roots & FORBIDDEN == set()


def test_importing_a_forbidden_module_would_show(small_lab: Lab) -> None:
    done = small_lab.gateway.run("python3", "-X", "importtime", "-c", "import asyncio")
    assert any(line.rpartition("|")[2].strip() == "asyncio" for line in done.stderr.splitlines())
