"""The scan that a careful engineer would write with psutil and ip(8): the peer of the whole-scan benchmark.

It reads what `auditor scan` reads, one question a command, parses JSON with orjson, looks into fdinfo
only where a descriptor is a TUN device, and matches every far end against a list of approved
networks. It judges nothing and writes nothing but a count, so the comparison favours it.
"""

import os
import subprocess
import sys
from ipaddress import ip_address, ip_network

import orjson
import psutil

TUNNEL_KINDS = {"vxlan", "geneve", "gre", "gretap", "ipip", "sit", "ip6tnl", "vti", "xfrm", "wireguard", "tun"}
APPROVED = [ip_network(f"10.{number}.0.0/24") for number in range(200)]


def ip(*arguments: str) -> list[dict[str, object]]:
    """Return what `ip -j` prints of `arguments`, parsed."""
    printed = subprocess.run(["ip", "-j", *arguments], stdout=subprocess.PIPE, check=True).stdout
    rows: list[dict[str, object]] = orjson.loads(printed or b"[]")
    return rows


def tun_owners() -> list[tuple[int, str]]:
    """Return the processes that hold a TUN device, and its name."""
    found = []
    for process in psutil.process_iter(["pid", "exe", "name"]):
        directory = f"/proc/{process.pid}/fd"
        try:
            for descriptor in os.listdir(directory):
                if os.readlink(f"{directory}/{descriptor}") == "/dev/net/tun":
                    with open(f"/proc/{process.pid}/fdinfo/{descriptor}") as lines:
                        found += [(process.pid, line.split()[1]) for line in lines if line.startswith("iff:")]
        except OSError:
            continue
    return found


def main() -> int:
    """Run the whole look and print how much was found."""
    links, addresses = ip("-d", "link"), ip("addr")
    tunnels = {
        str(link["ifname"]): link["linkinfo"]  # type: ignore[index]
        for link in links
        if link.get("linkinfo", {}).get("info_kind") in TUNNEL_KINDS  # type: ignore[attr-defined]
    }
    routes = [
        route
        for family in ("-4", "-6")
        for route in ip(family, "route", "show", "table", "all")
        if route.get("dev") in tunnels
    ]
    rules = ip("rule") + ip("-6", "rule")
    subprocess.run(["ip", "xfrm", "policy"], stdout=subprocess.PIPE, check=True).stdout.splitlines()
    subprocess.run(["ip", "xfrm", "state", "count"], stdout=subprocess.PIPE, check=True)
    neighbours = subprocess.run(["bridge", "-j", "fdb"], stdout=subprocess.PIPE, check=True).stdout
    sockets, owners = psutil.net_connections("inet"), tun_owners()
    remotes = {info.get("info_data", {}).get("remote") for info in tunnels.values()} - {None}  # type: ignore[attr-defined]
    approved = sum(any(ip_address(remote) in network for network in APPROVED) for remote in remotes)
    print(len(links), len(addresses), len(tunnels), len(routes), len(rules), len(sockets), len(owners), approved)
    return len(orjson.loads(neighbours)) < 0


if __name__ == "__main__":
    sys.exit(main())
