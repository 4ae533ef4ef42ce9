"""Keys over time: loops that end, a sleeping machine, zero backoff, withdrawn keys."""

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from verijot import (
    CacheSettings,
    InvalidKeySourceError,
    InvalidSettingsError,
    InvalidSignatureError,
    JwksClient,
    JwkSet,
    KeysUnavailableError,
    TokenTooLargeError,
    UnknownKeyError,
    VerificationError,
    Verifier,
)
from verijot.fetch import FetchResponse
from verijot.httpx import fetch as fetch_with_httpx
from verijot.testing import FixedClock, Issuer, SigningKey

AUDIENCE = "https://api.example"
DAY = 86_400


def client_of(issuer: Issuer, clock: FixedClock, stale_for: float | None = None) -> JwksClient:
    return JwksClient.from_issuer(
        issuer.url,
        audience=AUDIENCE,
        fetch=fetch_with_httpx,
        settings=CacheSettings(stale_for=stale_for),
        clock=clock,
    )


def ignore(_: asyncio.AbstractEventLoop, __: dict[str, Any]) -> None:
    """Ignores the loop's reports about pending tasks."""


def test_one_event_loop_per_request(issuer: Issuer, clock: FixedClock) -> None:
    """Three hours with a request every five seconds; no set is used after its lifetime."""
    raw = issuer.mint({}, audience=AUDIENCE, lifetime=DAY)

    async def fetch(*_: object) -> FetchResponse:
        await asyncio.sleep(0)
        return FetchResponse(200, issuer.jwks.encode(), {})

    client = JwksClient(
        issuer.jwks_url,
        Verifier(issuer=issuer.url, audience=AUDIENCE),
        fetch=fetch,
        settings=CacheSettings(stale_for=0),
        clock=clock,
    )
    for _ in range(2160):
        asyncio.run(client.averify(raw))
        clock.advance(5)
    health = client.health()
    assert health.failures == 0
    # The next request repeats a fetch that ended with its loop, and waits for it.
    assert 10_800 / 480 - 1 <= health.fetches.due <= 2 * (10_800 / 480 + 1)


# A connection that is cancelled with its loop leaves coroutines of anyio that are never awaited.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_real_fetch_that_ends_with_its_loop(issuer: Issuer, clock: FixedClock) -> None:
    client = client_of(issuer, clock, stale_for=0)
    raw = issuer.mint({}, audience=AUDIENCE, lifetime=DAY)
    for _ in range(20):
        asyncio.run(client.averify(raw))
        clock.advance(300)
    assert client.health().failures == 0
    assert client.health().last_failure is None


def test_a_loop_that_is_closed_with_pending_tasks(issuer: Issuer, clock: FixedClock) -> None:
    started = threading.Event()
    is_first = True

    async def fetch(*_: object) -> FetchResponse:
        nonlocal is_first
        if is_first:
            is_first = False
            started.set()
            await asyncio.sleep(0)
            await asyncio.get_running_loop().create_future()
        return FetchResponse(200, issuer.jwks.encode(), {})

    verifier = Verifier(issuer=issuer.url, audience=AUDIENCE)
    client = JwksClient(issuer.jwks_url, verifier, fetch=fetch, clock=clock)
    raw = issuer.mint({}, audience=AUDIENCE, lifetime=DAY)
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(ignore)
    with ThreadPoolExecutor(1) as pool:

        async def leave() -> None:
            task = asyncio.create_task(client.averify(raw))
            await asyncio.to_thread(started.wait)
            task.cancel()
            await asyncio.wait([task])

        loop.run_until_complete(leave())
        start = time.monotonic()
        waiting = pool.submit(client.verify, raw)
        time.sleep(0.1)
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()
        waiting.result()
    assert time.monotonic() - start < 3
    assert client.health().failures == 0


