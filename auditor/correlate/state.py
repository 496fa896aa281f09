"""How state is read from a device's flags, handshakes and sockets; four values, each with its reason."""

from auditor.model.rows import Link, Socket
from auditor.model.text import Text
from auditor.model.tunnel import Remote, State

IFF_UP = 0x1  # linux/if.h
IFF_LOOPBACK = 0x8
IFF_LOWER_UP = 0x10000
HANDSHAKE_FRESH_S = 180  # WireGuard drops a session at REJECT_AFTER_TIME, 180 s (whitepaper 6.1)

Judged = tuple[State, Text]


def of_device(link: Link) -> Judged:
    """Return the state that the device itself shows: administrator's switch, then carrier."""
    if not link.flags & IFF_UP:
        return State.DOWN, Text("the device is switched off", "设备已停用")
    if not link.flags & IFF_LOWER_UP:
        return State.DOWN, Text("the device has no carrier: nothing drives it", "设备无载波：没有程序在驱动它")
    return State.UP, Text(
        "the device is up; the kernel does not show whether the far end answers",
        "设备已启用；内核不显示对端是否应答",
    )


def of_owned_device(link: Link, *, held: bool | None, connected: bool | None) -> Judged:
    """Return the state of a TUN/TAP device; `held` and `connected` are None when not known.

    `connected` tells whether the owner has a connected socket to a peer, for technologies whose
    working connection always has one.
    """
    state, reason = of_device(link)
    if state is State.UP and held is False:
        return State.DOWN, Text("no process holds the device", "没有进程持有该设备")
    if state is State.UP and connected is False:
        return State.STALE, Text(
            "the device is up, but its owner has no connection to any peer",
            "设备已启用，但其所有者未与任何对端建立连接",
        )
    return state, reason


def of_sockets(seen: list[Socket], own: list[Socket], *, listens: bool) -> Judged:
    """Return the state of a tunnel without a device from its program's sockets that were `seen` and its `own`.

    Its own are those at which it `listens`, or else its connections to the far end.
    """
    if not seen:
        return State.UNKNOWN, Text("none of the program's sockets could be seen", "未能看到该程序的任何套接字")
    if own and listens:
        return State.UP, Text("the program listens for connections", "程序正在监听连接")
    if own:
        return State.UP, Text("connected to its far end", "已与对端建立连接")
    if listens:
        return State.DOWN, Text("the program runs, but listens at no port", "程序正在运行，但未监听任何端口")
    return State.STALE, Text(
        "the program runs, but has no connection to its far end", "程序正在运行，但未与对端建立连接"
    )


def of_handshakes(link: Link, remotes: tuple[Remote, ...]) -> Judged:
    """Return the state of a WireGuard device from its peers' last handshakes."""
    if not link.flags & IFF_UP:
        return of_device(link)
    ages = [remote.handshake_age_s for remote in remotes if remote.handshake_age_s is not None]
    if not ages:
        return State.DOWN, Text("no peer has ever completed a handshake", "从未与任何对端完成握手")
    age_s = min(ages)
    if age_s <= HANDSHAKE_FRESH_S:
        return State.UP, Text(f"last handshake {age_s} s ago", f"最近一次握手在{age_s}秒前")
    return State.STALE, Text(
        f"last handshake {age_s} s ago; a session lives {HANDSHAKE_FRESH_S} s",
        f"最近一次握手在{age_s}秒前；会话有效期为{HANDSHAKE_FRESH_S}秒",
    )
