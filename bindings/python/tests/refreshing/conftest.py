"""A token endpoint, and a RefreshingAuth that uses it."""

from collections.abc import Iterator
from types import ModuleType

import pytest
from refreshing.sending import FIRST
from token_service import TokenService
from verijot.httpx import (
    IssuedTokens,
    RefreshGrant,
    RefreshingAuth,
)
from verijot.httpx._modules import INSTALLED
from verijot.testing import FixedClock


@pytest.fixture(params=INSTALLED, ids=lambda module: module.__name__)
def library(request: pytest.FixtureRequest) -> ModuleType:
    """Each installed one of httpx2 and httpx."""
    module: ModuleType = request.param
    return module


@pytest.fixture
def service() -> Iterator[TokenService]:
    with TokenService() as service:
        yield service


@pytest.fixture
def stored() -> list[IssuedTokens]:
    return []


@pytest.fixture
def auth(service: TokenService, clock: FixedClock, stored: list[IssuedTokens]) -> RefreshingAuth:
    grant = RefreshGrant(service.endpoint, client_id="notes")
    return RefreshingAuth(grant, FIRST, store=stored.append, clock=clock)
