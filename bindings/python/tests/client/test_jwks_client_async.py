"""The client in tasks: one cache for all, loops that are not blocked, cancelled tasks."""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from verijot import (
    CacheSettings,
    JwksClient,
    KeysUnavailableError,
    UnknownKeyError,
    VerificationError,
    Verifier,
)
from verijot.fetch import AsyncFetch, Fetch, FetchResponse
from verijot.fetch import fetch as fetch_with_urllib
from verijot.httpx import fetch as fetch_with_httpx
from verijot.testing import FixedClock, Issuer, SigningKey, mint

AUDIENCE = "https://api.example"


@pytest.fixture(params=[fetch_with_urllib, fetch_with_httpx], ids=["urllib", "httpx"])
def client(issuer: Issuer, clock: FixedClock, request: pytest.FixtureRequest) -> JwksClient:
    fetch: Fetch | AsyncFetch = request.param
    return JwksClient.from_issuer(issuer.url, audience=AUDIENCE, fetch=fetch, clock=clock)


async def outcome(client: JwksClient, raw: str) -> str:
    try:
        return (await client.averify(raw)).subject or ""
    except VerificationError as error:
        return error.code


async def leave_while_fetching(
    client: JwksClient, issuer: Issuer, raw: str, *, after: float = 0
) -> None:
    """Returns `after` seconds after the issuer got a request; then the loop and its tasks end."""
    task = asyncio.create_task(client.averify(raw))
    while not issuer.requests:  # noqa: ASYNC110, the issuer is a thread
        await asyncio.sleep(0.001)
    await asyncio.sleep(after)
    assert not task.done()


def test_tasks_and_threads_share_keys(client: JwksClient, issuer: Issuer, raw: str) -> None:
    async def main() -> None:
        assert (await client.averify(raw)).subject == "alice"

    asyncio.run(main())
    asyncio.run(main())
    assert client.verify(raw).subject == "alice"
    assert issuer.fetches == 1


def test_closing_ends_the_fetch(issuer: Issuer, raw: str) -> None:
    async def hang(*_: object) -> FetchResponse:
        await asyncio.Event().wait()
        raise AssertionError

    async def main() -> None:
        async with JwksClient.from_issuer(issuer.url, audience=AUDIENCE, fetch=hang) as client:
            request = asyncio.create_task(client.averify(raw))
            await asyncio.sleep(0.05)
            assert client.health().is_fetching
        with pytest.raises(KeysUnavailableError):
            await request
        await asyncio.sleep(0.05)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        client.close()

    asyncio.run(main())


def test_a_task_of_another_library_takes_no_fetch(client: JwksClient, raw: str) -> None:
    with pytest.raises(RuntimeError, match="no running event loop"):
        client.averify(raw).send(None)
    assert not client.health().is_fetching
    assert client.verify(raw).subject == "alice"


def test_fetches_that_ignore_their_cancellation_are_limited(issuer: Issuer, raw: str) -> None:
    over = asyncio.Event()
    started: list[int] = []

    async def stubborn(*_: object) -> FetchResponse:
        started.append(1)
        while not over.is_set():
            with suppress(asyncio.CancelledError):
                await over.wait()
        raise OSError

    async def main() -> None:
        settings = CacheSettings(fetch_timeout=0.1, shortest_rest=0.1, longest_rest=0.1)
        client = JwksClient.from_issuer(
            issuer.url, audience=AUDIENCE, fetch=stubborn, settings=settings
        )
        for _ in range(8):
            with pytest.raises(KeysUnavailableError):
                await client.averify(raw)
            await asyncio.sleep(0.11)
        assert len(started) == 4
        over.set()
        await asyncio.sleep(0.05)

    asyncio.run(main())


