"""Nebula's configuration, in the form of its package's example, with keys inline."""

from pathlib import Path

from auditor.model.rows import Configured, NamedEnd
from probes import nebula_conf
from tests.probes.conf import SECRET, ask, is_denied, said, withstands, write

PATH = "/etc/nebula/corp.yml"
FILE = f"""\
pki:
  ca: |
    -----BEGIN NEBULA CERTIFICATE-----
    {SECRET}
    -----END NEBULA CERTIFICATE-----
  key: "{SECRET}"
static_host_map:
  "192.168.100.1": ["100.64.22.11:4242", "lh.example:4243"]
  '192.168.100.2':
    - "[2001:db8::1]:4242"
lighthouse:
  am_lighthouse: false
  hosts:
    - "192.168.100.1"
listen:
  host: "[::]"
  port: 4244
tun:
  dev: nebula1
  unsafe_routes:
    - route: 172.16.1.0/24
      via: 192.168.100.99
sshd:
  authorized_users:
    - user: steeeeve
      keys:
        - "ssh {SECRET}"
"""


def test_a_configuration_is_told(tmp_path: Path) -> None:
    write(tmp_path, {PATH: FILE, "/etc/systemd/system/multi-user.target.wants/nebula@corp.service": ""})
    assert ask(tmp_path, nebula_conf.PROBE) == (
        [
            Configured(
                technology="nebula",
                manager="nebula",
                name="corp",
                source=PATH,
                device="nebula1",
                role="p2p",
                local_port=4244,
                remotes=(
                    NamedEnd("100.64.22.11", 4242, "udp"),
                    NamedEnd("lh.example", 4243, "udp"),
                    NamedEnd("2001:db8::1", 4242, "udp"),
                ),
                prefixes=("172.16.1.0/24",),
                autostart=True,
            )
        ],
        [],
    )


def test_other_yaml_is_nothing(tmp_path: Path) -> None:
    write(tmp_path, {PATH: "logging:\n  level: info\n", "/etc/nebula/empty.yaml": "", "/etc/nebula/list.yml": "- a\n"})
    assert ask(tmp_path, nebula_conf.PROBE) == ([], [])


def test_what_is_not_understood_or_read_is_a_gap(tmp_path: Path) -> None:
    write(tmp_path, {PATH: f"tun:\n  dev: x\nstatic_host_map:\n  a: [{SECRET}:x]\n"})
    rows, gaps = ask(tmp_path, nebula_conf.PROBE)
    assert rows[0].remotes == ()
    assert said(gaps) == [(PATH, "a far end that has not the form of a host and port")]
    assert is_denied(tmp_path, nebula_conf.PROBE, PATH).source == PATH


def test_hostile_files_raise_nothing(tmp_path: Path) -> None:
    assert withstands(tmp_path, nebula_conf.PROBE, PATH, FILE) > 50