def test_zero_backoff_does_not_cause_endless_requests(issuer: Issuer) -> None:
    raw = issuer.mint({}, audience=AUDIENCE)
    zero = CacheSettings(
        fresh_for=0,
        shortest_fresh=0,
        longest_fresh=0,
        revalidate_for=0,
        stale_for=0,
        unknown_window=0,
        shortest_rest=0,
        longest_rest=0,
        fetch_timeout=0,
    )
    verifier = Verifier(issuer=issuer.url, audience=AUDIENCE)
    client = JwksClient(issuer.jwks_url, verifier, settings=zero)
    with issuer.outage():
        end = time.monotonic() + 0.5
        while time.monotonic() < end:
            with pytest.raises(KeysUnavailableError):
                client.verify(raw)
        assert len(issuer.requests) <= 6
        client.close()
        for _ in range(100):
            with pytest.raises(KeysUnavailableError):
                client.verify(raw)
        assert len(issuer.requests) <= 6


def test_time_asleep_counts_as_age(issuer: Issuer, clock: FixedClock) -> None:
    class Sleeping(FixedClock):
        """Its monotonic clock stands still while the machine sleeps."""

        asleep = 0.0

        def now(self) -> float:
            return super().now() + self.asleep

    sleeping = Sleeping()
    client = client_of(issuer, sleeping)
    raw = issuer.mint({}, audience=AUDIENCE, lifetime=3 * DAY)
    client.verify(raw)
    issuer.rotate()
    sleeping.asleep = DAY / 2
    with pytest.raises(UnknownKeyError):
        client.verify(raw)
    with issuer.outage():
        sleeping.asleep = 2 * DAY
        with pytest.raises(KeysUnavailableError):
            client.verify(raw)
    assert client.health().age is None
    assert clock.monotonic_ns() < DAY * 1_000_000_000


def test_after_a_long_time_the_request_waits(issuer: Issuer, clock: FixedClock) -> None:
    client = client_of(issuer, clock)
    raw = issuer.mint({}, audience=AUDIENCE, lifetime=DAY)
    client.verify(raw)
    clock.advance(1201)
    key = issuer.rotate()
    with issuer.slowness(0.05), pytest.raises(UnknownKeyError):
        client.verify(raw)
    assert client.verify(issuer.mint({}, key, audience=AUDIENCE)).key_id == key.kid


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_purge_and_restore(issuer: Issuer, clock: FixedClock, mode: str) -> None:
    policy = Verifier(issuer=issuer.url, audience=AUDIENCE, token_cache=100)
    client = JwksClient(issuer.jwks_url, policy, clock=clock)
    raw = issuer.mint({}, audience=AUDIENCE, lifetime=DAY)
    kid = issuer.keys[-1].kid

    def verify() -> None:
        if mode == "sync":
            client.verify(raw)
        else:
            asyncio.run(client.averify(raw))

    verify()
    client.purge(kid)
    for _ in range(3):
        with pytest.raises(UnknownKeyError):
            verify()
        clock.advance(3600)
    assert client.health().purged == [kid]
    assert isinstance(client.explain(raw).error, UnknownKeyError)
    assert client.health().fetches.unknown_key == 0
    assert client.restore(kid)
    assert not client.restore(kid)
    verify()


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_a_new_key_with_an_old_kid(issuer: Issuer, clock: FixedClock, mode: str) -> None:
    client = client_of(issuer, clock)
    client.verify(issuer.mint({}, audience=AUDIENCE))
    other = SigningKey.ed25519("other")
    other.kid = issuer.keys[-1].kid
    issuer.keys = [other]
    raw = issuer.mint({}, audience=AUDIENCE, lifetime=DAY)
    with pytest.raises(InvalidSignatureError):
        client.verify(raw)
    clock.advance(60)
    if mode == "sync":
        assert client.explain(raw).accepted
        client.verify(raw)
    else:
        asyncio.run(client.averify(raw))
    assert client.health().fetches.refused_token == 1


