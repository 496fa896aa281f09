"""Rows of IPsec: associations and policies of the kernel, and what the IKE daemon tells."""

from typing import NamedTuple


class XfrmState(NamedTuple):
    """One security association's header; its attributes hold keys and are never kept.

    `protocol` is esp, ah or comp; `mode` tunnel, transport, beet or other; ports are those of UDP
    encapsulation (NAT traversal).
    """

    source: str
    destination: str
    protocol: str
    mode: str
    reqid: int
    if_id: int | None = None
    source_port: int | None = None
    destination_port: int | None = None


class XfrmTemplate(NamedTuple):
    """What a policy asks to be applied; outer addresses are None in transport mode."""

    source: str | None
    destination: str | None
    protocol: str
    mode: str
    reqid: int


class XfrmPolicy(NamedTuple):
    """One IPsec policy: the traffic it selects, and the tunnel that traffic enters.

    `protocol` is the number of the IP protocol that it selects, None for any; `source_port` and
    `destination_port` are None for any. `marked`: it takes only packets with a certain firewall mark.
    """

    direction: str
    source: str
    destination: str
    action: str
    templates: tuple[XfrmTemplate, ...]
    if_id: int | None = None
    protocol: int | None = None
    source_port: int | None = None
    destination_port: int | None = None
    marked: bool = False


class IkeChild(NamedTuple):
    """One child SA of an IKE SA (VICI list-sas)."""

    name: str
    state: str
    mode: str
    local_prefixes: tuple[str, ...] = ()
    remote_prefixes: tuple[str, ...] = ()
    reqid: int | None = None
    if_id: int | None = None


class IkeSa(NamedTuple):
    """One IKE security association as its daemon tells it (VICI list-sas); identities of persons dropped.

    `state` is the daemon's, or "CONFIGURED" for a connection without association, whose children tell name and
    mode only; that one may have `remote_name`, the far end's host name as configured. `remote_access`: the far
    end is a person's device, whose address is personal data (EAP, XAuth, or an address from our pool); None: not
    known.
    """

    name: str
    state: str
    local: str | None
    local_port: int | None
    remote: str | None
    remote_port: int | None
    local_id: str | None
    remote_id: str | None
    initiator: bool | None
    children: tuple[IkeChild, ...]
    pid: int
    remote_name: str | None = None
    remote_access: bool | None = None
