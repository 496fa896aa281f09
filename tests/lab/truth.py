"""What is true about the lab's gateway, written down by what built it, not by what is tested."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """One end of an outer connection. `transports` are all right answers; None: any answer is right."""

    address: str | None = None
    port: int | None = None
    transports: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueTunnel:
    """One tunnel that is there.

    `interface` is as the report spells it, None when there is none. `namespace` None is the
    gateway's own. `states` and `technologies` are all right answers. `owner` is the full path of
    the executable, None for tunnels of the kernel. `local.address` may also be reported as unknown
    or as any address when `local_any` (the socket is bound to no address). `inside` is an address
    that answers a ping through the tunnel. `verdict` follows from the lab's register, None: not compared.
    `family`, `role`, `realisation`, `outer` (the key of the tunnel around it) and `layers` (technologies,
    outermost first, each once) None: not compared.
    """

    key: str
    technologies: tuple[str, ...]
    interface: str | None
    states: tuple[str, ...]
    local: End
    remotes: tuple[End, ...]
    verdict: str | None = None
    owner: str | None = None
    namespace: str | None = None
    local_any: bool = False
    inside: str | None = None
    circuit: str | None = None
    family: str | None = None
    role: str | None = None
    realisation: str | None = None
    outer: str | None = None
    layers: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueNotTunnel:
    """One device that is there and is no tunnel; `why` says what it is."""

    interface: str
    why: str
    namespace: str | None = None
