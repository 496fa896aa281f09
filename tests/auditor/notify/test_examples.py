"""The two programs that ship do what they say: a mail that sendmail takes, and a request that a webhook takes."""

import json
import threading
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from auditor.notify.command import CommandError, run
from auditor.notify.message import message
from tests.auditor.notify.samples import record, shown
from tests.requires import requires_program

SHIPPED = Path(__file__).resolve().parents[3] / "deploy/notify"


def installed(directory: Path, name: str, **changes: str) -> str:
    text = (SHIPPED / name).read_text()
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    path = directory / name
    path.write_text(text)
    path.chmod(0o755)
    return str(path)


def test_a_mail_with_subject_reasons_and_findings(tmp_path: Path) -> None:
    stub = tmp_path / "sendmail"
    stub.write_text(f'#!/bin/sh\n[ "$*" = "-t -i" ] || exit 64\ncat >{tmp_path}/mail\n')
    stub.chmod(0o755)
    told = message(shown("critical"), record(tmp_path), "ok", "both")
    run(installed(tmp_path, "mail", **{"/usr/sbin/sendmail": str(stub)}), told, 20)
    mail = message_from_bytes((tmp_path / "mail").read_bytes(), policy=policy.default)
    assert mail["To"] == "network@example.com"
    assert mail["Subject"] == told["subject"]
    body = mail.get_content()
    assert all(reason in body for reason in told["reasons"])
    assert f"- {told['findings'][0]}" in body


class Hook(BaseHTTPRequestHandler):
    got: list[tuple[str, bytes]]
    answer = 204

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.got.append((self.headers["Content-Type"], body))
        self.send_response(self.answer)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@requires_program("curl")
@pytest.mark.parametrize("answer", [204, 500])
def test_a_webhook_gets_the_json(tmp_path: Path, answer: int) -> None:
    hook = type("OneHook", (Hook,), {"got": [], "answer": answer})
    server = HTTPServer(("127.0.0.1", 0), hook)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        url = f"http://127.0.0.1:{server.server_port}/x"
        program = installed(tmp_path, "webhook", **{"https://hooks.example.com/auditor": url})
        told = message(shown("warning"), record(tmp_path), None, "zh")
        if answer == 204:
            run(program, told, 20)
        else:
            with pytest.raises(CommandError, match="ended in 22"):
                run(program, told, 20)
        assert [(kind, json.loads(body)) for kind, body in hook.got] == [("application/json", told)]
    finally:
        server.shutdown()
        server.server_close()
