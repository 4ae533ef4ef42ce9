"""The client in threads: what it fetches, when, and how it verifies tokens meanwhile."""

import hashlib
import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
from verijot import (
    CacheSettings,
    InvalidAudienceError,
    InvalidJwksError,
    InvalidKeySourceError,
    InvalidSettingsError,
    JwksClient,
    KeysUnavailableError,
    MalformedTokenError,
    Policy,
    UnknownKeyError,
    Verifier,
)
from verijot._native import KeyLocation
from verijot.fetch import FetchResponse
from verijot.testing import P256, RSA, Answer, FixedClock, Issuer, SigningKey, mint

AUDIENCE = "https://api.example"


@dataclass
class Claims:
    sub: str


@pytest.fixture
def client(issuer: Issuer, clock: FixedClock) -> JwksClient:
    return JwksClient.from_issuer(issuer.url, audience=AUDIENCE, clock=clock)


def test_keys_are_fetched_once(client: JwksClient, issuer: Issuer, raw: str) -> None:
    assert issuer.fetches == 0
    for _ in range(10):
        assert client.verify(raw).subject == "alice"
    assert client.verify(raw.encode(), into=Claims) == Claims("alice")
    assert issuer.fetches == 1
    with pytest.raises(InvalidAudienceError):
        client.verify(issuer.mint({}, audience="https://other.example"))
    health = client.health()
    assert (health.usable_keys, health.is_fresh, health.failures) == (1, True, 0)
    assert not health.is_fetching
    assert repr(client) == f"<JwksClient {issuer.url}>"


def test_the_limits_of_the_policy_apply_to_fetched_keys(
    issuer: Issuer, clock: FixedClock, raw: str
) -> None:
    issuer.keys = [P256, *issuer.keys]
    policy = {"issuers": [issuer.url], "audiences": [AUDIENCE]}
    for limits in ({"jwks_octets": 10}, {"jwks_keys": 1}):
        verifier = Verifier(Policy.from_json(json.dumps({**policy, "limits": limits})))
        with pytest.raises(KeysUnavailableError):
            JwksClient(issuer.jwks_url, verifier, clock=clock).verify(raw)
        settings = CacheSettings(max_octets=10_000, max_keys=10)
        client = JwksClient(issuer.jwks_url, verifier, settings=settings, clock=clock)
        assert client.verify(raw).subject == "alice"


def test_rules_of_a_url_are_given_with_it() -> None:
    verifier = Verifier(issuer=None, audience=None)
    location = KeyLocation.at("https://issuer.example/keys", allowed_hosts="issuer.example")
    JwksClient(location, verifier)
    rules: list[dict[str, Any]] = [
        {"allowed_hosts": ["other.example"]},
        {"allowed_hosts": []},
        {"allow_plain_http": True},
    ]
    for rule in rules:
        with pytest.raises(TypeError, match="KeyLocation"):
            JwksClient(location, verifier, **rule)


def test_closing_in_the_middle_of_waiting(client: JwksClient, issuer: Issuer, raw: str) -> None:
    """As a signal handler does whose thread is just there."""

    def close() -> None:
        with client._keys._waiters._lock:  # type: ignore[union-attr]  # noqa: SLF001  # pyright: ignore[reportPrivateUsage, reportAttributeAccessIssue]
            client.close()

    def wait() -> None:
        with pytest.raises(KeysUnavailableError):
            client.verify(raw)

    with issuer.slowness(3):
        waiting = threading.Thread(target=wait)
        waiting.start()
        while not client.health().is_fetching:
            time.sleep(0.001)
        closing = threading.Thread(target=close, daemon=True)
        closing.start()
        closing.join(5)
        assert not closing.is_alive()
        waiting.join()


def test_every_kind_of_key(client: JwksClient, issuer: Issuer) -> None:
    issuer.keys += [P256, RSA]
    for key in issuer.keys:
        token = client.verify(issuer.mint({}, key, audience=AUDIENCE))
        assert token.key_id == key.kid
    assert issuer.fetches == 1


