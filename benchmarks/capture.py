"""Capture files beside tcpdump, tshark and ndpiReader: CPU, memory, and how many tunnels each finds.

    python -m benchmarks.capture [--megabytes N] [--rounds N] [--all]

The captures are made here: TLS, QUIC, DNS and RTP of thousands of conversations in their midst, as in the minute of a
busy line, and packets of tunnels of every protocol. Requirements are checked with one packet in a hundred a tunnel's;
the one beside tcpdump, which gets the same filter, with five too. How a program fares that goes by the beginnings of
conversations is shown with a capture that has all of them, without a requirement. The program is compiled first, as an
installed one is. Memory is that of a tenth of the capture too: it must not grow. tshark and ndpiReader take minutes for
a gigabyte and run with --all only. What is not installed is said so.
"""

import argparse
import compileall
import json
import random
import resource
import shutil
import struct
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count, cycle
from pathlib import Path

if not __package__:
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from auditor.packets.capture import read
from benchmarks import office_traffic
from benchmarks.capture_filter import expression
from benchmarks.harness import Requirement, cpu_ratio, interleave, output, table, verdicts
from tests.auditor.packets.conversations import CONVERSATIONS
from tests.auditor.packets.made import ethernet, tcp, udp

_OURS, _TCPDUMP = "auditor capture", "tcpdump, same filter, to /dev/null"
_NOTHING = "tcpdump, keeping nothing"
_MOST_RATIO, _TSHARK_RATIO, _NDPI_RATIO = 1.5, 1 / 50, 1 / 20
_PERCENT = 1
_OTHER_PERCENTS = {0: None, 5: 1.5}  # and the most of tcpdump's time, None for no requirement
_MOST_GROWTH_BYTES = 4 << 20
_MOST_MEMORY_BYTES = 64 << 20
_NDPI_NAMES = ("wireguard", "openvpn", "ipsec", "ip_in_ip", "gre", "esp", "vxlan", "l2tp", "pptp", "gtp", "teredo")
_TSHARK = (
    "wg || openvpn || isakmp || esp || ah || gre || vxlan || geneve || l2tp || pptp || gtp || teredo || ipv6.nxt==4"
)


def _noise(pick: random.Random) -> list[bytes]:
    """Return one conversation of ordinary traffic."""
    a, b = f"10.{pick.randrange(8)}.{pick.randrange(250)}.{pick.randrange(1, 250)}", f"198.18.{pick.randrange(250)}.9"
    port, kind = pick.randrange(20000, 60000), pick.random()
    if kind < 0.65:
        sizes = [pick.choice((52, 400, 1380, 1380, 1380)) for _ in range(40)]
        return [ethernet(tcp(b, 443, a, port, b"\x17\x03\x03" + pick.randbytes(size))) for size in sizes]
    if kind < 0.9:
        first = [bytes([0x40 | pick.randrange(64)]) for _ in range(40)]
        return [ethernet(udp(b, 443, a, port, one + pick.randbytes(1200))) for one in first]
    if kind < 0.95:
        name = b"\1\0\0\1\0\0\0\0\0\0\3www\7example\3com\0\0\1\0\1"
        return [ethernet(udp(a, port, "10.0.0.53", 53, pick.randbytes(2) + name)) for _ in range(4)]
    return [ethernet(udp(a, port, b, 16384, b"\x80\x60" + pick.randbytes(170))) for _ in range(40)]


def _tunnels(copies: int) -> list[bytes]:
    """Return the packets of tunnels of every protocol, `copies` times between other addresses, in their order."""
    return [
        _moved(frame, number * len(CONVERSATIONS) + kind)
        for number in range(copies)
        for kind, (_, one) in enumerate(CONVERSATIONS.values())
        for frame in one
    ]


def _moved(frame: bytes, number: int) -> bytes:
    """Return a frame with outer addresses of its own for each `number`; the header's checksum is not looked at."""
    last = struct.pack(">H", number)
    if frame[12:14] != b"\x08\0":
        return frame[:36] + last + frame[38:52] + last + frame[54:]
    near, far = b"\x0a\x63" + last, b"\xc6\x33" + last
    return frame[:26] + (near + far if frame[26] == 192 else far + near) + frame[34:]


