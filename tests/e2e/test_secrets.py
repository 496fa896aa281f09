"""None of the secrets that the lab planted comes out of any way of running the command."""

import base64
import html
import json
from urllib.parse import quote

import pytest

from tests.lab import NOBODY, Lab, Scan
from tests.lab.secrets import Secrets

pytestmark = [pytest.mark.root, pytest.mark.lab]


def _leaks(lab: Lab, outputs: dict[str, bytes]) -> list[str]:
    return [f"{name} in {output}" for output, data in outputs.items() for name in lab.secrets.found_in(data)]


def test_a_scan_gives_nothing_away(lab: Lab, scan: Scan) -> None:
    outputs = scan.everything()
    assert outputs.keys() >= {"stdout", "stderr", "report.json", "report.html"}
    assert b'"inventory":' in outputs["history/scan-000001.survey.json.gz, unpacked"]
    assert len(lab.secrets.known) > 50
    assert _leaks(lab, outputs) == []


def test_a_scan_tells_nothing_of_people(lab: Lab, scan: Scan) -> None:
    assert len(lab.personal) == 2
    for output, data in scan.everything().items():
        assert not [one for one in lab.personal if one in data], output


@pytest.mark.parametrize(
    "environment",
    [{"PYTHONDEVMODE": "1"}, {"PYTHONVERBOSE": "1"}, {"AUDITOR_DEBUG": "1", "DEBUG": "1"}],
    ids=["development mode", "verbose imports", "debug"],
)
def test_debugging_gives_nothing_away(lab: Lab, environment: dict[str, str]) -> None:
    assert _leaks(lab, lab.scan(environment=environment).everything()) == []


def test_an_unprivileged_scan_gives_nothing_away(lab: Lab) -> None:
    scan = lab.scan(wrap=NOBODY)
    assert scan.code in (2, 3)
    assert _leaks(lab, scan.everything()) == []


def test_errors_give_nothing_away(lab: Lab) -> None:
    """A file full of secrets, given where the command expects one of its own, is refused without a quotation."""
    for path in ("/etc/openvpn/client/hq-sg.conf", "/etc/swanctl/conf.d/branch-bj.conf", "/etc/wireguard/wgo0.conf"):
        done = lab.command("scan", "--config", path, "--output", lab.work / "never")
        assert done.returncode == 3
        assert _leaks(lab, {"stdout": done.stdout.encode(), "stderr": done.stderr.encode()}) == [], path


def test_process_arguments_are_nowhere(scan: Scan) -> None:
    for output, data in scan.everything().items():
        assert b"UV_PROXY_PASSWORD" not in data, output
        assert b"DB_PASSWORD" not in data, output


def test_the_search_finds_every_spelling() -> None:
    """The search itself must be able to fail: each spelling of a planted secret is found in a page of text."""
    secrets = Secrets()
    password = secrets.password("password")
    key = secrets.key("key")
    spellings = [
        *(key, key.hex().encode(), key.hex().upper().encode(), key.hex(":").encode(), repr(key).encode()),
        *(password.encode(), quote(password, safe="").encode(), html.escape(password).encode()),
        json.dumps({"a": password}).encode(),
        password[::-1].encode(),
    ]
    for prefix in (b"", b"a", b"ab"):
        for value in (key, password.encode()):
            joined = prefix + value + b"tail"
            spellings += [base64.b64encode(joined), base64.urlsafe_b64encode(joined)]
    for spelling in spellings:
        assert secrets.found_in(b"<p>" + spelling + b"</p>"), spelling
    assert secrets.found_in(b"<p>nothing here</p>" * 100) == []