def test_a_malformed_token_fetches_nothing(client: JwksClient, issuer: Issuer) -> None:
    with pytest.raises(MalformedTokenError):
        client.verify("a.b")
    with pytest.raises(KeysUnavailableError), issuer.outage():
        client.verify(issuer.mint({}, audience=AUDIENCE))
    fetches = len(issuer.requests)
    with pytest.raises(MalformedTokenError):
        client.verify("a.b")
    assert len(issuer.requests) == fetches


def test_fifty_threads_cause_one_fetch(client: JwksClient, issuer: Issuer, raw: str) -> None:
    barrier = threading.Barrier(50)

    def verify(_: int) -> str | None:
        barrier.wait()
        return client.verify(raw).subject

    with issuer.slowness(0.2), ThreadPoolExecutor(50) as pool:
        assert set(pool.map(verify, range(50))) == {"alice"}
    assert issuer.fetches == 1


def test_unknown_kids_cause_one_fetch_in_fifteen_seconds(
    client: JwksClient, issuer: Issuer, clock: FixedClock, raw: str
) -> None:
    client.verify(raw)
    for fetches in (2, 3, 4):
        with pytest.raises(UnknownKeyError):
            client.verify(mint({}, SigningKey.ed25519("first")))
        for number in range(200):
            # Not unknown_key: the issuer may have newer keys.
            with pytest.raises(KeysUnavailableError) as refused:
                client.verify(mint({}, SigningKey.ed25519(str(number))))
            assert refused.value.retry_after == 15
        assert issuer.fetches == fetches
        assert client.verify(raw).subject == "alice"
        clock.advance(15)
    assert client.health().fetches.unknown_key == 3


def test_unknown_kids_from_many_threads_cause_one_fetch(
    client: JwksClient, issuer: Issuer, raw: str
) -> None:
    client.verify(raw)
    forged = [mint({}, SigningKey.ed25519(str(number))) for number in range(200)]

    def refused(token: str) -> bool:
        with pytest.raises((UnknownKeyError, KeysUnavailableError)):
            client.verify(token)
        return True

    with ThreadPoolExecutor(20) as pool:
        assert all(pool.map(refused, forged))
    assert issuer.fetches == 2


def test_a_rotation_is_noticed_immediately_and_ends_the_old_key(
    client: JwksClient, issuer: Issuer, clock: FixedClock, raw: str
) -> None:
    client.verify(raw)
    issuer.rotate()
    assert client.verify(issuer.mint({"sub": "bob"}, audience=AUDIENCE)).subject == "bob"
    with pytest.raises(KeysUnavailableError):
        client.verify(raw)
    clock.advance(15)
    with pytest.raises(UnknownKeyError):
        client.verify(raw)


def test_an_outage_with_cached_keys(
    client: JwksClient, issuer: Issuer, clock: FixedClock, eventually: Callable[..., None]
) -> None:
    raw = issuer.mint({}, audience=AUDIENCE, lifetime=1_000_000)
    client.verify(raw)
    with issuer.outage():
        for hour in range(24):
            clock.advance(3600)
            client.verify(raw)
            eventually(lambda hour=hour: client.health().failures == hour + 1)
        clock.advance(3600)
        with pytest.raises(KeysUnavailableError):
            client.verify(raw)
    assert client.health().last_failure is not None


def test_an_outage_without_keys(client: JwksClient, issuer: Issuer, raw: str) -> None:
    with issuer.outage():
        for _ in range(20):
            with pytest.raises(KeysUnavailableError) as refused:
                client.verify(raw)
            assert refused.value.http_status == 503
            assert refused.value.retry_after == 1
    assert len(issuer.requests) == 1
    assert client.health().last_failure == "no_answer: FetchError: unexpected_status: 503"


def test_an_issuer_that_comes_back(client: JwksClient, issuer: Issuer, clock: FixedClock) -> None:
    with issuer.outage(), pytest.raises(KeysUnavailableError):
        client.verify(issuer.mint({}, audience=AUDIENCE))
    clock.advance(1)
    client.verify(issuer.mint({}, audience=AUDIENCE))
    assert client.health().last_failure is None


