"""What encapsulates without a device, and far ends that are not in a device's link data, as the guest is given them.

Automatic IPv6 tunnels, devices in external mode with routes, MPLS, SRv6, FOU ports, multipoint GRE, GTP
contexts, Open vSwitch with its kernel datapath.
"""

import socket
import struct
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

MODULES = ("gtp", "mpls_router", "mpls_iptunnel", "openvswitch")

# Each of the SIT devices without a far end needs a near end of its own.
_ERSPAN2 = "erspan_ver 2 erspan_dir egress erspan_hwid 7"
DEVICES = f"""
link add sit6to4 type sit local 198.51.100.1 ttl 64
address add 2002:c633:6401::1/16 dev sit6to4
tunnel add sit6rd mode sit local 198.51.100.3 ttl 64
tunnel 6rd dev sit6rd 6rd-prefix 2001:db8::/32
tunnel add isatap1 mode isatap local 198.51.100.4
link add sitany type sit mode any local 198.51.100.1 remote 203.0.113.90
link add mplsip1 type ipip mode mplsip local 198.51.100.1 remote 203.0.113.91
link add ip6any type ip6tnl mode any local 2001:db8:1::1 remote 2001:db8:2::91
link add erspan2 type erspan seq key 10 local 198.51.100.1 remote 203.0.113.92 {_ERSPAN2}
link add ip6erspan2 type ip6erspan seq key 7 local 2001:db8:1::1 remote 2001:db8:2::92 {_ERSPAN2}
link add nvgre1 type gretap local 198.51.100.1 remote 203.0.113.93 key 5001
link add ip6grex type ip6gre external
link add vxlanfdb6 type vxlan id 204 local 2001:db8:1::1 dstport 4795 nolearning
link add vxlangpe type vxlan dstport 4796 gpe external
link add gtp1 type gtp role sgsn
link add xfrmx type xfrm external
link set xfrmx up
link set sit6to4 up
link set sit6rd up
link set isatap1 up
link set gretapx up
link set vxlan_sys_4793 up
link set genev_sys_6082 up
link set gre2 arp on up
neigh add 10.66.0.2 lladdr 203.0.113.80 dev gre2 nud permanent
neigh add 10.66.0.3 lladdr 203.0.113.81 dev gre2 nud permanent
neigh add 198.51.100.77 lladdr 02:00:5e:00:00:77 dev veth0 nud permanent
"""
ROUTES = """
route add 10.70.0.0/16 encap ip id 100 dst 203.0.113.82 dev gretapx
route add 10.71.0.0/16 encap ip id 101 src 198.51.100.1 dst 203.0.113.83 dev vxlan_sys_4793
route add 10.72.0.0/16 encap ip id 101 dst 203.0.113.83 dev vxlan_sys_4793
route add 10.73.0.0/16 encap ip6 id 102 dst 2001:db8:3::83 dev genev_sys_6082
route add 10.74.0.0/16 encap mpls 100/200 via 198.51.100.2 dev veth0
route add 10.75.0.0/16 encap mpls 300 via 198.51.100.2 dev veth0
nexthop add id 9 encap mpls 400 via 198.51.100.9 dev veth0
route add 10.76.0.0/16 nhid 9
route add 10.78.0.0/16 encap xfrm if_id 0x2c dev xfrmx
-6 route add 2001:db8:83::/48 encap seg6 mode encap.red segs 2001:db8:9::6,2001:db8:9::7 dev veth0
-6 route add 2001:db8:61::/48 via ::192.88.99.1 dev sit6to4
-6 route add 2001:db8:62::/48 via ::203.0.113.84 dev sit6rd
-6 route add 2001:db8:63::/48 via fe80::5efe:203.0.113.85 dev isatap1
-6 route add 2001:db8:80::/48 encap seg6 mode encap segs 2001:db8:9::1,2001:db8:9::2 dev veth0
-6 route add 2001:db8:81::/48 encap seg6 mode encap segs 2001:db8:9::1,2001:db8:9::2 dev veth0
-6 route add 2001:db8:82::/48 encap seg6 mode inline segs 2001:db8:9::5 dev veth0
route add 10.77.0.0/16 encap seg6 mode encap segs 2001:db8:9::3 dev veth0
-6 route add 2001:db8:1:f::4/128 encap seg6local action End.DX4 nh4 198.51.100.2 dev veth0
-6 route add 2001:db8:1:f::6/128 encap seg6local action End.DT6 table 254 dev veth0
"""
LABELS = """
route add 100 as 200 via inet 198.51.100.2 dev veth0
route add 101 as 201/202 via inet6 2001:db8:1::9 dev veth0
route add 102 via inet 198.51.100.2 dev veth0
route add 103 dev lo
"""
PORTS = """
fou add port 5555 ipproto 47
fou add port 6080 gue
fou add port 7777 ipproto 41
fou add port 7778 ipproto 41 -6
"""
FDB6 = ("bridge", "fdb", "append", "00:00:00:00:00:00", "dev", "vxlanfdb6", "dst", "2001:db8:3::94")
NAMESPACE_SWITCH = """
link set lo up
link add up0 type dummy
address add 192.0.2.17/28 dev up0
link set up0 up
route add default via 192.0.2.30
"""
SWITCH = (
    ("vx-wuhan", "vxlan", "options:remote_ip=203.0.113.70 options:key=100"),
    ("vx-xian", "vxlan", "options:remote_ip=203.0.113.71 options:key=flow"),
    ("gnv-flow", "geneve", "options:remote_ip=flow options:key=flow"),
    ("gre-ovs", "gre", "options:remote_ip=203.0.113.72"),
)
SUBSCRIBERS = (("10.90.0.1", "203.0.113.75"), ("10.90.0.2", "203.0.113.75"), ("10.90.0.3", "203.0.113.76"))


