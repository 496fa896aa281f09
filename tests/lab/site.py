"""The building site: what the lab's parts build with, and where they write down what they built."""

from collections.abc import Callable
from pathlib import Path

from tests.lab.internet import Internet
from tests.lab.keys import Authority
from tests.lab.node import Daemon, LabError, Node, all_running, wait_until
from tests.lab.secrets import Secrets
from tests.lab.truth import TrueNotTunnel, TrueTunnel

GATEWAY_HOSTNAME = "gw-sha-01"
UPLINK, UPLINK_V6 = "192.0.2.10", "2001:db8:a::10"
HANDOFF, HANDOFF_ROUTER = "192.0.2.130", "192.0.2.129"
LAN = "10.8.0.1"


class Site:
    """A gateway with an uplink, a carrier's hand-off and an office network, and the world around it.

    `tunnels` and `not_tunnels` are the truth, `daemons` the programs on the gateway by name,
    `secrets` what none of them may give away, `public` public keys by name, `personal` what must not
    be told of people: home addresses and names.
    """

    def __init__(self, work: Path) -> None:
        """Start the router and the gateway; `work` is an empty directory of the machine."""
        self.work = work
        self.secrets = Secrets()
        self.tunnels: list[TrueTunnel] = []
        self.not_tunnels: list[TrueNotTunnel] = []
        self.daemons: dict[str, Daemon] = {}
        self.public: dict[str, str] = {}
        self.personal: list[bytes] = []
        self._far_daemons: list[Daemon] = []
        self._waiting: list[tuple[str, Callable[[], object]]] = []
        self._nodes: list[Node] = []
        self._last: list[Callable[[], None]] = []
        self._authority: Authority | None = None
        try:
            self.internet = Internet(work)
            self._nodes.append(self.internet.node)
            self.gateway = Node("gateway", work, hostname=GATEWAY_HOSTNAME)
            self._nodes.append(self.gateway)
            self._wire_gateway()
        except BaseException:
            self.close()
            raise

    def _wire_gateway(self) -> None:
        self.internet.plug(self.gateway, "eth0", "a", f"{UPLINK}/25", f"{UPLINK_V6}/64")
        self.internet.plug(self.gateway, "eth1", "h", f"{HANDOFF}/30", default=False)
        self.gateway.ip(
            f"route add 198.51.100.0/24 via {HANDOFF_ROUTER} dev eth1",
            "link add lan0 type bridge",
            f"address add {LAN}/24 dev lan0",
            "link set lan0 up",
        )
        for interface, why in (
            ("lo", "loopback"),
            ("eth0", "uplink"),
            ("eth1", "Ethernet hand-off"),
            ("lan0", "bridge of the office network"),
        ):
            self.not_tunnels.append(TrueNotTunnel(interface=interface, why=why))

    @property
    def authority(self) -> Authority:
        """Return the lab's certificate authority, made when first asked for."""
        if self._authority is None:
            self._authority = Authority(self.secrets, self.work)
        return self._authority

    def far(self, name: str, segment: str, *addresses: str) -> Node:
        """Return a new host elsewhere, with `addresses` ("A/LEN") on its eth0."""
        node = Node(name, self.work)
        self._nodes.append(node)
        self.internet.plug(node, "eth0", segment, *addresses)
        return node

    def computer(self, name: str, address: str) -> Node:
        """Return a new computer at the office network, which reaches the world through the gateway."""
        node = Node(name, self.work)
        self._nodes.append(node)
        port = f"lan{sum(one.name.startswith('computer') for one in self._nodes)}"
        inside = ["nsenter", "--net", "--target", str(self.gateway.pid), "--", "ip"]
        node.machine(*inside, "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", node.pid)
        self.gateway.ip(f"link set {port} master lan0 up")
        node.ip(f"address add {address}/24 dev eth0", "link set eth0 up", f"route add default via {LAN}")
        self.not_tunnels.append(TrueNotTunnel(interface=port, why="port of the office network"))
        return node

    def run_daemon(self, name: str, *argv: str | bytes, **options: str | dict[str, str] | None) -> Daemon:
        """Start a daemon on the gateway that must stay; see Node.spawn for `options`."""
        daemon = self.gateway.spawn(*argv, **options)  # type: ignore[arg-type]
        self.daemons[name] = daemon
        return daemon

    def run_far(self, node: Node, *argv: str, **options: str | dict[str, str] | None) -> Daemon:
        """Start a daemon on a far host that must stay."""
        daemon = node.spawn(*argv, **options)  # type: ignore[arg-type]
        self._far_daemons.append(daemon)
        return daemon

    def later(self, what: str, condition: Callable[[], object]) -> None:
        """Have `finish()` wait until `condition()` is true."""
        self._waiting.append((what, condition))

    def at_the_end(self, clear: Callable[[], None]) -> None:
        """Have `close()` call `clear` once every process has ended."""
        self._last.append(clear)

    def finish(self) -> None:
        """Return when everything that was started works; raises LabError naming what does not."""
        for what, condition in self._waiting:
            try:
                wait_until(what, self._alive(condition))
            except LabError as error:
                raise LabError(f"{error}\n{self._logs()}") from None
        self._waiting.clear()

    def _alive(self, condition: Callable[[], object]) -> Callable[[], object]:
        def check() -> object:
            all_running([*self.daemons.values(), *self._far_daemons])
            return condition()

        return check

    def _logs(self) -> str:
        daemons = [*self.daemons.values(), *self._far_daemons]
        return "\n".join(f"== {daemon.log}\n{daemon.output()[-800:]}" for daemon in daemons)

    def reaches(self, address: str, *, netns: str | None = None, source: str | None = None) -> bool:
        """Return whether `address` answers one ping from the gateway."""
        bind = ["-I", source] if source else []
        ping = ["ping", "-n", "-c", "1", "-W", "1", *bind, address]
        return self.gateway.run(*ping, netns=netns, check=False).returncode == 0

    def close(self) -> None:
        """End every process of every node; may be called again."""
        for node in reversed(self._nodes):
            node.close()
        self._nodes.clear()
        while self._last:
            self._last.pop()()
