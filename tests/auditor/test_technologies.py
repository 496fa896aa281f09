"""The technology table: whole, unambiguous, and its patterns clear nothing by accident."""

from auditor import technologies
from auditor.model.tunnel import Certainty, Realisation


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
