import re
from datetime import date
from ipaddress import ip_network
from pathlib import Path

import pytest

from auditor.config import find_config, load_both, load_config, load_register, read
from auditor.errors import InputError
from auditor.host import Host
from tests.auditor.config.samples import CIRCUIT, CONFIG, PROVIDER, REGISTER, WAIVER, config_problems, loaded, write


def test_without_a_file_the_defaults_hold() -> None:
    config = load_config(None)
    assert config.path is None
    assert config.sha256 is None
    assert config.zone.key == "Asia/Shanghai"
    assert config.site.location is None
    assert config.policy.unmatched_cross_border == "fail"
    assert config.register_path is None
    register = load_register(None, config)
    assert register.path is None
    assert register.circuits == ()


def test_without_time_zone_data_even_the_defaults_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read, "DEFAULT_ZONE", "Mars/Olympus")
    with pytest.raises(InputError, match="zone: "):
        load_config(None)


def test_an_empty_file_is_a_configuration(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, "", None))
    assert config.path == f"{tmp_path}/auditor.toml"
    assert config.zone.key == "Asia/Shanghai"
    assert config.site.name
    assert config.register_path is None


def test_every_section_reaches_the_configuration(tmp_path: Path) -> None:
    config = load_config(
        write(
            tmp_path,
            """
            gateway_name = "gw"
            zone = "Europe/Berlin"
            register = "../shared/register.toml"
            [[site.uplink]]
            interface = "eth0"
            class = "licensed_isp"
            namespace = "wan"
            [site]
            name = "Berlin"
            location = "DE"
            [serving]
            serves_external_customers = "yes"
            permit_categories = ["B13"]
            [policy]
            unmatched_cross_border = "review"
            look_back_days = 7
            [probes]
            time_limit_s = 5
            disabled = ["openvpn"]
            [report]
            directory = "out"
            formats = ["json"]
            languages = "zh"
            textfile_directory = "../metrics"
            """,
            None,
        )
    )
    assert (config.gateway_name, config.zone.key) == ("gw", "Europe/Berlin")
    assert config.register_path == f"{tmp_path}/../shared/register.toml"
    assert config.site.uplinks[0].class_ == "licensed_isp"
    assert config.site.uplinks[0].namespace == "wan"
    assert config.serving.permit_categories == ("B13",)
    assert (config.policy.unmatched_cross_border, config.policy.look_back_days) == ("review", 7)
    assert config.policy.expiry_warning_days == 30
    assert (config.probes.time_limit_s, config.probes.disabled) == (5.0, ("openvpn",))
    assert config.report.directory == f"{tmp_path}/out"
    assert config.report.textfile_directory == f"{tmp_path}/../metrics"
    assert (config.report.formats, config.report.languages) == (("json",), "zh")


def test_every_entry_reaches_the_register(tmp_path: Path) -> None:
    register = loaded(tmp_path).register
    assert register.reviewed_on == date(2026, 10, 15)
    assert register.sha256 is not None
    (provider,), (circuit,), (waiver,) = register.providers, register.circuits, register.waivers
    assert provider.class_ == "china_telecom"
    assert provider.licences[0].categories == ("A14-4",)
    assert provider.licences[0].held is True
    assert circuit.termination_date == date(2029, 12, 31)
    assert circuit.z.prefixes == (ip_network("10.60.0.0/16"),)
    assert circuit.match.peer_prefixes == (ip_network("203.0.113.10/32"),)
    assert circuit.contract_party == "carrier_direct"
    assert circuit.user_record == "unknown"
    assert (circuit.where.file, circuit.where.key) == (f"{tmp_path}/register.toml", "circuit[0]")
    assert circuit.where.line == REGISTER.split("\n").index("[[circuit]]") + 1
    assert waiver.where.line == REGISTER.split("\n").index("[[waiver]]") + 1
    assert waiver.prefixes == (ip_network("203.0.113.77/32"),)


def test_the_register_beside_the_configuration_is_found(tmp_path: Path) -> None:
    config = load_config(write(tmp_path))
    assert config.register_path == f"{tmp_path}/register.toml"
    assert load_register(None, config) == load_register(config.register_path, config)


def test_a_register_that_is_named_must_be_there(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, 'register = "circuits.toml"\n' + CONFIG))
    with pytest.raises(InputError) as caught:
        load_register(None, config)
    assert caught.value.problems == [f"{tmp_path}/circuits.toml: cannot be read: No such file or directory"]


def test_an_absolute_register_path_stays_as_it_is(tmp_path: Path) -> None:
    assert load_config(write(tmp_path, 'register = "/srv/r.toml"')).register_path == "/srv/r.toml"


