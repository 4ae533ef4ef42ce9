"""Fixtures of most tests: a way to sign claims, the keys for it, a verifier, a clock."""

import os
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest
from signing import AUDIENCE, ISSUER, SECRET, Mint, signed
from verijot import JwkSet, Verifier
from verijot.testing import FixedClock

# Simulates missing modules: VERIJOT_TEST_WITHOUT=httpx2.
_modules: dict[str, Any] = sys.modules  # pyright: ignore[reportAssignmentType]
_modules.update(dict.fromkeys(os.environ.get("VERIJOT_TEST_WITHOUT", "").split()))


@pytest.fixture
def mint() -> Mint:
    """Signs claims with HS256; a keyword replaces a claim, None omits it."""
    return signed


@pytest.fixture
def keys() -> JwkSet:
    return JwkSet.from_secret(SECRET, algorithms=["HS256"], kid="k1")


@pytest.fixture
def verifier() -> Verifier:
    return Verifier(issuer=ISSUER, audience=AUDIENCE)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def eventually() -> Callable[[Callable[[], bool]], None]:
    """Waits for something that happens in another thread."""

    def wait(happened: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 20
        while not happened():
            assert time.monotonic() < deadline
            time.sleep(0.005)

    return wait
