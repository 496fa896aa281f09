"""The process that dissects loads a third of Scapy: it says the same as with all of it, or starts again with all."""

import json
import os
import random
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest

from auditor.packets.details import dissectors, endings, launch, proof, talk
from auditor.packets.message import Message
from tests.auditor.packets import handshakes
from tests.auditor.packets.conversations import INSIDE, T, u16, u32
from tests.auditor.packets.made import A, B
from tests.auditor.packets.test_details import seen

LIMIT_S = 30.0
PROVED = [Message(kind, A, bytes.fromhex(data)) for kind, data, _ in proof.PROOFS]
EXPECTED = [answer for _, _, answer in proof.PROOFS]
KEY = Message("gre", A, b"\x20\0\x08\0\0\0\0\7")
CERTIFICATE = b"\x04\x30\x82\x01\x0a\x30\x82\x01\x01\xa0" + bytes(40)
IDENTITIES = [b"\1\x11\1\xf4\xc0\0\2\1", b"\2\0\0\0vpn", b"\5\0\0\0" + bytes(16), b"\x0b\0\0\0key"]
SELECTORS = b"\1\0\0\0\x08\0" + u16(40) + u16(0) + u16(0xFFFF) + bytes(16) + b"\xff" * 16
BODIES_1 = {4: [handshakes.KEY], 5: IDENTITIES, 6: [CERTIFICATE], 7: [b"\4"], 8: [bytes(20)], 9: [bytes(64)]}
BODIES_1 |= {11: [u32(1) + b"\1\0" + u16(14)], 12: [u32(1) + b"\1\x10\0\1" + bytes(16)], 13: [handshakes.DPD]}
BODIES_2 = {
    34: [u16(31) + u16(0) + bytes(32)],
    35: IDENTITIES,
    36: IDENTITIES,
    37: [CERTIFICATE],
    38: [b"\4" + bytes(20)],
}
BODIES_2 |= {39: [b"\2\0\0\0" + bytes(32)], 41: [b"\0\0" + u16(14)], 42: [b"\3\4\0\1" + bytes(4)], 44: [SELECTORS]}
BODIES_2 |= {43: [handshakes.DPD], 46: [bytes(40)], 47: [b"\1\0\0\0\0\1\0\4\xc0\0\2\1"], 48: [b"\1\1\0\5\1"]}


