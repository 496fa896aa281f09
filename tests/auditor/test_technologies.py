"""The technology table: whole, unambiguous, and its patterns clear nothing by accident."""

import ast
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from auditor import technologies
from auditor.model.tunnel import Certainty, Realisation
from auditor.technologies import Signature
from probes.links import parse_links

TESTS = Path(__file__).resolve().parent.parent


def signatures() -> Iterator[tuple[str, Signature]]:
    for technology in technologies.load().by_id.values():
        yield from ((technology.id, signature) for signature in technology.signatures)


def test_no_kind_executable_or_device_means_two_things() -> None:
    table = technologies.load()
    for attribute in ("kinds", "encapsulations"):
        names = [name for technology in table.by_id.values() for name in getattr(technology, attribute)]
        assert len(names) == len(set(names)), attribute
    signatures = [one for technology in table.by_id.values() for one in technology.signatures]
    for attribute in ("executables", "units"):
        names = [name for one in signatures for name in getattr(one, attribute)]
        assert len(names) == len(set(names)), attribute
    assert not set(table.by_kind) & set(table.devices)


def test_every_technology_has_both_names_and_says_how_it_was_verified() -> None:
    for technology in technologies.load().by_id.values():
        assert technology.name.en
        assert technology.name.zh
        assert technology.verified in ("lab", "bytes", "unverified")
        assert isinstance(technology.realisation, Realisation)


def test_an_executable_is_recognised_by_its_path_and_less_surely_by_its_name() -> None:
    table = technologies.load()
    for path, by, certainty in (
        ("/usr/sbin/openvpn", "path", Certainty.HIGH),
        ("/opt/vendor/bin/openvpn", "name", Certainty.MEDIUM),
    ):
        found = table.recognise(path)
        assert found is not None
        assert (found.technology.id, found.by, found.certainty) == ("openvpn", by, certainty)
    assert table.owner("/usr/sbin/openvpn-helper") is None
    assert table.owner(None) is None


def test_plumbing_needs_the_whole_path() -> None:
    table = technologies.load()
    assert table.plumbing_of("/usr/bin/qemu-system-x86_64") is not None
    for path in ("/tmp/usr/bin/qemu-system-x86_64", "qemu-system-x86_64", "/usr/bin/qemu", None):
        assert table.plumbing_of(path) is None
    assert all(pattern.startswith("/") for pattern, _ in table.plumbing)


def test_a_path_with_braces_is_text() -> None:
    reason = technologies.load().plumbing_of("/usr/bin/qemu-system-{path}{0}")
    assert reason is not None
    assert "{path}{0}" in reason.en


@pytest.mark.parametrize(
    ("path", "unit", "package", "by", "certainty"),
    [
        ("/usr/sbin/edge", None, None, "path", Certainty.HIGH),
        ("/opt/n2n/edge", None, "n2n", "package", Certainty.HIGH),
        ("/opt/n2n/edge", "edge@hq.service", None, "unit", Certainty.MEDIUM),
        ("/opt/n2n/vpn-node", "edge@hq.service", None, "unit", Certainty.LOW),
        (None, "edge.service", None, "unit", Certainty.LOW),
    ],
)
def test_a_generic_name_counts_with_path_package_or_unit(
    path: str | None, unit: str | None, package: str | None, by: str, certainty: Certainty
) -> None:
    found = technologies.load().recognise(path, unit, package)
    assert found is not None
    assert (found.technology.id, found.by, found.certainty) == ("n2n", by, certainty)


@pytest.mark.parametrize(
    "path",
    [
        "/opt/microsoft/msedge/edge",
        "/usr/local/bin/charon",  # a validator of Ethereum nodes
        "/srv/app/vpnclient",
        "/opt/science/iodine",
        "/usr/local/bin/vpn",
        "/opt/tools/client",
        "/usr/bin/python3.11",
        "/usr/bin/node",
        "/usr/bin/java",
        "/opt/x/OPENVPN",
        "/usr/sbin/openvpn/",
        "/usr/sbin/openvpn\n",
        "",
        "openvpn-",
    ],
)
def test_a_name_that_anything_can_have_is_nothing(path: str) -> None:
    assert technologies.load().recognise(path) is None


def test_a_package_tells_what_a_program_of_any_name_is() -> None:
    found = technologies.load().recognise("/opt/ts/tsd", None, "tailscale")
    assert found is not None
    assert (found.technology.id, found.by, found.signature.helper) == ("tailscale", "package", False)


def test_packages_are_asked_only_where_the_path_does_not_tell() -> None:
    table = technologies.load()
    assert table.packages_of("/usr/sbin/openvpn", owner=True) == ()
    assert table.packages_of("/usr/bin/bash", owner=False) == ()
    assert table.packages_of("/opt/n2n/edge", owner=False) == ("n2n",)
    assert {"n2n", "tailscale", "openvpn"} <= set(table.packages_of("/usr/bin/python3.11", owner=True))