def sysctl(name: str, value: str) -> None:
    """Set one setting of the kernel."""
    Path("/proc/sys", *name.split("/")).write_text(value)


def gtp_contexts(family: int, device: str) -> None:
    """Give `device` the contexts of some subscribers (GTP_CMD_NEWPDP)."""
    for number, (own, far) in enumerate(SUBSCRIBERS, 1):
        values: dict[int, bytes] = {
            1: struct.pack("=I", socket.if_nametoindex(device)),
            2: struct.pack("=I", 1),
            4: socket.inet_aton(far),
            5: socket.inet_aton(own),
            8: struct.pack("=I", number),
            9: struct.pack("=I", 100 + number),
        }
        body = struct.pack("=BBH", 0, 0, 0)
        for kind, value in values.items():
            body += struct.pack("=HH", 4 + len(value), kind) + value
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16) as netlink:
            netlink.bind((0, 0))
            netlink.sendto(struct.pack("=IHHII", 16 + len(body), family, 5, 1, 0) + body, (0, 0))
            code = struct.unpack_from("=i", netlink.recv(4096), 16)[0]
        if code:
            raise OSError(-code, "GTP_CMD_NEWPDP")


def switch(run: Callable[..., bytes]) -> list[subprocess.Popen[bytes]]:
    """Start Open vSwitch with tunnel ports in namespace `sw`; return its programs.

    It has one to itself, since it looks at every device around it over and over.
    """
    inside = ["nsenter", "--net=/run/netns/sw"]
    home = Path("/run/openvswitch")
    home.mkdir(exist_ok=True)
    log = home / "switch.log"
    database = str(home / "conf.db")
    run("ovsdb-tool", "create", database, "/usr/share/openvswitch/vswitch.ovsschema")
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = subprocess.Popen([*inside, "ovsdb-server", database, "--remote=punix:db.sock"], **quiet)  # type: ignore[call-overload]
    wait((home / "db.sock").exists)
    words = ["--no-wait", "--", "init", "--", "add-br", "br-ovs"]
    for name, kind, options in SWITCH:
        words += ["--", "add-port", "br-ovs", name]
        words += ["--", "set", "Interface", name, f"type={kind}", *options.split()]
    run("ovs-vsctl", *words)
    daemon = subprocess.Popen([*inside, "ovs-vswitchd", "--no-chdir", f"--log-file={log}"], **quiet)  # type: ignore[call-overload]
    for device in ("vxlan_sys_4789", "genev_sys_6081", "gre_sys"):
        wait(lambda name=device: name.encode() in run("ip", "-n", "sw", "link"), log)  # type: ignore[misc]
    return [server, daemon]


def wait(done: Callable[[], bool], log: Path | None = None, limit_s: float = 40) -> None:
    """Return when `done()`; raises TimeoutError with the end of `log`."""
    give_up_at = time.monotonic() + limit_s
    while not done():
        if time.monotonic() > give_up_at:
            raise TimeoutError(f"{done} {log.read_text()[-3000:] if log else ''}")
        time.sleep(0.2)