def test_a_background_fetch_delays_no_request(
    client: JwksClient, issuer: Issuer, clock: FixedClock, eventually: Callable[..., None]
) -> None:
    raw = issuer.mint({}, audience=AUDIENCE, lifetime=10_000)
    client.verify(raw)
    clock.advance(550)
    with issuer.slowness(2):
        for _ in range(10):
            client.verify(raw)
        # No call has waited for the fetch.
        assert client.health().is_fetching
        eventually(lambda: not client.health().is_fetching)
    age = client.health().age
    assert age is not None
    assert age < 1
    assert issuer.fetches == 2


def test_unchanged_keys(
    client: JwksClient, issuer: Issuer, clock: FixedClock, eventually: Callable[..., None]
) -> None:
    raw = issuer.mint({}, audience=AUDIENCE, lifetime=10_000)
    issuer.headers = {"ETag": '"a"', "Cache-Control": "max-age=100"}
    client.verify(raw)
    clock.advance(101)
    assert not client.health().is_fresh
    with issuer.answering(Answer(status=304, body=b""), "/.well-known/jwks.json"):
        client.verify(raw)
        eventually(lambda: client.health().is_fresh)
    path, headers = issuer.requests[-1]
    assert path == "/.well-known/jwks.json"
    assert headers["if-none-match"] == '"a"'
    assert "if-none-match" not in issuer.requests[-2][1]


def test_keys_from_another_process(
    client: JwksClient, issuer: Issuer, clock: FixedClock, raw: str
) -> None:
    assert client.export() is None
    client.verify(raw)
    snapshot = client.export()
    assert snapshot is not None
    assert json.loads(snapshot.jwks) == json.loads(issuer.jwks)
    assert abs(snapshot.fetched_at - clock.now()) < 1
    assert snapshot.sha256 == hashlib.sha256(snapshot.jwks.encode()).hexdigest()
    assert client.health().sha256 == snapshot.sha256
    assert not client.health().is_seed
    verifier = Verifier(issuer=issuer.url, audience=AUDIENCE)
    other = JwksClient(issuer.jwks_url, verifier, clock=clock)
    with pytest.raises(InvalidJwksError):
        other.seed(snapshot.jwks + " ", snapshot.fetched_at, snapshot.sha256)
    other.seed(*snapshot)
    assert other.health().is_seed
    with issuer.outage():
        other.verify(raw)
    with pytest.raises(InvalidJwksError):
        other.seed("{}")
    with pytest.raises(InvalidJwksError):
        other.seed('{"keys": []}')


def test_keys_that_are_too_old_are_not_seeded(issuer: Issuer, raw: str) -> None:
    client = JwksClient(issuer.jwks_url, Verifier(issuer=issuer.url, audience=AUDIENCE))
    client.seed(issuer.jwks, fetched_at=time.time() - 3 * 86_400)
    with issuer.outage(), pytest.raises(KeysUnavailableError):
        client.verify(raw, now=1_700_000_000)


def test_close_refuses_waiting_calls(client: JwksClient, issuer: Issuer, raw: str) -> None:
    with issuer.slowness(3), ThreadPoolExecutor(1) as pool:
        start = time.monotonic()
        waiting = pool.submit(client.verify, raw)
        while not client.health().is_fetching:
            time.sleep(0.001)
        client.close()
        with pytest.raises(KeysUnavailableError):
            waiting.result()
        assert time.monotonic() - start < 2.5


def test_a_closed_client_uses_cached_keys(
    client: JwksClient, issuer: Issuer, clock: FixedClock
) -> None:
    raw = issuer.mint({}, audience=AUDIENCE, lifetime=10_000)
    with client:
        client.verify(raw)
    clock.advance(700)
    client.verify(raw)
    assert issuer.fetches == 1