@pytest.fixture
def ways(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return how much of Scapy each child was told to load."""
    told: list[str] = []
    run = talk._run

    def watched(question: bytes, begin: launch.Launch, how: str, deadline_s: float) -> tuple[int, bytes]:
        told.append(how)
        return run(question, begin, how, deadline_s)

    monkeypatch.setattr(talk, "_run", watched)
    return told


def said(messages: list[Message], how: str) -> list[object]:
    """Return what a child says that loads as much of Scapy."""
    question = json.dumps([[one.kind, one.data.hex()] for one in messages]).encode()
    code, answer = talk._run(question, launch.program, how, time.monotonic() + LIMIT_S)
    assert code == 0
    found: list[object] = json.loads(answer)
    assert len(found) == len(messages)
    return found


@pytest.mark.parametrize("how", ["spare", "whole"])
def test_known_messages_are_dissected_as_expected(how: str) -> None:
    assert said(PROVED, how) == EXPECTED
    assert {one.kind for one in PROVED} == {"ike", "l2tp", "pptp"}
    assert {one.data[17] >> 4 for one in PROVED if one.kind == "ike"} == {1, 2}


def _made(pick: random.Random) -> Message:
    """Return a message of IKE with payloads of all types in any order."""
    version = pick.choice((1, 2))
    bodies = BODIES_1 if version == 1 else BODIES_2
    proposal = handshakes.proposal_2([handshakes.transform_2(1, 12, 256), handshakes.transform_2(4, 31, last=True)])
    suite = handshakes.sa_1([handshakes.suite_1(1, (1, 7), (14, 128), (2, 4), (3, 1), (4, 14))])
    payloads = [(1, suite) if version == 1 else (33, proposal)]
    payloads += [(kind, pick.choice(bodies[kind])) for kind in pick.choices(list(bodies), k=pick.randrange(6))]
    payloads.append((pick.randrange(256), pick.randbytes(pick.randrange(30))))
    pick.shuffle(payloads)
    flags = pick.choice((0, 1, 8, 0x20))
    return Message(
        "ike", A, handshakes.ike(version, pick.choice((2, 4, 34)), flags, payloads, responder=pick.choice((b"", T)))
    )


def _damaged(one: Message, pick: random.Random) -> Message:
    """Return a message with some bytes changed, cut or with more behind it; of half of them the length fits again."""
    data = bytearray(one.data)
    for _ in range(pick.choice((0, 1, 2, 8))):
        data[pick.randrange(len(data))] = pick.choice((0, 1, 3, 0x7F, 0x80, 0xFF, pick.randrange(256)))
    if pick.random() < 0.1:
        del data[pick.randrange(1, len(data) + 1) :]
    if pick.random() < 0.1:
        data += pick.randbytes(pick.randrange(20))
    if one.kind == "ike" and pick.random() < 0.5:
        data[24:28] = u32(len(data))
    return one._replace(data=bytes(data))


def test_stand_ins_change_no_answer_whatever_the_message() -> None:
    pick = random.Random(11)
    good = [one for tunnel in seen(handshakes.handshakes(INSIDE)) for one in tunnel.messages]
    messages = [_damaged(_made(pick) if pick.random() < 0.7 else pick.choice(good), pick) for _ in range(600)]
    spare, whole = said(messages, "spare"), said(messages, "whole")
    assert [one for one in zip(messages, spare, whole, strict=True) if one[1] != one[2]] == []
    assert 200 < sum(answer is not None for answer in whole) < 600


def test_one_child_is_enough(ways: list[str]) -> None:
    assert talk.ask(PROVED) == EXPECTED
    assert ways == ["spare"]


_STAND_INS = "import auditor.packets.details.stand_ins as stand_ins; "
_PROOF = "import auditor.packets.details.proof as proof; "


@pytest.mark.parametrize(
    "fault",
    [
        _STAND_INS + "stand_ins._UNUSED += ('scapy.fields',); ",
        _STAND_INS + "stand_ins._UNUSED += ('scapy.packet',); ",
        _STAND_INS + "stand_ins._NOT_INSTALLED += ('scapy.contrib',); ",
        _STAND_INS + "put = stand_ins._put; "
        "stand_ins._put = lambda module, **names: module == 'inspect' or put(module, **names); ",
        _PROOF + "proof.PROOFS = tuple((kind, data, {}) for kind, data, _ in proof.PROOFS); ",
        _PROOF + "proof.given = lambda *_: False; ",
    ],
    ids=["no fields", "no packets", "no layer", "one payload undissected", "other answers", "not proved"],
)
def test_where_they_do_not_fit_it_starts_again_with_all_of_scapy(
    fault: str, ways: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launch, "_START", launch._START.replace("from auditor", fault + "from auditor"))
    assert talk.ask(PROVED) == EXPECTED
    assert ways == ["spare", "whole"]


def test_scapy_is_loaded_in_another_network_namespace(ways: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    here = os.readlink("/proc/self/ns/net")
    look = (
        "import os, sys; import auditor.packets.details.child as child; load = child.load; "
        f"child.load = lambda kinds: load(kinds) if os.readlink('/proc/self/ns/net') != '{here}' else 1 / 0; "
        "assert 'scapy' not in sys.modules; "
    )
    monkeypatch.setattr(launch, "_START", launch._START.replace("from auditor", look + "from auditor"))
    assert talk.ask(PROVED) == EXPECTED
    assert ways == ["spare"]
    monkeypatch.setattr(launch, "_START", launch._START.replace("if os.readlink", "if not os.readlink"))
    with pytest.raises(talk.NotDissected):
        talk.ask(PROVED)
    assert ways == ["spare", "spare", "whole"]


def test_keys_of_gre_need_no_scapy(ways: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    without = "import os; sys.path[:] = [one for one in sys.path if not os.path.isdir(one + '/scapy')]; "
    monkeypatch.setattr(launch, "_START", launch._START.replace("from auditor", without + "from auditor"))
    assert talk.ask([KEY]) == [{"key": 7}]
    assert ways == ["spare"]
    with pytest.raises(talk.NotDissected, match="Scapy is not installed"):
        talk.ask([KEY, *PROVED])
    assert ways == ["spare"] * 2


@pytest.mark.parametrize(
    ("data", "key"),
    [
        ("2000 0800 00000007 4500", 7),
        ("b000 6558 ffff0000 deadbeef 00000001", 0xDEADBEEF),
        ("6000 0800 00000000 00000009", 9),
        ("2001 880b 0004 0009 00000001", None),
        ("1000 0800 00000007", None),
        ("3000 0800 00000007", None),
        ("2000 0800 000007", None),
        ("a000 0800 00000000 0000", None),
        ("20", None),
        ("", None),
    ],
)
def test_key_of_a_gre_header(data: str, key: int | None) -> None:
    found = dissectors.dissect(dissectors.load(()), "gre", bytes.fromhex(data))
    assert found == (None if key is None else {"key": key})


def test_a_message_seen_twice_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[list[str]]] = []

    def run(question: bytes, _begin: launch.Launch, _how: str, _deadline_s: float) -> tuple[int, bytes]:
        asked.append(json.loads(question))
        return 0, json.dumps([{"key": number} for number in range(len(asked[0]))]).encode()

    monkeypatch.setattr(talk, "_run", run)
    other = KEY._replace(data=KEY.data[:-1] + b"\x08")
    messages = [KEY, KEY._replace(sender=B), other, KEY, KEY._replace(kind="pptp")]
    assert [answer["key"] for answer in talk.ask(messages)] == [0, 0, 1, 0, 2]
    assert [len(one) for one in asked] == [3]


def test_both_attempts_together_take_no_longer_than_one_may(monkeypatch: pytest.MonkeyPatch) -> None:
    first = f"time.sleep(0.3); sys.exit({endings.NOT_SPARE})"
    slow = f"import sys, time\nif sys.argv[2] == 'spare':\n    {first}\ntime.sleep(60)"
    monkeypatch.setattr(launch, "_START", slow)
    began_s = time.monotonic()
    with pytest.raises(talk.NotDissected, match="took too long"):
        talk.ask(PROVED, limit_s=1.0)
    assert time.monotonic() - began_s < 5


def test_refusals_are_told_with_a_scapy_that_has_no_fields_for_them() -> None:
    load = u32(1) + b"\1\0" + u16(14)
    payload = SimpleNamespace(name="ISAKMP payload", fields={"load": load})
    assert dissectors._notified(payload, 11) == 14
    assert dissectors._notified(payload, 4) is None
    payload.fields["load"] = load[:7]
    assert dissectors._notified(payload, 11) is None


def test_most_of_scapy_is_not_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    look = (
        "import sys, auditor.packets.details.child as child; "
        "loaded = lambda: sorted(name for name, one in sys.modules.items() if getattr(one, '__file__', None)); "
        "child.dissect = lambda *_: {'loaded': loaded()}; "
    )
    monkeypatch.setattr(launch, "_START", launch._START.replace("from auditor", look + "from auditor"))
    loaded = set(talk.ask(PROVED)[0]["loaded"])
    assert {"scapy.packet", "scapy.contrib.ikev2", "scapy.layers.isakmp", "scapy.layers.pptp"} <= loaded
    assert not {one.partition(".")[0] for one in loaded} & {
        "cryptography",
        "hashlib",
        "logging",
        "pickle",
        "subprocess",
    }
    assert not {
        one for one in loaded if one.startswith(("scapy.arch", "scapy.main", "scapy.route", "scapy.layers.inet"))
    }
    assert len(loaded) < 120
    assert set(talk.ask([KEY])[0]["loaded"]) & {"scapy", "auditor.packets.details.l2tp_layers"} == set()


def test_what_stands_in_for_sockets_has_their_numbers_and_whatever_else_is_looked_for() -> None:
    code = (
        "from auditor.packets.details import stand_ins; stand_ins.take_their_places(); import socket; "
        "from socket import AF_INET6, AddressFamily, inet_pton; "  # the second is what Scapy 2.5 takes from there
        "print(inet_pton(AF_INET6, '::1').hex()[-1], AddressFamily.__name__, hasattr(socket, '__file__'))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "1 AddressFamily False\n"
