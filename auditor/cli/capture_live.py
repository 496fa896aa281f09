"""Listening for `auditor capture`: on which interfaces, and whose addresses may be told."""

import time
from collections import Counter
from collections.abc import Callable

from auditor import namespaces
from auditor.config import find_config, load_both
from auditor.config.read import Files
from auditor.errors import InputError, SourceError
from auditor.host import Host
from auditor.model.rows import InterfaceAddress, Process
from auditor.model.text import Text
from auditor.model.tunnel import Endpoint
from auditor.packets.capture import Capture
from auditor.packets.interfaces import links, uplinks
from auditor.packets.live import Heard, listen
from auditor.packets.tunnel import Tunnel
from auditor.places import KnownNetworks
from auditor.probe import Targets
from auditor.worker import Job, run_jobs
from probes import addresses, processes

_PROBE_LIMIT_S = 20.0


def capture(interfaces: list[str] | None, seconds: float, config: str | None) -> tuple[str, Capture]:
    """Return the interfaces listened to and what they showed; None are the ones with a default route.

    Raises InputError where there is none, or one cannot be listened to.
    """
    host = Host()
    names = interfaces or uplinks(host)
    if not names:
        raise InputError(["capture: no interface has a default route; name one with --interface"])
    files = load_both(config or find_config())
    try:
        heard = listen(links(host, names), seconds, _known(host, KnownNetworks(files.register.networks)))
    except SourceError as error:
        needs = f" (needs {error.needs})" if error.needs else ""
        raise InputError([f"capture: {error.detail}{needs}"]) from None
    tunnels, others = _without_people(heard, host, files)
    problems = [*heard.problems]
    if heard.dropped:
        problems.append(
            Text(
                f"{heard.dropped:,} packets were dropped by the kernel: what they would have shown is not known",
                f"内核丢弃了{heard.dropped:,}个数据包：其内容未知",
            )
        )
    return ",".join(names), Capture(tunnels=tunnels, problems=tuple(problems), others=others)


def _without_people(heard: Heard, host: Host, files: Files) -> tuple[tuple[Tunnel, ...], dict[str, int]]:
    """Return the tunnels that may be told with addresses, and the number of others, clients of own servers with them.

    Which servers there are is asked of all probes, as in a scan, and only if there is a tunnel to tell.
    """
    if not heard.tunnels:
        return (), heard.others
    from auditor.correlate.packets import clients_apart  # NOTE: all of this would put listening off
    from auditor.survey import Surveyor
    from auditor.witness import addresses_of
    from probes import PROBES

    now_s = int(time.time())
    survey = Surveyor.stated(files.config, files.register, host=host, probes=PROBES, now_s=now_s).survey()
    shown, people = clients_apart(survey.inventory, heard.tunnels, addresses_of(survey))
    return shown, dict(people + Counter(heard.others))


def _known(host: Host, networks: KnownNetworks) -> Callable[[str], bool]:
    """Return what tells whether an address is the gateway's, of its namespaces, or of the company's own networks."""
    here = namespaces.own()
    seen = run_jobs([Job(probe=processes.PROBE, scope=here, targets=Targets())], time_limit_s=_PROBE_LIMIT_S, host=host)
    running = tuple(row for run in seen for row in run.rows if isinstance(row, Process))
    scopes, _ = namespaces.discover(host, running)
    jobs = [Job(probe=addresses.PROBE, scope=scope, targets=Targets()) for scope in scopes]
    runs = run_jobs(jobs, time_limit_s=_PROBE_LIMIT_S, host=host)
    own = {row.address for run in runs for row in run.rows if isinstance(row, InterfaceAddress)}

    def known(address: str) -> bool:
        network = networks.of(Endpoint(address=address))
        return address in own or (network is not None and network.relation == "own")

    return known
