"""What most tests need: a way to sign claims, the keys for it, and a verifier."""

import os
import sys
from typing import Any

import pytest
from signing import AUDIENCE, ISSUER, SECRET, Mint, signed
from verijot import JwkSet, Verifier

# As where it is not installed: VERIJOT_TEST_WITHOUT=httpx2.
_modules: dict[str, Any] = sys.modules  # pyright: ignore[reportAssignmentType]
_modules.update(dict.fromkeys(os.environ.get("VERIJOT_TEST_WITHOUT", "").split()))


@pytest.fixture
def mint() -> Mint:
    """Signs claims with HS256; a keyword replaces a claim, None leaves it out."""
    return signed


@pytest.fixture
def keys() -> JwkSet:
    return JwkSet.from_secret(SECRET, algorithms=["HS256"], kid="k1")


@pytest.fixture
def verifier() -> Verifier:
    return Verifier(issuer=ISSUER, audience=AUDIENCE)
