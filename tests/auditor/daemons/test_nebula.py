"""Nebula's configuration: its own example, files and directories, keys inside."""

from pathlib import Path

import pytest

from auditor.daemons import nebula
from auditor.errors import ParseError, SourceAbsent
from auditor.model.rows import DaemonInstance, NamedEnd, Process
from tests.auditor.daemons.made import ask

HOST = Process(40, "nebula", "/usr/bin/nebula", netns=1, mntns=7, tun_devices=("lan-sg",))
SECRET = "planted-nebula-key"
CONFIG = f"""\
pki:
  key: |
    -----BEGIN NEBULA X25519 PRIVATE KEY-----
    {SECRET}
    -----END NEBULA X25519 PRIVATE KEY-----
static_host_map:
  "10.72.0.2": ["lighthouse.example:4242", "203.0.113.82:4242"]
  '10.72.0.3':
    - "[2001:db8::3]:4243"
lighthouse: {{am_lighthouse: false, hosts: ["10.72.0.2"]}}
listen:
  host: 192.0.2.1
  port: 4242
tun:
  dev: nebula1
sshd:
  host_key: {SECRET}
"""
ENDS = (
    NamedEnd("lighthouse.example", 4242, "udp", "10.72.0.2"),
    NamedEnd("203.0.113.82", 4242, "udp", "10.72.0.2"),
    NamedEnd("2001:db8::3", 4243, "udp", "10.72.0.3"),
)


@pytest.mark.parametrize("arguments", [("-config", "c.yml"), ("--config=c.yml",), ("-test", "-config=c.yml")])
def test_a_host(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    made = ask(nebula.read, tmp_path, HOST, *arguments, files={"/start/c.yml": CONFIG})
    assert made.rows == [
        DaemonInstance(
            *(40, "nebula", "p2p", "192.0.2.1", 4242, ENDS, "lan-sg", None, "/start/c.yml"),
            transport="udp",
            complete=True,
        )
    ]
    assert SECRET not in made.said


def test_a_directory_is_read_in_order_and_later_files_replace(tmp_path: Path) -> None:
    files = {
        "/etc/nebula/a.yml": CONFIG,
        "/etc/nebula/b/c.yaml": "listen: {host: 0.0.0.0, port: 0}\nstatic_host_map:\n  10.72.0.2: ['x:1']\n",
        "/etc/nebula/z.conf": "listen: [",
    }
    row = ask(nebula.read, tmp_path, HOST, "-config", "/etc/nebula", files=files).row
    assert (row.local, row.local_port) == (None, None)
    assert row.remotes == (NamedEnd("x", 1, "udp", "10.72.0.2"), ENDS[2])


def test_the_example_of_the_package(tmp_path: Path) -> None:
    example = Path("/usr/share/doc/nebula/examples/config.yml")
    if not example.exists():
        pytest.skip("needs the Debian package nebula with its documentation")
    row = ask(nebula.read, tmp_path, HOST, "-config", "/c", files={"/c": example.read_bytes()}).row
    assert row.remotes == (NamedEnd("100.64.22.11", 4242, "udp", "192.168.100.1"),)
    assert (row.local, row.local_port) == (None, 4242)


def test_a_lighthouse_without_a_device(tmp_path: Path) -> None:
    text = "lighthouse:\n  am_lighthouse: true\nlisten:\n  port: 4242\ntun:\n  disabled: true\n  dev: nebula1\n"
    row = ask(nebula.read, tmp_path, HOST._replace(tun_devices=()), "-config", "/c", files={"/c": text}).row
    assert (row.device, row.local_port, row.remotes) == (None, 4242, ())


def test_without_configuration_it_is_about_to_end(tmp_path: Path) -> None:
    assert ask(nebula.read, tmp_path, HOST, "-version").rows == []


@pytest.mark.parametrize("path", ["/etc/gone.yml", "/etc/gone"])
def test_a_file_that_is_gone_is_a_gap(tmp_path: Path, path: str) -> None:
    made = ask(nebula.read, tmp_path, HOST, "-config", path)
    ((source, error),) = made.gaps
    assert (source, type(error)) == (path, SourceAbsent)
    assert made.row.remotes == ()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f"static_host_map:\n  a: ['{SECRET}:x']\n", 2),
        (f"static_host_map:\n  a: &x {SECRET}\n", 2),
        (f"static_host_map: [{SECRET}\n", 1),
    ],
)
def test_what_is_not_understood_is_a_gap_with_its_line(tmp_path: Path, text: str, line: int) -> None:
    made = ask(nebula.read, tmp_path, HOST, "-config", "/c", files={"/c": text})
    ((source, error),) = made.gaps
    assert (source, type(error)) == ("/c", ParseError)
    assert error.detail.startswith(f"line {line}: ")
    assert SECRET not in made.said


def test_a_port_that_is_none_is_a_gap(tmp_path: Path) -> None:
    made = ask(nebula.read, tmp_path, HOST, "-config", "/c", files={"/c": "listen:\n  port: many\n"})
    assert [type(error) for _, error in made.gaps] == [ParseError]


def test_directories_in_a_circle_end(tmp_path: Path) -> None:
    (tmp_path / "proc/40/root/etc/nebula").mkdir(parents=True)
    (tmp_path / "proc/40/root/etc/nebula/a.yml").symlink_to(".")
    made = ask(nebula.read, tmp_path, HOST, "-config", "/etc/nebula")
    assert made.rows == []
    assert made.error is not None
