"""SoftEther's configuration files: real ones of version 5.01 and made ones."""

from pathlib import Path

import pytest

from auditor.daemons import softether
from auditor.errors import ParseError, SourceAbsent
from auditor.model.rows import DaemonInstance, NamedEnd, Process
from tests.auditor.daemons.made import ask

FIXTURES = Path(__file__).parents[2] / "fixtures" / "softether"
CLIENT_FILE = (FIXTURES / "vpn_client.config").read_bytes()
SERVER_FILE = (FIXTURES / "vpn_server.config").read_bytes()
HOME = "/usr/libexec/softether"
CLIENT = Process(40, "vpnclient", f"{HOME}/vpnclient/vpnclient", netns=1, mntns=7, tun_devices=("vpn_lab1",))
SERVER = Process(40, "vpnserver", f"{HOME}/vpnserver/vpnserver", netns=1, mntns=7, sockets=(7,))
BRIDGE = Process(40, "vpnbridge", f"{HOME}/vpnbridge/vpnbridge", netns=1, mntns=7, sockets=(7,))
HIDDEN = ("MK0QtvlqNfCY7WEFEkJzQEPQZMo=", "+WzqGYrR3VYXrAhKPZLGEHcIwO8=", "gwsha", "zhang.san", "vpaI+5c")
FAR = NamedEnd("203.0.113.80", 443, "tcp")
SECRET = "planted-softether"


def row(
    role: str | None, remotes: tuple[NamedEnd, ...], device: str | None, source: str, **more: object
) -> DaemonInstance:
    port = more.pop("port", None)
    return DaemonInstance(
        *(40, "softether", role, None, port, remotes, device, None, source),  # type: ignore[arg-type]
        transport="tcp",
        complete=True,
        **more,  # type: ignore[arg-type]
    )


def declare(**places: object) -> str:
    """Return nested declarations: a mapping declares, a text is a line."""
    return "".join(
        f"declare {name}\n{{\n{declare(**inner)}}}\n" if isinstance(inner, dict) else f"\tstring {name} {inner}\n"
        for name, inner in places.items()
    )


def account(host: str, device: str, **more: str) -> dict[str, object]:
    return {
        "ClientAuth": {"HashedPassword": SECRET, "Username": SECRET},
        "ClientOption": {"AccountName": SECRET, "DeviceName": device, "Hostname": host, "Port": "443", **more},
    }


def test_a_client_of_debian(tmp_path: Path) -> None:
    path = "/var/lib/softether/vpn_client.config"
    made = ask(softether.read, tmp_path, CLIENT, "execsvc", files={path: CLIENT_FILE})
    assert made.rows == [row("client", (FAR,), "vpn_lab1", path)]
    assert not [word for word in HIDDEN if word in made.said]


def test_a_server_of_debian_with_a_bridge_and_a_cascade(tmp_path: Path) -> None:
    path = f"{HOME}/vpnserver/vpn_server.config"
    made = ask(softether.read, tmp_path, SERVER, "execsvc", files={path: SERVER_FILE})
    assert made.rows == [
        row("server", (), "tap_staff", path, port=443, people=True),
        row("client", (FAR,), None, path),
    ]
    assert not [word for word in HIDDEN if word in made.said]


def test_names_of_users_are_not_even_kept_by_the_parser() -> None:
    found = softether.parse(SERVER_FILE.splitlines())
    assert found["VirtualHUB", "DEFAULT"]["Users"] == "1"
    assert not [word for word in HIDDEN if word in repr(found)]


def test_accounts_of_one_device_are_its_far_ends(tmp_path: Path) -> None:
    text = declare(
        root={
            "AccountDatabase": {
                "Account0": account("vpn$2Ecorp.example/tcp", "SG"),
                "Account1": account("192.0.2.9", "SG", Port="5555"),
                "Account2": account("hidden.example", "HK", ProxyType="1", ProxyName="proxy.example"),
            }
        }
    )
    made = ask(softether.read, tmp_path, CLIENT, files={"/var/lib/softether/vpn_client.config": text})
    assert [(one.device, one.remotes) for one in made.rows] == [
        ("vpn_sg", (NamedEnd("vpn.corp.example", 443, "tcp"), NamedEnd("192.0.2.9", 5555, "tcp"))),
        ("vpn_hk", (NamedEnd("hidden.example", 443, None),)),
    ]
    assert SECRET not in made.said


def hub(*, users: int, cascade: str | None = None, online: str = "true") -> dict[str, object]:
    return {
        "Online": "true",
        "CascadeList": {"Cascade0": {"Online": online, **account(cascade, "_SEHUBLINKCLI_")}} if cascade else {},
        "SecurityAccountDatabase": {"UserList": {f"{SECRET}{number}": {"Note": SECRET} for number in range(users)}},
    }


def bridge(name: str, hub_name: str, tap: str = "true") -> dict[str, object]:
    return {"DeviceName": name, "HubName": hub_name, "TapMode": tap}


