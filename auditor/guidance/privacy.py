"""Control A-01: what a finished document must not hold (guidance section 9).

Secrets and personal data are dropped where they are read; this looks once more at what is about to be
written, by the names of fields and by the shape of values. It cannot tell a name of a person from
another word, nor a public key in its place from a private one in the same place.
"""

import re
from collections.abc import Collection, Iterator
from typing import Any, Final, NamedTuple

REMOVED: Final = "[removed]"

_NAMES: Final = re.compile(
    "psk|passwords?|passwd|passphrase|secrets?|tokens?|credentials?|apikey"
    "|cmdline|commandline|argv|args|arguments|environ(?:ment)?"
    "|macs?|hwaddr|lladdr|ethernetaddress|serial(?:number)?|imei|imsi"
    "|users?|usernames?|login|realname|fullname|subject|commonname|e?mails?|phone|mobile"
    "|devicename|client(?:name|address|addresses|ips?)|sessionstart|connectedsince|latitude|longitude"
    "|payload|dns|dnsquer(?:y|ies)|sni|urls?|uris?|useragent|visited|flows?|flowlog"
)
_PARTS: Final = re.compile(
    "privatekey|presharedkey|password|passphrase|secret|apikey|cmdline|commandline|username|emailaddress|macaddress"
)
_WORDS: Final = frozenset({"psk", "passwd", "argv", "environ", "mac", "hwaddr", "lladdr", "imei", "imsi", "sni"})
_PUBLIC: Final = frozenset({"identity", "public_key", "wireguard_public_key", "observed", "registered"})
_ACCOUNTABLE: Final = frozenset({"owner", "approver", "author"})

_KEY: Final = re.compile(r"(?<![A-Za-z0-9+/=])[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=(?![A-Za-z0-9+/=])")
_SHAPES: Final = (
    ("a private key", re.compile(r"-----BEGIN [A-Za-z0-9 ]*(?:PRIVATE KEY|Static key)(?s:.*)")),
    ("a secret", re.compile(r"(?i)\b(?:private_?key|preshared_?key|psk|passw(?:or)?d|passphrase|secret)\s*=\s*\S+")),
    ("a key in hexadecimal", re.compile(r"(?i)\b0x[0-9a-f]{32,}")),
    ("a MAC address", re.compile(r"(?i)(?<![0-9a-z:.-])(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}(?![0-9a-z:-])")),
)
_MAC_SEPARATORS: Final = 5
_MAIL: Final = re.compile(
    r"[A-Za-z0-9._%+-]+@(?:[A-Za-z0-9-]+\.)+(?!(?:service|socket|timer|scope|slice|mount|target)$)[A-Za-z]{2,}"
)


class _Field(NamedTuple):
    """A value and where it stands: its path in the document, and the name of the innermost field."""

    where: str
    name: str
    value: Any


def forbidden_fields(document: object, allowed: Collection[str] | None = None) -> list[str]:
    """Return where `document` holds something forbidden, as "path: what"; values are never quoted.

    `document` is what `json.dumps` takes. With `allowed`, every field name outside it is reported too.
    """
    public = frozenset(_public_keys(document))
    return [f"{where}: {what}" for where, what in _findings(_Field("", "", document), public, allowed)]


def without_forbidden(document: Any) -> Any:
    """Return a copy of `document` that `forbidden_fields` finds nothing in.

    Fields with a forbidden name are dropped, forbidden parts of values replaced by `REMOVED`, so that
    a name given on the host can never keep a report from being written.
    """
    return _cleaned(document, "", frozenset(_public_keys(document)))


def _findings(field: _Field, public: frozenset[str], allowed: Collection[str] | None) -> Iterator[tuple[str, str]]:
    """Yield where `field` or anything below it is forbidden, and why."""
    if isinstance(field.value, str):
        for what in _shapes(field.value, field.name, public):
            yield field.where, what
        return
    if isinstance(field.value, dict):
        for name in _personal(field.value):
            yield f"{field.where}.{name}".lstrip("."), "address of an individual client"
    for child in _children(field):
        if isinstance(child.value, str) and not isinstance(field.value, dict):
            for what in _shapes(child.value, child.name, public):
                yield child.where, what
        elif isinstance(field.value, dict) and _is_forbidden(child.name):
            yield child.where, "forbidden field"
        elif isinstance(field.value, dict) and allowed is not None and child.name not in allowed:
            yield child.where, "not on the allowed list"
        else:
            yield from _findings(child, public, allowed)


