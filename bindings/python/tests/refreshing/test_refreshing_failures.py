"""Refreshes that fail, hang or get an unusable response."""

import asyncio
import codecs
import threading
import time
from contextlib import suppress
from typing import Any

import pytest
from refreshing.sending import FIRST, Eventually, aget, get
from token_service import TokenService
from verijot import (
    AccessTokenError,
    MalformedAuthorizationError,
    RefreshUnavailableError,
    SignInNeededError,
)
from verijot.httpx import (
    IssuedTokens,
    RefreshGrant,
    RefreshingAuth,
    RefreshSettings,
)
from verijot.httpx._modules import httpx
from verijot.testing import FixedClock


def test_the_old_token_stays_in_use_while_a_refresh_fails(
    service: TokenService, auth: RefreshingAuth, clock: FixedClock, eventually: Eventually
) -> None:
    clock.advance(3545)
    with service.answering(500):
        for _ in range(2):
            failures = auth.health().failures
            assert get(service, auth) == 200
            eventually(lambda failures=failures: auth.health().failures > failures)
            assert get(service, auth) == 200
            clock.advance(10)
        assert auth.health().last_failure == "unexpected_status: 500"
        assert service.refreshes == 2
        clock.advance(60)
        with pytest.raises(RefreshUnavailableError, match="unexpected_status: 500") as refused:
            get(service, auth)
        assert 1 <= refused.value.retry_after <= 60
        assert service.refreshes == 3
    clock.advance(60)
    assert get(service, auth) == 200
    assert auth.health().failures == 0


def test_an_unreachable_endpoint(clock: FixedClock) -> None:
    with TokenService() as gone:
        grant = RefreshGrant(gone.endpoint)
    auth = RefreshingAuth(grant, FIRST, age=3601, clock=clock)
    with pytest.raises(RefreshUnavailableError, match="no_answer"):
        httpx.get(gone.url, auth=auth, trust_env=False)
    assert auth.health().is_signed_in


def test_a_slow_endpoint(service: TokenService, clock: FixedClock) -> None:
    service.delay = 5
    auth = RefreshingAuth(RefreshGrant(service.endpoint, timeout=0.2), FIRST, clock=clock)
    clock.advance(3601)
    start = time.monotonic()
    with pytest.raises(RefreshUnavailableError, match="timed_out"):
        get(service, auth)
    assert time.monotonic() - start < 4


def test_a_refresh_token_that_is_refused_ends_the_session(
    service: TokenService, auth: RefreshingAuth, clock: FixedClock
) -> None:
    auth.sign_in(IssuedTokens("access-0", "stolen", 3600))
    clock.advance(3601)
    for _ in range(3):
        with pytest.raises(SignInNeededError, match="invalid_grant") as refused:
            get(service, auth)
        assert isinstance(refused.value, AccessTokenError)
    assert service.refreshes == 1
    assert not auth.health().is_signed_in
    assert auth.health().last_failure == "invalid_grant"
    service.access.append("access-9")
    auth.sign_in(IssuedTokens("access-9"))
    assert get(service, auth) == 200


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (401, b'{"error": "invalid_client"}'),
        (400, b'{"error": "invalid_request"}'),
        (400, b"<html>"),
        (302, b""),
        (200, b""),
        (200, b"[]"),
        (200, b'{"access_token": "a"}'),
        (200, b'{"access_token": "a", "token_type": "mac"}'),
        (200, b'{"access_token": "a b", "token_type": "bearer"}'),
        (200, b'{"access_token": "a", "token_type": "bearer", "expires_in": "1h"}'),
        (200, b'{"access_token": "a", "token_type": "bearer", "expires_in": true}'),
        (200, b'{"access_token": "a", "access_token": "b", "token_type": "bearer"}'),
        (200, b'{"access_token": "a", "token_type": "bearer", "expires_in": -1}'),
        (200, b'{"access_token": "a", "token_type": "bearer", "refresh_token": 1}'),
        (200, b'{"access_token": "a", "token_type": "bearer", "refresh_token": "\\ud800"}'),
        (200, b'{"access_token": "a", "token_type": "bearer", "more": NaN}'),
        (200, b'{"access_token": "a", "token_type": "bearer", "more": ' + b"[" * 60_000),
        (200, codecs.BOM_UTF8 + b'{"access_token": "a", "token_type": "bearer"}'),
        (200, '{"access_token": "a", "token_type": "bearer"}'.encode("utf-16")),
        (200, b'{"access_token": "a", "token_type": "bearer"}' + b" " * 65_536),
        (200, b'{"access_token": "a", "token_type": "bearer", "expires_in": 0}'),
    ],
)
def test_unusable_responses_do_not_end_the_session(
    service: TokenService, auth: RefreshingAuth, clock: FixedClock, status: int, body: bytes
) -> None:
    clock.advance(3601)
    with service.answering(status, body), pytest.raises(RefreshUnavailableError):
        get(service, auth)
    assert auth.health().is_signed_in
    clock.advance(60)
    assert get(service, auth) == 200