def test_explanations(client: JwksClient, issuer: Issuer, raw: str) -> None:
    with issuer.outage(), pytest.raises(KeysUnavailableError):
        client.explain(raw)
    assert client.explain("a.b").error is not None
    other = JwksClient.from_issuer(issuer.url, audience=AUDIENCE)
    assert other.explain(raw, now=1_700_000_000).accepted
    unknown = other.explain(mint({}, SigningKey.ed25519("unknown")))
    assert isinstance(unknown.error, UnknownKeyError)


@pytest.mark.parametrize(
    "url", ["http://issuer.example/keys", "file:///etc/passwd", "https://a@b/", "keys.json", ""]
)
def test_keys_come_over_https_or_from_this_machine(url: str) -> None:
    verifier = Verifier(issuer="https://issuer.example", audience=None)
    with pytest.raises(InvalidKeySourceError):
        JwksClient(url, verifier)
    with pytest.raises(InvalidKeySourceError):
        JwksClient.from_issuer(url, audience=None)


def test_a_fetch_that_raises_or_returns_nonsense(issuer: Issuer, raw: str) -> None:
    class Odd:
        """A fetch that returns or raises anything."""

        def __init__(self, result: object) -> None:
            self.result = result

        def __call__(self, *_: object) -> object:
            if isinstance(self.result, BaseException):
                raise self.result
            return self.result

    verifier = Verifier(issuer=issuer.url, audience=AUDIENCE)
    for result in (
        ValueError("no"),
        SystemExit(),
        None,
        FetchResponse("200", b"", {}),  # type: ignore[arg-type]
        FetchResponse(200, None, {}),  # type: ignore[arg-type]
        FetchResponse(-1, b"", {}),
    ):
        client = JwksClient(issuer.jwks_url, verifier, fetch=Odd(result))  # type: ignore[arg-type]
        start = time.monotonic()
        with pytest.raises(KeysUnavailableError):
            client.verify(raw)
        assert time.monotonic() - start < 4


def test_fetches_that_never_end(issuer: Issuer, raw: str) -> None:
    started: list[str] = []
    end = threading.Event()

    def hang(url: str, *_: object) -> FetchResponse:
        started.append(url)
        end.wait()
        return FetchResponse(200, issuer.jwks.encode(), {})

    settings = CacheSettings(fetch_timeout=0.1, shortest_rest=0.1, longest_rest=0.1)
    verifier = Verifier(issuer=issuer.url, audience=AUDIENCE)
    client = JwksClient(issuer.jwks_url, verifier, fetch=hang, settings=settings)
    for _ in range(10):
        with pytest.raises(KeysUnavailableError):
            client.verify(raw)
        time.sleep(0.11)
    assert len(started) == 4
    end.set()


@pytest.mark.parametrize("name", ["fresh_for", "stale_for", "fetch_timeout"])
def test_errors_name_a_setting_that_is_not_a_duration(name: str) -> None:
    changes: dict[str, Any] = {name: -1}
    settings = CacheSettings(**changes)
    with pytest.raises(InvalidSettingsError, match=f"invalid_settings: {name}: ") as mistake:
        JwksClient.from_issuer("https://issuer.example", audience=AUDIENCE, settings=settings)
    assert mistake.value.settings == (name,)


def test_settings_reach_the_cache(issuer: Issuer, raw: str) -> None:
    settings = CacheSettings(max_octets=10)
    verifier = Verifier(issuer=issuer.url, audience=AUDIENCE)
    client = JwksClient(issuer.jwks_url, verifier, settings=settings)
    with pytest.raises(KeysUnavailableError):
        client.verify(raw)
    assert "jwks_too_large" in str(client.health().last_failure)


def test_from_issuer_takes_the_options_of_a_verifier() -> None:
    issuer = "https://issuer.example"
    client = JwksClient.from_issuer(issuer, audience=AUDIENCE, max_age=60, token_cache=5)
    again = client.verifier.__getnewargs_ex__()
    assert again == ((Policy(issuer=issuer, audience=AUDIENCE, max_age=60),), {"token_cache": 5})
