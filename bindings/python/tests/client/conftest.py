"""An issuer on this machine and what goes with it."""

import time
from collections.abc import Callable, Iterator

import pytest
from verijot.testing import FixedClock, Issuer

AUDIENCE = "https://api.example"


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def issuer(clock: FixedClock) -> Iterator[Issuer]:
    with Issuer(clock=clock) as issuer:
        yield issuer


@pytest.fixture
def raw(issuer: Issuer) -> str:
    """A good token."""
    return issuer.mint({"sub": "alice"}, audience=AUDIENCE)


@pytest.fixture
def eventually() -> Callable[[Callable[[], bool]], None]:
    """Waits for something that happens in another thread."""

    def wait(happened: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 20
        while not happened():
            assert time.monotonic() < deadline
            time.sleep(0.005)

    return wait
