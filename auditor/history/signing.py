"""Signs what the history records, with a key of the company's; no signature ever stands in the way of a scan."""

from auditor.model.text import Text

RECORD = "auditor-history"
"""What a signature is for: a record, signed by the run that wrote it."""

LATE = "auditor-history-late"
"""A record that a later run found unsigned. NOTE: a word of its own, since whoever can write the directory could have
put such a record there for that run to sign."""

PACK = "auditor-evidence"
_TRIAL = "auditor-trial"


class Signer:
    """A key, tried once: `fingerprint` is its name, or `problem` says why it cannot sign."""

    def __init__(self, key: str) -> None:
        """Try the key in the file `key`."""
        self._key = key
        self.fingerprint: str | None = None
        self.problem: Text | None = None
        trial = self.sign(b"auditor\n", _TRIAL)
        self.fit_at_first = trial is not None

    def sign(self, message: bytes, namespace: str) -> bytes | None:
        """Return a signature of `message`, or None with `problem` set, which it stays: a key is tried no more then."""
        if self.problem is not None:
            return None
        from auditor.history import keygen, sshsig  # NOTE: a scan without a key starts nothing and loads nothing for it

        try:
            signature = keygen.sign(self._key, message, namespace)
            made = sshsig.parsed(signature)
        except keygen.KeygenError as error:
            self.give_up(error.says)
            return None
        except sshsig.FormError:
            self.give_up(_ODD)
            return None
        if made.namespace != namespace or made.fingerprint != (self.fingerprint or made.fingerprint):
            self.give_up(_ODD)
            return None
        self.fingerprint = made.fingerprint
        return signature

    def give_up(self, problem: Text) -> None:
        """Sign nothing more in this run, because of `problem`."""
        self.problem = problem

    @property
    def notice(self) -> Text | None:
        """Return what people must be told: records are not signed though they should be. None if they are."""
        if self.problem is None:
            return None
        return Text(
            f"the scan is stored without a signature (history.signing_key): {self.problem.en}",
            f"该扫描已保存但未签名（history.signing_key）：{self.problem.zh}",
        )


_ODD = Text("ssh-keygen gave no signature of this key", "ssh-keygen给出的不是该密钥的签名")