def test_a_response_without_a_refresh_token_keeps_the_old_one(
    service: TokenService, auth: RefreshingAuth, clock: FixedClock
) -> None:
    clock.advance(3601)
    service.access.append("a")
    with service.answering(200, b'{"access_token": "a", "token_type": "bearer", "expires_in": 60}'):
        assert get(service, auth) == 200
    clock.advance(61)
    assert get(service, auth) == 200
    assert [form["refresh_token"] for form in service.forms] == ["refresh-0", "refresh-0"]


def test_an_async_refresh_that_never_ends(clock: FixedClock, service: TokenService) -> None:
    async def refresh(_: str) -> IssuedTokens:
        await asyncio.Event().wait()
        raise AssertionError

    settings = RefreshSettings(refresh_timeout=0.1)
    auth = RefreshingAuth(refresh, FIRST, age=3601, settings=settings, clock=clock)
    with pytest.raises(RefreshUnavailableError, match="timed_out"):
        asyncio.run(aget(service, auth))


def test_a_refresh_that_hangs_is_not_started_again(service: TokenService) -> None:
    calls: list[str] = []
    end = threading.Event()

    def hang(refresh_token: str) -> IssuedTokens:
        calls.append(refresh_token)
        end.wait()
        return IssuedTokens("late")

    settings = RefreshSettings(refresh_timeout=0.02, shortest_rest=0.001, longest_rest=0.001)
    auth = RefreshingAuth(hang, FIRST, age=3601, settings=settings)
    try:
        for _ in range(5):
            with pytest.raises(RefreshUnavailableError, match="timed_out"):
                get(service, auth)
            time.sleep(0.005)
        assert calls == ["refresh-0"]
    finally:
        end.set()


async def fail(service: TokenService, auth: RefreshingAuth, times: int) -> None:
    for _ in range(times):
        with pytest.raises(RefreshUnavailableError, match="timed_out"):
            await aget(service, auth)
        await asyncio.sleep(0.005)


HASTY = RefreshSettings(refresh_timeout=0.02, shortest_rest=0.001, longest_rest=0.001)


def test_a_refresh_in_a_thread_of_a_task_is_not_started_again(service: TokenService) -> None:
    calls: list[str] = []
    end = threading.Event()

    def hang(refresh_token: str) -> IssuedTokens:
        calls.append(refresh_token)
        end.wait()
        return IssuedTokens("late")

    async def store(_: IssuedTokens) -> None: ...

    async def send() -> None:
        auth = RefreshingAuth(hang, FIRST, age=3601, store=store, settings=HASTY)
        try:
            await fail(service, auth, 5)
            assert calls == ["refresh-0"]
            # Tokens of a new sign-in do not wait for it.
            auth.sign_in(IssuedTokens("access-0", "refresh-9", 3600), age=3601)
            await fail(service, auth, 2)
            assert calls == ["refresh-0", "refresh-9"]
        finally:
            end.set()

    asyncio.run(send())


def test_a_refresh_that_ignores_its_cancellation_is_not_started_again(
    service: TokenService,
) -> None:
    calls: list[str] = []
    end = asyncio.Event()

    async def hang(refresh_token: str) -> IssuedTokens:
        calls.append(refresh_token)
        while not end.is_set():
            with suppress(asyncio.CancelledError):
                await end.wait()
        return IssuedTokens("late")

    async def send() -> None:
        auth = RefreshingAuth(hang, FIRST, age=3601, settings=HASTY)
        await fail(service, auth, 5)
        assert calls == ["refresh-0"]
        end.set()

    asyncio.run(send())


def test_a_clock_that_waits_holds_nobody_else(service: TokenService) -> None:
    over = threading.Event()

    class Waiting(FixedClock):
        def now(self) -> float:
            if threading.current_thread().name == "waiting":
                over.wait()
            return super().now()

    auth = RefreshingAuth(RefreshGrant(service.endpoint), FIRST, clock=Waiting())
    waiting = threading.Thread(target=auth.sign_in, args=(FIRST,), name="waiting")
    waiting.start()
    sending = threading.Thread(target=get, args=(service, auth))
    sending.start()
    sending.join(10)
    assert not sending.is_alive()
    over.set()
    waiting.join()


@pytest.mark.parametrize("limit", [0, -1, float("inf"), float("nan"), None, True])
def test_a_time_limit_is_a_number_of_seconds(limit: Any) -> None:
    with pytest.raises(ValueError, match="timeout"):
        RefreshGrant("https://issuer.example/token", timeout=limit)


def test_an_access_token_is_text() -> None:
    nothing: Any = None
    with pytest.raises(TypeError, match="access_token must be str, not NoneType"):
        IssuedTokens(nothing)
    for unsendable in ("", " a", "a ", "a\n", "\ta", "a b", "a\0", "\xe4", "\ud800"):
        with pytest.raises(MalformedAuthorizationError):
            IssuedTokens(unsendable)


def test_callables_that_raise_or_return_nonsense(service: TokenService) -> None:
    def raising(_: str) -> IssuedTokens:
        raise SystemExit

    def nothing(_: str) -> Any:
        return None

    def negative(_: str) -> IssuedTokens:
        return IssuedTokens("a", expires_in=-1)

    for refresh in (raising, nothing, negative):
        auth = RefreshingAuth(refresh, FIRST, age=3601)
        with pytest.raises(RefreshUnavailableError, match="no_answer"):
            get(service, auth)
        with pytest.raises(RefreshUnavailableError):
            asyncio.run(aget(service, auth))
