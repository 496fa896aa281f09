"""What a configuration file says of a tunnel that was found: a witness, what was not known yet, or a contradiction."""

from collections.abc import Iterator
from dataclasses import replace

from auditor.correlate import recheck
from auditor.model.address import host_name, is_address
from auditor.model.rows import Configured, NamedEnd
from auditor.model.text import Text
from auditor.model.tunnel import Endpoint, Family, Remote, Role, Tunnel, Witness

_SHOWN = 8
_MESHES = ("tinc", "nebula")  # nodes connect to others than those that they are told to connect to

# By manager: the probe that read the file, and what of it may be shown again (keys and passwords may not).
_MANAGERS = {
    "wg-quick": ("wireguard_conf", "^(Endpoint|PublicKey|AllowedIPs|ListenPort)"),
    "awg-quick": ("wireguard_conf", "^(Endpoint|PublicKey|AllowedIPs|ListenPort)"),
    "openvpn": ("openvpn_conf", "^(remote|port|proto|dev|server|client)"),
    "swanctl": ("ipsec_conf", "(local|remote)_(addrs|ts)"),
    "ipsec": ("ipsec_conf", "^conn|(left|right|leftsubnet|rightsubnet|also|auto)="),
    "xl2tpd": ("ppp_conf", "^\\[|lns"),
    "pptpd": ("ppp_conf", "^(listen|localip|remoteip)"),
    "pppd": ("ppp_conf", "^(plugin|pptp_server)"),
    "networkd": ("networkd_conf", "^(Name|Kind|Local|Remote|Endpoint|PublicKey|AllowedIPs)"),
    "NetworkManager": ("networkmanager_conf", "^(id|type|interface-name|remote|local|gateway|endpoint)="),
    "netplan": ("netplan_conf", "(mode|local|remote|endpoint):"),
    "ifupdown": ("ifupdown_conf", "iface|endpoint|remote"),
    "tinc": ("tinc_conf", "^(Name|ConnectTo|Interface)"),
    "fastd": ("fastd_conf", "^(interface|bind|peer|include)|remote"),
    "nebula": ("nebula_conf", "dev:|port:|[0-9]:[0-9]"),
}
_STARTS = {True: "started at boot", False: "not started at boot", None: "whether it is started at boot is not known"}


def witness(row: Configured) -> Witness:
    """Return what the file of `row` says, with a command that shows it again without what is secret in it."""
    probe, pattern = _MANAGERS[row.manager]
    far = [f"{end.host} port {end.port}" if end.port else end.host for end in row.remotes[:_SHOWN]]
    if row.people:
        says = f"{row.source} ({row.manager}): a remote-access service; {_STARTS[row.autostart]}"
    else:
        ends = ", ".join(far) or "no far end"
        says = f"{row.source} ({row.manager}): {row.name[:64]} to {ends}; {_STARTS[row.autostart]}"
    return Witness(probe=probe, says=says, recheck=recheck.command("grep", "-nE", pattern, row.source))


def told(tunnel: Tunnel, group: tuple[Configured, ...]) -> Tunnel:
    """Return `tunnel` with what the rows of `group` say of it."""
    for row in group:
        tunnel = replace(tunnel, witnesses=(*tunnel.witnesses, witness(row)))
        if tunnel.family is Family.REMOTE_ACCESS or row.people:
            continue
        tunnel = replace(tunnel, contradictions=(*tunnel.contradictions, *_contradictions(tunnel, row)))
        tunnel = replace(tunnel, remotes=_filled(tunnel, row))
    return tunnel


def _filled(tunnel: Tunnel, row: Configured) -> tuple[Remote, ...]:
    """Return the far ends of `tunnel` with names, and ends that were not known, as `row` has them."""
    if not tunnel.remotes and tunnel.role is not Role.SERVER:
        return tuple(
            Remote(endpoint=_endpoint(end, end.transport), configured_only=True)
            for end in row.remotes
            if end.peer is None
        )
    return tuple(_named(remote, _end_of(tunnel, remote, row)) for remote in tunnel.remotes)


def _end_of(tunnel: Tunnel, remote: Remote, row: Configured) -> NamedEnd | None:
    """Return what `row` says of `remote`: by its key, else if each has one far end only."""
    if remote.identity_kind == "wireguard":
        return next((end for end in row.remotes if end.peer == remote.identity), None)
    return row.remotes[0] if len(row.remotes) == len(tunnel.remotes) == 1 else None


def _named(remote: Remote, end: NamedEnd | None) -> Remote:
    """Return `remote` with the name that `end` has for it, or with `end` itself where no address is known."""
    known = remote.endpoint
    if end is None or known.name:
        return remote
    if known.address is None:
        return replace(remote, endpoint=_endpoint(end, known.transport), configured_only=True)
    return remote if is_address(end.host) else replace(remote, endpoint=replace(known, name=end.host))


def _endpoint(end: NamedEnd, transport: str | None) -> Endpoint:
    """Return `end` as an outer end."""
    address = end.host if is_address(end.host) else None
    return Endpoint(
        address=address, port=end.port, transport=end.transport or transport, name=None if address else end.host
    )


def _contradictions(tunnel: Tunnel, row: Configured) -> Iterator[Text]:
    """Yield in words where the addresses in the file are others than those that the tunnel goes to."""
    if tunnel.technology in _MESHES:
        return
    pairs = [(remote, _end_of(tunnel, remote, row)) for remote in tunnel.remotes]
    if any(remote.identity_kind == "wireguard" for remote in tunnel.remotes):
        different = [
            (r.endpoint.address, end.host) for r, end in pairs if end and r.endpoint.address and is_address(end.host)
        ]
        yield from (_differs(row, there, said) for there, said in different if there != said)
        return
    said = [end.host for end in row.remotes]
    seen = [remote.endpoint.address for remote in tunnel.remotes if remote.endpoint.address]
    if said and seen and all(map(is_address, said)) and not {host_name(one) for one in said} & set(seen):
        yield _differs(row, seen[0], said[0])


def _differs(row: Configured, seen: str, said: str) -> Text:
    """Return that the file names another far end than the one that was seen."""
    return Text(
        f"{row.source} names the far end {said}, but the tunnel goes to {seen}",
        f"{row.source}指定的对端为{said}，但该隧道实际连接的对端为{seen}",
    )
