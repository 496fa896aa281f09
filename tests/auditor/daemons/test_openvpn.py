"""OpenVPN's command line, configuration and status files: real ones, odd ones, hostile ones."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.daemons.openvpn import KEPT, Directive, Settings, parse_arguments, parse_lines, parse_status
from auditor.errors import ParseError, SourceTruncated
from auditor.model.rows import DaemonInstance, NamedEnd, Process

FIXTURES = Path(__file__).parents[2] / "fixtures" / "openvpn"
OWNER = Process(pid=40, comm="openvpn", exe="/usr/sbin/openvpn", netns=1, mntns=7, tun_devices=("tun0",))
SECRET = "hunter2-never-to-be-seen"
INLINE = f"<key>\n-----BEGIN PRIVATE KEY-----\n{SECRET}\nremote {SECRET} 1\n-----END PRIVATE KEY-----\n</key>\n"


def lines(content: str) -> list[bytes]:
    return content.encode().splitlines(keepends=True)


def settings(content: str) -> Settings:
    made = Settings()
    for directive in parse_lines(lines(content)):
        made.add(directive)
    return made


def described(content: str, owner: Process = OWNER) -> DaemonInstance:
    return settings(content).instance(owner, "x.conf", 3)


# Command line


def test_arguments_keep_what_is_wanted_and_drop_the_rest() -> None:
    raw = (
        f"openvpn --config /etc/openvpn/hq.conf --auth-user-pass {SECRET} --remote a.example 1194 tcp surplus "
        f"--askpass {SECRET} --setenv PASSWORD {SECRET} --client --cd /etc "
    ).replace(" ", "\0")
    assert parse_arguments(raw.encode()) == [
        Directive("config", ("/etc/openvpn/hq.conf",)),
        Directive("remote", ("a.example", "1194", "tcp")),
        Directive("client"),
        Directive("cd", ("/etc",)),
    ]


def test_single_argument_is_the_configuration() -> None:
    assert parse_arguments(b"openvpn\0/etc/openvpn/hq.conf\0") == [Directive("config", ("/etc/openvpn/hq.conf",))]


@pytest.mark.parametrize("raw", [b"", b"\0", b"openvpn\0", b"\0\0\0", b"openvpn\0--\0x\0", b"\xff\0\xff--\0"])
def test_other_arguments_are_none(raw: bytes) -> None:
    assert [d for d in parse_arguments(raw) if d.name != "config"] == []


# Configuration files


def test_words_are_unquoted_as_openvpn_does() -> None:
    content = (
        "\ufeffremote 'a.example' \"11 94\"  # comment\nremote b\\ c 1 ;x\n  ; remote d 1\n#remote e 1\n\nremote\n"
    )
    assert list(parse_lines(lines(content))) == [
        Directive("remote", ("a.example", "11 94")),
        Directive("remote", ("b c", "1")),
        Directive("remote"),
    ]


def test_inline_blocks_are_passed_over() -> None:
    content = f"client\r\n{INLINE}<tls-auth>\n{SECRET}\n  </tls-auth>\nremote a.example 443 tcp-client\r\n"
    assert list(parse_lines(lines(content))) == [
        Directive("client"),
        Directive("remote", ("a.example", "443", "tcp-client")),
    ]


def test_inline_block_without_end_is_refused_without_its_bytes() -> None:
    with pytest.raises(ParseError) as caught:
        list(parse_lines(lines(f"client\n<key>\n{SECRET}\n")))
    assert SECRET not in str(caught.value)


def test_stray_end_swallows_nothing() -> None:
    assert list(parse_lines(lines("</key>\nclient\n"))) == [Directive("client")]


@given(st.binary(max_size=400))
def test_config_meets_any_bytes(raw: bytes) -> None:
    made = Settings()
    with suppress(ParseError):
        for directive in parse_lines(raw.splitlines(keepends=True)):
            assert directive.name in KEPT | {"<connection>", "</connection>"}
            made.add(directive)
    made.instance(OWNER, "x", None)
    parse_arguments(raw)
    with suppress(SourceTruncated):
        parse_status(raw.splitlines(keepends=True))


@given(
    st.lists(st.sampled_from(["remote", "port", "<connection>", "</connection>", "proto", "local", "mode"]), max_size=8)
)
def test_settings_meet_directives_without_values(names: list[str]) -> None:
    made = Settings()
    for name in names:
        made.add(Directive(name))
    assert made.instance(OWNER, "x", None).remotes == ()


@pytest.mark.parametrize(
    ("content", "role", "local_port"),
    [
        ("client\nremote a 1194\n", "client", None),
        ("client\nremote a 1194\nlport 5000\n", "client", 5000),
        ("client\nport 443\nremote a\n", "client", None),
        ("pull\ntls-client\nbind\n", "client", 1194),
        ("server 10.8.0.0 255.255.255.0\n", "server", 1194),
        ("mode server\ntls-server\nport 443\n", "server", 443),
        ("server-bridge\n", "server", 1194),
        ("server-ipv6 fd00::/64\nlport 99\n", "server", 99),
        ("mode p2p\nremote a\nport 1195\n", "p2p", 1195),
        ("remote a\nnobind\n", "p2p", None),
        ("remote a\nproto tcp-client\n", "p2p", None),
        ("remote a\nproto tcp-client\nlocal 192.0.2.1\n", "p2p", 1194),
    ],
)
def test_role_and_local_port(content: str, role: str, local_port: int | None) -> None:
    instance = described(content)
    assert (instance.role, instance.local_port) == (role, local_port)
    assert instance.clients == (3 if role == "server" else None)


def test_remotes_take_port_and_protocol_from_wherever_they_are_set() -> None:
    content = (
        "remote a.example\nremote b.example 443\nremote 2001:db8::1 1 tcp6-client\nremote a.example\n"
        "port 1200\nproto tcp\n"
        "<connection>\nremote c.example\nproto udp4\n</connection>\n"
        "<connection>\nremote d.example 53 udp\nrport 9\n</connection>\n<connection>\nrport 7\n</connection>\n"
    )
    assert described(content).remotes == (
        NamedEnd("a.example", 1200, "tcp"),
        NamedEnd("b.example", 443, "tcp"),
        NamedEnd("2001:db8::1", 1, "tcp"),
        NamedEnd("c.example", 1200, "udp"),
        NamedEnd("d.example", 53, "udp"),
    )


@pytest.mark.parametrize("port", ["https", "0", "65536", "-1", "99999999999", "١", ""])
def test_port_that_is_no_number_is_a_problem(port: str) -> None:
    made = settings(f"remote a '{port}'\nnobind\n" if port else "remote a\nport ''\nnobind\n")
    instance = made.instance(OWNER, "x", None)
    assert (instance.remotes, made.problems) == ((), ["a port is not a number"])


@pytest.mark.parametrize(
    ("configured", "held", "device"),
    [
        ("tun", (), None),
        ("tun", ("tun3",), "tun3"),
        ("eth5", (), "eth5"),
        ("tun9", ("a", "b"), "tun9"),
        ("tap", ("a", "b"), None),
    ],
)
def test_device(configured: str, held: tuple[str, ...], device: str | None) -> None:
    assert described(f"dev {configured}\n", OWNER._replace(tun_devices=held)).device == device


@pytest.mark.parametrize(
    ("value", "local"),
    [("192.0.2.1", "192.0.2.1"), ("2001:DB8::0001", "2001:db8::1"), ("gw.example", None), ("*", None)],
)
def test_local_is_an_address_or_not_known(value: str, local: str | None) -> None:
    assert described(f"local {value}\n").local == local


# Status files


@pytest.mark.parametrize("version", [1, 2, 3])
def test_status_of_a_real_server_counts_clients_and_of_a_client_counts_none(version: int) -> None:
    server = (FIXTURES / f"server-status-{version}.txt").read_bytes().splitlines(keepends=True)
    assert parse_status(server) == 1
    row = next(n for n, line in enumerate(server) if b",192.0.2.10:" in line or b"\t192.0.2.10:" in line)
    assert parse_status([*server[:row], *[server[row]] * 4, *server[row + 1 :]]) == 4
    assert parse_status([*server[:row], *server[row + 1 :]]) == 0
    assert parse_status((FIXTURES / f"client-status-{version}.txt").read_bytes().splitlines(keepends=True)) is None


@pytest.mark.parametrize("version", [1, 2, 3])
def test_status_half_written_is_refused(version: int) -> None:
    raw = (FIXTURES / f"server-status-{version}.txt").read_bytes()
    for end in range(0, len(raw) - 5, 7):
        with pytest.raises(SourceTruncated):
            parse_status(raw[:end].splitlines(keepends=True))
