"""What a test needs from the machine; without it the test is skipped and says what is missing.

Where `CI` is set, tests/conftest.py turns every skip into a failure: there, nothing may be missing.
"""

import os
import shutil

import pytest

# Program looked for, and the Debian package that brings it (.ci/packages lists them all).
PROGRAMS = {
    "bridge": "iproute2",
    "chromium": "chromium",
    "getcap": "libcap2-bin",
    "ip": "iproute2",
    "kmod": "kmod",
    "nsenter": "util-linux",
    "openssl": "openssl",
    "openvpn": "openvpn",
    "pdftotext": "poppler-utils",
    "ping": "iputils-ping",
    "qemu-system-x86_64": "qemu-system-x86",
    "pppd": "ppp",
    "pppoe-server": "pppoe",
    "pptp": "pptp-linux",
    "pptpd": "pptpd",
    "setpriv": "util-linux",
    "ssh": "openssh-client",
    "ssh-keygen": "openssh-client",
    "sshd": "openssh-server",
    "swanctl": "strongswan-swanctl",
    "charon-systemd": "charon-systemd",
    "tincd": "tinc",
    "unshare": "util-linux",
    "wg": "wireguard-tools",
    "wireguard-go": "wireguard-go",
    "xl2tpd": "xl2tpd",
}
_WHERE = os.pathsep.join((os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin", "/sbin"))

requires_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root: makes network namespaces and devices")


def missing(*programs: str) -> list[str]:
    """Return the Debian packages that lack for `programs`, each once."""
    lacking = {PROGRAMS[program] for program in programs if shutil.which(program, path=_WHERE) is None}
    return sorted(lacking)


def requires_program(*programs: str) -> pytest.MarkDecorator:
    """Return a mark that skips a test where one of `programs` (keys of PROGRAMS) is not installed."""
    packages = missing(*programs)
    return pytest.mark.skipif(bool(packages), reason=f"needs Debian packages: {' '.join(packages)}")
