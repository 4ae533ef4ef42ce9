"""An issuer on this machine, and a token of it."""

from collections.abc import Iterator

import pytest
from verijot.testing import FixedClock, Issuer

AUDIENCE = "https://api.example"


@pytest.fixture
def issuer(clock: FixedClock) -> Iterator[Issuer]:
    with Issuer(clock=clock) as issuer:
        yield issuer


@pytest.fixture
def raw(issuer: Issuer) -> str:
    """A valid token."""
    return issuer.mint({"sub": "alice"}, audience=AUDIENCE)
