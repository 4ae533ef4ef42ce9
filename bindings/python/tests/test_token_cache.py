"""A verifier with a token cache gives the same verdicts as one without."""

import pickle
import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from signing import AUDIENCE, ISSUER, NOW, SECRET, Mint
from verijot import (
    ExpiredSignatureError,
    JwkSet,
    RevokedTokenError,
    UnknownKeyError,
    VerificationError,
    VerifiedToken,
    Verifier,
)


def keys(secret: bytes = SECRET) -> JwkSet:
    return JwkSet.from_secret(secret, algorithms="HS256", kid="k1")


def caching(**keywords: Any) -> Verifier:
    whole: dict[str, Any] = {"issuer": ISSUER, "audience": AUDIENCE, "token_cache": 100, **keywords}
    return Verifier(**whole)


def test_each_cached_token_has_its_own_copy_of_the_claims(mint: Mint) -> None:
    verifier, held = caching(), keys()
    raw = mint(roles=["admin"], nested={"a": [{"b": [1]}], "c": None}, n=1.5, text="\u00e9")
    plain = Verifier(issuer=ISSUER, audience=AUDIENCE).verify(raw, held, now=NOW)
    for _ in range(3):
        token = verifier.verify(raw, held, now=NOW)
        assert token.claims == plain.claims
        assert list(token.claims) == list(plain.claims)
        assert token.claims is token.claims
        assert token.payload == plain.payload
        assert token.header == plain.header
        token.claims["roles"].append("everything")
        token.claims["nested"]["a"][0]["b"].append(2)
        token.claims["nested"]["d"] = 1
        token.claims["sub"] = "somebody else"


def test_a_cached_token_expires(mint: Mint) -> None:
    verifier, held = caching(), keys()
    raw = mint()
    for now in (NOW, NOW + 629):
        verifier.verify(raw, held, now=now)
    with pytest.raises(ExpiredSignatureError):
        verifier.verify(raw, held, now=NOW + 630)
    verifier.verify(raw, held, now=NOW)


def test_a_cached_token_is_refused_without_its_key(mint: Mint) -> None:
    verifier, raw = caching(), mint()
    verifier.verify(raw, keys(), now=NOW)
    with pytest.raises(VerificationError) as refused:
        verifier.verify(raw, keys(b"another secret of at least 32 octets"), now=NOW)
    assert refused.value.code == "invalid_signature"
    with pytest.raises(UnknownKeyError):
        verifier.verify(raw, JwkSet.from_secret(SECRET, "HS256", kid="k2"), now=NOW)


def test_a_cached_token_can_be_revoked(mint: Mint) -> None:
    revoked: set[str] = set()
    asked: list[VerifiedToken] = []

    def hook(token: VerifiedToken) -> bool:
        asked.append(token)
        return token.subject in revoked

    verifier, held, raw = caching(revoked=hook), keys(), mint()
    for _ in range(3):
        verifier.verify(raw, held, now=NOW)
    revoked.add("alice")
    with pytest.raises(RevokedTokenError):
        verifier.verify(raw, held, now=NOW)
    assert len(asked) == 4


def test_the_cache_changes_no_verdict(mint: Mint) -> None:
    chance = random.Random(1)  # noqa: S311
    plain, verifier = Verifier(issuer=ISSUER, audience=AUDIENCE), caching(token_cache=8)
    sets = [keys(), keys(), keys(b"another secret of at least 32 octets")]
    tokens = [mint(n=n, exp=NOW + 60 * n, nbf=NOW + 20 * n - 200) for n in range(20)]
    tokens += [token[:-1] + "A" for token in tokens[:3]] + ["", "a.b.c"]

    def verdict(one: Verifier, raw: str, held: JwkSet, now: int) -> object:
        try:
            return one.verify(raw, held, now=now).claims
        except VerificationError as error:
            return error.code, error.claim

    for _ in range(5000):
        raw, held = chance.choice(tokens), chance.choice(sets)
        now = NOW + chance.randrange(-300, 1500)
        assert verdict(verifier, raw, held, now) == verdict(plain, raw, held, now)


def test_threads_share_the_cache(mint: Mint) -> None:
    verifier, held = caching(), keys()
    tokens = [mint(n=n, list=[n]) for n in range(40)]

    def work(seed: int) -> None:
        chance = random.Random(seed)  # noqa: S311
        for _ in range(2000):
            n = chance.randrange(40)
            claims = verifier.verify(tokens[n], held, now=NOW).claims
            assert claims["n"] == n
            assert claims["list"] == [n]
            claims["list"].append("mine")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))


def test_pickling_empties_the_cache(mint: Mint) -> None:
    verifier = pickle.loads(pickle.dumps(caching()))  # noqa: S301
    verifier.verify(mint(), keys(), now=NOW)
    verifier.verify(mint(), keys(), now=NOW)


def test_an_invalid_cache_size_is_an_error() -> None:
    for wrong in (-1, "many"):
        with pytest.raises((TypeError, OverflowError)):
            caching(token_cache=wrong)
