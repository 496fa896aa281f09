"""IPsec connections of strongSwan and libreswan, from their files and never from their secrets."""

import re
from pathlib import Path

import pytest

from auditor.model.rows import Configured, NamedEnd
from probes import ipsec_conf
from tests.lab.node import Node, wait_until
from tests.probes.conf import SECRET, ask, is_denied, said, withstands, write
from tests.requires import requires_program, requires_root

SWANCTL, IPSEC = "/etc/swanctl/swanctl.conf", "/etc/ipsec.conf"
MODERN = f"""\
# comment {{
defaults {{
    local_addrs = 192.0.2.10
    remote {{ auth = psk }}
}}
connections {{
    plant : defaults {{
        remote_addrs = 203.0.113.1, plant.example , %any, 10.0.0.0/8
        remote_port = 4500
        local {{
            id = "CN=gw, O=Corp"
            secret = {SECRET}
        }}
        children {{
            net {{
                remote_ts = 10.1.0.0/16, 10.2.0.1/32[tcp/80]
                start_action = trap
            }}
        }}
    }}
    pass-lan {{
        children {{ lan {{ mode = pass }} }}
    }}
    staff
    {{
        pools = staff
        remote-1 {{ auth = eap-tls
                    eap_id = zhang.san@{SECRET} }}
        children {{ any {{ }} }}
    }}
}}
secrets {{
    ike {{
        secret = "{SECRET}
          remote_addrs = {SECRET}"
    }}
}}
include conf.d/*.conf
"""
CLASSIC = f"""\
version 2.0
config setup
    # comment
conn %default
    left=192.0.2.10
    ikelifetime=60m

conn base
    rightauth=psk
    leftid="CN={SECRET}"

conn warehouse
    also=base
    right=203.0.113.9
    rightsubnet=10.3.0.0/16
    auto=start
ca corp
    cacert={SECRET}
"""


def test_swanctl_conf_with_sections_that_others_take_over(tmp_path: Path) -> None:
    write(tmp_path, {SWANCTL: MODERN, "/etc/systemd/system/multi-user.target.wants/strongswan.service": ""})
    assert ask(tmp_path, ipsec_conf.PROBE) == (
        [
            Configured(
                technology="ipsec",
                manager="swanctl",
                name="plant",
                source=SWANCTL,
                role="p2p",
                local="192.0.2.10",
                remotes=(NamedEnd("203.0.113.1", 4500, "udp"), NamedEnd("plant.example", 4500, "udp")),
                prefixes=("10.1.0.0/16", "10.2.0.1/32"),
                autostart=True,
            ),
            Configured(
                technology="ipsec",
                manager="swanctl",
                name="staff",
                source=SWANCTL,
                role="server",
                autostart=False,
                people=True,
            ),
        ],
        [],
    )


def test_includes_are_read_where_they_stand(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            SWANCTL: "connections {\n include more/*.inc\n}\ninclude conf.d/*.conf\n",
            "/etc/swanctl/more/a.inc": "a { remote_addrs = 203.0.113.2 }\n",
            "/etc/swanctl/conf.d/b.conf": "connections { b { remote_addrs = 203.0.113.3\n } }\n",
            "/etc/swanctl/conf.d/.hidden.conf": "connections { c { remote_addrs = 203.0.113.4\n } }\n",
        },
    )
    rows, gaps = ask(tmp_path, ipsec_conf.PROBE)
    assert [(row.name, row.source, row.remotes[0].host) for row in rows] == [
        ("a", "/etc/swanctl/more/a.inc", "203.0.113.2"),
        ("b", "/etc/swanctl/conf.d/b.conf", "203.0.113.3"),
    ]
    assert gaps == []


@pytest.mark.parametrize(
    ("content", "detail"),
    [
        ("connections {\n a {\n", "line 2: a section or quote without its end"),
        (f'connections {{\n a {{ x = "{SECRET}\n', "line 2: a section or quote without its end"),
        ("}\n", "line 1: the end of a section that was not begun"),
        (f"connections {{ }}\n= {SECRET}\n", "line 2: neither a section nor a key with its value"),
        ("include swanctl.conf\n", "the file includes itself"),
        ("a { " * 20 + "}" * 20, "line 1: sections nested too deeply"),
    ],
)
def test_swanctl_conf_of_another_form_is_a_gap_with_its_line(tmp_path: Path, content: str, detail: str) -> None:
    write(tmp_path, {SWANCTL: content})
    assert (SWANCTL, detail) in said(ask(tmp_path, ipsec_conf.PROBE)[1])


def test_sections_that_inherit_from_each_other_end(tmp_path: Path) -> None:
    content = "connections {\n a : connections.b { remote_addrs = 203.0.113.1\n }\n b : connections.a { }\n}\n"
    write(tmp_path, {SWANCTL: content})
    rows, gaps = ask(tmp_path, ipsec_conf.PROBE)
    assert {row.name: row.remotes for row in rows} == dict.fromkeys("ab", (NamedEnd("203.0.113.1"),))
    assert gaps == []


def test_ipsec_conf_with_defaults_and_sections_that_are_taken_over(tmp_path: Path) -> None:
    write(tmp_path, {IPSEC: CLASSIC})
    assert ask(tmp_path, ipsec_conf.PROBE) == (
        [
            Configured(
                technology="ipsec",
                manager="ipsec",
                name="warehouse",
                source=IPSEC,
                role="p2p",
                local="192.0.2.10",
                remotes=(NamedEnd("203.0.113.9"),),
                prefixes=("10.3.0.0/16",),
                autostart=False,  # the service is not switched on
            )
        ],
        [],
    )


