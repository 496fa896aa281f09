"""Nebula: a host on the gateway, its lighthouse and another host elsewhere."""

from pathlib import Path

from tests.lab.keys import tool
from tests.lab.node import Node
from tests.lab.site import UPLINK, Site
from tests.lab.truth import End, TrueTunnel

LIGHTHOUSE, HOST, INSIDE, HOST_INSIDE = "203.0.113.82", "203.0.113.83", "10.72.0.2", "10.72.0.3"
_CONFIG = """\
pki:
  ca: |
{ca}
  cert: /etc/nebula/host.crt
  key: |
{key}
static_host_map:
  # every node of the net has this list, the gateway as well
  "10.72.0.1": ["{uplink}:4243"]
  "{inside}": ["{lighthouse}:4242"]
  "{host_inside}":
    - "{host}:4242"
lighthouse:
  am_lighthouse: {leads}
  interval: 5
  hosts: {lighthouses}
listen:
  host: 0.0.0.0
  port: {port}
tun:
  dev: {device}
firewall:
  outbound:
    - port: any
      proto: any
      host: any
  inbound:
    - port: any
      proto: icmp
      host: any
"""


def start(site: Site) -> None:
    """Build the net on the device `lan-sg`; keys stand inside the configuration."""
    work = site.work / "nebula"
    work.mkdir()
    tool("nebula-cert", "ca", "-name", "lab", "-out-crt", str(work / "ca.crt"), "-out-key", str(work / "ca.key"))
    lighthouse = site.far("lighthouse", "c", f"{LIGHTHOUSE}/24")
    host = site.far("nebula-host", "c", f"{HOST}/24")
    _configure(site, work, lighthouse, "10.72.0.2", port=4242, device="nebula1", leads=True)
    _configure(site, work, host, HOST_INSIDE, port=4242, device="nebula1")
    _configure(site, work, site.gateway, "10.72.0.1", port=4243, device="lan-sg")
    site.run_far(lighthouse, "nebula", "-config", "/etc/nebula/config.yml")
    site.run_far(host, "nebula", "-config", "/etc/nebula/config.yml")
    site.run_daemon("nebula", "nebula", "-config", "config.yml", cwd="/etc/nebula")
    site.later("nebula carries a ping", lambda: site.reaches(INSIDE) and site.reaches(HOST_INSIDE))
    site.tunnels.append(
        TrueTunnel(
            key="nebula",
            technologies=("nebula",),
            interface="lan-sg",
            states=("up",),
            owner="/usr/bin/nebula",
            local=End(address=UPLINK, port=4243, transports=("udp",)),
            local_any=True,
            remotes=(
                End(address=LIGHTHOUSE, port=4242, transports=("udp",)),
                End(address=HOST, port=4242, transports=("udp",)),
            ),
            inside=INSIDE,
            family="network_tunnel",
            role="peer",
            realisation="software_vpn",
        )
    )


def _configure(
    site: Site, work: Path, node: Node, address: str, *, port: int, device: str, leads: bool = False
) -> None:
    """Write the configuration of `node` with a certificate for `address`."""
    certificate, key = work / f"{address}.crt", work / f"{address}.key"
    tool(
        *("nebula-cert", "sign", "-name", node.name, "-ip", f"{address}/24"),
        *("-ca-crt", str(work / "ca.crt"), "-ca-key", str(work / "ca.key")),
        *("-out-crt", str(certificate), "-out-key", str(key)),
    )
    private = site.secrets.keep_pem(f"Nebula key of {node.name}", key.read_text(), public_lines=0)
    node.write("/etc/nebula/host.crt", certificate.read_text(), 0o644)
    node.write(
        "/etc/nebula/config.yml",
        _CONFIG.format(
            ca=_indented((work / "ca.crt").read_text()),
            key=_indented(private),
            uplink=UPLINK,
            inside=INSIDE,
            lighthouse=LIGHTHOUSE,
            host_inside=HOST_INSIDE,
            host=HOST,
            leads=str(leads).lower(),
            lighthouses="[]" if leads else f'["{INSIDE}"]',
            port=port,
            device=device,
        ),
    )


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.strip().splitlines())
