"""Entries to paste: the keys are those of the register, values are escaped, and nothing passes uncompleted."""

import re
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from auditor.config import load_register
from auditor.errors import InputError
from auditor.model.scan import Audited
from auditor.model.tunnel import Endpoint, Remote
from reports import paste
from tests.reports import hostile, samples
from tests.reports.sample_objects import access, remote_access, waived
from tests.reports.sample_register import config
from tests.reports.sample_tunnels import ipsec, openvpn, tinc, wireguard

PROVIDER = '[[provider]]\nslug = "china-telecom"\nname = "China Telecom"\nclass = "china_telecom"\n'
COMPLETED = {
    "<slug of a provider>": "china-telecom",
    "<circuit id on the contract>": "SHA-LAX-0001",
    "<iplc, mpls-vpn, ...>": "iplc",
    "<contract number>": "CT-1",
    '"<YYYY-MM-DD>"': "2026-11-30",
    "<W-number>": "W-1",
    "<why this is accepted>": "Line ordered",
    "<who answers for it>": "Network team",
    "<somebody else, who approves it>": "Head of compliance",
}


def completed(entry: str) -> str:
    for blank, value in COMPLETED.items():
        entry = entry.replace(blank, value)
    assert "<" not in entry
    return entry


def entries(found: Audited) -> dict[str, str | None]:
    suggested = paste.suggested(samples.mixed(), found)
    assert suggested is not None
    return suggested


@pytest.mark.parametrize("found", [openvpn(), tinc(), ipsec()], ids=["openvpn", "tinc", "ipsec"])
def test_a_completed_entry_is_accepted_by_the_register(found: Audited, tmp_path: Path) -> None:
    suggested = entries(found)
    assert suggested["register"]
    assert suggested["waiver"]
    file = tmp_path / "register.toml"
    file.write_text(PROVIDER + completed(suggested["register"]) + "\n" + completed(suggested["waiver"]) + "\n")
    register = load_register(str(file), config(register_path=str(file)))
    (circuit,) = register.circuits
    assert found.tunnel is not None
    assert circuit.match.technologies == (found.tunnel.technology,)
    assert circuit.z.location == found.paths[0].place.location
    (accepted,) = register.waivers
    assert accepted.objects == (found.id,)


def test_an_entry_that_was_not_completed_is_refused(tmp_path: Path) -> None:
    suggested = entries(openvpn())
    file = tmp_path / "register.toml"
    file.write_text(f"{PROVIDER}{suggested['register']}\n{suggested['waiver']}\n")
    with pytest.raises(InputError) as caught:
        load_register(str(file), config(register_path=str(file)))
    told = str(caught.value)
    for key in ("circuit[0].provider", "circuit[0].install_date", "waiver[0].approved_on", "waiver[0].expires"):
        assert key in told


def test_the_entry_holds_what_identifies_the_tunnel() -> None:
    suggested = entries(ipsec())
    assert suggested["register"]
    (circuit,) = tomllib.loads(suggested["register"])["circuit"]
    assert circuit["match"] == {
        "peer_prefixes": ["203.0.113.40/32"],
        "ike_identities": ["jp-gw.example.com"],
        "executables": ["/usr/lib/ipsec/charon"],
        "technologies": ["ipsec"],
    }
    assert circuit["z"] == {"location": "JP", "prefixes": ["10.80.0.0/16", "10.81.0.0/16"]}


def test_a_full_tunnel_names_no_prefixes() -> None:
    suggested = entries(openvpn())
    assert suggested["register"]
    assert "prefixes" not in tomllib.loads(suggested["register"])["circuit"][0]["z"]


def test_the_waiver_names_every_open_control_and_only_this_object() -> None:
    suggested = entries(openvpn())
    assert suggested["waiver"]
    (accepted,) = tomllib.loads(suggested["waiver"])["waiver"]
    assert accepted["controls"] == ["X-01", "X-08"]
    assert accepted["objects"] == ["t-5e6f7a8b9c0d"]


@pytest.mark.parametrize("found", [wireguard(), waived(), access()], ids=["matched", "waived", "access"])
def test_nothing_is_suggested_where_nothing_is_open(found: Audited) -> None:
    assert paste.suggested(samples.mixed(), found) is None


def test_a_server_for_people_gets_no_circuit() -> None:
    assert entries(remote_access())["register"] is None


@pytest.mark.parametrize("text", [*hostile.HOSTILE, '"""\n[[waiver]]\nid = "x"'], ids=lambda text: repr(text)[:20])
def test_hostile_values_stay_values(text: str) -> None:
    found = openvpn()
    assert found.tunnel is not None
    assert found.tunnel.owner is not None
    remote = Remote(endpoint=Endpoint(name=text, port=1, transport="udp"))
    wicked = replace(found.tunnel, remotes=(remote,), owner=replace(found.tunnel.owner, path=text), technology=text)
    suggested = entries(replace(found, tunnel=wicked, id=text))
    assert suggested["register"]
    assert suggested["waiver"]
    text = text.replace("\udcff", "\\xff")
    raw = tomllib.loads(suggested["register"])
    assert list(raw) == ["circuit"]
    assert raw["circuit"][0]["match"] == {"hostnames": [text], "executables": [text], "technologies": [text]}
    assert tomllib.loads(suggested["waiver"])["waiver"][0]["objects"] == [text]
    assert all(line.isprintable() for line in suggested["register"].split("\n"))


def test_long_lists_are_cut_and_say_so() -> None:
    found = openvpn()
    assert found.tunnel is not None
    many = tuple(Remote(endpoint=Endpoint(address=f"203.0.113.{n}")) for n in range(20))
    suggested = entries(replace(found, tunnel=replace(found.tunnel, remotes=many)))
    assert suggested["register"]
    assert "# 12 more peer_prefixes left out" in suggested["register"]
    assert len(re.findall("/32", suggested["register"])) == 8


def test_addresses_that_are_no_far_end_are_left_out() -> None:
    found = openvpn()
    assert found.tunnel is not None
    odd = tuple(Remote(endpoint=Endpoint(address=a)) for a in ("239.1.1.1", "0.0.0.0", "nonsense", "fe80::1%eth0"))
    suggested = entries(replace(found, tunnel=replace(found.tunnel, remotes=odd)))
    assert suggested["register"]
    assert tomllib.loads(suggested["register"])["circuit"][0]["match"]["peer_prefixes"] == ["fe80::1/128"]
