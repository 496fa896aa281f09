"""What handshakes say: dissected by Scapy in a process of its own, checked as untrusted, told without names."""

import csv
import io
import json
import os
import random
import socket
import subprocess
import sys
import tomllib
from hashlib import md5
from pathlib import Path
from pkgutil import get_data

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.cli import main
from auditor.model.certainty import Certainty
from auditor.packets import privileges
from auditor.packets.capture import Capture, read
from auditor.packets.details import answers, describe, enclosure, launch, words
from auditor.packets.details import talk as scapy
from auditor.packets.details.names import names
from auditor.packets.engine import Engine
from auditor.packets.message import MOST_BYTES, MOST_OF_TUNNEL, Message
from auditor.packets.tunnel import Detail, Tunnel
from tests.auditor.packets import handshakes
from tests.auditor.packets.conversations import CONVERSATIONS, INSIDE
from tests.auditor.packets.made import A, B, ethernet, ip, pcap, talk, udp
from tests.auditor.packets.test_corpus import OWN
from tests.child import become_nobody, in_child
from tests.netns import inside, namespace, needs_root
from tests.requires import requires_program

PLANTED = (handshakes.PERSON, handshakes.HOST, handshakes.NUMBER, handshakes.KEY, handshakes.TOLD, b"Alice", b"alice")


def seen(frames: list[bytes]) -> list[Tunnel]:
    engine = Engine()
    for number, frame in enumerate(frames):
        engine.frame(frame, 1, float(number), len(frame))
    return engine.tunnels()


def told(frames: list[bytes]) -> dict[str, list[tuple[str, str, str]]]:
    """Return kind, end and value of all details by protocol."""
    tunnels = seen(frames)
    assert describe.add(tunnels).unread is None
    assert all(not one.messages for one in tunnels)
    found: dict[str, list[tuple[str, str, str]]] = {}
    for one in tunnels:
        found.setdefault(one.protocol, []).extend(one.details)
    return found


def test_ike_version_2() -> None:
    assert told(talk(500, 500, handshakes.sa_init()))["ikev2"] == [
        ("offer", "src", "ENCR AES_CBC_256/DES, PRF HMAC_SHA2_256, INTEG HMAC_SHA2_256_128, DH MODP_1024/CURVE_25519"),
        ("weak", "src", "DES, MODP_1024"),
        ("vendor", "src", "strongSwan"),
        ("vendors_unknown", "src", "1"),
        ("choice", "dst", "ENCR AES_CBC_256, PRF HMAC_SHA2_256, INTEG HMAC_SHA2_256_128, DH CURVE_25519"),
        ("vendor", "dst", "Fortinet FortiGate"),
    ]


def test_ike_behind_a_marker_and_in_a_stream_says_the_same() -> None:
    plain = told(talk(500, 500, handshakes.sa_init()))
    marked = [(ahead, bytes(4) + data) for ahead, data in handshakes.sa_init()]
    assert told(talk(4500, 4500, marked)) == plain


def test_ike_version_1() -> None:
    assert told(talk(500, 500, handshakes.main_mode()))["ikev1"] == [
        ("offer", "src", "ENCR DES, HASH MD5, AUTH PSK, DH MODP_1024"),
        ("lifetime", "src", "28800"),
        ("offer", "src", "ENCR AES_CBC_128, HASH SHA2_256, AUTH XAUTH_PSK, DH MODP_2048"),
        ("weak", "src", "DES, MD5, MODP_1024"),
        ("vendor", "src", "DPD (RFC 3706)"),
        ("vendor", "src", "XAUTH"),
        ("choice", "dst", "ENCR AES_CBC_128, HASH SHA2_256, AUTH XAUTH_PSK, DH MODP_2048"),
        ("lifetime", "dst", "28800"),
        ("vendor", "dst", "DPD (RFC 3706)"),
        ("refusal", "dst", "NO_PROPOSAL_CHOSEN"),
    ]


def test_aggressive_mode_is_a_question_and_tells_no_identity() -> None:
    said = told(talk(500, 500, handshakes.aggressive()))["ikev1"]
    assert ("aggressive", "src", "") in said
    assert ("offer", "src", "ENCR 3DES, HASH SHA1, AUTH PSK, DH MODP_1024") in said


def test_l2tp() -> None:
    assert told(talk(1701, 1701, handshakes.l2tp()))["l2tp"] == [
        ("manufacturer", "src", "xelerance.com"),
        ("protocol", "src", "1.0"),
        ("tunnel", "src", "4242"),
        ("manufacturer_odd", "dst", ""),
        ("protocol", "dst", "1.0"),
        ("tunnel", "dst", "17"),
        ("session", "src", "7"),
    ]


