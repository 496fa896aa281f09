"""What listens or connects on a gateway and is no tunnel: web servers, browsers, relays within the host."""

from tests.lab.node import Node
from tests.lab.parts.proxies import listens
from tests.lab.site import LAN, Site

WEB = "203.0.113.120"
_SHOP = """\
import socket, ssl, threading, time
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("/etc/shop.pem")
listener = socket.create_server(("", 443))
def serve(connection):
    try:
        context.wrap_socket(connection, server_side=True).recv(1)
    finally:
        time.sleep(3600)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],)).start()
"""
_BROWSER = f"""\
import socket, ssl, time
kept = ssl._create_unverified_context().wrap_socket(socket.create_connection(("{WEB}", 443)))
time.sleep(3600)
"""


def start(site: Site) -> None:
    """Start them."""
    web = site.far("shop", "c", f"{WEB}/24")
    issued = site.authority.issue("shop", "serverAuth")
    web.write("/etc/shop.pem", issued.certificate + issued.key)
    site.run_far(web, "/usr/bin/python3", "-c", _SHOP)
    site.run_daemon("web server", "/usr/bin/python3", "-m", "http.server", "8000", "--directory", "/run")
    site.run_daemon("relay on this host", "socat", f"TCP-LISTEN:8001,bind={LAN},fork", "TCP:127.0.0.1:8000")
    site.run_daemon("serial line", "socat", "PTY,link=/run/line", "UNIX-LISTEN:/run/socat.sock,fork")
    site.later("the shop listens", lambda: listens(web, 443))
    site.finish()
    site.run_daemon("browser", "/usr/bin/python3", "-c", _BROWSER)
    site.run_daemon("one connection", "socat", "-u", f"TCP:{WEB}:443", "CREATE:/run/page")
    site.later("the browser is connected", lambda: _connections(site.gateway) >= 2)
    site.later("the web server listens", lambda: listens(site.gateway, 8000) and listens(site.gateway, 8001))


def _connections(node: Node) -> int:
    """Return how many connections to the shop there are."""
    return node.run("ss", "-Htn", "state", "established", "dst", WEB).stdout.count("\n")
