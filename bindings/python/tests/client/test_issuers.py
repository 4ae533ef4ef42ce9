"""Several issuers, each with its own keys."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import httpx
import pytest
from fastapi import Depends, FastAPI
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from verijot import (
    AlgorithmMismatchError,
    InvalidAudienceError,
    InvalidClaimError,
    InvalidIssuerError,
    InvalidPolicyError,
    InvalidSignatureError,
    JwksClient,
    JwkSet,
    KeysUnavailableError,
    MalformedTokenError,
    MissingRequiredClaimError,
    MultiIssuerClient,
    RevokedTokenError,
    UnknownKeyError,
    VerifiedToken,
    Verifier,
)
from verijot.fastapi import Bearer
from verijot.starlette import bearer, token_of
from verijot.testing import FixedClock, Issuer, SigningKey

ONES = "https://one.example/api"
OTHERS = "https://other.example/api"


@dataclass
class Claims:
    sub: str


@pytest.fixture
def one(clock: FixedClock) -> Iterator[Issuer]:
    with Issuer(SigningKey.p256("shared"), clock=clock) as issuer:
        yield issuer


@pytest.fixture
def other(clock: FixedClock) -> Iterator[Issuer]:
    """An issuer with a different key under the same `kid`."""
    with Issuer(SigningKey.ed25519("shared"), clock=clock) as issuer:
        yield issuer


@pytest.fixture
def client(one: Issuer, other: Issuer, clock: FixedClock) -> Iterator[MultiIssuerClient]:
    with MultiIssuerClient(
        JwksClient.from_issuer(one.url, audience=ONES, clock=clock),
        JwksClient.from_issuer(other.url, audience=OTHERS, clock=clock),
    ) as client:
        yield client


def test_each_issuer_has_its_own_keys(
    client: MultiIssuerClient, one: Issuer, other: Issuer
) -> None:
    assert client.verify(one.mint({"sub": "alice"}, audience=ONES)).issuer == one.url
    assert (one.fetches, other.fetches) == (1, 0)
    raw = other.mint({"sub": "bob"}, audience=OTHERS)
    assert client.verify(raw, into=Claims) == Claims("bob")
    assert asyncio.run(client.averify(raw)).issuer == other.url
    assert (one.fetches, other.fetches) == (1, 1)
    assert [held.health().usable_keys for held in client.clients] == [1, 1]
    assert repr(client) == (f"<MultiIssuerClient <JwksClient {one.url}>, <JwksClient {other.url}>>")


def test_keys_of_one_issuer_are_never_used_for_another(
    client: MultiIssuerClient, one: Issuer, other: Issuer, clock: FixedClock
) -> None:
    alone = SigningKey.p256("of one alone")
    one.keys.insert(0, alone)
    client.verify(one.mint({}, alone, audience=ONES))
    for _ in range(2):
        for raw, error in (
            (other.mint({}, alone, audience=OTHERS), UnknownKeyError),
            (one.mint({}, other.keys[-1], audience=ONES), AlgorithmMismatchError),
            (other.mint({}, one.keys[-1], audience=OTHERS), AlgorithmMismatchError),
        ):
            with pytest.raises(error):
                client.verify(raw)
            clock.advance(15)
            with pytest.raises(error):
                asyncio.run(client.averify(raw))
            clock.advance(15)


def test_a_signature_by_another_issuer_with_the_same_kid(one: Issuer, clock: FixedClock) -> None:
    with Issuer(SigningKey.p256("shared"), clock=clock) as other:
        other.keys = [_renamed(SigningKey.p256("another secret"), "shared")]
        client = MultiIssuerClient(
            JwksClient.from_issuer(one.url, audience=ONES, clock=clock),
            JwksClient.from_issuer(other.url, audience=ONES, clock=clock),
        )
        client.verify(one.mint({}, audience=ONES))
        client.verify(other.mint({}, audience=ONES))
        for issuer, key in ((one, other.keys[0]), (other, one.keys[0])):
            with pytest.raises(InvalidSignatureError):
                client.verify(issuer.mint({}, key, audience=ONES))


def test_each_issuer_has_its_own_policy(
    client: MultiIssuerClient, one: Issuer, other: Issuer
) -> None:
    with pytest.raises(InvalidAudienceError):
        client.verify(one.mint({}, audience=OTHERS))
    with pytest.raises(InvalidAudienceError):
        client.verify(other.mint({}, audience=ONES))


def test_tokens_of_unknown_issuers(client: MultiIssuerClient, one: Issuer, other: Issuer) -> None:
    for claims, error in (
        ({"iss": "https://evil.example"}, InvalidIssuerError),
        ({"iss": f"{one.url}/"}, InvalidIssuerError),
        ({"iss": None}, MissingRequiredClaimError),
        ({"iss": [one.url]}, InvalidClaimError),
    ):
        with pytest.raises(error):
            client.verify(one.mint(claims, audience=ONES))
    with pytest.raises(MalformedTokenError):
        client.verify("a.b")
    assert one.requests == other.requests == []


def test_an_outage_of_one_issuer_does_not_affect_others(
    client: MultiIssuerClient, one: Issuer, other: Issuer
) -> None:
    with one.outage():
        with pytest.raises(KeysUnavailableError):
            client.verify(one.mint({}, audience=ONES))
        client.verify(other.mint({}, audience=OTHERS))


def test_revocation_hooks_and_fixed_keys(one: Issuer, other: Issuer) -> None:
    keys = JwkSet.from_json(one.jwks)
    client = MultiIssuerClient(
        JwksClient(keys, Verifier(issuer=one.url, audience=ONES, revoked=lambda _: True)),
        JwksClient(other.jwks_url, Verifier(issuer=[other.url, "https://b"], audience=OTHERS)),
    )
    with pytest.raises(RevokedTokenError):
        client.verify(one.mint({}, audience=ONES), now=1.7e9)
    token = client.verify(other.mint({"iss": "https://b"}, audience=OTHERS), now=1.7e9)
    assert token.issuer == "https://b"


def test_clients_that_cannot_be_combined(one: Issuer) -> None:
    named = JwksClient.from_issuer(one.url, audience=ONES)
    waived = JwksClient(one.jwks_url, Verifier(issuer=None, audience=ONES))
    for clients in ((), (named, named), (named, waived)):
        with pytest.raises(InvalidPolicyError):
            MultiIssuerClient(*clients)


def test_in_fastapi_and_starlette(client: MultiIssuerClient, one: Issuer, other: Issuer) -> None:
    fastapi = FastAPI()

    @fastapi.get("/")
    async def me(token: Annotated[VerifiedToken, Depends(Bearer(client))]) -> str | None:
        return token.issuer

    async def also_me(request: Request) -> Response:
        return PlainTextResponse(token_of(request).issuer)

    starlette = Starlette(routes=[Route("/", also_me)], middleware=[bearer(client)])

    async def call(app: FastAPI | Starlette, raw: str) -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://a") as http:
            return await http.get("/", headers={"Authorization": f"Bearer {raw}"})

    for app in (fastapi, starlette):
        for issuer, audience in ((one, ONES), (other, OTHERS)):
            answer = asyncio.run(call(app, issuer.mint({}, audience=audience)))
            assert issuer.url in answer.text
        forged = one.mint({}, other.keys[-1], audience=ONES)
        assert asyncio.run(call(app, forged)).status_code == 401


def _renamed(key: SigningKey, kid: str) -> SigningKey:
    jwk = {name: value for name, value in key.jwk.items() if name in {"kty", "crv", "x", "y"}}
    return SigningKey(kid, key.algorithm, jwk, key.sign)
