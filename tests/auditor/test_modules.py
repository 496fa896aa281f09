"""Which modules are there, told without loading one."""

from pathlib import Path

import pytest

from auditor.errors import SourceAbsent, SourceDenied
from auditor.host import Host
from auditor.modules import present

WANTED = frozenset(("nf_tables", "ip_tables"))
RELEASE = {"proc/sys/kernel/osrelease": "6.1.0-x\n"}
BUILT_IN = "lib/modules/6.1.0-x/modules.builtin"


@pytest.mark.parametrize(
    ("files", "there", "doubt"),
    [
        ({}, WANTED, False),
        ({"proc/modules": "nf_tables 1 0 - Live 0x0\nip_tables 1 0 - Live 0x0\n"}, WANTED, False),
        ({"proc/modules": "", "proc/sys/kernel/modules_disabled": "1\n"}, WANTED, False),
        ({"proc/modules": "", **RELEASE, BUILT_IN: "kernel/net/netfilter/nf_tables.ko\n"}, {"nf_tables"}, False),
        ({"proc/modules": "ip_tables 1 0 - Live 0x0\n", **RELEASE, BUILT_IN: "kernel/x.ko\n"}, {"ip_tables"}, False),
        ({"proc/modules": "ip_tables 1 0 - Live 0x0\n", **RELEASE}, {"ip_tables"}, True),
        (
            {"proc/modules": "", **RELEASE, "proc/kallsyms": "0 t vfs_read\n0 T nft_do_chain\n0 t x\t[ip_tables]\n"},
            {"nf_tables"},
            False,
        ),
        ({"proc/modules": "", **RELEASE, "proc/kallsyms": ""}, set(), True),
        ({"proc/modules": "nf_tables_x 1 0 - Live 0x0\n", **RELEASE, "usr/" + BUILT_IN: ""}, set(), False),
    ],
)
def test_what_is_there(tmp_path: Path, files: dict[str, str], there: set[str], doubt: bool) -> None:
    for path, content in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(content)
    found = present(Host(str(tmp_path)), WANTED)
    assert found.there == there
    assert isinstance(found.doubt, SourceAbsent) is doubt


def test_a_list_that_is_denied_is_a_doubt() -> None:
    class Denied(Host):
        def lines(self, path: str, **_: object):  # type: ignore[no-untyped-def]
            raise SourceDenied("Permission denied")

    found = present(Denied(), WANTED)
    assert (found.there, type(found.doubt)) == (frozenset(), SourceDenied)