def test_a_bridge_of_a_hub_without_users_leads_where_its_cascades_lead(tmp_path: Path) -> None:
    text = declare(
        root={
            "ListenerList": {"Listener0": {"Enabled": "true", "Port": "5555"}},
            "LocalBridgeList": {"B0": bridge("Site", "BRIDGE"), "B1": bridge("eth1", "BRIDGE", "false")},
            "VirtualHUB": {"BRIDGE": hub(users=0, cascade="hq.example")},
        }
    )
    path = f"{HOME}/vpnbridge/vpn_bridge.config"
    made = ask(softether.read, tmp_path, BRIDGE, files={path: text})
    assert made.rows == [row("client", (NamedEnd("hq.example", 443, "tcp"),), "tap_site", path)]
    assert SECRET not in made.said


def test_every_hub_counts_and_a_cascade_that_is_off_does_not(tmp_path: Path) -> None:
    text = declare(
        root={
            "LocalBridgeList": {"B0": bridge("a", "A"), "B1": bridge("b", "B"), "B2": bridge("c", "C")},
            "VirtualHUB": {
                "A": hub(users=2, cascade="a.example"),
                "B": hub(users=0, cascade="b.example"),
                "C": hub(users=0, cascade="c.example", online="false"),
                "D": hub(users=0, cascade="d.example"),
            },
        }
    )
    made = ask(softether.read, tmp_path, SERVER, files={"/var/lib/softether/vpn_server.config": text})
    assert [(one.role, one.people, one.device, [end.host for end in one.remotes]) for one in made.rows] == [
        ("server", True, "tap_a", []),
        ("client", False, "tap_b", ["b.example"]),
        (None, False, "tap_c", []),
        ("client", False, None, ["a.example"]),
        ("client", False, None, ["d.example"]),
    ]


def test_a_bridge_that_is_younger_than_the_file_may_serve_people(tmp_path: Path) -> None:
    text = declare(root={"VirtualHUB": {"DEFAULT": hub(users=0, cascade="a.example")}})
    process = SERVER._replace(tun_devices=("tap_new",))
    made = ask(softether.read, tmp_path, process, files={"/var/lib/softether/vpn_server.config": text})
    assert [(one.role, one.people, one.device) for one in made.rows] == [
        ("server", True, "tap_new"),
        ("client", False, None),
    ]


def test_people_of_a_hub_without_a_bridge_stand_beside_the_bridge_of_another(tmp_path: Path) -> None:
    bridges = {"B0": bridge("b", "B")}
    hubs = {"A": hub(users=1), "B": hub(users=0, cascade="b.example")}
    text = declare(root={"LocalBridgeList": bridges, "VirtualHUB": hubs})
    made = ask(softether.read, tmp_path, SERVER, files={"/var/lib/softether/vpn_server.config": text})
    assert [(one.role, one.people, one.device) for one in made.rows] == [
        ("client", False, "tap_b"),
        ("server", True, None),
    ]


def test_a_server_that_nobody_can_log_in_to_serves_no_people(tmp_path: Path) -> None:
    text = declare(root={"VirtualHUB": {"DEFAULT": hub(users=0)}})
    made = ask(softether.read, tmp_path, SERVER, files={"/var/lib/softether/vpn_server.config": text})
    assert [(one.role, one.people) for one in made.rows] == [("server", False)]


def test_the_process_that_watches_over_the_other_is_left_alone(tmp_path: Path) -> None:
    made = ask(softether.read, tmp_path, SERVER._replace(sockets=()))
    assert (made.rows, made.gaps, made.error) == ([], [], None)


def test_no_file_is_an_error(tmp_path: Path) -> None:
    assert isinstance(ask(softether.read, tmp_path, SERVER).error, SourceAbsent)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f"declare root\n{{\nstring A {SECRET}\n", 3),
        ("declare root\n", 1),
        (f"declare root\n{SECRET}\n", 2),
        (f"declare root\ndeclare {SECRET}\n", 2),
        ("declare root\n{\n{\n", 3),
        ("declare root\n{\n}\n}\n", 4),
        (f"string A {SECRET}\n", 1),
        ("declare a\n{\n" * 40, 66),
        ("", 0),
    ],
)
def test_what_is_no_configuration_is_a_gap_with_its_line(tmp_path: Path, text: str, line: int) -> None:
    made = ask(softether.read, tmp_path, SERVER, files={"/var/lib/softether/vpn_server.config": text})
    ((_, error),) = made.gaps
    assert error.detail.startswith(f"line {line}: ")
    assert made.rows == []
    assert SECRET not in made.said


@pytest.mark.parametrize("broken", [account("", "SG"), account("a", "SG", Port=SECRET), account("a" * 254, "SG")])
def test_an_account_without_an_end_is_a_gap(tmp_path: Path, broken: dict[str, object]) -> None:
    text = declare(root={"AccountDatabase": {"Account0": broken}})
    made = ask(softether.read, tmp_path, CLIENT, files={"/var/lib/softether/vpn_client.config": text})
    assert [type(error) for _, error in made.gaps] == [ParseError]
    assert SECRET not in made.said


@pytest.mark.parametrize("size", range(0, len(CLIENT_FILE), 31))
def test_every_truncation_is_refused(size: int) -> None:
    with pytest.raises(ParseError) as caught:
        softether.parse(CLIENT_FILE[:size].splitlines())
    assert not [word for word in HIDDEN if word in caught.value.detail]
