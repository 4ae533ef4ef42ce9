"""A verifier that remembers tokens gives the verdicts of one that does not."""

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


def remembering(**keywords: Any) -> Verifier:
    whole: dict[str, Any] = {"issuer": ISSUER, "audience": AUDIENCE, "token_cache": 100, **keywords}
    return Verifier(**whole)


def test_claims_are_equal_and_belong_to_one_token_each(mint: Mint) -> None:
    verifier, at_hand = remembering(), keys()
    raw = mint(roles=["admin"], nested={"a": [{"b": [1]}], "c": None}, n=1.5, text="\u00e9")
    plain = Verifier(issuer=ISSUER, audience=AUDIENCE).verify(raw, at_hand, now=NOW)
    for _ in range(3):
        token = verifier.verify(raw, at_hand, now=NOW)
        assert token.claims == plain.claims
        assert list(token.claims) == list(plain.claims)
        assert token.claims is token.claims
        assert token.payload == plain.payload
        assert token.header == plain.header
        token.claims["roles"].append("everything")
        token.claims["nested"]["a"][0]["b"].append(2)
        token.claims["nested"]["d"] = 1
        token.claims["sub"] = "somebody else"


def test_a_remembered_token_expires(mint: Mint) -> None:
    verifier, at_hand = remembering(), keys()
    raw = mint()
    for now in (NOW, NOW + 629):
        verifier.verify(raw, at_hand, now=now)
    with pytest.raises(ExpiredSignatureError):
        verifier.verify(raw, at_hand, now=NOW + 630)
    verifier.verify(raw, at_hand, now=NOW)


def test_a_remembered_token_goes_with_its_key(mint: Mint) -> None:
    verifier, raw = remembering(), mint()
    verifier.verify(raw, keys(), now=NOW)
    with pytest.raises(VerificationError) as refused:
        verifier.verify(raw, keys(b"another secret of at least 32 octets"), now=NOW)
    assert refused.value.code == "invalid_signature"
    with pytest.raises(UnknownKeyError):
        verifier.verify(raw, JwkSet.from_secret(SECRET, "HS256", kid="k2"), now=NOW)


def test_a_remembered_token_is_revoked(mint: Mint) -> None:
    revoked: set[str] = set()
    asked: list[VerifiedToken] = []

    def hook(token: VerifiedToken) -> bool:
        asked.append(token)
        return token.subject in revoked

    verifier, at_hand, raw = remembering(revoked=hook), keys(), mint()
    for _ in range(3):
        verifier.verify(raw, at_hand, now=NOW)
    revoked.add("alice")
    with pytest.raises(RevokedTokenError):
        verifier.verify(raw, at_hand, now=NOW)
    assert len(asked) == 4


def test_no_sequence_changes_a_verdict(mint: Mint) -> None:
    chance = random.Random(1)  # noqa: S311
    plain, verifier = Verifier(issuer=ISSUER, audience=AUDIENCE), remembering(token_cache=8)
    sets = [keys(), keys(), keys(b"another secret of at least 32 octets")]
    tokens = [mint(n=n, exp=NOW + 60 * n, nbf=NOW + 20 * n - 200) for n in range(20)]
    tokens += [token[:-1] + "A" for token in tokens[:3]] + ["", "a.b.c"]

    def verdict(one: Verifier, raw: str, at_hand: JwkSet, now: int) -> object:
        try:
            return one.verify(raw, at_hand, now=now).claims
        except VerificationError as error:
            return error.code, error.claim

    for _ in range(5000):
        raw, at_hand = chance.choice(tokens), chance.choice(sets)
        now = NOW + chance.randrange(-300, 1500)
        assert verdict(verifier, raw, at_hand, now) == verdict(plain, raw, at_hand, now)


def test_threads_share_it(mint: Mint) -> None:
    verifier, at_hand = remembering(), keys()
    tokens = [mint(n=n, list=[n]) for n in range(40)]

    def work(seed: int) -> None:
        chance = random.Random(seed)  # noqa: S311
        for _ in range(2000):
            n = chance.randrange(40)
            claims = verifier.verify(tokens[n], at_hand, now=NOW).claims
            assert claims["n"] == n
            assert claims["list"] == [n]
            claims["list"].append("mine")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))


def test_it_is_pickled_empty(mint: Mint) -> None:
    verifier = pickle.loads(pickle.dumps(remembering()))  # noqa: S301
    verifier.verify(mint(), keys(), now=NOW)
    verifier.verify(mint(), keys(), now=NOW)


def test_a_number_of_tokens_is_asked_for() -> None:
    for wrong in (-1, "many"):
        with pytest.raises((TypeError, OverflowError)):
            remembering(token_cache=wrong)
