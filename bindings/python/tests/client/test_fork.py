"""A process that forks during a fetch."""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable

import pytest
from verijot import JwksClient, JwkSet, Verifier
from verijot.testing import ED25519, FixedClock, Issuer, mint

AUDIENCE = "https://api.example"

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="the platform has no fork"),
    pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning"),
]


@pytest.fixture
def client(issuer: Issuer, clock: FixedClock) -> JwksClient:
    return JwksClient.from_issuer(issuer.url, audience=AUDIENCE, clock=clock)


def exit_status_of_child(work: Callable[[], bool]) -> int:
    child = os.fork()
    if child == 0:
        status = 2
        try:
            status = 0 if work() else 1
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def test_a_fetch_of_the_parent_does_not_block_the_child(
    client: JwksClient, issuer: Issuer, raw: str
) -> None:
    with issuer.slowness(0.6):
        parent = threading.Thread(target=client.verify, args=(raw,))
        parent.start()
        while not client.health().is_fetching:
            time.sleep(0.001)
        start = time.monotonic()
        assert exit_status_of_child(lambda: client.verify(raw).subject == "alice") == 0
        # The child's own fetch takes twice the issuer's delay.
        assert time.monotonic() - start < 4.5
        parent.join()
    assert issuer.fetches == 2


def test_the_child_has_the_parents_keys(
    client: JwksClient, issuer: Issuer, clock: FixedClock
) -> None:
    raw = issuer.mint({"sub": "alice"}, audience=AUDIENCE, lifetime=10_000)
    client.verify(raw)
    clock.advance(550)
    # Metadata and keys: two responses, which together take less than the 5 s of a fetch.
    with issuer.slowness(1):
        client.verify(raw)
        assert client.health().is_fetching
        # The parent's fetch does not count as a failure in the child, which starts its own.
        assert exit_status_of_child(lambda: is_verified_by_a_fetch(client, raw)) == 0
    with issuer.outage():
        # The child uses the parent's keys while the issuer cannot be reached.
        assert exit_status_of_child(lambda: client.verify(raw).subject == "alice") == 0


def test_a_clock_that_fails_in_the_child_stops_no_other_client(issuer: Issuer, raw: str) -> None:
    parent = os.getpid()

    class OfParent(FixedClock):
        def now(self) -> float:
            if os.getpid() != parent:
                raise OSError
            return super().now()

    failing = [
        JwksClient.from_issuer(issuer.url, audience=AUDIENCE, clock=OfParent()) for _ in range(8)
    ]
    client = JwksClient.from_issuer(issuer.url, audience=AUDIENCE, clock=FixedClock())
    with issuer.slowness(1):
        fetching = [
            threading.Thread(target=each.verify, args=(raw,)) for each in (*failing, client)
        ]
        for thread in fetching:
            thread.start()
        while not all(each.health().is_fetching for each in (*failing, client)):
            time.sleep(0.001)
        assert exit_status_of_child(lambda: not client.health().is_fetching) == 0
        for thread in fetching:
            thread.join()


def test_the_token_cache_is_not_locked_in_the_child() -> None:
    """Forks again and again while other threads fill the cache: it took a hundred times to hang."""
    keys = JwkSet.from_json({"keys": [ED25519.jwk]})
    verifier = Verifier(issuer=None, audience=None, token_cache=64)
    tokens = [mint({"n": number}).encode() for number in range(600)]
    is_over = threading.Event()

    def fill() -> None:
        while not is_over.is_set():
            for token in tokens:
                verifier.verify(token, keys)

    def verifies() -> bool:
        # Ends a child that hangs while it has the interpreter's lock.
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(5)
        return {verifier.verify(token, keys).key_id for token in tokens[:100]} == {ED25519.kid}

    filling = [threading.Thread(target=fill) for _ in range(3)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-4)
    try:
        for thread in filling:
            thread.start()
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            assert exit_status_of_child(verifies) == 0
    finally:
        is_over.set()
        sys.setswitchinterval(interval)
        for thread in filling:
            thread.join()


def is_verified_by_a_fetch(client: JwksClient, raw: str) -> bool:
    before = client.health()
    assert (before.usable_keys, before.failures, before.is_fetching) == (1, 0, False)
    assert client.verify(raw).subject == "alice"
    after = client.health()
    return after.fetches.due == before.fetches.due + 1 and after.is_fresh and after.failures == 0