def test_l2tp_version_3() -> None:
    assert told([ethernet(ip(115, A, B, bytes(4) + handshakes.l2tp_3()))])["l2tpv3"] == [
        ("manufacturer", "src", "Cisco Systems, Inc."),
        ("tunnel", "src", str(0xC0FFEE)),
        ("pseudowire", "src", "Ethernet"),
    ]


def test_pptp_and_keys_of_gre() -> None:
    said = told(handshakes.handshakes(INSIDE))
    assert said["pptp"] == [
        ("manufacturer", "src", "linux"),
        ("protocol", "src", "1.0"),
        ("manufacturer", "dst", "MoretonBay"),
        ("protocol", "dst", "1.0"),
        ("call", "src", "771"),
    ]
    assert said["gre"] == [("gre_key", "src", "77 (0x0000004d)"), ("gre_key", "src", "3735928559 (0xdeadbeef)")] + [
        ("gre_key", "src", "78 (0x0000004e)")
    ]


@pytest.mark.parametrize("form", ["text", "json", "csv"])
def test_every_form_has_them_in_its_language_and_no_person(
    form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "handshakes.pcap"
    file.write_bytes(pcap(handshakes.handshakes(INSIDE)))
    for language in ("en", "zh"):
        assert main(["capture", "--read", str(file), "--format", form, "--lang", language]) == 0
        out, err = capsys.readouterr()
        assert err == ""
        assert not [one for one in PLANTED if one.decode() in out or one.hex() in out]
        if form == "json":
            (said,) = [json.loads(line) for line in out.splitlines()]
            details = [one for tunnel in said["tunnels"] for one in tunnel["details"]]
            assert {"kind": "tunnel", "from": "src", "value": "4242"} | {
                "en": "first end: number it gives the tunnel 4242",
                "zh": "先发一端：分配的隧道编号4242",
            } in details
            assert (said["notes"], said["complete"]) == ([], True)
            continue
        if form == "csv":
            out = "".join(row["details"] for row in csv.DictReader(io.StringIO(out)))
        assert ("first end: manufacturer: xelerance.com" in out) == (language == "en")
        assert ("先发一端：制造商：xelerance.com" in out) == (language == "zh")


def test_what_is_cut_or_too_much_is_told_as_not_read() -> None:
    first = talk(500, 500, handshakes.sa_init())
    engine = Engine()
    for frame in first:
        engine.frame(frame[:200], 1, 1.0, len(frame))
    tunnels = engine.tunnels()
    unread = describe.add(tunnels).unread
    assert unread is not None
    assert unread.en.startswith("details of 2 handshake messages were not read: cut short")
    many = [(True, handshakes.l2tp_2(1, handshakes.attribute(9, bytes([n, 1])))) for n in range(MOST_OF_TUNNEL + 3)]
    unread = describe.add(seen(talk(1701, 1701, many))).unread
    assert unread is not None
    assert unread.en.startswith("details of 3 ")
    long = handshakes.l2tp_2(1, *(handshakes.attribute(7, bytes(1000)) for _ in range(5)))
    assert len(long) > MOST_BYTES
    assert describe.add(seen([ethernet(udp(A, 1701, B, 1701, long))])).unread is not None


def test_scapy_is_started_only_for_messages_that_say_something() -> None:
    def never(_: str) -> launch.Child:
        raise AssertionError

    tunnels = seen([frame for name in ("WireGuard", "GRE", "VXLAN", "L2TP 3") for frame in CONVERSATIONS[name][1][1:]])
    assert len(tunnels) == 4
    assert describe.add(tunnels, begin=never) == describe.Outcome()


_WITHOUT_SCAPY = "import sys; sys.modules['scapy'] = None; "


def test_without_scapy_tunnels_are_found_and_the_rest_is_said_to_be_unread(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launch, "_START", _WITHOUT_SCAPY + launch._START)
    monkeypatch.setattr(launch, "copy", launch.program)
    file = tmp_path / "handshakes.pcap"
    file.write_bytes(pcap(handshakes.handshakes(INSIDE)))
    assert main(["capture", "--read", str(file), "--format", "json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert {one["technology"] for one in said["tunnels"]} >= {"ikev1", "ikev2", "l2tp", "l2tpv3", "pptp", "gre"}
    assert said["complete"] is True
    assert "Scapy is not installed" in said["notes"][0]["en"]
    assert {one["kind"] for tunnel in said["tunnels"] for one in tunnel["details"]} == {"unread_absent"}
    assert main(["capture", "--read", str(file), "--format", "csv"]) == 0
    assert "Scapy is not installed" in capsys.readouterr().err


MESSAGE = Message("ike", A, handshakes.sa_init()[0][1])


@pytest.mark.parametrize(
    ("program", "why"),
    [
        ("import sys; sys.exit(10)", "no empty network namespace"),
        ("import sys; sys.exit(12)", "cannot be closed off"),
        ("raise SystemExit(1)", "without a sound answer"),
        ("print('[')", "without a sound answer"),
        ("print('[' * 100000)", "without a sound answer"),
        ("print('[null, null]')", "without a sound answer"),
        ("print('{}')", "without a sound answer"),
        ("import sys\nwhile True: sys.stdout.write('x' * 65536)", "without a sound answer"),
        ("import time; time.sleep(60)", "took too long"),
        ("import os, time; os.close(1); time.sleep(60)", "took too long"),
    ],
)
def test_a_process_that_misbehaves_is_told_and_ended(program: str, why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch, "_START", program)
    with pytest.raises(scapy.NotDissected, match=why):
        scapy.ask([MESSAGE], limit_s=1.5)


def test_more_messages_than_a_pipe_holds_are_answered() -> None:
    messages = [MESSAGE, Message("gre", A, b"\x20\0\x08\0\0\0\0\7"), Message("pptp", A, b"junk")] * 200
    said = scapy.ask(messages)
    assert said[1::3] == [{"key": 7}] * 200
    assert said[2::3] == [None] * 200
    assert [answers.read("ike", one) for one in said[::3]] == [answers.read("ike", said[0])] * 200


def test_hostile_messages_are_dissected_or_refused() -> None:
    pick = random.Random(5)
    good = [one for frames in (handshakes.handshakes(INSIDE),) for tunnel in seen(frames) for one in tunnel.messages]
    assert {one.kind for one in good} == {"ike", "l2tp", "l2tpv3", "pptp", "gre"}
    messages = []
    for _ in range(400):
        one = pick.choice(good)
        data = bytearray(one.data)
        for _ in range(pick.randrange(1, 8)):
            data[pick.randrange(len(data))] = pick.choice((0, 1, 3, 0x7F, 0x80, 0xFF, pick.randrange(256)))
        messages.append(one._replace(data=bytes(data[: pick.choice((len(data), pick.randrange(1, len(data) + 1)))])))
    deep = b"".join(handshakes.transform_2(1, 12, 256) for _ in range(330))
    messages.append(Message("ike", A, handshakes.ike(2, 34, 8, [(33, handshakes.proposal_2([deep]))])))
    for message, answer in zip(messages, scapy.ask(messages), strict=True):
        try:
            read = answers.read(message.kind, answer)
        except answers.Unsound:
            continue
        assert all(len(words.text(Detail(kind, "src", value)).en) < 1000 for kind, value in read)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
_KEYS = ("version", "exchange", "response", "suites", "vendors", "notifies", "vendor", "protocol", "tunnel", "key")
_KEYS += ("transforms", "encr", "hash", "auth", "group", "bits", "life_s", "call", "session", "pseudowire", "message")
_NEAR = st.dictionaries(
    st.sampled_from(_KEYS), _JSON | st.sampled_from((1, 2, True, 0xFFFFFFFF, "ab", "<b>", [], [[1, 12, 256]]))
)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(("ike", "l2tp", "l2tpv3", "pptp", "gre")), _NEAR | _JSON)
def test_whatever_is_answered_nothing_but_sound_values_comes_through(kind: str, answer: object) -> None:
    if isinstance(answer, dict) and kind == "ike":
        answer = {"version": 2, "exchange": 34, "response": False, "suites": [], "vendors": [], "notifies": []} | answer
    try:
        read = answers.read(kind, answer)
    except answers.Unsound:
        return
    for name, value in read:
        assert name in names().said
        assert value.isascii()
        assert not set(value) & set("<>&\"'\0\n")


def _recorded(name: str) -> Capture:
    with (OWN / "sessions" / name).open("rb") as source:
        capture = read(source)
    assert describe.add(capture.tunnels) == describe.Outcome()
    return capture


def test_daemons_say_what_they_are_configured_to() -> None:
    by_protocol: dict[str, set[tuple[str, str]]] = {}
    for tunnel in (*_recorded("sessions.pcap").tunnels, *_recorded("ikev1.pcap").tunnels):
        by_protocol.setdefault(tunnel.protocol, set()).update((one.kind, one.value) for one in tunnel.details)
    assert ("choice", "ENCR AES_CBC_128, PRF HMAC_SHA2_256, INTEG HMAC_SHA2_256_128, DH MODP_3072") in (
        by_protocol["ikev2"]
    )
    assert {("choice", "ENCR AES_CBC_128, HASH SHA2_256, AUTH PSK, DH MODP_3072"), ("vendor", "strongSwan")} <= (
        by_protocol["ikev1"]
    )
    assert {("manufacturer", "xelerance.com"), ("protocol", "1.0")} <= by_protocol["l2tp"]
    assert {("manufacturer", "linux"), ("manufacturer", "cananian")} <= by_protocol["pptp"]


def test_of_real_daemons_no_name_comes_out(capsys: pytest.CaptureFixture[str]) -> None:
    data = (OWN / "sessions" / "sessions.pcap").read_bytes()
    names = (b"zhang.san", b"branch-wuhan", b"gw-sha-01")
    assert all(name in data for name in names)
    assert main(["capture", "--read", str(OWN / "sessions" / "sessions.pcap"), "--format", "json"]) == 0
    out = capsys.readouterr().out
    assert not [name for name in names if name.decode() in out]


def test_names_of_vendor_ids_are_what_they_are_digests_of() -> None:
    table = tomllib.loads((get_data("auditor", "data/details.toml") or b"").decode())["vendor"]
    assert len(table) > 25
    for one in table:
        if "md5" in one:
            assert md5(one["md5"].encode(), usedforsecurity=False).hexdigest().startswith(one["id"])
        if "text" in one:
            assert bytes.fromhex(one["id"]) == one["text"].encode()
    assert len({one["id"] for one in table}) == len(table)


def test_the_table_has_words_for_all_that_is_said() -> None:
    table = names()
    assert all(one.en and one.zh and one.en != one.zh for one in table.said.values())
    for kind, known in table.weak.items():
        numbers = {"hash": "hash_v1"}.get(kind, kind)
        assert known <= set(table.ike[numbers].values())


@needs_root
@requires_program("ip")
def test_the_namespace_is_empty_even_where_the_host_has_many_routes() -> None:
    routes = [f"route add 198.51.{n}.0/24 dev lo" for n in range(40)]

    def work() -> tuple[int, int, set[str]]:
        before = len(Path("/proc/thread-self/net/route").read_text().splitlines())
        enclosure.empty_network()
        after = len(Path("/proc/thread-self/net/route").read_text().splitlines())
        devices = {
            line.split(":")[0].strip() for line in Path("/proc/thread-self/net/dev").read_text().splitlines()[2:]
        }
        return before, after, devices

    with namespace(*routes) as name:
        before, after, devices = inside(name, lambda: in_child(work))
    assert before > 40
    assert after <= 1
    assert "lo" in devices
    assert not {one for one in devices if one.startswith(("eth", "veth"))}


def test_nothing_can_be_opened_begun_or_reached_once_it_is_closed_off() -> None:
    def work() -> list[str]:
        enclosure.empty_network()
        privileges.give_up(64 << 20)
        enclosure.close_off(5)
        failed = []
        for name, attempt in {
            "file": lambda: os.open("/etc/passwd", os.O_RDONLY),
            "write": lambda: os.open("/tmp/x", os.O_CREAT | os.O_WRONLY),
            "socket": lambda: socket.socket(),
            "process": os.fork,
            "names": lambda: os.listdir("/"),
            "signal": lambda: os.kill(os.getppid(), 0),
            "program": lambda: os.execv("/bin/true", ["true"]),
        }.items():
            try:
                attempt()
            except OSError:
                failed.append(name)
        return failed

    assert in_child(work) == ["file", "write", "socket", "process", "names", "signal", "program"]


def test_memory_of_the_process_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    greedy = "import auditor.packets.details.child as c; c.dissect = lambda *_: bytes(1 << 30) and {'key': 1}; "
    monkeypatch.setattr(launch, "_START", launch._START.replace("from auditor", greedy + "from auditor"))
    with pytest.raises(scapy.NotDissected, match="without a sound answer"):
        scapy.ask([MESSAGE])


@needs_root
def test_an_ordinary_user_gets_an_empty_namespace_too_or_an_error() -> None:
    def work() -> list[str] | None:
        become_nobody()
        try:
            enclosure.empty_network()
        except OSError:
            return None  # this system gives user namespaces to nobody
        return Path("/proc/thread-self/net/route").read_text().splitlines()[1:]

    assert in_child(work) in ([], None)


def test_scapy_is_never_loaded_by_the_program_itself() -> None:
    code = "import sys, auditor.cli.capture, auditor.witness; sys.exit('scapy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_tunnel_without_handshake_says_nothing() -> None:
    tunnel = Tunnel(
        protocol="gre",
        src=A,
        dst=B,
        sport=None,
        dport=None,
        transport="ip",
        packets=1,
        bytes=1,
        first_s=0,
        last_s=0,
        confidence=Certainty.HIGH,
    )
    assert describe.add([tunnel]) == describe.Outcome()
    assert words.lines(tunnel) == ()
