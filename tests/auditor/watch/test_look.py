"""A look writes down tunnels, and nothing of the people who use them."""

from dataclasses import replace
from pathlib import Path

import pytest

from auditor.correlate.tables import build
from auditor.model.tunnel import Family, Inventory
from auditor.survey import Survey, Surveyor
from auditor.watch.journal import EVENTS, Journal
from auditor.watch.look import look
from tests.auditor.objects.statements import remote, tunnel
from tests.auditor.observed import CLIENT


@pytest.mark.parametrize("people", [True, False])
def test_clients_of_a_server_are_not_written_down(
    people: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = tunnel(remote(CLIENT), technology="openvpn", interface="tun1", routes=(f"{CLIENT}/32",))
    served = replace(served, family=Family.REMOTE_ACCESS if people else Family.NETWORK_TUNNEL)
    found = Inventory(tunnels=(served,), not_tunnels=(), ports=())
    seen = Survey(inventory=found, runs=(), scopes=(), gaps=(), tables=build(()))
    monkeypatch.setattr(Surveyor, "survey", lambda _: seen)
    journal = Journal(str(tmp_path))
    journal.make()
    look(journal, None)
    written = (journal.directory / EVENTS).read_text()
    assert "tun1" in written
    assert (CLIENT in written) is not people
