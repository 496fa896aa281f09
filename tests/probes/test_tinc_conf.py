"""tinc's networks: nodes with their addresses, keys left where they are."""

from pathlib import Path

from auditor.model.rows import Configured, NamedEnd
from probes import tinc_conf
from tests.probes.conf import SECRET, ask, is_denied, said, withstands, write

PATH = "/etc/tinc/mesh/tinc.conf"
FILE = f"# a net\nName = gw\nConnectTo = depot\nConnectTo=office\nPrivateKey = {SECRET}\nBindToAddress = 192.0.2.1\n"
PEM = f"-----BEGIN RSA PUBLIC KEY-----\nAddress = {SECRET}\n-----END RSA PUBLIC KEY-----\n"
HOSTS = {
    "/etc/tinc/mesh/hosts/gw": "Address = 192.0.2.1\nPort = 6655\nSubnet = 10.1.0.0/16\n",
    "/etc/tinc/mesh/hosts/depot": f"{PEM}Address = depot.example 7655\nAddress 203.0.113.1\nSubnet = 10.2.0.0/16#10\n",
    "/etc/tinc/mesh/hosts/office": f"Address = 203.0.113.2\nPort = 8655\nEd25519PublicKey = {SECRET}\n",
    "/etc/tinc/mesh/hosts/other": "Address = 203.0.113.3\nSubnet = 10.3.0.0/16\n",
    "/etc/tinc/mesh/rsa_key.priv": SECRET,
}


def test_a_network_with_the_nodes_that_it_connects_to(tmp_path: Path) -> None:
    write(tmp_path, {PATH: FILE, "/etc/tinc/nets.boot": "# nets\nmesh\n", **HOSTS})
    assert ask(tmp_path, tinc_conf.PROBE) == (
        [
            Configured(
                technology="tinc",
                manager="tinc",
                name="mesh",
                source=PATH,
                device="mesh",
                role="p2p",
                local="192.0.2.1",
                local_port=6655,
                remotes=(NamedEnd("depot.example", 7655), NamedEnd("203.0.113.1", 655), NamedEnd("203.0.113.2", 8655)),
                prefixes=("10.2.0.0/16", "10.3.0.0/16"),
                autostart=True,
            )
        ],
        [],
    )


def test_without_connections_of_its_own_all_nodes_are_far_ends(tmp_path: Path) -> None:
    write(tmp_path, {PATH: "Name = gw\nInterface = vpn0\n", **HOSTS})
    (row,), _ = ask(tmp_path, tinc_conf.PROBE)
    assert (row.device, row.autostart) == ("vpn0", False)
    assert [end.host for end in row.remotes] == ["depot.example", "203.0.113.1", "203.0.113.2", "203.0.113.3"]


def test_a_network_without_a_name_and_directories_that_are_none(tmp_path: Path) -> None:
    write(tmp_path, {"/etc/tinc/tinc.conf": "Name = gw\n", "/etc/tinc/empty/notes": SECRET})
    (row,), gaps = ask(tmp_path, tinc_conf.PROBE)
    assert (row.name, row.device, row.source, row.autostart) == ("tinc", None, "/etc/tinc/tinc.conf", None)
    assert gaps == []


def test_names_that_lead_elsewhere_are_not_followed(tmp_path: Path) -> None:
    write(tmp_path, {PATH: "Name = ../../x\nConnectTo = ../tinc.conf\n", "/etc/x": f"Address = {SECRET}\n"})
    (row,), _ = ask(tmp_path, tinc_conf.PROBE)
    assert row.remotes == ()


def test_what_is_not_understood_or_read_is_a_gap(tmp_path: Path) -> None:
    write(tmp_path, {PATH: FILE + SECRET + "\n", **HOSTS})
    assert said(ask(tmp_path, tinc_conf.PROBE)[1]) == [(PATH, "line 7: a variable without a value")]
    write(tmp_path, {PATH: FILE})
    assert is_denied(tmp_path, tinc_conf.PROBE, PATH).source == PATH


def test_hostile_files_raise_nothing(tmp_path: Path) -> None:
    write(tmp_path, HOSTS)
    assert withstands(tmp_path, tinc_conf.PROBE, PATH, FILE) > 10
