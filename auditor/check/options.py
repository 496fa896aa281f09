"""The options of a check. Read by hand, since argparse alone would double what a check costs."""

from auditor.check.ranges import Range

HELP = """\
usage: auditor check [--directory DIR] [--max-age HOURS] [-w RANGE] [-c RANGE] [-t SECONDS]
                     [--format nagios|checkmk|zabbix|zabbix-discovery] [--scan] [-v] [-V] [-h]

What monitoring asks: one line with performance data, from the last scan, and an exit code.
  0 OK  1 WARNING  2 CRITICAL  3 UNKNOWN (no scan, too old, incomplete, damaged, or wrong options)

  -d, --directory DIR   where scans write their reports (default: /var/lib/auditor/report)
      --max-age HOURS   an older scan is UNKNOWN (default: 26)
  -w, --warning RANGE   WARNING when the number of unmatched connections is outside of RANGE
  -c, --critical RANGE  CRITICAL likewise; both only ever make the status of the scan worse
  -t, --timeout SECONDS UNKNOWN when it takes longer (default: 30)
      --format NAME     nagios (default), checkmk, zabbix or zabbix-discovery
      --scan            scan first, with the privileges of the caller (-t then counts for both)
      --config FILE     configuration for --scan
  -v, --verbose         the reasons too; twice: each finding; three times: files and digests
  -V, --version         the version
  -h, --help            this text

example: auditor check --max-age 26 -t 10
"""
FORMATS = ("nagios", "checkmk", "zabbix", "zabbix-discovery")
DEFAULT_DIRECTORY = "/var/lib/auditor/report"
_LONGEST_S = 86400


class Wrong(Exception):
    """An option that cannot be understood; says which."""


class Options:
    """What was asked for; the defaults are those of HELP."""

    directory = DEFAULT_DIRECTORY
    max_age_s = 26 * 3600.0
    warning: Range | None = None
    critical: Range | None = None
    timeout_s = 30
    format = "nagios"
    scan = False
    config: str | None = None
    verbose = 0
    version = False
    help = False


_LONG = {
    "--directory": "-d",
    "--warning": "-w",
    "--critical": "-c",
    "--timeout": "-t",
    "--verbose": "-v",
    "--version": "-V",
    "--help": "-h",
}


def parse(arguments: list[str]) -> Options:
    """Return the options of a command line; raises Wrong."""
    options, rest = Options(), _split(arguments)
    while rest:
        given = rest.pop(0)
        name = _LONG.get(given, given)
        if name == "-v":
            options.verbose += 1
        elif name in _SWITCHES:
            setattr(options, _SWITCHES[name], True)
        elif name in _VALUES:
            if not rest:
                raise Wrong(f"{given} needs a value")
            field, form = _VALUES[name]
            value = rest.pop(0)
            try:
                setattr(options, field, form(value))
            except ValueError:
                raise Wrong(f"{given}: not a value for it: {value[:60]!r}") from None
        else:
            raise Wrong(f"no such option: {given[:60]!r}")
    return options


def _split(arguments: list[str]) -> list[str]:
    """Return the arguments with ``--name=value``, ``-t10`` and ``-vv`` taken apart."""
    parts: list[str] = []
    for argument in arguments:
        name, equals, value = argument.partition("=")
        if argument.startswith("--"):
            parts += [name, value] if equals else [argument]
        elif argument.startswith("-v") and set(argument[1:]) == {"v"}:
            parts += ["-v"] * (len(argument) - 1)
        elif argument[:2] in _VALUES and len(argument) > 2:
            parts += [argument[:2], argument[2:]]
        else:
            parts.append(argument)
    return parts


def _seconds(text: str) -> int:
    """Return a whole number of seconds of a day at most; raises ValueError."""
    value = int(text)
    if not 1 <= value <= _LONGEST_S:
        raise ValueError(text)
    return value


def _hours(text: str) -> float:
    """Return a number of hours as seconds; raises ValueError."""
    value = float(text)
    if not 0 < value < 1e6:  # NOTE: also refuses "nan"
        raise ValueError(text)
    return value * 3600


def _format(text: str) -> str:
    """Return the name of a format; raises ValueError."""
    if text not in FORMATS:
        raise ValueError(text)
    return text


def _path(text: str) -> str:
    """Return a path that is not empty; raises ValueError."""
    if not text or "\0" in text:
        raise ValueError(text)
    return text


_SWITCHES = {"--scan": "scan", "-V": "version", "-h": "help"}
_VALUES = {
    "-d": ("directory", _path),
    "--max-age": ("max_age_s", _hours),
    "-w": ("warning", Range),
    "-c": ("critical", Range),
    "-t": ("timeout_s", _seconds),
    "--format": ("format", _format),
    "--config": ("config", _path),
}
