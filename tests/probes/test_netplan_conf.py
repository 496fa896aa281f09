"""netplan's tunnels, in the forms of netplan-yaml(5), and YAML that is a gap."""

from pathlib import Path

import pytest

from auditor.model.rows import Configured, NamedEnd
from probes import netplan_conf
from tests.probes.conf import KEY, OTHER_KEY, SECRET, ask, is_denied, said, withstands, write

PATH = "/etc/netplan/50-x.yaml"
FILE = f"""\
# {SECRET}
network:
  version: 2
  wifis:
    wl0:
      access-points:
        "{SECRET}": {{password: "{SECRET}"}}
  tunnels:
    wg0:
      mode: wireguard
      addresses: [10.0.0.1/24,
        "2001:db8::1/64"]
      port: 51820
      keys: {{private: {SECRET}}}
      peers:
      - keys:
          public: {KEY}
          shared: {SECRET}
        allowed-ips: [0.0.0.0/0, "::/0"]
        endpoint: "[2001:db8::9]:51820"  # theirs
      - endpoint: peer.example:51821
        keys: {{public: '{OTHER_KEY}', shared: "{SECRET}"}}
        allowed-ips:
        - 10.9.0.0/16
    he:
      mode: sit
      local: 192.0.2.1
      remote: 203.0.113.1
"""


def test_tunnels_are_told(tmp_path: Path) -> None:
    write(tmp_path, {PATH: FILE})
    common = {"manager": "netplan", "source": PATH, "role": "p2p", "autostart": True}
    assert ask(tmp_path, netplan_conf.PROBE) == (
        [
            Configured(
                technology="wireguard",
                name="wg0",
                device="wg0",
                local_port=51820,
                remotes=(
                    NamedEnd("2001:db8::9", 51820, "udp", peer=KEY),
                    NamedEnd("peer.example", 51821, "udp", peer=OTHER_KEY),
                ),
                public_keys=(KEY, OTHER_KEY),
                prefixes=("0.0.0.0/0", "::/0", "10.9.0.0/16"),
                **common,  # type: ignore[arg-type]
            ),
            Configured(
                technology="sit",
                name="he",
                device="he",
                local="192.0.2.1",
                remotes=(NamedEnd("203.0.113.1", None, "sit"),),
                **common,  # type: ignore[arg-type]
            ),
        ],
        [],
    )


def test_files_add_to_each_other_and_hide_namesakes(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "/lib/netplan/a.yaml": "network: {tunnels: {t0: {mode: gre, remote: 10.0.0.1}}}\n",
            "/etc/netplan/a.yaml": "network: {tunnels: {t0: {mode: gre, remote: 10.0.0.2}}}\n",
            "/etc/netplan/b.yaml": "network:\n  tunnels:\n    t0: {remote: 10.0.0.3, activation-mode: manual}\n",
            "/etc/netplan/c.yaml": "network:\n  ethernets:\n    eth0: {dhcp4: true}\n",
            "/etc/netplan/d.yaml": "",
        },
    )
    (row,), gaps = ask(tmp_path, netplan_conf.PROBE)
    assert (row.technology, row.remotes[0].host, row.autostart) == ("gre", "10.0.0.3", False)
    assert gaps == []


@pytest.mark.parametrize(
    ("content", "detail"),
    [
        (f"network:\n  tunnels: &x {SECRET}\n", "line 2: YAML that is not read here"),
        (f"network:\n\ttunnels: {SECRET}\n", "line 2: a tab in the indentation"),
        (f"network:\n  {SECRET}\n", "line 2: neither a key nor part of a list"),
        (f"network:\n  tunnels: [{SECRET}\n", "line 2: a bracket without its end"),
        (f'network:\n  tunnels: "{SECRET}\n', "line 2: a quote without its end"),
        ("a: 1\n---\nb: 2\n", "line 2: more than one document"),
        (f"network: a\n  {SECRET}\n", "line 2: a value over several lines"),
        ("network:\n  tunnels:\n    t0: {mode: warp}\n", "a tunnel of unknown mode"),
    ],
)
def test_what_is_not_understood_is_a_gap(tmp_path: Path, content: str, detail: str) -> None:
    write(tmp_path, {PATH: content})
    assert said(ask(tmp_path, netplan_conf.PROBE)[1]) == [(PATH, detail)]


def test_what_may_not_be_read_is_a_gap(tmp_path: Path) -> None:
    write(tmp_path, {PATH: FILE})
    assert is_denied(tmp_path, netplan_conf.PROBE, PATH).source == PATH


def test_hostile_files_raise_nothing(tmp_path: Path) -> None:
    assert withstands(tmp_path, netplan_conf.PROBE, PATH, FILE) > 50