def test_a_fetch_that_returns_an_awaitable(issuer: Issuer, clock: FixedClock, raw: str) -> None:
    def fetch(
        url: str, headers: Mapping[str, str], timeout: float, max_octets: int
    ) -> Awaitable[FetchResponse]:
        """Is not async itself."""
        return fetch_with_httpx(url, headers, timeout, max_octets)

    def client() -> JwksClient:
        return JwksClient.from_issuer(issuer.url, audience=AUDIENCE, fetch=fetch, clock=clock)

    assert client().verify(raw).subject == "alice"
    assert asyncio.run(client().averify(raw)).subject == "alice"


def test_with_cached_keys_averify_does_not_suspend(client: JwksClient, raw: str) -> None:
    client.verify(raw)
    turn = client.averify(raw)
    with pytest.raises(StopIteration) as end:
        turn.send(None)
    assert end.value.value.subject == "alice"


def test_five_hundred_requests_during_a_rotation(
    client: JwksClient, issuer: Issuer, raw: str
) -> None:
    async def main() -> Counter[str]:
        await client.averify(raw)
        issuer.rotate(keep=True)
        raw_next = issuer.mint({"sub": "bob"}, audience=AUDIENCE)
        forged = mint({}, SigningKey.ed25519("forged"))
        with issuer.slowness(0.1):
            tokens = [raw, raw_next, raw, raw_next, forged] * 100
            return Counter(await asyncio.gather(*(outcome(client, token) for token in tokens)))

    assert asyncio.run(main()) == {"alice": 200, "bob": 200, "keys_unavailable": 100}
    # Until the window ends, the client does not fetch again for the forged kid.
    assert issuer.fetches == 2


def test_five_hundred_requests_during_an_outage(
    client: JwksClient, issuer: Issuer, clock: FixedClock
) -> None:
    raw = issuer.mint({"sub": "alice"}, audience=AUDIENCE, lifetime=10_000)
    forged = mint({}, SigningKey.ed25519("forged"))

    async def main() -> Counter[str]:
        await client.averify(raw)
        clock.advance(700)
        with issuer.outage():
            tokens = [raw, raw, raw, raw, forged] * 100
            return Counter(await asyncio.gather(*(outcome(client, token) for token in tokens)))

    assert asyncio.run(main()) == {"alice": 400, "keys_unavailable": 100}
    assert client.health().failures == 1


def test_five_hundred_requests_during_an_outage_without_keys(
    client: JwksClient, issuer: Issuer, raw: str
) -> None:
    async def main() -> Counter[str]:
        return Counter(await asyncio.gather(*(outcome(client, raw) for _ in range(500))))

    with issuer.outage():
        assert asyncio.run(main()) == {"keys_unavailable": 500}
    assert len(issuer.requests) == 1


def test_threads_and_loops_wait_for_one_fetch(client: JwksClient, issuer: Issuer, raw: str) -> None:
    async def main() -> set[str]:
        return set(await asyncio.gather(*(outcome(client, raw) for _ in range(25))))

    with issuer.slowness(0.2), ThreadPoolExecutor(20) as pool:
        loops = [pool.submit(asyncio.run, main()) for _ in range(8)]
        threads = [pool.submit(client.verify, raw) for _ in range(12)]
        assert all(loop.result() == {"alice"} for loop in loops)
        assert all(thread.result().subject == "alice" for thread in threads)
    assert issuer.fetches == 1


def test_a_cancelled_task_does_not_affect_others(
    client: JwksClient, issuer: Issuer, raw: str
) -> None:
    async def main() -> None:
        first = asyncio.create_task(client.averify(raw))
        # One iteration of the loop is enough for the fetch to start.
        await asyncio.sleep(0)
        assert client.health().is_fetching
        others = [asyncio.create_task(client.averify(raw)) for _ in range(10)]
        await asyncio.sleep(0.05)
        first.cancel()
        others[0].cancel()
        await asyncio.wait([first, others[0]])
        assert first.cancelled()
        tokens = await asyncio.gather(*others[1:])
        assert {token.subject for token in tokens} == {"alice"}

    with issuer.slowness(0.2):
        asyncio.run(main())
    assert issuer.fetches == 1


