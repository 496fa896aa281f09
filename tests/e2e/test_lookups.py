"""A whole scan with look-ups on: names become far ends with places, and nothing leaves but DNS to the resolver.

The gateway is a namespace with a leg to another one, in which a real name server runs. One WireGuard far end is only
written in a file, one OpenVPN far end is configured by name and its process runs. Neighbours are fixed, so that every
frame that is heard is one that somebody meant to send.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import dns.message
import pytest

from tests import nameserver
from tests.requires import missing, requires_root

PROJECT = Path(__file__).resolve().parents[2]
CARRIER, BRANCH, ABROAD = "202.96.128.86", "202.96.128.87", "168.95.1.1"
SERVER = "192.0.2.53"
_INSIDE = """\
import json, pathlib, socket, subprocess, sys, time

work = pathlib.Path(sys.argv[1])
children = []

def run(command, **more):
    return subprocess.run(command.split(), check=True, **more)

def start(command):
    children.append(subprocess.Popen(command.split(), stdout=open(work / "said", "ab"), stderr=subprocess.STDOUT))
    return children[-1]

def frames():
    heard = []
    try:
        while True:
            frame, (device, _, kind, *_) = wire.recvfrom(65536)
            if kind == socket.PACKET_OUTGOING:
                heard.append([device, frame.hex()])
    except BlockingIOError:
        return heard

def wait_for(ready, what):
    until = time.monotonic() + 20
    while not ready():
        assert time.monotonic() < until, what + (work / "said").read_text()
        time.sleep(0.05)

for family in ("all", "default"):
    pathlib.Path(f"/proc/sys/net/ipv6/conf/{family}/disable_ipv6").write_text("1")  # NOTE: it talks by itself
run("mount -t tmpfs tmpfs /etc/wireguard")
pathlib.Path("/etc/wireguard/spare.conf").write_text((work / "spare.conf").read_text())
run(f"mount --bind {work}/resolv.conf /etc/resolv.conf")
other = start("unshare --net sleep 600")
wait_for(lambda: pathlib.Path(f"/proc/{other.pid}/comm").read_text() == "sleep\\n", "no second namespace")
run("ip link add v0 address 02:00:00:00:00:01 type veth peer name v1 address 02:00:00:00:00:02")
run(f"ip link set v1 netns {other.pid}")
there = f"nsenter --net --target {other.pid} "
for command in ("ip addr add 192.0.2.1/24 dev v0", "ip link set lo up", "ip link set v0 up",
                "ip route add default via 192.0.2.53 dev v0",
                "ip neigh replace 192.0.2.53 lladdr 02:00:00:00:00:02 dev v0 nud permanent",
                there + "ip addr add 192.0.2.53/24 dev v1", there + "ip link set v1 up",
                there + "ip neigh replace 192.0.2.1 lladdr 02:00:00:00:00:01 dev v1 nud permanent"):
    run(command)
start(there + f"nsd -d -c {work}/nsd.conf")
wait_for(lambda: not subprocess.run(["dig", "+time=1", "+tries=1", "@192.0.2.53", "gate.example.net"],
                                    stdout=subprocess.DEVNULL).returncode, "no name server")
start(f"openvpn --config {work}/branch.conf")
wait_for(lambda: not subprocess.run(["ip", "link", "show", "tun0"], capture_output=True).returncode, "no tun0")
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
wire.setblocking(False)
time.sleep(0.5)
frames()
scans = []
for number in range(2):
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "auditor", "scan", "--config", str(work / "auditor.toml"), "--output",
         str(work / f"report{number}"), "--format", "html,json"], capture_output=True, text=True)
    scans.append({"code": done.returncode, "took_s": time.monotonic() - began, "frames": frames(),
                  "text": done.stdout, "errors": done.stderr})
    if not number:
        time.sleep(1.1)
        (work / "zone0").write_text((work / "zone0.next").read_text())
        run(there + f"kill -HUP {(work / 'nsd.pid').read_text().strip()}")
        wait_for(lambda: b"192.0.2.77" in run("dig +short @192.0.2.53 gate.example.net", capture_output=True).stdout,
                 "no new zone")
        frames()
for child in children:
    child.terminate()
