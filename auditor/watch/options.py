"""The options of the watch, read by hand: it stays in memory, and should be small."""

from auditor.check.options import DEFAULT_DIRECTORY

HELP = """\
usage: auditor watch [--directory DIR] [--config FILE]

Waits for changes of devices, addresses, routes, IPsec and programs, and writes down the tunnels that exist between
two scans; the next scan into the same directory reports them. Sends nothing, changes nothing. Ends on SIGTERM.

  -d, --directory DIR   where scans write their reports (default: /var/lib/auditor/report)
      --config FILE     configuration (default: /etc/auditor/auditor.toml if there)

example: auditor watch --directory /var/lib/auditor/report
"""


def parse(arguments: list[str]) -> tuple[str, str | None] | None:
    """Return directory and configuration, None for help and for what cannot be understood."""
    directory, config, rest = DEFAULT_DIRECTORY, None, list(arguments)
    while rest:
        name, equals, value = rest.pop(0).partition("=")
        if name not in ("-d", "--directory", "--config") or not (equals or rest):
            return None
        value = value if equals else rest.pop(0)
        if name == "--config":
            config = value
        else:
            directory = value
    return directory, config
