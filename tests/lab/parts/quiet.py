"""What listens or connects on a gateway and is no tunnel: web servers, browsers, relays within the host."""

from tests.lab.node import Node
from tests.lab.parts.proxies import listens
from tests.lab.site import LAN, Site

WEB = "203.0.113.120"
_READ = (
    "import socket, ssl, time; c = ssl._create_unverified_context().wrap_socket(socket.create_connection(({!r}, 443)))"
)


def start(site: Site) -> None:
    """Start them."""
    web = site.far("shop", "c", f"{WEB}/24")
    issued = site.authority.issue("shop", "serverAuth")
    web.write("/etc/shop.pem", issued.certificate + issued.key)
    site.run_far(
        web, "openssl", "s_server", "-quiet", "-accept", "443", "-cert", "/etc/shop.pem", "-key", "/etc/shop.pem"
    )
    site.run_daemon("web server", "/usr/bin/python3", "-m", "http.server", "8000", "--directory", "/run")
    site.run_daemon("relay on this host", "socat", f"TCP-LISTEN:8001,bind={LAN},fork", "TCP:127.0.0.1:8000")
    site.run_daemon("serial line", "socat", "PTY,link=/run/line", "UNIX-LISTEN:/run/socat.sock,fork")
    site.later("the shop listens", lambda: listens(web, 443))
    site.finish()
    site.run_daemon("browser", "/usr/bin/python3", "-c", f"{_READ.format(WEB)}; time.sleep(3600)")
    site.run_daemon("one connection", "socat", "-u", f"TCP:{WEB}:443", "CREATE:/run/page")
    site.later("the browser is connected", lambda: _connections(site.gateway) >= 2)
    site.later("the web server listens", lambda: listens(site.gateway, 8000) and listens(site.gateway, 8001))


def _connections(node: Node) -> int:
    """Return how many connections to the shop there are."""
    return node.run("ss", "-Htn", "state", "established", "dst", WEB).stdout.count("\n")
