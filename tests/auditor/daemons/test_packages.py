"""Which package brings a program: by dpkg's lists, and by this machine's own."""

import shutil
from pathlib import Path

import pytest

from auditor.daemons.packages import DIRECTORY, Packages
from auditor.errors import SourceDenied, SourceError
from auditor.host import Host


def made(root: Path, **lists: str) -> Packages:
    directory = root / DIRECTORY.removeprefix("/")
    directory.mkdir(parents=True)
    for name, content in lists.items():
        (directory / f"{name.replace('__', ':')}.list").write_text(content)
    return Packages(Host(str(root)))


def test_a_program_is_of_the_package_whose_list_names_it(tmp_path: Path) -> None:
    packages = made(tmp_path, n2n="/.\n/usr/sbin\n/usr/sbin/edge\n", tailscale__amd64="/opt/ts/tsd\n", other="/opt/x\n")
    assert packages.of("/usr/sbin/edge", ("tailscale", "n2n")) == "n2n"
    assert packages.of("/opt/ts/tsd", ("tailscale", "n2n")) == "tailscale"
    assert packages.of("/opt/x", ("tailscale", "n2n")) is None  # of a package that nobody asked about
    assert packages.of("/usr/sbin/edg", ("n2n",)) is None


def test_a_list_from_before_the_merge_of_usr_counts(tmp_path: Path) -> None:
    packages = made(tmp_path, vtun="/sbin/vtund\n/bin/x\n")
    assert packages.of("/usr/sbin/vtund", ("vtun",)) == "vtun"
    assert packages.of("/opt/bin/x", ("vtun",)) is None


def test_where_dpkg_manages_nothing_there_is_no_package(tmp_path: Path) -> None:
    assert Packages(Host(str(tmp_path))).of("/usr/sbin/edge", ("n2n",)) is None


def test_any_bytes_in_a_list(tmp_path: Path) -> None:
    directory = tmp_path / DIRECTORY.removeprefix("/")
    directory.mkdir(parents=True)
    (directory / "n2n.list").write_bytes(b"\xff\xfe\n\n/usr/sbin/e\xffdge\n/usr/sbin/edge")
    packages = Packages(Host(str(tmp_path)))
    assert packages.of("/usr/sbin/edge", ("n2n",)) == "n2n"
    assert packages.of("/usr/sbin/e\\xffdge", ("n2n",)) == "n2n"


def test_what_cannot_be_read_is_an_error_and_never_no_package(tmp_path: Path) -> None:
    packages = made(tmp_path, n2n="/usr/sbin/edge\n")
    place = tmp_path / DIRECTORY.removeprefix("/") / "n2n.list"
    place.unlink()
    place.mkdir()  # no regular file
    with pytest.raises(SourceError):
        packages.of("/usr/sbin/edge", ("n2n",))


class Denied(Host):
    def names(self, path: str, *, needs: str | None = None) -> list[str]:
        raise SourceDenied("Permission denied", needs=needs)


def test_a_denied_directory_is_an_error() -> None:
    with pytest.raises(SourceDenied):
        Packages(Denied()).of("/usr/sbin/edge", ("n2n",))


@pytest.mark.skipif(shutil.which("dpkg") is None, reason="needs dpkg")
def test_dpkgs_own_list_on_this_machine() -> None:
    assert Packages(Host()).of("/usr/bin/dpkg-query", ("bash", "dpkg")) == "dpkg"
