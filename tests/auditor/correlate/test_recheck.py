"""Commands in a report are pasted into root shells: nothing on the host may put words into them."""

import shlex

import pytest

from tests.auditor.correlate.rows import BRANCH, only_tunnel, process, run, seen, tun, vxlan


@pytest.mark.parametrize("name", ["$(reboot)", "a;reboot", "`id`", "x y", "'", "--help", "|sh", "a\nreboot"])
def test_a_device_name_is_one_word_of_the_command(name: str) -> None:
    for links in (run("links", tun(3, name)), run("links", vxlan(3, name, remote="203.0.113.9"))):
        tunnel = only_tunnel(links, run("processes", process(50, "/usr/sbin/openvpn", name)))
        words = [shlex.split(witness.recheck) for witness in tunnel.witnesses if witness.recheck]
        assert ["ip", "-d", "link", "show", "dev", name] in words


def test_a_command_for_another_namespace_enters_it() -> None:
    inventory, _ = seen(
        run("links", tun(3, "tun0"), scope=BRANCH),
        run("processes", process(50, "/usr/sbin/openvpn", "tun0", netns=BRANCH.inode)),
    )
    commands = [witness.recheck for witness in inventory.tunnels[0].witnesses]
    assert commands[:2] == [
        "nsenter --net=/run/netns/branch ip -d link show dev tun0",
        "grep -H iff: /proc/50/fdinfo/*",
    ]