def _again(frame: bytes, number: int) -> bytes:
    """Return a frame of ordinary traffic with the receiver in one of sixteen networks, for more conversations."""
    return frame[:32] + bytes((number & 15,)) + frame[33:]


def _midway(pick: random.Random) -> Iterator[bytes]:
    """Yield frames of conversations that began before, without end."""
    noise = [frame for _ in range(1500) for frame in _noise(pick)]
    for number in count():
        yield _again(noise[pick.randrange(len(noise))], number)


def make(
    file: Path,
    megabytes: int,
    *,
    copies: int = 2,
    percent: int = _PERCENT,
    ordinary: Callable[[random.Random], Iterator[bytes]] = _midway,
) -> int:
    """Write a capture of about `megabytes`, `percent` of its packets of tunnels, and return how many packets it has.

    The others are `ordinary` traffic.
    """
    others, tunnels = ordinary(random.Random(7)), cycle(_tunnels(copies))
    packets = size = 0
    with file.open("wb", buffering=1 << 20) as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
        while size < megabytes * 1_000_000:
            frame = next(tunnels) if packets % 100 < percent else next(others)
            at_s, fraction_us = 1_700_000_000 + packets // 50_000, packets % 1_000_000
            out.write(struct.pack("<IIII", at_s, fraction_us, len(frame), len(frame)))
            out.write(frame)
            size, packets = size + 16 + len(frame), packets + 1
    return packets


def _ours(file: Path) -> Callable[[], object]:
    """Return a run of the whole command on `file`."""
    return lambda: output(sys.executable, "-m", "auditor", "capture", "--read", str(file), "--format", "json")


def _tcpdump(file: Path, wanted: str) -> Callable[[], object]:
    """Return a run of tcpdump with the filter `wanted`."""
    return lambda: output("tcpdump", "-Z", "root", "-r", str(file), "-w", "/dev/null", wanted)


def _tshark(file: Path, _directory: Path) -> bytes:
    """Return what tshark says of the tunnels in `file`."""
    fields = ("-e", "ip.src", "-e", "ip.dst", "-e", "ipv6.src", "-e", "ipv6.dst")
    return output("tshark", "-n", "-r", str(file), "-Y", _TSHARK, "-T", "fields", *fields)


def _pairs_of_tshark(said: bytes) -> set[frozenset[str]]:
    """Return the address pairs that tshark names a tunnel between."""
    rows = (line.split("\t") for line in said.decode().splitlines())
    return {frozenset((one[0] or one[2]).split(",")[:1] + (one[1] or one[3]).split(",")[:1]) for one in rows}


def _ndpi(file: Path, directory: Path) -> bytes:
    """Return what ndpiReader says of all conversations in `file`, as CSV."""
    said = directory / "ndpi.csv"
    output("ndpiReader", "-i", str(file), "-C", str(said), "-q")
    return said.read_bytes()


def _pairs_of_ndpi(said: bytes) -> set[frozenset[str]]:
    """Return the address pairs that ndpiReader names a tunnel between."""
    rows = (line.split(",") for line in said.decode("utf-8", "replace").splitlines())
    named = (row for row in rows if any(name in field.lower() for field in row for name in _NDPI_NAMES))
    return {frozenset(field for field in row if field.count(".") == 3 or field.count(":") > 1) for row in named}


def _our_pairs(file: Path) -> set[frozenset[str]]:
    """Return the address pairs of the tunnels found here."""
    with file.open("rb") as source:
        return {frozenset((one.src, one.dst)) for one in read(source).tunnels}


