"""When an access token is refreshed, and by how many refreshes, in threads and tasks."""

import asyncio
import threading
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType
from typing import Any

import pytest
from refreshing.sending import FIRST, Eventually, aget, get
from token_service import TokenService
from verijot import (
    SignInNeededError,
)
from verijot.httpx import (
    IssuedTokens,
    RefreshFailedError,
    RefreshingAuth,
)
from verijot.httpx._modules import httpx
from verijot.testing import FixedClock


def test_a_token_is_refreshed_before_it_ends(
    service: TokenService,
    auth: RefreshingAuth,
    clock: FixedClock,
    stored: list[IssuedTokens],
    eventually: Eventually,
) -> None:
    assert get(service, auth) == 200
    clock.advance(3539)
    assert get(service, auth) == 200
    assert service.refreshes == 0
    service.gate.clear()
    clock.advance(1)
    get(service, auth)
    assert service.seen == ["access-0"] * 3
    service.gate.set()
    eventually(lambda: len(stored) == 1)
    assert get(service, auth) == 200
    assert service.seen[-1] == "access-1"
    assert stored == [IssuedTokens("access-1", "refresh-1", 3600)]
    assert service.forms == [
        {"grant_type": "refresh_token", "refresh_token": "refresh-0", "client_id": "notes"}
    ]


def test_refresh_tokens_rotate(
    service: TokenService, auth: RefreshingAuth, clock: FixedClock
) -> None:
    for number in range(1, 6):
        clock.advance(3601)
        assert get(service, auth) == 200
        assert service.seen[-1] == f"access-{number}"
    assert [form["refresh_token"] for form in service.forms] == [f"refresh-{n}" for n in range(5)]
    assert auth.health().is_valid


def test_a_hundred_tasks_cause_one_refresh(
    service: TokenService, auth: RefreshingAuth, clock: FixedClock, stored: list[IssuedTokens]
) -> None:
    clock.advance(3601)
    service.delay = 0.2
    assert asyncio.run(aget(service, auth, 100)) == {200: 100}
    assert (service.refreshes, len(stored)) == (1, 1)
    assert set(service.seen) == {"access-1"}


def test_a_hundred_refused_tasks_cause_one_refresh(
    service: TokenService, auth: RefreshingAuth
) -> None:
    service.access.clear()
    service.delay = 0.2
    assert asyncio.run(aget(service, auth, 100)) == {200: 100}
    assert service.refreshes == 1
    assert Counter(service.seen)["access-1"] == 100


@pytest.mark.parametrize("cause", ["expired", "refused"])
def test_sixteen_threads_cause_one_refresh(
    service: TokenService, auth: RefreshingAuth, clock: FixedClock, cause: str
) -> None:
    if cause == "refused":
        service.access.clear()
    else:
        clock.advance(3601)
    service.delay = 0.2
    barrier = threading.Barrier(16)

    def ask(_: int) -> int:
        barrier.wait()
        return get(service, auth)

    with ThreadPoolExecutor(16) as pool:
        assert set(pool.map(ask, range(16))) == {200}
    assert service.refreshes == 1


def test_threads_and_tasks_share_one_refresh(
    service: TokenService, auth: RefreshingAuth, clock: FixedClock
) -> None:
    clock.advance(3601)
    service.delay = 0.3
    with ThreadPoolExecutor(8) as pool:
        threads = [pool.submit(get, service, auth) for _ in range(8)]
        assert asyncio.run(aget(service, auth, 8)) == {200: 8}
        assert {thread.result() for thread in threads} == {200}
    assert service.refreshes == 1


def test_a_401_causes_one_more_request(
    service: TokenService, auth: RefreshingAuth, clock: FixedClock, library: ModuleType
) -> None:
    service.access.clear()
    with library.Client(base_url=service.url, auth=auth, trust_env=False) as client:
        assert client.post("/", content=b"note").status_code == 200
    assert service.bodies == [b"note", b"note"]
    assert service.seen == ["access-0", "access-1"]
    service.access.clear()
    assert get(service, auth) == 401
    assert (service.refreshes, len(service.seen)) == (1, 3)
    clock.advance(31)
    service.lifetime = 3600
    with service.answering(200, b'{"access_token": "bad", "token_type": "Bearer"}'):
        assert get(service, auth) == 401
    assert service.seen[-2:] == ["access-1", "bad"]


