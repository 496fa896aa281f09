"""IPsec connections in the files of strongSwan (swanctl.conf, ipsec.conf) and libreswan (ipsec.conf).

Cannot see: connections kept in a database or loaded by another program; which pre-shared key belongs to them.
"""

from collections.abc import Iterator

from auditor.conffiles import ipsec_conf, swanctl
from auditor.conffiles.hostfiles import HostFiles
from auditor.conffiles.probe import conf_probe
from auditor.model.rows import Configured

# Where Debian and its kin have them, and where Fedora's packages of strongSwan do.
_SWANCTL = ("/etc/swanctl/swanctl.conf", "/etc/strongswan/swanctl/swanctl.conf")
_IPSEC = ("/etc/ipsec.conf", "/etc/strongswan/ipsec.conf")
_SWANCTL_UNITS = {"strongswan.service", "strongswan-swanctl.service"}
_IPSEC_UNITS = {"strongswan-starter.service", "strongswan.service", "ipsec.service"}


def connections(files: HostFiles) -> Iterator[Configured]:
    """Yield every connection that the files describe."""
    enabled = files.enabled_units()
    for path in _SWANCTL:
        modern = swanctl.Reader(files)
        modern.read(path)
        for name, section in modern.connections():
            source = modern.sources.get(name, path)
            if row := swanctl.configured(name, section, source, enabled=bool(_SWANCTL_UNITS & enabled)):
                yield row
    for path in _IPSEC:
        classic = ipsec_conf.Reader(files)
        classic.read(path)
        yield from classic.connections(enabled=bool(_IPSEC_UNITS & enabled))


PROBE = conf_probe(
    name="ipsec_conf",
    summary="IPsec connections that strongSwan's and libreswan's files describe, whether they are up or not",
    reads=(*_SWANCTL, *_IPSEC, "files that they include"),
    covers=("ipsec",),
    rows=connections,
)