def test_a_register_that_cannot_be_looked_at_is_not_taken_for_absent(tmp_path: Path) -> None:
    (tmp_path / "register.toml").mkdir()
    with pytest.raises(InputError, match="not a regular file"):
        load_both(write(tmp_path, CONFIG, None))


def test_all_problems_of_both_files_are_listed_at_once(tmp_path: Path) -> None:
    spoiled = REGISTER.replace('status = "active"', 'status = "actve"').replace("owner", "ownr")
    with pytest.raises(InputError) as caught:
        load_both(write(tmp_path, CONFIG.replace("CN", "cn") + "[polcy]\n", spoiled))
    lines = [line.removeprefix(f"{tmp_path}/") for line in caught.value.problems]
    assert [line.partition(": ")[0] for line in lines] == [
        "auditor.toml:3",
        "auditor.toml:4",
        "register.toml:14",
        "register.toml:27",
        "register.toml:30",
    ]
    assert lines[1] == "auditor.toml:4: polcy: unknown key (did you mean policy?)"
    assert "(did you mean active?)" in lines[2]
    assert lines[3] == "register.toml:27: waiver[0].owner: is missing"
    assert lines[4] == "register.toml:30: waiver[0].ownr: unknown key (did you mean owner?)"
    assert str(caught.value) == "\n".join(caught.value.problems)


def test_a_broken_configuration_still_shows_what_is_wrong_in_its_register(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        load_both(write(tmp_path, 'register = "register.toml"\nzone = 5\n', "reviewed_on = 5\n"))
    assert [line.partition(": ")[0] for line in caught.value.problems] == [
        f"{tmp_path}/auditor.toml:2",
        f"{tmp_path}/register.toml:1",
    ]


def test_a_register_can_be_given_beside_any_configuration(tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text(PROVIDER, encoding="utf-8")
    files = load_both(write(tmp_path), str(other))
    assert files.register.path == str(other)
    assert load_both(None, str(other)).register.providers[0].slug == "china-telecom"
    assert load_both(None).register_document is None


def test_a_uplink_can_be_given_once_in_each_namespace(tmp_path: Path) -> None:
    uplink = '[[site.uplink]]\ninterface = "eth0"\n'
    assert config_problems(tmp_path, CONFIG + uplink + uplink) == [
        'auditor.toml:7: site.uplink[1].interface: "eth0" is given twice'
    ]
    load_config(write(tmp_path, CONFIG + uplink + uplink + 'namespace = "wan"\n', None))


def test_a_secret_in_a_wrong_place_is_not_repeated(tmp_path: Path) -> None:
    secret = "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk="
    spoiled = REGISTER.replace(
        "[circuit.match]\n",
        f'[circuit.match]\nwireguard_private_key = "{secret}"\nwireguard_public_keys = ["{secret}x"]\n'
        f'certificate_fingerprints = ["{secret}"]\n',
    )
    with pytest.raises(InputError) as caught:
        loaded(tmp_path, spoiled)
    assert "wireguard_private_key: unknown key" in str(caught.value)
    assert secret not in str(caught.value)
    assert secret[:12] not in str(caught.value)


def test_tables_of_an_array_may_also_be_written_inline(tmp_path: Path) -> None:
    entries = ("reseller", "x")
    inline = "\n  ".join(
        ("provider = [", *(f'{{ slug = "p", name = "P", class = "{each}" }},' for each in entries), "]\n")
    )
    with pytest.raises(InputError) as caught:
        loaded(tmp_path, inline)
    assert [re.sub(r"^.*/", "", line).partition(": ")[0] for line in caught.value.problems] == ["register.toml:3"] * 2


def test_the_installed_configuration_is_found(tmp_path: Path) -> None:
    host = Host(str(tmp_path))
    assert find_config(host) is None
    (tmp_path / "etc/auditor").mkdir(parents=True)
    (tmp_path / "etc/auditor/auditor.toml").write_text(CONFIG, encoding="utf-8")
    assert find_config(host) == "/etc/auditor/auditor.toml"
    assert load_config("/etc/auditor/auditor.toml", host).site.location == "CN"


def test_a_circuit_needs_no_more_than_its_four_words(tmp_path: Path) -> None:
    short = PROVIDER + '[[circuit]]\nprovider = "china-telecom"\ncid = "C"\ntype = "iplc"\nstatus = "planned"\n'
    (circuit,) = loaded(tmp_path, short).register.circuits
    assert circuit.a.prefixes == ()
    assert circuit.termination_date is None
    assert len(CIRCUIT + WAIVER) > len(short)
