"""The test helpers themselves."""

import json
import subprocess
import sys
import time

import httpx
import pytest
import verijot
from verijot import ExpiredSignatureError, JwksClient, JwkSet, MissingRequiredClaimError, Verifier
from verijot.testing import ED25519, P256, RSA, Answer, FixedClock, Issuer, SigningKey, mint

VERIFIER = Verifier(issuer="https://issuer.example", audience=None)


@pytest.mark.parametrize("key", [ED25519, P256, RSA])
def test_tokens_verify(key: SigningKey) -> None:
    keys = JwkSet.from_json({"keys": [key.jwk]})
    assert keys.skipped == []
    raw = mint({"sub": "alice"}, key, issuer="https://issuer.example")
    token = VERIFIER.verify(raw, keys)
    assert (token.subject, token.key_id) == ("alice", key.kid)


def test_keys_are_always_the_same() -> None:
    assert SigningKey.ed25519("a").jwk == SigningKey.ed25519("a").jwk
    assert SigningKey.ed25519("a").jwk != SigningKey.ed25519("b").jwk
    assert SigningKey.p256("a").jwk == SigningKey.p256("a").jwk
    assert repr(RSA) == "<SigningKey rsa RS256>"


def test_claims_can_be_left_out_and_anything_can_be_signed() -> None:
    keys = JwkSet.from_json({"keys": [ED25519.jwk]})
    with pytest.raises(MissingRequiredClaimError):
        VERIFIER.verify(mint({"exp": None}, issuer="https://issuer.example"), keys)
    raw = mint(b"anything", header={"typ": None})
    assert VERIFIER.verify_jws(raw, keys).payload == b"anything"
    assert "typ" not in VERIFIER.verify_jws(raw, keys).header


def test_a_clock_for_tokens_and_keys() -> None:
    clock = FixedClock()
    with Issuer(clock=clock) as issuer:
        client = JwksClient.from_issuer(issuer.url, audience=None, clock=clock)
        raw = issuer.mint({}, lifetime=60)
        client.verify(raw)
        clock.advance(60 + 30)
        with pytest.raises(ExpiredSignatureError):
            client.verify(raw)
        client.verify(raw, now=clock.now() - 60)
        age = client.health().age
        assert age is not None
        assert 89 < age < 91


def test_an_issuer() -> None:
    with Issuer(ED25519, P256) as issuer:
        assert httpx.get(issuer.jwks_url).json() == json.loads(issuer.jwks)
        with issuer.outage():
            assert httpx.get(issuer.jwks_url).status_code == 503
        start = time.monotonic()
        with issuer.slowness(0.1):
            httpx.get(issuer.jwks_url)
        assert time.monotonic() - start >= 0.1
        with issuer.answering(Answer(body=b"x"), "/other"):
            assert httpx.get(issuer.url + "/other").text == "x"
        assert httpx.get(issuer.url + "/other").status_code == 404
        assert issuer.fetches == 3
        new = issuer.rotate()
        assert [key.kid for key in issuer.keys] == [new.kid]
        issuer.rotate(RSA, keep=True)
        assert len(issuer.keys) == 2
    with pytest.raises(httpx.ConnectError):
        httpx.get(issuer.jwks_url)


def test_the_package_does_not_import_test_helpers() -> None:
    code = (
        "import sys, verijot; verijot.JwksClient; "
        "print([m for m in ('verijot.testing', 'cryptography', 'httpx', 'fastapi', 'starlette') "
        "if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)  # noqa: S603, the code is above
    assert done.stdout.strip() == "[]"
    with pytest.raises(AttributeError):
        getattr(verijot, "Nothing")  # noqa: B009, type checkers refuse a missing attribute