def _children(field: _Field) -> Iterator[_Field]:
    """Yield the members of an object or the items of an array."""
    if isinstance(field.value, dict):
        for name, value in field.value.items():
            yield _Field(f"{field.where}.{name}".lstrip("."), str(name), value)
    elif isinstance(field.value, list | tuple):
        for index, value in enumerate(field.value):
            yield _Field(f"{field.where}[{index}]", field.name, value)


def _is_forbidden(name: str) -> bool:
    """Return whether a field may not have this name."""
    words = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).lower()
    plain = re.sub(r"[^a-z0-9]", "", words)
    return bool(_NAMES.fullmatch(plain) or _PARTS.search(plain)) or not _WORDS.isdisjoint(
        re.split(r"[^a-z0-9]+", words)
    )


def _shapes(text: str, name: str, public: frozenset[str]) -> Iterator[str]:
    """Yield what a text in the field `name` looks like that it must not be."""
    if not can_have_shape(text):
        return
    if name not in _PUBLIC and any(key not in public for key in _KEY.findall(text)):
        yield "looks like a key"
    for what, shape in _SHAPES:
        if shape.search(text):
            yield f"looks like {what}"
    if name not in _ACCOUNTABLE and _MAIL.fullmatch(text):
        yield "looks like an e-mail address"


def can_have_shape(text: str) -> bool:
    """Return whether `text` has the characters without which none of the shapes can be there.

    NOTE: that is seen at a glance; the expressions take a hundred times as long on each of many texts.
    """
    return (
        "=" in text
        or "@" in text
        or "0x" in text
        or "0X" in text
        or text.count(":") + text.count("-") >= _MAC_SEPARATORS
    )


def _public_keys(value: Any, name: str = "") -> Iterator[str]:
    """Yield the keys that stand where a public key belongs; they may be repeated in sentences."""
    if isinstance(value, str) and name in _PUBLIC:
        yield from _KEY.findall(value)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _public_keys(item, str(key))
    elif isinstance(value, list | tuple):
        for item in value:
            if name in _PUBLIC or not isinstance(item, str):
                yield from _public_keys(item, name)


def _personal(table: dict[str, Any]) -> list[str]:
    """Return the fields of a remote-access object or its facts that name a single client's address."""
    found = []
    if table.get("tunnel_family") == "remote_access" and table.get("remote_endpoint") not in (None, "aggregated"):
        found.append("remote_endpoint")
    remotes = table.get("remotes")
    if table.get("family") == "remote_access" and isinstance(remotes, list | tuple):
        found += [
            f"remotes[{index}].address"
            for index, remote in enumerate(remotes)
            if isinstance(remote, dict) and remote.get("address") is not None
        ]
    return found


def _cleaned(value: Any, name: str, public: frozenset[str]) -> Any:
    """Return a copy of `value`, which stands in the field `name`, without anything forbidden."""
    if isinstance(value, str):
        return _cleaned_text(value, name, public)
    if isinstance(value, list | tuple):
        return [_cleaned(item, name, public) for item in value]
    if not isinstance(value, dict):
        return value
    table = {key: _cleaned(item, str(key), public) for key, item in value.items() if not _is_forbidden(str(key))}
    if _personal(table):
        if table.get("tunnel_family") == "remote_access":
            table["remote_endpoint"] = None
        if table.get("family") == "remote_access":
            table["remotes"] = [
                item | {"address": None} if isinstance(item, dict) else item for item in table.get("remotes", [])
            ]
    return table


def _cleaned_text(text: str, name: str, public: frozenset[str]) -> str:
    """Return `text` with its forbidden parts replaced."""
    while any(_shapes(text, name, public)):  # what is removed can uncover what stood against it
        for _, shape in _SHAPES:
            text = shape.sub(REMOVED, text)
        if name not in _PUBLIC:
            text = _KEY.sub(lambda match: match[0] if match[0] in public else REMOVED, text)
        if name not in _ACCOUNTABLE and _MAIL.fullmatch(text):
            text = REMOVED
    return text