def test_a_timeout_of_the_caller_applies(client: JwksClient, issuer: Issuer, raw: str) -> None:
    async def main() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await client.averify(raw)
        assert (await client.averify(raw)).subject == "alice"

    with issuer.slowness(0.2):
        asyncio.run(main())
    assert issuer.fetches == 1


def test_a_loop_that_ends_during_a_fetch(
    client: JwksClient, issuer: Issuer, clock: FixedClock, raw: str
) -> None:
    with issuer.slowness(0.2):
        asyncio.run(leave_while_fetching(client, issuer, raw))
        # The fetch may have been a task of the loop; the client notices its end immediately.
        start = time.monotonic()
        clock.advance(1)
        assert client.verify(raw).subject == "alice"
        assert time.monotonic() - start < 4


def test_a_loop_that_ends_while_another_waits(client: JwksClient, issuer: Issuer, raw: str) -> None:
    with issuer.slowness(0.3), ThreadPoolExecutor(2) as pool:
        start = time.monotonic()
        ended = pool.submit(asyncio.run, leave_while_fetching(client, issuer, raw, after=0.1))
        while not client.health().is_fetching:
            time.sleep(0.001)
        waiting = pool.submit(asyncio.run, outcome(client, raw))
        ended.result()
        assert waiting.result() in {"alice", "keys_unavailable"}
        assert time.monotonic() - start < 4


def test_a_slow_issuer_does_not_block_the_loop(client: JwksClient, issuer: Issuer) -> None:
    longest = 0.0

    async def watch() -> None:
        nonlocal longest
        while True:
            before = time.monotonic()
            await asyncio.sleep(0.005)
            longest = max(longest, time.monotonic() - before)

    async def main() -> None:
        # Warms up, so that imports and name resolution are not measured.
        await outcome(client, mint({}, SigningKey.ed25519("forged")))
        watcher = asyncio.create_task(watch())
        issuer.rotate()
        with issuer.slowness(0.5):
            raw_next = issuer.mint({"sub": "bob"}, audience=AUDIENCE)
            tasks = (outcome(client, raw_next) for _ in range(50))
            assert set(await asyncio.gather(*tasks)) == {"bob"}
        watcher.cancel()

    asyncio.run(main())
    assert longest < 0.4


def test_an_async_fetch_that_ignores_its_timeout(issuer: Issuer, raw: str) -> None:
    async def hang(*_: object) -> FetchResponse:
        await asyncio.sleep(60)
        raise AssertionError

    verifier = Verifier(issuer=issuer.url, audience=AUDIENCE)
    settings = CacheSettings(fetch_timeout=0.1)
    client = JwksClient(issuer.jwks_url, verifier, fetch=hang, settings=settings)
    start = time.monotonic()
    assert asyncio.run(outcome(client, raw)) == "keys_unavailable"
    time.sleep(1.1)
    with pytest.raises(KeysUnavailableError):
        client.verify(raw)
    assert time.monotonic() - start < 30


def test_a_sync_call_that_blocks_a_loop_warns(client: JwksClient, raw: str) -> None:
    async def main() -> None:
        with pytest.warns(RuntimeWarning, match="averify"):
            client.verify(raw)
        client.verify(raw)

    asyncio.run(main())


def test_explanations_and_context_managers(issuer: Issuer, clock: FixedClock, raw: str) -> None:
    async def main() -> None:
        async with JwksClient.from_issuer(issuer.url, audience=AUDIENCE, clock=clock) as client:
            assert (await client.aexplain(raw)).accepted
            forged = await client.aexplain(mint({}, SigningKey.ed25519("forged")))
            assert isinstance(forged.error, UnknownKeyError)
        await client.averify(raw)

    asyncio.run(main())
    assert threading.active_count() < 20
