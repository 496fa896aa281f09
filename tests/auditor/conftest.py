from pathlib import Path

import pytest

from auditor.history.signing import Signer
from tests.auditor.history.keys import Keys, make_keys
from tests.requires import missing


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    if lacking := missing("ssh-keygen"):
        pytest.skip(f"needs Debian packages: {' '.join(lacking)}")
    return make_keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def signer(keys: Keys) -> Signer:
    return Signer(str(keys.ours))


@pytest.fixture
def other(keys: Keys) -> Signer:
    return Signer(str(keys.other))


@pytest.fixture(scope="session")
def private_lines(keys: Keys) -> list[str]:
    """Return the lines of the private key that are its secret: none may ever be seen in any output."""
    return [line for line in Path(keys.ours).read_text().splitlines() if not line.startswith("-")]
