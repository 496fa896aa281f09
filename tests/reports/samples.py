"""Scans as the pipeline makes them, for tests and pictures of reports: a gateway in Shanghai and its connections."""

from dataclasses import replace

from auditor.guidance.assess import assess
from auditor.ipdata import embedded
from auditor.model.facts import Facts, FactSet
from auditor.model.judgement import Severity, Status, Verdict
from auditor.model.register import Register, Serving, Site
from auditor.model.scan import Audited, Gap, Gateway, Scan
from auditor.model.sightings import BlindSpot, Reason
from auditor.model.text import Text
from tests.reports.sample_coverage import GAPS, PROBES, SEEN, devices
from tests.reports.sample_network import UPLINKS
from tests.reports.sample_objects import access, handoff, remote_access, unowned, waived
from tests.reports.sample_paths import GATEWAY_FACTS, judged, place
from tests.reports.sample_register import BLUE, HOST, NOW, REGISTER, WAIVER_OLD, WAIVER_UNUSED, config
from tests.reports.sample_tunnels import ipsec, openvpn, tinc, vxlan, wireguard


def scan(*objects: Audited, **changes: object) -> Scan:
    """Return a finished scan with `objects`; whatever `changes` does not say is in order."""
    gateway = assess(FactSet.of(Facts().replace(**GATEWAY_FACTS, object_type="public_network_access")))
    verdicts = [audited.verdict for audited in objects] or [Verdict.NOT_APPLICABLE]
    made = Scan(
        started_at=NOW,
        duration_s=0.4121,
        version="0.1.0",
        gateway=Gateway(
            hostname="gw-sha-01",
            kernel="6.1.0-37-amd64",
            machine="x86_64",
            privileges=("CAP_NET_ADMIN", "CAP_SYS_ADMIN", "CAP_SYS_PTRACE"),
            scopes=(HOST, BLUE),
        ),
        config=config(),
        register=REGISTER,
        objects=objects,
        gateway_assessment=gateway,
        not_tunnels=(),
        circuits=SEEN,
        gaps=(),
        probes=PROBES,
        waivers_expired=(),
        waivers_unused=(),
        notices=(),
        verdict=min(verdicts, key=list(Verdict).index),
        severity=min((audited.severity for audited in objects), key=list(Severity).index, default=Severity.NONE),
        status=Status.OK,
        status_reasons=(
            Text(
                "every object is compliant, permitted or outside the guidance, and everything was read",
                "所有对象均已对应允许路径、属允许范围或不在指引范围内，且全部信息来源均已读取",
            ),
        ),
        location_data=embedded.snapshot().data_sets,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def mixed() -> Scan:
    """Return a gateway with some of everything: compliant, failing, to review, waived, unread."""
    objects = (
        *(wireguard(), openvpn(), tinc(), ipsec(), vxlan(), remote_access(), waived(), unowned()),
        *(handoff(), access()),
    )
    notice = Text("exception W-2026-05 ends on 2026-12-01", "例外W-2026-05将于2026-12-01到期")
    return scan(
        *objects,
        not_tunnels=devices(),
        uplinks=UPLINKS,
        gaps=GAPS,
        waivers_expired=(WAIVER_OLD,),
        waivers_unused=(WAIVER_UNUSED,),
        notices=(notice,),
        status=Status.CRITICAL,
        status_reasons=(
            Text("1 object is not in line with the guidance", "1个对象与指引不符"),
            Text("2 sources could not be read: the audit is incomplete", "2个信息来源无法读取：审计不完整"),
            Text("4 objects need review", "4个对象需人工复核"),
            Text("1 object is accepted by a waiver", "1个对象经豁免接受"),
            notice,
        ),
    )


def compliant() -> Scan:
    """Return a gateway in order: one leased circuit, one hand-off, one uplink, nothing unread."""
    return scan(wireguard(), vxlan(), access(), not_tunnels=devices())


def unprivileged() -> Scan:
    """Return the scan of an ordinary user: one tunnel seen from its link, nearly everything else unread."""
    names = (("processes", "CAP_SYS_PTRACE"), ("wireguard", "CAP_NET_ADMIN"), ("xfrm", "CAP_NET_ADMIN"))
    gaps = tuple(
        Gap(
            spot=BlindSpot(
                probe=name,
                scope="host",
                source=source,
                reason=Reason.PERMISSION,
                detail="Operation not permitted",
                hides=hides,
                needs=needs,
            )
        )
        for (name, needs), source, hides in zip(
            names,
            ("/proc/PID/fdinfo of 211 processes", "generic netlink wireguard", "NETLINK_XFRM states"),
            (("openvpn", "tinc", "tun", "tap"), ("wireguard",), ("ipsec", "xfrm", "vti")),
            strict=True,
        )
    )
    base = scan(vxlan(), gaps=gaps)
    return replace(
        base,
        gateway=replace(base.gateway, privileges=()),
        status=Status.UNKNOWN,
        status_reasons=(
            Text("3 sources could not be read: the audit is incomplete", "3个信息来源无法读取：审计不完整"),
        ),
    )


def without_config() -> Scan:
    """Return a scan for which nobody wrote a configuration or a register."""
    bare = config(
        path=None,
        sha256=None,
        site=Site(name="not stated"),
        serving=Serving(),
        register_path=None,
        gateway_name=None,
    )
    facts = {"local_location": "unknown", "uplink_class": "unknown", "serves_external_customers": "unknown"}
    found = openvpn()
    changed = tuple(
        replace(p, place=place(None), facts=p.facts.replace(**facts, remote_location="unknown")) for p in found.paths
    )
    assert found.tunnel is not None
    notice = Text(
        "no configuration file: the site, its uplinks and its circuits are unknown, so nothing can be compliant",
        "没有配置文件：场所、上联和电路均未知，因此任何对象都不能判为已对应允许路径",
    )
    gateway = assess(FactSet.of(Facts().replace(**facts, object_type="public_network_access")))
    return scan(
        judged("tunnel", found.tunnel, changed),
        config=bare,
        register=Register(path=None, sha256=None),
        circuits=(),
        notices=(notice,),
        gateway_assessment=gateway,
        status=Status.WARNING,
        status_reasons=(Text("1 object needs review", "1个对象需人工复核"), notice),
    )


def nothing() -> Scan:
    """Return a gateway without any tunnel and with everything read."""
    return scan(circuits=(), register=replace(REGISTER, circuits=(), waivers=()))


def many(count: int) -> Scan:
    """Return a gateway with `count` tunnels: three in four leased, the others not matched."""
    good, bad = wireguard(), openvpn()
    objects = []
    for number in range(count):
        kind = bad if number % 4 == 0 else good
        assert kind.tunnel is not None
        address = f"203.0.{number >> 8}.{number & 255}"
        remote = replace(kind.tunnel.remotes[0], endpoint=replace(kind.tunnel.remotes[0].endpoint, address=address))
        tunnel = replace(
            kind.tunnel, id=f"t-{number:012x}", interface=f"{kind.tunnel.interface}{number}", remotes=(remote,)
        )
        paths = tuple(replace(p, remote=address) for p in kind.paths)
        objects.append(replace(kind, id=tunnel.id, tunnel=tunnel, paths=paths))
    return scan(*objects, status=Status.CRITICAL, not_tunnels=devices())
