"""Nothing that a packet carries comes out: no payload, no name, no key, in any form of output."""

import io
from pathlib import Path

import pytest

from auditor.cli import main
from auditor.packets.engine import Engine
from tests.auditor.packets.conversations import CONVERSATIONS, S, T
from tests.auditor.packets.made import ethernet, pcap, stream, talk, udp

SECRET = b"TopSecret-Payload-7731"
NAME = b"alice.example"


def _secrets() -> list[bytes]:
    inner = udp("10.66.77.88", 1000, "10.66.77.99", 2000, SECRET + NAME)
    sip = stream(
        50000, 1081, [(True, b"\5\1\2"), (False, b"\5\2"), (True, b"\1\5alice\x16" + SECRET), (False, b"\1\0")]
    )
    ask = b"CONNECT " + NAME + b":443 HTTP/1.1\r\nProxy-Authorization: Basic " + SECRET + b"\r\n\r\n"
    frames = [ethernet(inner), *sip, *stream(50001, 3128, [(True, ask), (False, b"HTTP/1.1 200 OK\r\n\r\n")])]
    frames += [ethernet(udp("192.0.2.10", 50000, "203.0.113.20", 4789, b"\x08\0\0\0\0\0\x64\0" + ethernet(inner)))] * 3
    frames += talk(50000, 7654, [(n == 0, b"\3\2\0" + bytes([5 + n]) + NAME.ljust(20, b"\0") + SECRET) for n in (0, 1)])
    frames += stream(50002, 655, [(True, b"0 alice_example 17\n"), (False, b"0 bob_example 17\n")])
    frames += talk(50003, 5004, [(False, b"IP=10.66.77.88,PORT=50000")])
    return frames + [frame for _, one in CONVERSATIONS.values() for frame in one]


@pytest.mark.parametrize("form", ["text", "json", "csv"])
@pytest.mark.parametrize("language", ["en", "zh", "both"])
def test_secrets_stay_inside(form: str, language: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "secrets.pcap"
    file.write_bytes(pcap(_secrets()) + b"torn" + SECRET)
    assert main(["capture", "--read", str(file), "--format", form, "--lang", language]) == 3
    told = capsys.readouterr()
    for text in (told.out, told.err):
        for planted in (SECRET, NAME, b"alice", b"bob_example", b"10.66.77", b"office", b"example.com"):
            assert planted.decode() not in text
        assert S.hex() not in text
        assert T.hex() not in text
    assert "vxlan" in told.out
    assert "socks" in told.out


def test_the_engine_keeps_no_content() -> None:
    engine = Engine()
    for frame in _secrets() * 20:
        engine.frame(frame, 1, 0.0, len(frame))
    settled = [kinds for table in engine._settled._ends for kinds in table.values()]
    assert len(settled) > 40
    kept = io.StringIO()
    kept.write(repr([list(kinds.seens) for kinds in settled]))
    for flow in engine._flows.values():
        for seen in flow.seen.values():
            kept.write(repr((seen.signs, seen.memory)))
    for planted in (SECRET, NAME, b"alice", b"bob", b"office"):
        assert planted.decode() not in kept.getvalue()
