"""Known messages that what is loaded of Scapy has to dissect as expected: stand-ins and versions may not fit together.

Made up, with addresses for documentation. Of IKE the payloads that Scapy has fields of its own for: proposals, keys,
nonces, identities (an address, a name), a certificate, traffic selectors of both families, a notification, a vendor id.
"""

from collections.abc import Collection

from auditor.packets.details.dissectors import Answer, Dissectors, dissect

_VENDOR = "afcad71368a1f1c96b8696fc77570100"
PROOFS: tuple[tuple[str, str, Answer], ...] = (
    (
        "ike",
        "0102030405060708 0000000000000000 21202220 00000000 000000ca"
        "2200002000 00001c 01010002 0300000c0100000c800e0100 000000080400001f"
        "28000010001f00005a5a5a5a5a5a5a5a 2300000c5a5a5a5a5a5a5a5a 2500000c01000000c0000201 2c00000a043003020107"
        "2900004002000000 07000010 0000ffff c0000200 c00002ff 08000028 0000ffff"
        "20010db8000000000000000000000000 20010db8ffffffffffffffffffffffff"
        "2b0000080000000e 00000014" + _VENDOR,
        {
            "version": 2,
            "exchange": 34,
            "response": True,
            "suites": [{"transforms": [[1, 12, 256], [4, 31, None]]}],
            "vendors": [_VENDOR],
            "notifies": [14],
        },
    ),
    (
        "ike",
        "0102030405060708 0000000000000000 01100400 00000000 000000b1"
        "0400003c0000000100000001 0000003001010001 0000002801010000"
        "80010007 800e0080 80020004 80030001 8004000e 800b0001 000c000400007080"
        "0a00000c5a5a5a5a5a5a5a5a 0500000c5a5a5a5a5a5a5a5a 0500000c011101f4c0000201 0600000b0200000076706e"
        "0b00000a043003020107 0d00000c000000010100000e 00000014" + _VENDOR,
        {
            "version": 1,
            "exchange": 4,
            "response": False,
            "suites": [{"encr": 7, "bits": 128, "hash": 4, "auth": 1, "group": 14, "life_s": 28800}],
            "vendors": [_VENDOR],
            "notifies": [14],
        },
    ),
    (
        "l2tp",
        "c802 0038 0000 0000 0000 0000 8008000000000001 8008000000020100"
        "8009000000076c6163 800b000000086d616b6572 8008000000090007",
        {"message": 1, "protocol": 0x0100, "vendor": "maker", "tunnel": 7},
    ),
    (
        "pptp",
        "009c 0001 1a2b3c4d 0001 0000 0100" + 78 * "00" + b"maker".ljust(64, b"\0").hex(),
        {"message": 1, "vendor": "maker", "protocol": 0x0100},
    ),
)


def given(dissectors: Dissectors, kinds: Collection[str]) -> bool:
    """Return whether the known messages of `kinds` are dissected as expected."""
    return all(
        dissect(dissectors, kind, bytes.fromhex(data)) == answer
        for kind, data, answer in PROOFS
        if kind in kinds or (kind == "l2tp" and "l2tpv3" in kinds)
    )