def test_refresh_now(issuer: Issuer, clock: FixedClock) -> None:
    client = client_of(issuer, clock)
    client.refresh_now()
    clock.advance(1)
    asyncio.run(client.arefresh_now())
    assert issuer.fetches == 2
    with pytest.raises(KeysUnavailableError) as refused:
        client.refresh_now()
    assert refused.value.retry_after == 1
    clock.advance(1)
    with issuer.outage(), pytest.raises(KeysUnavailableError):
        client.refresh_now()
    client.verify(issuer.mint({}, audience=AUDIENCE))
    fixed = JwksClient(
        JwkSet.from_json(issuer.jwks), Verifier(issuer=issuer.url, audience=AUDIENCE)
    )
    fixed.refresh_now()
    fixed.purge(issuer.keys[-1].kid)
    assert not fixed.restore(issuer.keys[-1].kid)
    fixed.verify(issuer.mint({}, audience=AUDIENCE), now=clock.now())


def test_close_ends_every_wait(issuer: Issuer, clock: FixedClock) -> None:
    client = client_of(issuer, clock)
    raw = issuer.mint({}, audience=AUDIENCE)

    async def refused() -> str:
        try:
            await client.averify(raw)
        except VerificationError as error:
            return error.code
        return "accepted"

    async def main() -> list[str]:
        tasks = [asyncio.create_task(refused()) for _ in range(5)]
        await asyncio.sleep(0.1)
        client.close()
        return await asyncio.gather(*tasks)

    with issuer.slowness(3):
        start = time.monotonic()
        assert asyncio.run(main()) == ["keys_unavailable"] * 5
        with pytest.raises(KeysUnavailableError):
            client.refresh_now()
        assert time.monotonic() - start < 1


def test_waivers_and_limits_apply_to_every_client(
    issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = "http://issuer.internal"
    verifier = Verifier(issuer=plain, audience=AUDIENCE)
    with pytest.raises(InvalidKeySourceError):
        JwksClient(plain, verifier)
    JwksClient(plain, verifier, allow_plain_http=True)
    JwksClient.from_issuer(plain, audience=AUDIENCE, allow_plain_http=True)
    monkeypatch.setenv("VERIJOT_AUDIENCE", AUDIENCE)
    monkeypatch.setenv("VERIJOT_ISSUER", plain)
    with pytest.raises(InvalidSettingsError):
        JwksClient.from_environment()
    monkeypatch.setenv("VERIJOT_PLAIN_HTTP", "allow-plain-http")
    JwksClient.from_environment()
    monkeypatch.setenv("VERIJOT_ALLOWED_HOSTS", "issuer.example")
    with pytest.raises(InvalidSettingsError):
        JwksClient.from_environment()
    with pytest.raises(InvalidKeySourceError):
        JwksClient.from_issuer(issuer.url, audience=None, allowed_hosts="issuer.example")
    with pytest.raises(TypeError):
        JwksClient.from_issuer(issuer.url, audience=None, allowed_hosts=[1])  # type: ignore[list-item]
    hosts = ["127.0.0.1"]
    monkeypatch.setenv("VERIJOT_ISSUER", issuer.url)
    monkeypatch.setenv("VERIJOT_ALLOWED_HOSTS", "127.0.0.1")
    issuer.keys = [SigningKey.ed25519("a"), SigningKey.ed25519("b")]
    clients = [JwksClient.from_environment(settings=CacheSettings(max_keys=1))]
    for limits in (CacheSettings(max_octets=10), CacheSettings(max_keys=1)):
        clients += [
            JwksClient(issuer.jwks_url, verifier, settings=limits, allowed_hosts=hosts),
            JwksClient.from_issuer(issuer.url, audience=AUDIENCE, settings=limits),
        ]
    for name, limit in (("VERIJOT_MAX_JWKS_OCTETS", "10"), ("VERIJOT_MAX_JWKS_KEYS", "1")):
        with monkeypatch.context() as environment:
            environment.setenv(name, limit)
            clients.append(JwksClient.from_environment())
    for client in clients:
        with pytest.raises(KeysUnavailableError):
            client.refresh_now()
        assert "unusable_set" in str(client.health().last_failure)
    monkeypatch.setenv("VERIJOT_MAX_TOKEN_OCTETS", "10")
    with pytest.raises(TokenTooLargeError):
        JwksClient.from_environment().verify(issuer.mint({}, audience=AUDIENCE))
