"""Rows of processes and of their sockets."""

from typing import NamedTuple


class Process(NamedTuple):
    """One process that holds a socket, a TUN/TAP device or a namespace.

    `exe` is the full path of the executable, None when it could not be read or is a kernel thread.
    `netns` is the inode of its network namespace. `tun_devices` are the names in `iff:` lines of its
    descriptors. `unit` is the systemd unit of its cgroup, else the last component of that; `comm` and `unit`
    are read of processes that may own a tunnel. `held_netns` are (inode, descriptor) of network namespaces
    that it holds open. `exe_here`: that path leads to the very same file from here, so it names a program of
    this host and not of a container (None: not looked at). `packaged_by` is the Debian package that brings that
    path, looked for where the path alone does not tell what the program is. `ppid` is the parent of a process
    that may own a tunnel. `holds_ppp`: it has /dev/ppp open, as pppd has. `terminals` are the pseudoterminals that
    such a process speaks to, `masters` those whose other end a process holds: what carries the frames of a pppd
    holds the master of its terminal. Never a command line.
    """

    pid: int
    comm: str | None
    exe: str | None = None
    exe_deleted: bool = False
    netns: int | None = None
    mntns: int | None = None
    tun_devices: tuple[str, ...] = ()
    sockets: tuple[int, ...] = ()
    unit: str | None = None
    held_netns: tuple[tuple[int, int], ...] = ()
    exe_here: bool | None = None
    packaged_by: str | None = None
    ppid: int | None = None
    holds_ppp: bool = False
    terminals: tuple[int, ...] = ()
    masters: tuple[int, ...] = ()

    @property
    def only_device(self) -> str | None:
        """Return the one TUN/TAP device that it holds, None if it holds none or several."""
        return self.tun_devices[0] if len(self.tun_devices) == 1 else None


class Socket(NamedTuple):
    """One TCP or UDP socket (INET_DIAG). `remote` None: not connected. `state` is TCP_* by name.

    `protocol` "gre" is a raw socket of that protocol, which has no ports (0).
    """

    protocol: str
    state: str
    local: str
    local_port: int
    remote: str | None
    remote_port: int | None
    inode: int