def main() -> int:
    """Make captures, time everything on them; return 1 if a requirement is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--all", action="store_true", help="tshark and ndpiReader too (minutes)")
    args = parser.parse_args()
    missing = [name for name in ("tcpdump", "tshark", "ndpiReader") if shutil.which(name) is None]
    if missing:
        print(f"not installed, so not compared: {', '.join(missing)}")
    met = True
    compileall.compile_dir(Path(__file__).resolve().parent.parent / "auditor", quiet=2)
    with tempfile.TemporaryDirectory(prefix="auditor-bench-") as directory:
        file = Path(directory, "large.pcap")
        print(f"capture of {make(file, args.megabytes):,} packets, {file.stat().st_size / 1e6:,.0f} MB")
        candidates = {_OURS: _ours(file)} | ({} if "tcpdump" in missing else {_TCPDUMP: _tcpdump(file, expression())})
        timings = interleave(candidates, rounds=args.rounds)
        print(table(timings, reference=_OURS if "tcpdump" in missing else _TCPDUMP))
        if "tcpdump" not in missing:
            text, met = verdicts(timings, [Requirement(candidate=_OURS, reference=_TCPDUMP, limit=_MOST_RATIO)])
            print(text)
            met = _shares(Path(directory, "share.pcap"), args.megabytes) and met
        met = _memory(file, Path(directory, "small.pcap"), args.megabytes) and met
        if args.all:
            met = _others(file, missing) and met
            if "ndpiReader" not in missing and "tcpdump" not in missing:
                _from_the_beginning(file, args.megabytes)
    return 0 if met else 1


def _shares(file: Path, megabytes: int) -> bool:
    """Print the time beside tcpdump for other shares of packets of tunnels; return whether the limits are kept."""
    met = True
    for percent, limit in _OTHER_PERCENTS.items():
        make(file, megabytes, percent=percent)
        timings = interleave({_OURS: _ours(file), _TCPDUMP: _tcpdump(file, expression())}, rounds=3)
        ratio = cpu_ratio(timings[_OURS], timings[_TCPDUMP])
        wanted = "no requirement" if limit is None else f"at most {limit:g}"
        missed = limit is not None and ratio > limit
        print(f"  {percent} % of packets of tunnels: {ratio:.2f} of tcpdump ({wanted}){': MISSED' if missed else ''}")
        met = met and not missed
    file.unlink()
    return met


def _memory(file: Path, small: Path, megabytes: int) -> bool:
    """Print the most memory that the command takes; return whether it is in bounds and no more than for a tenth."""
    make(small, max(1, megabytes // 10))
    (found, peak), (_, before) = _peak(file), _peak(small)
    print(
        f"{found} tunnels; at most {peak / 2**20:.1f} MiB of memory (bound: {_MOST_MEMORY_BYTES >> 20}),"
        f" {before / 2**20:.1f} for a tenth of the capture"
    )
    return peak <= _MOST_MEMORY_BYTES and peak <= before + _MOST_GROWTH_BYTES


def _peak(file: Path) -> tuple[int, int]:
    """Return how many tunnels the command finds in `file`, and the most memory that it takes, in bytes."""
    code = "import sys;from auditor.cli import main;main(sys.argv[1:]);print(open('/proc/self/status').read())"
    lines = output(sys.executable, "-c", code, "capture", "--read", str(file), "--format", "json").splitlines()
    peak = next(int(line.split()[1]) for line in lines if line.startswith(b"VmHWM:")) * 1024
    return len(json.loads(lines[0])["tunnels"]), peak


def _others(file: Path, missing: list[str]) -> bool:
    """Compare with programs that look into every packet; return whether the requirements are met."""
    ours, met = _our_pairs(file), True
    tools = {
        "tshark": (_tshark, _pairs_of_tshark, _TSHARK_RATIO, 1),
        "ndpiReader": (_ndpi, _pairs_of_ndpi, _NDPI_RATIO, 5),
    }
    for name, (run, pairs, limit, rounds) in tools.items():
        if name in missing:
            continue
        found = pairs(run(file, file.parent))
        candidates = {_OURS: _ours(file), name: partial(run, file, file.parent)}
        timings = interleave(candidates, rounds=rounds)
        text, good = verdicts(timings, [Requirement(candidate=_OURS, reference=name, limit=limit)])
        print(f"{text}\n  address pairs with a tunnel: {len(ours)} here, {len(found)} by {name}")
        met = met and good and len(found) <= len(ours)
    return met


def _from_the_beginning(file: Path, megabytes: int) -> None:
    """Print the times for a capture in which every conversation begins, which ndpiReader then looks at no more."""
    make(file, megabytes, ordinary=office_traffic.frames)
    candidates = {
        _OURS: _ours(file),
        _TCPDUMP: _tcpdump(file, expression()),
        _NOTHING: _tcpdump(file, "less 1"),
        "ndpiReader": partial(_ndpi, file, file.parent),
    }
    print("every conversation from its beginning, no requirement:")
    print(table(interleave(candidates, rounds=3), reference="ndpiReader"))


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.exit(main())
