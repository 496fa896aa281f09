"""Are records signed, and would the company's own list accept the signatures?"""

from collections.abc import Iterator

from auditor.config import load_config
from auditor.doctor.advice import Advice, Health
from auditor.doctor.papers import own
from auditor.errors import InputError
from auditor.history import signed
from auditor.history.keygen import KeygenError
from auditor.history.signing import LATE, PACK, RECORD, Signer
from auditor.model.register import HistorySettings
from auditor.model.text import Text

_ABOUT, _LIST = Text("signatures", "签名"), Text("allowed signers", "允许的签署者")
_OFF = Text(
    "records are not signed (history.signing_key): whoever can write the history can make it anew",
    "记录未签名（history.signing_key）：能写入扫描历史者可将其重新制作",
)
_NO_LIST = Text(
    "records are signed; no list says whose keys may (history.allowed_signers)",
    "记录已签名；没有允许的签署者列表（history.allowed_signers）",
)


def signing(config_path: str | None) -> Iterator[Advice]:
    """Yield how signing is set up; the key is tried. Nothing for a configuration with mistakes."""
    try:
        history = load_config(config_path).history
    except InputError:
        return
    if history.allowed_signers is not None:
        yield own(_LIST, history.allowed_signers)
    if history.signing_key is None:
        yield Advice(Health.NOTE, _ABOUT, _OFF)
        return
    signer = Signer(history.signing_key)
    if signer.problem is not None:
        says = Text(f"{history.signing_key}: {signer.problem.en}", f"{history.signing_key}：{signer.problem.zh}")
        yield Advice(Health.CARE, _ABOUT, says)
        return
    yield _accepted(signer, history)


def _accepted(signer: Signer, history: HistorySettings) -> Advice:
    """Return whether signatures of a key that works are accepted by the list of signers."""
    if history.allowed_signers is None or history.signer is None:
        return Advice(Health.NOTE, _ABOUT, _NO_LIST)
    try:
        trust = signed.trust(history.allowed_signers, history.signer)
        refused = [name for name in (RECORD, LATE, PACK) if not signed.accepts(trust, signer, name)]
    except InputError as error:
        return Advice(Health.CARE, _ABOUT, Text(error.problems[0], error.problems[0]))
    except KeygenError as error:
        return Advice(Health.CARE, _ABOUT, error.says)
    if refused:
        purposes = ", ".join(refused)
        says = Text(
            f"{history.allowed_signers} does not accept {signer.fingerprint} as {history.signer} for {purposes}",
            f"{history.allowed_signers}不接受{signer.fingerprint}作为{history.signer}的密钥，用途：{purposes}",
        )
        return Advice(Health.CARE, _ABOUT, says)
    return Advice(
        Health.FINE,
        _ABOUT,
        Text(f"by {history.signer} with {signer.fingerprint}", f"由{history.signer}以{signer.fingerprint}签署"),
    )
