"""What the kernel takes to hand over its tables: every dump that a scan reads, received and thrown away."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from auditor.netlink import inet_diag, tables, wire
from auditor.netlink.socket import Netlink


def main() -> int:
    """Read every table of devices, addresses and routes, and all sockets; print their bytes."""
    size = 0
    with Netlink(wire.NETLINK_ROUTE) as netlink:
        for request in tables.TABLES.values():
            size += sum(map(len, netlink.dump(*request).chunks))
    with Netlink(wire.NETLINK_SOCK_DIAG) as netlink:
        for protocol in inet_diag.PROTOCOLS:
            for version in inet_diag.FAMILIES:
                body = inet_diag.request(version, protocol)
                size += sum(map(len, netlink.dump(inet_diag.SOCK_DIAG_BY_FAMILY, body).chunks))
    print(size)
    return 0


if __name__ == "__main__":
    sys.exit(main())
