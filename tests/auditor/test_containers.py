"""Which container a process is in: control groups of every engine, names without secrets, hostile files."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor import containers
from auditor.containers import Container, parse_cgroup, parse_docker_name, parse_podman_names
from auditor.host import Host

ID, OTHER = "3fa9c1d2e4b5" + "0a" * 26, "77aa12cd34ef" + "0b" * 26
POD = "3f2a1b9c-0d4e-4b6a-9c1d-2e3f4a5b6c7d"
SECRET = "hunter2-hunter2"


@pytest.mark.parametrize(
    ("path", "found"),
    [
        (f"/system.slice/docker-{ID}.scope", Container("docker", ID)),
        (f"/docker/{ID}", Container("docker", ID)),
        (f"/docker/{ID}/init.scope", Container("docker", ID)),
        (f"/machine.slice/libpod-{ID}.scope", Container("podman", ID)),
        (f"/machine.slice/libpod-{ID}.scope/container", Container("podman", ID)),
        (f"/libpod_parent/libpod-{ID}", Container("podman", ID)),
        (
            f"/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-{ID}.scope/container",
            Container("podman", ID, True),
        ),
        (f"/system.slice/nerdctl-{ID}.scope", Container("containerd", ID)),
        (f"/default/{ID}", Container("containerd", ID)),
        (
            f"/kubepods.slice/kubepods-pod{POD.replace('-', '_')}.slice/cri-containerd-{ID}.scope",
            Container("kubernetes", "pod-3f2a1b9c"),
        ),
        (
            f"/kubepods.slice/kubepods-besteffort-pod{POD.replace('-', '_')}.slice/crio-{ID}.scope",
            Container("kubernetes", "pod-3f2a1b9c"),
        ),
        (f"/kubepods/besteffort/pod{POD}/{ID}", Container("kubernetes", "pod-3f2a1b9c")),
        (f"/system.slice/docker-{OTHER}.scope/kubepods/pod{POD}/{ID}", Container("kubernetes", "pod-3f2a1b9c")),
        (f"/crio-{ID}.scope", Container("kubernetes", ID)),
        ("/lxc.payload.gw2", Container("lxc", "gw2")),
        ("/lxc.payload.gw2/system.slice/ssh.service", Container("lxc", "gw2")),
        ("/lxc/gw2", Container("lxc", "gw2")),
        ("/machine.slice/machine-branch\\x2doffice.scope/payload", Container("nspawn", "branch-office")),
        ("/machine.slice/machine-lxc\\x2d4711\\x2dgw.scope", Container("lxc", "gw")),
        ("/machine.slice/machine-qemu\\x2d1\\x2dvm1.scope", Container("qemu", "vm1")),
        ("/machine.slice/systemd-nspawn@branch.service/payload", Container("nspawn", "branch")),
        ("/", None),
        ("/system.slice/openvpn@sg.service", None),
        (f"/machine.slice/libpod-conmon-{ID}.scope", None),
        (f"/somewhere/{ID}", None),
        ("/system.slice/docker-short.scope", None),
    ],
)
def test_control_groups(path: str, found: Container | None) -> None:
    assert parse_cgroup(f"0::{path}\n".encode()) == found
    assert parse_cgroup(f"12:pids:{path}\n1:name=systemd:{path}\n0::/\n".encode()) == found


@given(st.binary(max_size=200))
def test_control_groups_meet_any_bytes(raw: bytes) -> None:
    parse_cgroup(raw)
    parse_cgroup(b"0::/machine.slice/machine-" + raw + b".scope")


def docker_file(**more: object) -> bytes:
    """Return a file as Docker writes it, with the name last and traps before it."""
    traps = {
        "State": {"Name": "/state"},
        "Config": {"Env": [f"PASSWORD={SECRET}", '"Name":"/env"'], "Labels": {"Name": "/label", "a": '{"Name":"/b"}'}},
        "Driver": "Name",
        "MountPoints": {"/data": {"Name": "/volume"}},
    }
    return json.dumps(traps | more, separators=(",", ":")).encode()


def test_dockers_name_is_that_of_the_container_and_nothing_else_leaves() -> None:
    assert parse_docker_name(docker_file(Name="/web")) == "web"
    assert parse_docker_name(docker_file()) is None
    whole = docker_file(Name="/web")
    for size in range(len(whole)):
        assert parse_docker_name(whole[:size]) in (None, "web")
    assert parse_docker_name(b"") is None


def test_podmans_names() -> None:
    listed = [{"id": ID, "names": ["vpn", "alias"], "metadata": SECRET}, {"id": OTHER}, {"names": ["x"]}, 7]
    whole = json.dumps(listed).encode()
    assert parse_podman_names(whole) == {ID: "vpn"}
    for size in range(len(whole)):
        assert parse_podman_names(whole[:size]) == {}
    for hostile in (b"[" * 100_000, b"\xff", b"{}", b'[{"id":1,"names":[2]}]'):
        assert parse_podman_names(hostile) == {}


def made(root: Path, path: str, files: dict[str, bytes]) -> str | None:
    """Return the label of process 50 in control group `path` of a host with `files`."""
    for name, content in {"/proc/50/cgroup": f"0::{path}\n".encode(), **files}.items():
        target = Path(f"{root}{name}")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return containers.label(Host(str(root)), 50)


def test_labels_have_the_name_or_else_the_short_id(tmp_path: Path) -> None:
    docker = f"/var/lib/docker/containers/{ID}/config.v2.json"
    store = "/storage/overlay-containers/containers.json"
    listed = json.dumps([{"id": ID, "names": ["vpn"]}]).encode()
    user = f"/user.slice/user-1000.slice/libpod-{ID}.scope"
    home = "/home/staff/.local/share/containers"
    assert made(tmp_path / "a", f"/docker/{ID}", {docker: docker_file(Name="/web")}) == "docker:web"
    assert made(tmp_path / "b", f"/docker/{ID}", {}) == "docker:3fa9c1d2e4b5"
    assert made(tmp_path / "c", f"/docker/{ID}", {docker: b"{"}) == "docker:3fa9c1d2e4b5"
    assert made(tmp_path / "d", f"/libpod-{ID}.scope", {"/var/lib/containers" + store: listed}) == "podman:vpn"
    assert made(tmp_path / "e", f"/libpod-{ID}.scope", {home + store: listed}) == "podman:3fa9c1d2e4b5"
    assert made(tmp_path / "f", user, {home + store: listed}) == "podman:vpn"
    assert made(tmp_path / "g", f"/libpod-{OTHER}.scope", {"/var/lib/containers" + store: listed}) == (
        "podman:77aa12cd34ef"
    )
    assert made(tmp_path / "h", "/lxc.payload.gw2", {}) == "lxc:gw2"
    assert made(tmp_path / "i", "/system.slice", {}) is None


def test_a_process_that_is_gone_has_no_label(tmp_path: Path) -> None:
    assert containers.label(Host(str(tmp_path)), 50) is None
