"""The probe of the older iptables: only loaded tables, gaps, and the real kernel."""

import subprocess
from pathlib import Path

import pytest

from auditor.errors import SourceDenied
from auditor.host import Host
from auditor.model.rows import Diversion
from auditor.model.sightings import BlindSpot, Reason
from probes.iptables_legacy import PROBE
from tests.fixtures.netfilter import chunk
from tests.netns import inside, namespace
from tests.requires import requires_program, requires_root

from .recorded import view

NET = "proc/thread-self/net"


class MadeHost(Host):
    """A host with given lists of tables, whose kernel answers with recorded ones or refuses."""

    def __init__(self, root: Path, *, refuses: bool = False) -> None:
        super().__init__(str(root))
        self.asked: list[tuple[int, str]] = []
        self.refuses = refuses

    def iptables(self, version: int, table: str) -> bytes:
        self.asked.append((version, table))
        if self.refuses:
            raise SourceDenied("Operation not permitted", needs="CAP_NET_ADMIN")
        return chunk(f"legacy-{table}{version}")


def made(root: Path, *, four: str | None, six: str | None = None, refuses: bool = False) -> MadeHost:
    (root / NET).mkdir(parents=True)
    for name, content in (("ip_tables_names", four), ("ip6_tables_names", six)):
        if content is not None:
            (root / NET / name).write_text(content)
    return MadeHost(root, refuses=refuses)


def test_only_tables_that_are_loaded_are_asked_for(tmp_path: Path) -> None:
    host = made(tmp_path, four="nat\nmangle\n", six="mangle\n")
    found = list(PROBE.run(view(host)))
    assert host.asked == [(4, "nat"), (4, "mangle"), (6, "mangle")]
    assert {row.filter for row in found if isinstance(row, Diversion)} == {"ip_tables"}
    assert {row.family for row in found if isinstance(row, Diversion)} == {"ip", "ip6"}
    assert not any(isinstance(row, BlindSpot) for row in found)


def test_a_kernel_without_it_is_not_asked(tmp_path: Path) -> None:
    host = made(tmp_path, four=None)
    assert (list(PROBE.run(view(host))), host.asked) == ([], [])


def test_a_refusal_is_a_gap_for_each_version(tmp_path: Path) -> None:
    spots = list(PROBE.run(view(made(tmp_path, four="nat\n", six="nat\n", refuses=True))))
    assert [(spot.reason, spot.needs) for spot in spots if isinstance(spot, BlindSpot)] == [
        (Reason.PERMISSION, "CAP_NET_ADMIN")
    ] * 2


@pytest.mark.root
@requires_root
@requires_program("iptables-legacy")
def test_real_kernel() -> None:
    rule = "-t nat -A OUTPUT -p tcp -m tcp --dport 80 -j REDIRECT --to-ports 3128"
    with namespace() as name:
        before = inside(name, lambda: list(PROBE.run(view(Host()))))
        made = subprocess.run(["ip", "netns", "exec", name, "iptables-legacy", *rule.split()], check=False)
        if made.returncode:
            pytest.skip("this kernel has no ip_tables")
        (found,) = inside(name, lambda: list(PROBE.run(view(Host()))))
    assert before == []
    assert found == Diversion(
        "ip_tables", "ip", "nat", "OUTPUT", ("output",), "redirect", to_port=3128, protocol="tcp", ports=((80, 80),)
    )
