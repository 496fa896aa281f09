"""Which container a process is in, told by its control group, and what people call that container.

Engines put every container into a control group of its own, whose path a process inside cannot choose. The
name comes from the engine's own files, of which nothing else is kept; where they cannot be read the id stands
for it, since a name hides nothing. Sources: the paths that runc, crun, conmon, LXC and systemd-machined make
(systemd.unit(5) for escapes), Docker's config.v2.json, Podman's containers.json. Verified on Podman; the forms
of Docker, CRI-O, containerd and LXC are from their sources (unverified).
"""

import json
import re
from typing import NamedTuple

from auditor.errors import SourceError
from auditor.host import Host
from auditor.netlink.wire import text

_SHORT = 12
_USERS_LIMIT = 64
_CHARACTERS = 64
_ID = "[0-9a-f]{64}"
_FORMS = tuple(
    (engine, re.compile(form))
    for engine, form in (
        ("docker", rf"docker-({_ID})\.scope"),
        ("podman", rf"libpod-({_ID})(?:\.scope)?"),
        ("containerd", rf"nerdctl-({_ID})\.scope"),
        ("kubernetes", rf"(?:crio|cri-containerd)-({_ID})(?:\.scope)?"),
        ("lxc", r"lxc\.payload\.(.+)"),
        ("machine", r"machine-(.+)\.scope"),
        ("nspawn", r"systemd-nspawn@(.+)\.service"),
    )
)
_POD = re.compile(r"(?:kubepods.*-)?pod([0-9a-f]{8})[-_][0-9a-f]{4}[-_].*")
_PARENTS = {"docker": "docker", "default": "containerd", "lxc.payload": "lxc", "lxc": "lxc"}
_BARE_ID = re.compile(_ID)
_ESCAPE = re.compile(r"\\x([0-9a-f]{2})")
_MACHINES = (("lxc-", "lxc"), ("qemu-", "qemu"))  # libvirt's, with a number: "lxc-4711-name"
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[{}\[\]:]')
_STORES = "/var/lib/containers/storage"


class Container(NamedTuple):
    """One container: `engine` is docker, podman, kubernetes, containerd, lxc, nspawn or qemu, `id` its id or name."""

    engine: str
    id: str
    user: bool = False


def parse_cgroup(raw: bytes) -> Container | None:
    """Return the innermost container in a cgroup file (cgroups(7)), None for a process in none."""
    for line in raw.split(b"\n"):
        path = text(line.split(b":", 2)[-1])
        parts = path.split("/")
        for index in range(len(parts) - 1, -1, -1):
            found = _container(parts[index], parts[index - 1] if index else "")
            if found:
                pod = next((match for part in reversed(parts[: index + 1]) if (match := _POD.fullmatch(part))), None)
                return Container("kubernetes", f"pod-{pod[1]}") if pod else found._replace(user="/user.slice/" in path)
    return None


def _container(part: str, parent: str) -> Container | None:
    """Return the container that one component of a path stands for."""
    for engine, form in _FORMS:
        match = form.fullmatch(part)
        if match:
            name = _ESCAPE.sub(lambda escape: chr(int(escape[1], 16)), match[1])
            return _machine(name) if engine == "machine" else Container(engine, name)
    if _BARE_ID.fullmatch(part) and (parent in _PARENTS or _POD.fullmatch(parent)):
        return Container(_PARENTS.get(parent, "kubernetes"), part)
    return Container("lxc", part) if parent in ("lxc", "lxc.payload") and part else None


def _machine(name: str) -> Container:
    """Return the container behind a machine of systemd-machined: nspawn's, unless libvirt named it."""
    for prefix, engine in _MACHINES:
        if name.startswith(prefix):
            return Container(engine, name.removeprefix(prefix).partition("-")[2] or name)
    return Container("nspawn", name)


def parse_docker_name(raw: bytes) -> str | None:
    """Return "Name" of the outermost object of config.v2.json, None if there is none.

    The file holds environments, and with them secrets: nothing but that one value leaves the search.
    """
    depth, key = 0, False
    for match in _TOKEN.finditer(raw):
        token = match[0]
        if token in b"{[":
            depth, key = depth + 1, False
        elif token in b"}]":
            depth, key = depth - 1, False
        elif token == b":":
            continue
        elif key:
            return text(token[1:-1]).removeprefix("/") or None
        else:
            key = depth == 1 and token == b'"Name"' and raw[match.end() : match.end() + 1] == b":"
    return None


def parse_podman_names(raw: bytes) -> dict[str, str]:
    """Return the name of each container in containers.json by id; what has another form is passed over."""
    try:
        entries = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    found = {}
    for entry in entries if isinstance(entries, list) else ():
        names = entry.get("names") if isinstance(entry, dict) else None
        if isinstance(names, list) and names and isinstance(names[0], str) and isinstance(entry.get("id"), str):
            found[entry["id"]] = names[0]
    return found


def label(host: Host, pid: int) -> str | None:
    """Return what to call the container of process `pid`, such as "podman:vpn"; None if it is in none."""
    try:
        container = parse_cgroup(host.read(f"/proc/{pid}/cgroup"))
    except SourceError:
        return None
    if container is None:
        return None
    name = container.id
    if _BARE_ID.fullmatch(name):
        name = _name(host, container) or name[:_SHORT]
    return f"{container.engine}:{name[:_CHARACTERS]}"


def _name(host: Host, container: Container) -> str | None:
    """Return the name that its engine keeps of a container, None if that cannot be read."""
    if container.engine == "docker":
        try:
            return parse_docker_name(host.read(f"/var/lib/docker/containers/{container.id}/config.v2.json"))
        except SourceError:
            return None
    return _podman_name(host, container) if container.engine == "podman" else None


def _podman_name(host: Host, container: Container) -> str | None:
    """Return the name in Podman's storage: the system's, then for a user's container those of users."""
    stores = [_STORES]
    if container.user:
        users = sorted(_names(host, "/home"))[:_USERS_LIMIT]
        stores += [f"/home/{user}/.local/share/containers/storage" for user in users]
    for store in stores:
        for kind in sorted(_names(host, store)):
            if kind.endswith("-containers"):
                for file in ("containers.json", "volatile-containers.json"):
                    try:
                        names = parse_podman_names(host.read(f"{store}/{kind}/{file}"))
                    except SourceError:
                        continue
                    if container.id in names:
                        return names[container.id]
    return None


def _names(host: Host, directory: str) -> list[str]:
    """Return the names in a directory, none if it cannot be read."""
    try:
        return host.names(directory)
    except SourceError:
        return []