def test_a_stream_is_sent_once(
    service: TokenService, auth: RefreshingAuth, library: ModuleType
) -> None:
    service.access.clear()

    def parts() -> Iterator[bytes]:
        yield b"no"
        yield b"te"

    async def aparts() -> AsyncIterator[bytes]:
        yield b"no"
        yield b"te"

    with library.Client(base_url=service.url, auth=auth, trust_env=False) as client:
        assert client.post("/", content=parts()).status_code == 401

    async def main() -> int:
        async with library.AsyncClient(base_url=service.url, auth=auth, trust_env=False) as client:
            answer = await client.post("/", content=aparts())
        status: int = answer.status_code
        return status

    assert asyncio.run(main()) == 401
    assert service.bodies == [b"note", b"note"]
    assert service.refreshes == 0


def test_without_tokens_a_sign_in_is_needed(
    service: TokenService, auth: RefreshingAuth, clock: FixedClock
) -> None:
    auth.sign_out()
    with pytest.raises(SignInNeededError):
        get(service, auth)
    auth.sign_in(IssuedTokens("access-0", expires_in=10))
    assert get(service, auth) == 200
    clock.advance(11)
    with pytest.raises(SignInNeededError):
        asyncio.run(aget(service, auth))
    assert service.refreshes == 0


def test_a_sign_in_discards_a_running_refresh(
    service: TokenService,
    auth: RefreshingAuth,
    clock: FixedClock,
    stored: list[IssuedTokens],
    eventually: Eventually,
) -> None:
    service.gate.clear()
    clock.advance(3550)
    get(service, auth)
    eventually(lambda: service.refreshes == 1)
    service.access = ["access-9"]
    auth.sign_in(IssuedTokens("access-9", "refresh-9"))
    assert get(service, auth) == 200
    service.gate.set()
    eventually(lambda: not any(t.name == "verijot-tokens" for t in threading.enumerate()))
    assert stored == []
    assert get(service, auth) == 200


def test_a_cancelled_task_does_not_end_the_refresh(
    service: TokenService,
    auth: RefreshingAuth,
    clock: FixedClock,
    stored: list[IssuedTokens],
    eventually: Eventually,
) -> None:
    clock.advance(3601)
    service.gate.clear()

    async def main() -> Counter[int]:
        first = asyncio.create_task(aget(service, auth))
        await asyncio.to_thread(eventually, lambda: service.refreshes == 1)
        first.cancel()
        service.gate.set()
        return await aget(service, auth)

    assert asyncio.run(main()) == {200: 1}
    assert (service.refreshes, len(stored)) == (1, 1)


@pytest.mark.parametrize("caller", ["thread", "task"])
def test_an_async_refresh_and_store(service: TokenService, clock: FixedClock, caller: str) -> None:
    stored: list[str] = []

    async def refresh(refresh_token: str) -> IssuedTokens:
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.post(service.endpoint, data=form)
        if answer.status_code != 200:
            raise RefreshFailedError.of_response(answer.status_code, answer.content)
        tokens: dict[str, Any] = answer.json()
        return IssuedTokens(tokens["access_token"], tokens["refresh_token"], tokens["expires_in"])

    async def store(tokens: IssuedTokens) -> None:
        await asyncio.sleep(0)
        stored.append(tokens.access_token)

    auth = RefreshingAuth(refresh, FIRST, store=store, clock=clock)
    for number in (1, 2):
        clock.advance(3601)
        if caller == "task":
            assert asyncio.run(aget(service, auth, 20)) == {200: 20}
        else:
            assert get(service, auth) == 200
        assert stored[-1] == f"access-{number}"
    clock.advance(3601)
    with (
        service.answering(400, b'{"error": "invalid_grant"}'),
        pytest.raises(SignInNeededError),
    ):
        asyncio.run(aget(service, auth)) if caller == "task" else get(service, auth)
