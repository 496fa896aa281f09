"""Programs to which rules that divert are ordinary: known by their whole path."""

from auditor import services


def test_a_service_is_known_by_its_whole_path_only() -> None:
    assert services.known("/usr/sbin/nginx") is not None
    assert services.known("/opt/nginx") is None
    assert services.known("nginx") is None
    assert services.known(None) is None


def test_the_table_is_sound() -> None:
    for service in services.load():
        assert all(path.startswith("/") for path in service.executables)
        assert bool(service.ports) == service.guest
