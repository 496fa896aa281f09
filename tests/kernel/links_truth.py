"""What ip(8) says of devices, in the words of the links probe, to compare the two."""

from typing import Any

from auditor.model.rows import Link, Outer

_UDP = ("vxlan", "geneve")


def told_by_ip(link: dict[str, Any]) -> dict[str, Any]:
    """Return one device of `ip -d -j link` as the columns of a Link that ip(8) tells."""
    info = link.get("linkinfo", {})
    data = info.get("info_data", {})
    kind = info.get("info_kind")
    return {
        "ifindex": link["ifindex"],
        "name": link["ifname"],
        "kind": kind,
        "mtu_bytes": link["mtu"],
        "alias": link.get("ifalias"),
        "vlan_id": data.get("id") if kind == "vlan" else None,
        "local": _address(data, "local"),
        "remote": _address(data, "remote", "group"),
        "external": data.get("external", False),
        "identifier": _identifier(kind, data),
        "remote_port": data.get("port") if kind in _UDP else data.get("encap", {}).get("dport"),
        "encapsulation": data.get("encap", {}).get("type") or (data["type"] if kind == "tun" else None),
    }


def told_by_probe(link: Link) -> dict[str, Any]:
    """Return the same columns of a row of the probe."""
    outer = link.outer or Outer()
    own = {name: getattr(link, name) for name in ("ifindex", "name", "kind", "mtu_bytes", "alias", "vlan_id")}
    header = ("local", "remote", "external", "identifier", "remote_port", "encapsulation")
    return own | {name: getattr(outer, name) for name in header}


def _address(data: dict[str, Any], *names: str) -> str | None:
    """Return the first address under one of `names` or its IPv6 twin; ip(8) says "any" for none."""
    found = [data[key] for name in names for key in (name, f"{name}6") if key in data]
    return found[0] if found and found[0] != "any" else None


def _identifier(kind: str | None, data: dict[str, Any]) -> int | None:
    """Return VNI, key or interface id; a device whose far ends are external has no number of its own."""
    if data.get("external"):
        return None
    if kind in _UDP:
        return int(data["id"])
    if "if_id" in data:
        return int(data["if_id"], 16)
    key = data.get("okey", data.get("ikey"))
    return int.from_bytes(bytes(int(part) for part in key.split(".")), "big") if key else None
