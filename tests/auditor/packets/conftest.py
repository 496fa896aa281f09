"""Every test sees the same noise, whichever ran before it: of many random packets some few look like a tunnel."""

import pytest

from tests.auditor.packets import made


@pytest.fixture(autouse=True)
def _same_noise() -> None:
    """Begin the noise anew."""
    made._NOISE.seed(7)
