"""Name servers for tests, on loopback or in a namespace: a real authoritative one (nsd), a validating one (unbound),
and one that follows a script, for what no sound server sends."""

import contextlib
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype

Script = Callable[[dns.message.Message], "dns.message.Message | bytes | None"]
_WHERE = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"


def program(name: str) -> str:
    """Return the path of `name`."""
    found = shutil.which(name, path=_WHERE)
    assert found, name
    return found


def free_port() -> int:
    """Return a port of 127.0.0.1 that is free for UDP and TCP."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, socket.socket() as tcp:
            udp.bind(("127.0.0.1", 0))
            try:
                tcp.bind(udp.getsockname())
            except OSError:
                continue
            return int(udp.getsockname()[1])


def zone(origin: str, records: str, *, serial: int = 1) -> str:
    """Return the text of a zone."""
    head = f"$ORIGIN {origin}.\n$TTL 300\n@ SOA ns.{origin}. host.{origin}. {serial} 3600 600 86400 60\n@ NS ns\n"
    return f"{head}ns A 127.0.0.1\n{records}\n"


def nsd_configuration(directory: Path, address: str, port: int, zones: dict[str, str]) -> Path:
    """Write zones and configuration of nsd into `directory` and return the configuration's path.

    A zone whose text is empty has no file, so questions about it are answered with SERVFAIL.
    """
    lines = [
        *("server:", f"  ip-address: {address}@{port}", "  server-count: 1", '  username: ""', '  chroot: ""'),
        *(f'  zonesdir: "{directory}"', f'  pidfile: "{directory}/nsd.pid"', f'  xfrdfile: "{directory}/xfrd"'),
        *(f'  zonelistfile: "{directory}/zones"', f'  xfrdir: "{directory}"', f'  logfile: "{directory}/log"'),
        *('  database: ""', "  zonefiles-check: yes", "remote-control:", "  control-enable: no"),
    ]
    for number, (origin, text) in enumerate(zones.items()):
        if text:
            (directory / f"zone{number}").write_text(text)
        lines += ["zone:", f'  name: "{origin}"', f'  zonefile: "zone{number}"']
    path = directory / "nsd.conf"
    path.write_text("\n".join(lines) + "\n")
    return path


@contextmanager
def running(*command: str, address: str = "127.0.0.1", port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run a name server until the end, once it answers."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        asked = dns.message.make_query("ready.invalid", "A")
        for _ in range(100):
            with contextlib.suppress(OSError, dns.exception.DNSException):
                dns.query.udp(asked, address, timeout=0.2, port=port)
                break
            assert process.poll() is None, f"{command[0]} ended"
            time.sleep(0.05)
        else:
            raise AssertionError(f"{command[0]} does not answer")
        yield process
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def nsd(directory: Path, zones: dict[str, str]) -> Iterator[int]:
    """Serve `zones` from loopback and return the port."""
    port = free_port()
    path = nsd_configuration(directory, "127.0.0.1", port, zones)
    with running(program("nsd"), "-d", "-c", str(path), port=port):
        yield port


@contextmanager
def scripted(script: Script, tcp: Script | None = None, *, answers_udp: bool = True) -> Iterator[int]:
    """Answer UDP questions with what `script` makes of them (None: nothing), TCP ones with `tcp` (None: refused)."""
    port = free_port()
    stop = threading.Event()
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(("127.0.0.1", port))
    udp.settimeout(0.05)
    threads = [threading.Thread(target=_udp, args=(udp, script, stop))] if answers_udp else []
    listener = socket.create_server(("127.0.0.1", port)) if tcp else None
    if tcp and listener:
        listener.settimeout(0.05)
        threads.append(threading.Thread(target=_tcp, args=(listener, tcp, stop)))
    for thread in threads:
        thread.start()
    try:
        yield port
    finally:
        stop.set()
        for thread in threads:
            thread.join(5)
        udp.close()
        if listener:
            listener.close()


def _wire(answer: "dns.message.Message | bytes") -> bytes:
    """Return what goes on the wire."""
    return answer if isinstance(answer, bytes) else answer.to_wire(max_size=65535)


def _udp(udp: socket.socket, script: Script, stop: threading.Event) -> None:
    """Answer UDP questions until `stop`."""
    while not stop.is_set():
        with contextlib.suppress(TimeoutError):
            data, peer = udp.recvfrom(65535)
            answer = script(dns.message.from_wire(data))
            if answer is not None:
                udp.sendto(_wire(answer), peer)


def _tcp(listener: socket.socket, script: Script, stop: threading.Event) -> None:
    """Answer TCP questions, one a connection, until `stop`."""
    while not stop.is_set():
        with contextlib.suppress(TimeoutError):
            connection, _ = listener.accept()
            with connection:
                connection.settimeout(2)
                length = int.from_bytes(connection.recv(2), "big")
                answer = script(dns.message.from_wire(connection.recv(length)))
                if answer is not None:
                    wire = _wire(answer)
                    connection.sendall(len(wire).to_bytes(2, "big") + wire)


def replying(*records: str, flags: int = 0, rcode: int = dns.rcode.NOERROR) -> Script:
    """Return a script that answers every question with `records` ("NAME TTL TYPE VALUE") and `flags`."""

    def script(query: dns.message.Message) -> dns.message.Message:
        answer = dns.message.make_response(query, recursion_available=True)
        answer.flags |= flags
        answer.set_rcode(dns.rcode.Rcode(rcode))
        for record in records:
            name, ttl, type_, value = record.split(" ", 3)
            rdtype = dns.rdatatype.from_text(type_)
            if query.question[0].rdtype == rdtype or rdtype == dns.rdatatype.CNAME:
                rrset = dns.rrset.from_text(name, int(ttl), "IN", type_, value)
                found = [one for one in answer.answer if one.name == rrset.name and one.rdtype == rdtype]
                (found[0].update(rrset) if found else answer.answer.append(rrset))
        return answer

    return script
