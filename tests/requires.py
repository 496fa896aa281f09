"""What a test needs from the machine; without it the test is skipped and says what is missing.

Where `CI` is set, tests/conftest.py turns every skip into a failure: there, nothing may be missing.
"""

import os
import shutil

import pytest

# Program looked for, and the Debian package that brings it (.ci/packages lists them all).
PROGRAMS = {
    "autossh": "autossh",
    "bridge": "iproute2",
    "charon-systemd": "charon-systemd",
    "chromium": "chromium",
    "conmon": "conmon",
    "crun": "crun",
    "curl": "curl",
    "danted": "dante-server",
    "dh": "debhelper",
    "dh_python3": "dh-python",
    "dpkg-buildpackage": "dpkg-dev",
    "dig": "bind9-dnsutils",
    "dnssec-keygen": "bind9-utils",
    "dnssec-signzone": "bind9-utils",
    "edge": "n2n",
    "fastd": "fastd",
    "getcap": "libcap2-bin",
    "icinga2": "icinga2-bin",
    "iodine": "iodine",
    "ip": "iproute2",
    "iptables-legacy": "iptables",
    "iptables-nft": "iptables",
    "kmod": "kmod",
    "lintian": "lintian",
    "man": "man-db",
    "microsocks": "microsocks",
    "miredo": "miredo",
    "miredo-server": "miredo-server",
    "nagios4": "nagios4-core",
    "nebula": "nebula",
    "nft": "nftables",
    "nrpe": "nagios-nrpe-server",
    "nsenter": "util-linux",
    "ocserv": "ocserv",
    "openconnect": "openconnect",
    "nsd": "nsd",
    "openssl": "openssl",
    "openvpn": "openvpn",
    "ovs-vswitchd": "openvswitch-switch",
    "ovsdb-server": "openvswitch-switch",
    "pdffonts": "poppler-utils",
    "pdfinfo": "poppler-utils",
    "pdftotext": "poppler-utils",
    "ping": "iputils-ping",
    "podman": "podman",
    "pppd": "ppp",
    "pppoe-server": "pppoe",
    "pptp": "pptp-linux",
    "pptpd": "pptpd",
    "prometheus": "prometheus",
    "prometheus-node-exporter": "prometheus-node-exporter",
    "promtool": "prometheus",
    "qpdf": "qpdf",
    "qemu-system-x86_64": "qemu-system-x86",
    "redsocks": "redsocks",
    "rsyslogd": "rsyslog",
    "setpriv": "util-linux",
    "socat": "socat",
    "ss-local": "shadowsocks-libev",
    "ss-redir": "shadowsocks-libev",
    "ssh": "openssh-client",
    "ssh-keygen": "openssh-client",
    "sshd": "openssh-server",
    "stunnel4": "stunnel4",
    "strace": "strace",
    "systemd-analyze": "systemd",
    "swanctl": "strongswan-swanctl",
    "tincd": "tinc",
    "tinyproxy": "tinyproxy",
    "trafgen": "netsniff-ng",
    "trojan": "trojan",
    "unbound": "unbound",
    "unshare": "util-linux",
    "v2ray": "v2ray",
    "vpnbridge": "softether-vpnbridge",
    "vpnclient": "softether-vpnclient",
    "vpncmd": "softether-vpncmd",
    "vpnserver": "softether-vpnserver",
    "vtund": "vtun",
    "wg": "wireguard-tools",
    "wireguard-go": "wireguard-go",
    "xl2tpd": "xl2tpd",
    "yggdrasil": "yggdrasil",
    "zabbix_agent2": "zabbix-agent2",
    "zabbix_agentd": "zabbix-agent",
    "zabbix_get": "zabbix-server-pgsql",
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