def test_ipsec_conf_for_people_for_traffic_that_passes_and_turned_round(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            IPSEC: "include /etc/ipsec.d/*.conf\n",
            "/etc/ipsec.d/a.conf": "conn staff\n left=%defaultroute\n right=%any\n rightsourceip=10.9.0.0/24\n"
            "conn lan\n left=%any\n right=10.8.0.0\n type=passthrough\n"
            "conn turned\n left=gw2.example\n leftsubnet=10.4.0.0/16\n right=%defaultroute\n",
        },
    )
    rows, gaps = ask(tmp_path, ipsec_conf.PROBE)
    assert [(row.name, row.people, row.remotes, row.prefixes) for row in rows] == [
        ("staff", True, (), ()),
        ("turned", False, (NamedEnd("gw2.example"),), ("10.4.0.0/16",)),
    ]
    assert gaps == []


def test_ipsec_conf_of_another_form_is_a_gap_with_its_line(tmp_path: Path) -> None:
    write(tmp_path, {IPSEC: f"conn a\n\tright=203.0.113.1\n\t{SECRET}\n{SECRET}\ninclude ipsec.conf\n"})
    gaps = said(ask(tmp_path, ipsec_conf.PROBE)[1])
    wrong = "neither a section nor a key with its value"
    assert {(IPSEC, f"line 3: {wrong}"), (IPSEC, f"line 4: {wrong}")} <= set(gaps)


def test_files_where_other_distributions_have_them(tmp_path: Path) -> None:
    write(tmp_path, {"/etc/strongswan/swanctl/swanctl.conf": MODERN, "/etc/strongswan/ipsec.conf": CLASSIC})
    rows, gaps = ask(tmp_path, ipsec_conf.PROBE)
    assert [row.name for row in rows] == ["plant", "staff", "warehouse"]
    assert gaps == []


def test_what_may_not_be_read_is_a_gap(tmp_path: Path) -> None:
    write(tmp_path, {SWANCTL: MODERN, IPSEC: CLASSIC})
    assert is_denied(tmp_path, ipsec_conf.PROBE, SWANCTL).source == SWANCTL
    assert is_denied(tmp_path, ipsec_conf.PROBE, IPSEC).source == IPSEC


def test_hostile_files_raise_nothing(tmp_path: Path) -> None:
    assert withstands(tmp_path, ipsec_conf.PROBE, SWANCTL, MODERN) > 50
    assert withstands(tmp_path, ipsec_conf.PROBE, IPSEC, CLASSIC) > 20


# Beside strongSwan itself

CHARON = "charon-systemd {\n plugins {\n include strongswan.d/charon/*.conf\n }\n}\ninclude strongswan.d/*.conf\n"
ODD = """\
base { local_addrs = 192.0.2.10 }
more : base {
  remote_addrs = 203.0.113.5
  children { net { remote_ts = 10.5.0.0/16 } }
}
connections
{
  one : more, base { remote_addrs = "203.0.113.6" }
  two : connections.one { children { net { remote_ts = 10.6.0.0/16
                                           local_ts = 10.8.0.0/24 } } }
  three { remote_addrs = a.example, 203.0.113.7 # , 203.0.113.8
          children { all { } } }  four { children { } }
  include more/*.inc
}
connections { one { local_addrs = 192.0.2.11
 } }
"""


@requires_root
@requires_program("charon-systemd", "swanctl", "nsenter", "setpriv", "unshare")
@pytest.mark.lab
def test_connections_are_what_strongswan_makes_of_the_same_file(tmp_path: Path) -> None:
    node = Node("swan", tmp_path)
    try:
        node.write("/etc/strongswan.conf", CHARON, 0o644)
        files = {SWANCTL: ODD, "/etc/swanctl/more/a.inc": "five { remote_addrs = 203.0.113.9\n children { } }\n"}
        for path, content in files.items():
            node.write(path, content)
        node.spawn("charon-systemd")
        load = ("swanctl", "--load-all", "--noprompt")
        wait_until("charon takes its connections", lambda: node.run(*load, check=False).returncode == 0)
        told = node.run("swanctl", "--list-conns").stdout
    finally:
        node.close()
    write(tmp_path / "host", files)
    rows, gaps = ask(tmp_path / "host", ipsec_conf.PROBE)
    assert gaps == []
    assert {row.name: _shown(row) for row in rows} == _listed(told)


def _shown(row: Configured) -> tuple[str | None, tuple[str, ...], tuple[str, ...]]:
    return row.local, tuple(end.host for end in row.remotes), row.prefixes


def _listed(told: str) -> dict[str, tuple[str | None, tuple[str, ...], tuple[str, ...]]]:
    """Return what `swanctl --list-conns` says: local address, far ends, prefixes, by the connection's name."""
    found = {}
    for block in re.split(r"\n(?=\S)", told.strip()):
        here = re.findall(r"^  local:  (\S+)$", block, re.M)
        there = re.findall(r"^  remote: (\S+)$", block, re.M)
        behind = [one for line in re.findall(r"^    remote: (.+)$", block, re.M) for one in line.split()]
        known = tuple(one for one in there if one != "%any")
        local = next((one for one in here if one != "%any"), None)
        found[block.partition(":")[0]] = (local, known, tuple(one for one in behind if one != "dynamic"))
    return found
