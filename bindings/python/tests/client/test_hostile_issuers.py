"""Hostile responses: they never replace good keys, and delay no token that needs no fetch."""

import json
import time
from collections.abc import Callable

import pytest
from verijot import CacheSettings, JwksClient, KeysUnavailableError, UnknownKeyError
from verijot.fetch import AsyncFetch, Fetch
from verijot.fetch import fetch as fetch_with_urllib
from verijot.httpx import fetch as fetch_with_httpx
from verijot.testing import Answer, FixedClock, Issuer, SigningKey, mint

AUDIENCE = "https://api.example"
KEYS = "/.well-known/jwks.json"
UNUSABLE = json.dumps({"keys": [{"kty": "EC", "crv": "secp256k1", "kid": "a", "x": "", "y": ""}]})
GOOD = json.dumps({"keys": [SigningKey.ed25519("evil").jwk]}).encode()

ANSWERS = {
    "redirect": (Answer(status=302, body=b"", headers={"Location": "/evil"}), "unexpected_status"),
    "redirect with keys": (
        Answer(status=308, body=GOOD, headers={"Location": "/evil"}),
        "unexpected_status: 308",
    ),
    "web page": (Answer(body=b"<html>maintenance</html>"), "unusable_set: malformed_jwks"),
    "ten megabytes": (Answer(body=b" " * 10_000_000), "unusable_set: jwks_too_large"),
    "empty set": (Answer(body=b'{"keys": []}'), "no_usable_keys"),
    "no usable key": (Answer(body=UNUSABLE.encode()), "no_usable_keys"),
    "half a body": (Answer(body=GOOD, cut_after=len(GOOD) // 2), "no_answer"),
    "all but an octet": (Answer(body=GOOD + b" ", cut_after=len(GOOD)), "no_answer"),
    "drip": (Answer(body=GOOD, drip=0.1), ""),
    "slow": (Answer(delay=5), ""),
    "304 without a validator": (Answer(status=304, body=b""), "unexpected_status: 304"),
    "server error": (Answer(status=500, body=GOOD), "unexpected_status: 500"),
    "created": (Answer(status=201, body=GOOD), "unexpected_status: 201"),
    "not JSON": (Answer(body=GOOD + b"x"), "unusable_set"),
    "not UTF-8": (Answer(body=b"\xff\xfe"), "unusable_set"),
    "compressed": (
        Answer(body=b"\x1f\x8b\x08\x00", headers={"Content-Encoding": "gzip"}),
        "unusable_set",
    ),
    "nothing": (Answer(body=b""), "unusable_set"),
}


@pytest.mark.parametrize("fetch", [fetch_with_urllib, fetch_with_httpx], ids=["urllib", "httpx"])
@pytest.mark.parametrize("name", ANSWERS)
def test_hostile_responses_do_not_replace_good_keys(
    issuer: Issuer,
    clock: FixedClock,
    fetch: Fetch | AsyncFetch,
    name: str,
    eventually: Callable[[Callable[[], bool]], None],
) -> None:
    answer, failure = ANSWERS[name]
    settings = CacheSettings(fetch_timeout=2)
    client = JwksClient.from_issuer(
        issuer.url, audience=AUDIENCE, fetch=fetch, settings=settings, clock=clock
    )
    raw = issuer.mint({}, audience=AUDIENCE, lifetime=10_000)
    client.verify(raw)
    clock.advance(700)
    with issuer.answering(answer, KEYS):
        start = time.monotonic()
        client.verify(raw)
        assert time.monotonic() - start < 1.5
        eventually(lambda: client.health().failures == 1)
        assert (client.health().last_failure or "").startswith(failure)
        for forged in (mint({}, SigningKey.ed25519("evil")), mint({}, SigningKey.ed25519("a"))):
            with pytest.raises((KeysUnavailableError, UnknownKeyError)):
                client.verify(forged)
        client.verify(raw)
    assert client.health().usable_keys == 1
    assert "/evil" not in [path for path, _ in issuer.requests]
    clock.advance(60)
    client.verify(raw)
    eventually(lambda: client.health().is_fresh)


@pytest.mark.parametrize("fetch", [fetch_with_urllib, fetch_with_httpx], ids=["urllib", "httpx"])
@pytest.mark.parametrize("name", ANSWERS)
def test_without_keys_a_hostile_response_is_an_outage(
    issuer: Issuer, clock: FixedClock, fetch: Fetch | AsyncFetch, name: str
) -> None:
    answer, _ = ANSWERS[name]
    settings = CacheSettings(fetch_timeout=1)
    client = JwksClient.from_issuer(
        issuer.url, audience=AUDIENCE, fetch=fetch, settings=settings, clock=clock
    )
    with issuer.answering(answer, KEYS):
        start = time.monotonic()
        with pytest.raises(KeysUnavailableError):
            client.verify(issuer.mint({}, audience=AUDIENCE))
        assert time.monotonic() - start < 5
