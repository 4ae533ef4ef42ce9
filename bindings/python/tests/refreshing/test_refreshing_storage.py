"""New tokens are stored before they are used, whatever ends in between."""

import asyncio
import subprocess
import sys
import time
from pathlib import Path

import pytest
from refreshing.sending import FIRST, Eventually, aget, get
from token_service import TokenService
from verijot import (
    RefreshUnavailableError,
    StorageNeededError,
)
from verijot.httpx import (
    IssuedTokens,
    RefreshGrant,
    RefreshingAuth,
)
from verijot.testing import FixedClock


def test_no_refresh_while_tokens_cannot_be_stored(service: TokenService, clock: FixedClock) -> None:
    can_store = False
    auth = RefreshingAuth(
        RefreshGrant(service.endpoint), FIRST, can_store=lambda: can_store, clock=clock
    )
    clock.advance(3590)
    assert get(service, auth) == 200
    clock.advance(11)
    with pytest.raises(StorageNeededError):
        get(service, auth)
    assert service.refreshes == 0
    can_store = True
    assert get(service, auth) == 200


def test_a_401_is_final_while_tokens_cannot_be_stored(
    service: TokenService, clock: FixedClock
) -> None:
    def unknown() -> bool:
        raise OSError

    auth = RefreshingAuth(RefreshGrant(service.endpoint), FIRST, can_store=unknown, clock=clock)
    service.access.clear()
    assert get(service, auth) == 401
    assert (service.refreshes, len(service.seen)) == (0, 1)


def test_failed_storing_is_retried_before_the_next_refresh(
    service: TokenService, clock: FixedClock
) -> None:
    stored: list[IssuedTokens] = []
    is_full = True

    def store(tokens: IssuedTokens) -> None:
        if is_full:
            raise OSError(tokens.refresh_token)
        stored.append(tokens)

    auth = RefreshingAuth(RefreshGrant(service.endpoint), FIRST, store=store, clock=clock)
    clock.advance(3601)
    assert get(service, auth) == 200
    clock.advance(3601)
    with pytest.raises(RefreshUnavailableError):
        get(service, auth)
    assert service.refreshes == 1
    is_full = False
    clock.advance(60)
    assert get(service, auth) == 200
    assert [tokens.refresh_token for tokens in stored] == ["refresh-1", "refresh-2"]


@pytest.mark.parametrize("sending", ["thread", "task"])
def test_a_store_that_returns_an_awaitable_is_awaited(
    service: TokenService, clock: FixedClock, sending: str
) -> None:
    stored: list[IssuedTokens] = []
    is_full = True

    async def save(tokens: IssuedTokens) -> None:
        if is_full:
            raise OSError
        stored.append(tokens)

    async def refresh(refresh_token: str) -> IssuedTokens:
        return await asyncio.to_thread(RefreshGrant(service.endpoint), refresh_token)

    auth = RefreshingAuth(
        RefreshGrant(service.endpoint) if sending == "thread" else refresh,
        FIRST,
        store=lambda tokens: save(tokens),  # noqa: PLW0108, it is not async itself
        clock=clock,
    )

    def send() -> None:
        if sending == "thread":
            assert get(service, auth) == 200
        else:
            assert asyncio.run(aget(service, auth)) == {200: 1}

    clock.advance(3601)
    send()
    clock.advance(3601)
    with pytest.raises(RefreshUnavailableError, match="storage_needed"):
        send()
    assert service.refreshes == 1
    is_full = False
    clock.advance(60)
    send()
    assert [tokens.refresh_token for tokens in stored] == ["refresh-1", "refresh-2"]


def test_tokens_are_stored_before_they_are_used(service: TokenService, clock: FixedClock) -> None:
    seen_before: list[list[str]] = []

    def store(_: IssuedTokens) -> None:
        time.sleep(0.2)
        seen_before.append(list(service.seen))

    auth = RefreshingAuth(RefreshGrant(service.endpoint), FIRST, store=store, clock=clock)
    clock.advance(3601)
    assert asyncio.run(aget(service, auth, 10)) == {200: 10}
    assert seen_before == [[]]


def test_a_refresh_outlives_the_event_loop(
    service: TokenService,
    auth: RefreshingAuth,
    clock: FixedClock,
    stored: list[IssuedTokens],
    eventually: Eventually,
) -> None:
    clock.advance(3550)
    service.gate.clear()
    asyncio.run(aget(service, auth))
    assert stored == []
    service.gate.set()
    eventually(lambda: len(stored) == 1)


def test_a_process_stores_new_tokens_before_it_ends(service: TokenService, tmp_path: Path) -> None:
    program = """
import sys
from pathlib import Path
from verijot.httpx import IssuedTokens, RefreshGrant, RefreshingAuth
from verijot.httpx._modules import httpx
url, file = sys.argv[1:]
def store(tokens): Path(file).write_text(tokens.refresh_token)
tokens = IssuedTokens("access-0", "refresh-0", 3600)
auth = RefreshingAuth(RefreshGrant(url + "/token"), tokens, age=3550, store=store)
print(httpx.get(url, auth=auth, trust_env=False).status_code, Path(file).exists())
"""
    file = tmp_path / "refresh_token"
    service.delay = 1
    command = [sys.executable, "-c", program, service.url, str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout == "200 False\n"
    assert file.read_text() == "refresh-1"
