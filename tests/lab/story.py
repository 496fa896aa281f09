"""A gateway over two scans, so that its report has something of everything: for tests and for the documentation."""

from dataclasses import replace
from pathlib import Path

from tests.lab.lab import Lab, Scan
from tests.lab.paperwork import COMPLIANT
from tests.lab.parts import openvpn

FORMATS = "html,json,csv,junit,ocsf,markdown,text"
DEVICE = "hq-new"
LATER = replace(COMPLIANT, waived=(f"{openvpn.OFFICE_UDP}/32",), disabled=("nftables",))
"""A waiver joined, and one source is no longer read: accepted findings and blind spots show."""


def story(lab: Lab, directory: Path) -> Scan:
    """Scan `lab` into `directory`, add a tunnel and a waiver, close a source, scan again; return the second scan."""
    directory.mkdir(exist_ok=True)
    lab.scan("--output", directory, "--format", "json")
    gateway = lab.gateway
    gateway.run(
        *("ip", "link", "add", DEVICE, "type", "vxlan", "id", "77", "remote", openvpn.OFFICE_TCP, "dstport", "4789"),
        *("local", "10.8.0.1"),
    )
    try:
        gateway.run("ip", "link", "set", DEVICE, "up")
        later = lab.scan("--output", directory, "--format", FORMATS, papers=LATER)
    finally:
        gateway.run("ip", "link", "del", DEVICE, check=False)
    return replace(later, output=directory)
