"""Stands in for what Scapy loads and no handshake uses: two thirds of what the process that dissects would cost.

Whatever is taken from such a module does nothing. Scapy of another version may need more than that; so what was loaded
has to prove itself (`proof`), and where anything goes wrong the child starts again with all of Scapy.
"""

import _socket
import importlib
import sys
from types import ModuleType
from typing import Any

_NOT_INSTALLED = ("cryptography", "importlib.metadata", "pyx")
_UNUSED = (
    "base64",
    "calendar",
    "dataclasses",
    "datetime",
    "importlib.abc",
    "inspect",
    "logging",
    "pathlib",
    "platform",
    "random",
    "subprocess",
    "uuid",
    "scapy.data",
    "scapy.error",
    "scapy.interfaces",
    "scapy.libs.test_pyx",
    "scapy.sendrecv",
    "scapy.themes",
    "scapy.utils",
    "scapy.utils6",
    "scapy.volatile",
)
_CARRIERS = {"scapy.layers.inet": ("IP", "TCP", "UDP"), "scapy.layers.ipsec": ("ESP", "NON_ESP")}


class _Shape(type):
    """Of a class whose every attribute is the class itself."""

    def __getattr__(cls, name: str) -> Any:
        """Return the class for any name but those of the language."""
        if name.startswith("__"):
            raise AttributeError(name)
        return cls


class _Unused(Exception, metaclass=_Shape):
    """Stands for a function, class, exception or logger: can be called, derived from and raised."""

    def __init__(self, *_: Any, **__: Any) -> None:
        """Take anything."""


class _Module(ModuleType):
    """A module that has whatever is looked for."""

    def __getattr__(self, name: str) -> Any:
        """Return a class of that name, the same each time, for any name but those of the language."""
        if name.startswith("__"):
            raise AttributeError(name)
        found = _Shape(name, (_Unused,), {})
        setattr(self, name, found)
        return found


def take_their_places() -> None:
    """Put the stand-ins where Scapy will look for the modules; those that are loaded already stay."""
    for name in _NOT_INSTALLED:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]
    if "socket" not in sys.modules:  # numbers of families and texts of addresses, which what it wraps has
        _put("socket", **{name: value for name, value in vars(_socket).items() if not name.startswith("__")})
    for name in _UNUSED:
        sys.modules.setdefault(name, _Module(name))
    _put("inspect", currentframe=sys._getframe)  # what it is, too
    _put("scapy.utils", inet_aton=_socket.inet_aton, inet_ntoa=_socket.inet_ntoa)
    _put("scapy.utils6", in6_ptop=lambda address: address)
    importlib.abc = sys.modules["importlib.abc"]
    from scapy.packet import Packet, Raw

    carrier = type("Carrier", (Packet,), {"fields_desc": []})
    for module, names in _CARRIERS.items():
        _put(module, **dict.fromkeys(names, carrier))
    _put("scapy.layers.x509", X509_Cert=Raw, X509_CRL=Raw)  # bytes to IKE: nobody looks into a certificate here


def _put(module: str, **names: Any) -> None:
    """Give the stand-in `module` what has to be more than nothing."""
    vars(sys.modules.setdefault(module, _Module(module))).update(names)
