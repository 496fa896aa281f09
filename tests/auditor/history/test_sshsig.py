"""What is taken for a signature: exactly what `ssh-keygen` writes, and not a byte else."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.history import keygen, sshsig
from tests.auditor.history.keys import Keys, line, make_key


def refused(data: bytes) -> bool:
    try:
        sshsig.parsed(data)
    except sshsig.FormError:
        return True
    return False


@pytest.mark.parametrize("kind", ["ed25519", "rsa", "ecdsa"])
def test_what_ssh_keygen_writes_is_read_as_it_says(tmp_path: Path, kind: str) -> None:
    key = make_key(tmp_path / "key", kind=kind)
    found = sshsig.parsed(keygen.sign(str(key), b"words\n", "auditor-history"))
    shown = subprocess.run(["ssh-keygen", "-l", "-f", key], capture_output=True, text=True, check=True).stdout
    assert found == sshsig.Signature(shown.split()[1], "auditor-history")


def test_every_bit_matters(keys: Keys) -> None:
    """Every single bit changed is refused, or is a change that `ssh-keygen` itself refuses."""
    good = keygen.sign(str(keys.ours), b"words\n", "auditor-history")
    left = []
    for at in range(len(good) * 8):
        data = bytearray(good)
        data[at // 8] ^= 1 << at % 8
        if not refused(bytes(data)):
            left.append(bytes(data))
    assert 0 < len(left) < len(good) * 8
    assert not any(keygen.fits(b"words\n", data, "auditor-history") for data in left[:: len(left) // 40])


def test_a_break_in_another_place_would_be_let_pass_by_ssh_keygen_and_is_refused(keys: Keys) -> None:
    good = keygen.sign(str(keys.ours), b"words\n", "auditor-history")
    head, _, rest = good.partition(b"\n")
    moved = head + b"\n" + rest[:10] + b"\n" + rest[10:]
    assert keygen.fits(b"words\n", moved, "auditor-history")
    assert refused(moved)
    assert refused(good + b"\n")
    assert refused(b" " + good)


@given(st.binary(max_size=300))
def test_any_bytes_are_refused(data: bytes) -> None:
    assert refused(data)
    assert refused(b"-----BEGIN SSH SIGNATURE-----\n" + data + b"-----END SSH SIGNATURE-----\n")


def test_a_list_of_signers(keys: Keys) -> None:
    fingerprint = sshsig.parsed(keygen.sign(str(keys.ours), b"", "x")).fingerprint
    public = keys.ours.with_suffix(".pub").read_text().strip()
    text = "\n".join(
        (
            "# of the company",
            "",
            line(keys.ours).strip(),
            f"gw@example,other {public}",
            f'gw valid-after="20260101",valid-before="20270101" {public}',
        )
    )
    assert sshsig.signers(text.encode()) == {3: fingerprint, 4: fingerprint, 5: fingerprint}


def test_a_private_key_in_place_of_the_list_is_refused_and_never_quoted(keys: Keys, private_lines: list[str]) -> None:
    with pytest.raises(sshsig.FormError) as caught:
        sshsig.signers(keys.ours.read_bytes())
    assert str(caught.value).startswith("1: ")
    assert not any(secret in str(caught.value) for secret in private_lines)
    for text in ("gw ssh-ed25519", "gw ssh-ed25519 AAAA", "gw ssh-ed25519 !", "gw AAAA ssh-ed25519", "\x00", "gw"):
        with pytest.raises(sshsig.FormError):
            sshsig.signers(text.encode())
