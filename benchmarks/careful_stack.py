"""The scan that a careful engineer would write with psutil and ip(8): the peer of the whole-scan benchmark.

It asks what `auditor scan` asks, one command a question: devices, addresses, forwarding tables, routes
of both families in all tables, rules, IPsec, sockets, processes with executable and namespace, owners
of TUN devices, and the way out to every far end (one batch for all). It looks into fdinfo only where a
descriptor is a TUN device. Then it matches every far end against a list of approved networks and
writes what it found as JSON. It knows no register, no controls and no languages, so it does less. It
imports what such a program imports: dnspython for names and jinja2 for a page, though neither is used.
"""

import json
import os
import subprocess
import sys
from ipaddress import ip_address, ip_network
from typing import Any

import dns.resolver  # noqa: F401 - start-up is part of what such a program costs
import jinja2  # noqa: F401
import psutil

TUNNEL_KINDS = {"vxlan", "geneve", "gre", "gretap", "ipip", "sit", "ip6tnl", "vti", "xfrm", "wireguard", "tun"}
APPROVED = [ip_network(f"10.{number}.0.0/24") for number in range(200)]


def ip(*arguments: str, stdin: str = "") -> list[dict[str, Any]]:
    """Return what `ip -j` prints of `arguments`, parsed; a batch prints one list for each of its lines."""
    printed = subprocess.run(
        ["ip", "-j", *arguments], input=stdin, stdout=subprocess.PIPE, text=True, check=True
    ).stdout
    if not stdin:
        return json.loads(printed or "[]")  # type: ignore[no-any-return]
    return [row for line in printed.splitlines() if line for row in json.loads(line)]


def processes() -> list[dict[str, Any]]:
    """Return every process with executable, namespace and the TUN devices it holds."""
    found = []
    for process in psutil.process_iter(["pid", "name", "exe"]):
        row: dict[str, Any] = {**process.info, "tun": []}
        try:
            row["netns"] = os.readlink(f"/proc/{process.pid}/ns/net")
            for descriptor in os.listdir(f"/proc/{process.pid}/fd"):
                if os.readlink(f"/proc/{process.pid}/fd/{descriptor}") == "/dev/net/tun":
                    with open(f"/proc/{process.pid}/fdinfo/{descriptor}") as lines:
                        row["tun"] += [line.split()[1] for line in lines if line.startswith("iff:")]
        except OSError:
            continue
        found.append(row)
    return found


def main() -> int:
    """Look, match, and write the result to the file named by the first argument."""
    links, addresses = ip("-d", "link"), ip("addr")
    tunnels = {
        link["ifname"]: link["linkinfo"].get("info_data", {})
        for link in links
        if link.get("linkinfo", {}).get("info_kind") in TUNNEL_KINDS
    }
    routes: dict[str, list[str]] = {}
    for family in ("-4", "-6"):
        for route in ip(family, "route", "show", "table", "all"):
            if route.get("dev") in tunnels:
                routes.setdefault(route["dev"], []).append(route["dst"])
    rules = ip("rule") + ip("-6", "rule")
    ipsec = [subprocess.run(["ip", "xfrm", what], stdout=subprocess.PIPE, check=True).stdout for what in ("policy",)]
    printed = subprocess.run(["bridge", "-j", "fdb"], stdout=subprocess.PIPE, check=True).stdout
    remotes = {name: data["remote"] for name, data in tunnels.items() if "remote" in data}
    asked = "".join(f"route get {remote}\n" for remote in remotes.values())
    ways = {way["dst"]: way for way in ip("-batch", "-", stdin=asked)} if asked else {}
    result = [
        {
            "interface": name,
            "remote": remote,
            "way": ways.get(remote),
            "routes": routes.get(name, []),
            "approved": [str(network) for network in APPROVED if ip_address(remote) in network],
        }
        for name, remote in remotes.items()
    ]
    counts = (len(addresses), len(rules), len(ipsec), len(psutil.net_connections("inet")), len(json.loads(printed)))
    owners = [row for row in processes() if row["tun"]]
    with open(sys.argv[1], "w", encoding="utf-8") as report:
        json.dump({"tunnels": result, "owners": owners, "counts": counts}, report, indent=1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