print(json.dumps(scans))
"""

pytestmark = [pytest.mark.root, pytest.mark.lab, requires_root]


class Outcome(NamedTuple):
    """What both scans said and sent: before and after the zone changed."""

    scans: list[dict[str, Any]]
    reports: list[dict[str, Any]]
    html: str


def _zone(gate: str, serial: int) -> str:
    records = f"{gate}\nbranch A {BRANCH}\nwww CNAME gate"
    return nameserver.zone("example.net", records, serial=serial)


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    if packages := missing("dig", "ip", "nsd", "nsenter", "openvpn", "unshare"):
        pytest.skip(f"needs Debian packages: {' '.join(packages)}")
    work = tmp_path_factory.mktemp("lookups")
    first = _zone(f"gate A {CARRIER}\ngate A {ABROAD}\ngate AAAA 2001:b000::1", 1)
    zones = {
        "example.net": first,
        "in-addr.arpa": nameserver.zone("in-addr.arpa", "86.128.96.202 PTR \\<b\\>x.example.net."),
        "origin.asn.cymru.com": nameserver.zone(
            "origin.asn.cymru.com",
            '86.128.96.202 TXT "4134 | 202.96.128.0/18 | CN | apnic | 1996-01-01"\n'
            '1.1.95.168 TXT "64500 | 168.95.0.0/16 | TW | apnic | 1991-12-09"',
        ),
    }
    nameserver.nsd_configuration(work, SERVER, 53, zones)
    (work / "zone0.next").write_text(_zone("gate A 192.0.2.77", 2))
    (work / "resolv.conf").write_text(f"nameserver {SERVER}\n")
    (work / "spare.conf").write_text(
        f"[Interface]\nPrivateKey = {'A' * 43}=\n[Peer]\nPublicKey = {'B' * 42}A=\n"
        "Endpoint = www.example.net:51820\nAllowedIPs = 10.9.0.0/24\n"
        f"[Peer]\nPublicKey = {'C' * 42}A=\nEndpoint = gateway:51820\nAllowedIPs = 10.10.0.0/24\n"
    )
    (work / "branch.conf").write_text(
        "dev tun0\nproto udp\nremote branch.example.net 1194\nifconfig 10.8.0.1 10.8.0.2\n"
        "cipher none\nauth none\ndisable-occ\n"
    )
    (work / "auditor.toml").write_text(
        '[site]\nname = "Shanghai"\nlocation = "CN"\n'
        f'[lookups]\nenabled = true\nresolvers = ["{SERVER}"]\nreverse = true\norigin = true\n'
    )
    own = ["unshare", "--net", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child"]
    done = subprocess.run(
        [*own, sys.executable, "-B", "-c", _INSIDE, str(work)], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    scans = json.loads(done.stdout)
    assert all("Traceback" not in scan["errors"] for scan in scans), scans
    reports = [json.loads((work / f"report{number}" / "report.json").read_text()) for number in range(2)]
    return Outcome(scans, reports, (work / "report0" / "report.html").read_text())


def _tunnel(report: dict[str, Any], interface: str) -> dict[str, Any]:
    (found,) = [tunnel for tunnel in report["tunnels"] if tunnel["interface"] == interface]
    return found


def test_every_address_of_a_name_is_a_far_end_with_its_place_and_operator(outcome: Outcome) -> None:
    spare = _tunnel(outcome.reports[0], "spare")
    ends = [(end["address"], end["name"], end["resolved"]) for end in spare["remotes"]]
    assert ends == [
        (ABROAD, "www.example.net", True),
        (CARRIER, "www.example.net", True),
        ("2001:b000::1", "www.example.net", True),
        (None, "gateway", False),
    ]
    places = [(place["location"], place["asn"]) for place in spare["places"]["remotes"]]
    assert places[:3] == [("TW", 3462), ("CN", 4134), ("TW", None)]
    assert places[3] == (None, None)
    assert "China Telecom" in {place["operator"] for place in spare["places"]["remotes"]}
    assert "single label" in spare["places"]["remotes"][3]["why"]["en"]
    assert spare["remotes"][0]["underlay"]["interface"] == "v0"
    assert len(spare["paths"]) == 4


def test_the_far_end_of_a_running_program_is_found_by_its_name(outcome: Outcome) -> None:
    running = _tunnel(outcome.reports[0], "tun0")
    assert running["state"] == "up"
    assert [(end["address"], end["resolved"]) for end in running["remotes"]] == [(BRANCH, True)]
    (place,) = running["places"]["remotes"]
    assert (place["location"], place["operator"]) == ("CN", "China Telecom")
    assert running["remotes"][0]["underlay"] == {"interface": "v0", "next_hop": SERVER, "source": "192.0.2.1"}
    assert any("branch.example.net has the address" in witness["says"] for witness in running["witnesses"])


def test_live_origins_and_reverse_names_stand_beside_the_data(outcome: Outcome) -> None:
    by_address = {place["remote"]: place for place in _tunnel(outcome.reports[0], "spare")["places"]["remotes"]}
    agreed, other = by_address[CARRIER], by_address[ABROAD]
    assert (agreed["origins"][0]["asns"], agreed["confidence"]) == ([4134], "high")
    assert (other["origins"][0]["asns"], other["confidence"], other["asn"]) == ([64500], "low", 3462)
    assert agreed["reverse_names"] == ["<b>x.example.net"]
    assert "<b>x" not in outcome.html
    assert "&lt;b&gt;x.example.net" in outcome.html


def test_the_report_says_what_was_asked_of_whom(outcome: Outcome) -> None:
    asked = outcome.reports[0]["lookups"]
    assert (asked["enabled"], asked["resolvers"], asked["resolvers_from"]) == (True, [SERVER], None)
    questions = {(one["name"], one["type"]): one for one in asked["questions"]}
    www = questions["www.example.net", "A"]
    assert (www["answers"], www["aliases"], www["ttl_s"]) == ([ABROAD, CARRIER], ["gate.example.net"], 300)
    assert (www["resolvers"], www["dnssec"], www["outcome"]) == ([SERVER], "not_validated", "answered")
    assert questions["gateway", "A"]["outcome"] == "not_asked"
    assert questions["gateway", "A"]["resolvers"] == []
    assert questions["86.128.96.202.in-addr.arpa", "PTR"]["purpose"] == "reverse"
    assert "learnt the names and addresses" in asked["privacy"]["en"]
    for text in (outcome.html, outcome.scans[0]["text"]):
        assert "Questions asked of others" in text
        assert "www.example.net" in text
        assert SERVER in text


def _asked(frame: list[str]) -> tuple[str, str, int, str, str]:
    """Return device, address, port, name and type of an outgoing DNS question; raises for any other frame."""
    device, data = frame[0], bytes.fromhex(frame[1])
    assert data[12:14] == b"\x08\x00", "no IPv4"
    packet = data[14:]
    assert packet[9] == 17, "no UDP"
    segment = packet[(packet[0] & 15) * 4 :]
    question = dns.message.from_wire(segment[8:]).question[0]
    address = ".".join(map(str, packet[16:20]))
    name = question.name.to_text(omit_final_dot=True)
    return device, address, int.from_bytes(segment[2:4], "big"), name, question.rdtype.name


def test_nothing_leaves_but_the_questions_that_the_report_lists(outcome: Outcome) -> None:
    for scan, report in zip(outcome.scans, outcome.reports, strict=True):
        sent = [_asked(frame) for frame in scan["frames"]]
        assert {found[:3] for found in sent} == {("v0", SERVER, 53)}
        told = {(one["name"], one["type"]) for one in report["lookups"]["questions"] if one["asked_at"]}
        assert {found[3:] for found in sent} == told
        assert len(sent) == len(told), "no name is asked twice"


def test_a_name_that_changes_keeps_the_tunnels_id_and_shows_in_the_report(outcome: Outcome) -> None:
    before, after = (_tunnel(report, "spare") for report in outcome.reports)
    assert before["id"] == after["id"]
    assert [end["address"] for end in after["remotes"]] == ["192.0.2.77", None]
    answers = [
        [
            one["answers"]
            for one in report["lookups"]["questions"]
            if (one["name"], one["type"]) == ("www.example.net", "A")
        ]
        for report in outcome.reports
    ]
    assert answers == [[[ABROAD, CARRIER]], [["192.0.2.77"]]]