def test_programs_that_only_control_are_told_apart() -> None:
    table = technologies.load()
    for path, helper in (
        ("/usr/sbin/tailscaled", False),
        ("/usr/bin/tailscale", True),
        ("/usr/share/sangfor/aTrust/resources/bin/aTrustXtunnel-64", False),
        ("/usr/share/sangfor/aTrust/aTrustTray2", True),
        ("/opt/apps/com.qianxin.trustagent/files/bin/trustdns", True),
        ("/opt/apps/com.qianxin.trustagent/files/bin/trustvnic", False),
        ("/opt/forticlient/vpn", False),
        ("/opt/forticlient/fortitray", True),
    ):
        found = table.recognise(path)
        assert found is not None, path
        assert found.signature.helper is helper, path
        assert (table.owner(path) is None) is helper, path


def test_every_signature_says_where_it_is_from_and_is_no_surer_than_that() -> None:
    for name, one in signatures():
        assert len(one.source) > 15, (name, one)
        if one.certainty is Certainty.HIGH:
            assert re.search(r"of Debian|its own packaging|documentation|packaging of", one.source), (name, one)
        assert not (one.helper and one.deviceless), (name, one)
        assert all(pattern.startswith(("/", "*/")) for pattern in one.executables if "/" in pattern), (name, one)
        assert all(unit.endswith((".service", ".scope")) for unit in one.units), (name, one)


def test_no_unit_is_one_that_users_start_programs_in() -> None:
    shared = {"ssh.service", "sshd.service", "NetworkManager.service", "docker.service", "user@1000.service"}
    table = technologies.load()
    assert not [unit for unit in sorted(shared) if table.recognise("/usr/bin/python3", unit)]


def test_every_technology_says_what_cannot_be_seen_of_it() -> None:
    for technology in technologies.load().by_id.values():
        assert technology.unseen is not None, technology.id
        assert technology.unseen.en.endswith(".")
        assert technology.unseen.zh.endswith("。")
        assert not re.search(r"[,;:?!()]|\.(?!\d)", technology.unseen.zh), technology.unseen.zh


def test_what_is_called_verified_is_in_a_lab_or_in_recorded_bytes() -> None:
    """The labs themselves show that it is found (tests/e2e/test_sets.py, tests/kernel)."""
    built = set(_names_in_labs())
    recorded = set(_recorded())
    for technology in technologies.load().by_id.values():
        if technology.verified == "lab":
            assert technology.id in built, technology.id
        if technology.verified == "bytes":
            assert technology.id in recorded, technology.id


def _names_in_labs() -> Iterator[str]:
    """Yield every string in the modules that write down what stands on a test gateway."""
    for path in (*(TESTS / "lab/parts").glob("*.py"), *(TESTS / "kernel").glob("*.py")):
        tree = ast.parse(path.read_text())
        if any(isinstance(node, ast.Name) and node.id == "TrueTunnel" for node in ast.walk(tree)) or (
            path.parent.name == "kernel"
        ):
            yield from (
                node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
            )


def _recorded() -> Iterator[str]:
    """Yield the technologies of the devices and encapsulations in recorded link tables."""
    table = technologies.load()
    files = [TESTS / "fixtures/netlink/kernel-links.bin", *(TESTS / "fixtures/netlink").glob("*/links.bin")]
    for path in files:
        for link in parse_links([path.read_bytes()]):
            if link.kind in table.by_kind:
                yield table.by_kind[link.kind].id
            if link.outer and link.outer.encapsulation:
                yield link.outer.encapsulation


def test_five_thousand_programs_are_recognised_at_once() -> None:
    """A gateway's processes are looked up one by one: what is no tunnel must cost next to nothing."""
    technologies.load.cache_clear()
    table = technologies.load()
    paths = [f"/opt/vendor{number % 50}/bin/program-{number}" for number in range(5000)]
    started = time.process_time()
    assert not [path for path in paths if table.may_be_known(path)]
    first = time.process_time() - started
    started = time.process_time()
    for path in paths:
        table.recognise(path)
    again = time.process_time() - started
    print(f"5,000 programs: {first * 1000:.0f} ms at first, {again * 1000:.1f} ms again")
    assert first < 1.0
    assert again < 0.1


def test_a_pattern_of_a_name_counts_elsewhere_and_a_pattern_of_a_directory_does_not() -> None:
    table = technologies.load()
    for path, by in (
        ("/usr/share/sangfor/aTrust/resources/bin/aTrustXtunnel-64", "path"),
        ("/opt/atrust/aTrustXtunnel-arm64", "name"),
        ("/opt/atrust/aTrustXtunnel", "name"),
    ):
        found = table.recognise(path)
        assert found is not None, path
        assert (found.technology.id, found.by, found.signature.helper) == ("sangfor", by, False)
    for path in ("/opt/atrust/aTrustXtunnelx", "/opt/x/trustdns", "/opt/x/anything"):
        assert table.recognise(path) is None, path


def test_what_gateways_carry_most_is_told_first_and_what_is_not_known_last() -> None:
    given = ("zerotier", "of-tomorrow", "brook", "openvpn", "ipsec", "openvpn", "wireguard")
    assert technologies.load().in_order(given) == ["wireguard", "openvpn", "ipsec", "zerotier", "brook", "of-tomorrow"]
