"""What frameworks are made of: demands, and a revocation check that fails closed."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from verijot import (
    InsufficientScopeError,
    JwksClient,
    JwkSet,
    MalformedAuthorizationError,
    MissingTokenError,
    RevocationUnavailableError,
    RevokedTokenError,
    VerifiedToken,
    Verifier,
)
from verijot.testing import FixedClock, Issuer
from verijot.web import Demand, FixedKeys, Guard, Revoked, refusal_headers

AUDIENCE = "https://api.example"


@pytest.fixture
def client(issuer: Issuer, clock: FixedClock) -> JwksClient:
    return JwksClient.from_issuer(issuer.url, audience=AUDIENCE, clock=clock)


def admit(guard: Guard, *headers: str, demand: Demand | None = None) -> VerifiedToken:
    return asyncio.run(guard.admit(headers, () if demand is None else (demand,)))


def test_one_token_in_one_header(client: JwksClient, raw: str) -> None:
    guard = Guard(client)
    assert admit(guard, f"Bearer {raw}").subject == "alice"
    assert admit(guard, f"bearer  {raw}").subject == "alice"
    with pytest.raises(MissingTokenError):
        admit(guard)
    with pytest.raises(MissingTokenError):
        admit(guard, "Basic abc")
    for headers in ([f"Bearer {raw}", f"Bearer {raw}"], ["Bearer"], [f"Bearer {raw} x"]):
        with pytest.raises(MalformedAuthorizationError):
            admit(guard, *headers)


def test_scopes(client: JwksClient, issuer: Issuer) -> None:
    header = "Bearer " + issuer.mint({"scope": "read write"}, audience=AUDIENCE)
    for granted in ([], ["read"], ["write", "read"], "read"):
        admit(Guard(client), header, demand=Demand(scopes=granted))
    for missing in (["read", "admin"], "re", ["read write"]):
        with pytest.raises(InsufficientScopeError) as refused:
            admit(Guard(client), header, demand=Demand(scopes=missing))
        assert refused.value.http_status == 403
    assert refusal_headers(refused.value) == {
        "WWW-Authenticate": 'Bearer error="insufficient_scope", '
        'error_description="insufficient_scope", scope="read write"'
    }


def test_roles(client: JwksClient, issuer: Issuer) -> None:
    claims = {"realm_access": {"roles": ["admin"]}, "https://x.example/roles": ["owner"]}
    header = "Bearer " + issuer.mint(claims, audience=AUDIENCE)
    admit(Guard(client), header, demand=Demand(role="admin", at="realm_access.roles"))
    admit(Guard(client), header, demand=Demand(role="owner", at=["https://x.example/roles"]))
    with pytest.raises(InsufficientScopeError) as refused:
        admit(Guard(client), header, demand=Demand(role="owner", at="realm_access.roles"))
    assert refused.value.claim == "realm_access.roles"
    with pytest.raises(InsufficientScopeError):
        admit(Guard(client), header, demand=Demand(role="admin", at="absent"))


@pytest.mark.parametrize("half", [{"role": "admin"}, {"at": "roles"}])
def test_half_a_demand_is_a_mistake(half: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        Demand(**half)


async def clear(_: VerifiedToken) -> bool:
    return False


async def gone(_: VerifiedToken) -> bool:
    return True


async def raising(_: VerifiedToken) -> bool:
    raise ConnectionError


async def slow(_: VerifiedToken) -> bool:
    await asyncio.sleep(10)
    return False


async def cancelled(_: VerifiedToken) -> bool:
    raise TimeoutError


def answering(answer: object) -> Callable[[VerifiedToken], Awaitable[Any]]:
    async def revoked(_: VerifiedToken) -> object:
        return answer

    return revoked


def not_async(_: VerifiedToken) -> bool:
    return False


def test_a_token_that_is_not_revoked(client: JwksClient, raw: str) -> None:
    admit(Guard(client, revoked=clear), f"Bearer {raw}")


def test_a_revoked_token(client: JwksClient, raw: str) -> None:
    with pytest.raises(RevokedTokenError):
        admit(Guard(client, revoked=gone), f"Bearer {raw}")


@pytest.mark.parametrize(
    "revoked",
    [raising, slow, cancelled, not_async, *map(answering, (None, 0, "", [], 1))],
)
def test_no_answer_is_not_a_yes(client: JwksClient, raw: str, revoked: Revoked) -> None:
    with pytest.raises(RevocationUnavailableError) as refused:
        admit(Guard(client, revoked=revoked, revoked_timeout=0.05), f"Bearer {raw}")
    assert refused.value.http_status == 503
    assert "Retry-After" in refusal_headers(refused.value)
    assert "WWW-Authenticate" not in refusal_headers(refused.value)


def test_revocation_is_asked_last(client: JwksClient, issuer: Issuer) -> None:
    asked: list[str | None] = []

    async def revoked(token: VerifiedToken) -> bool:
        asked.append(token.id)
        return False

    guard = Guard(client, revoked=revoked)
    header = "Bearer " + issuer.mint({"jti": "a"}, audience=AUDIENCE)
    with pytest.raises(InsufficientScopeError):
        admit(guard, header, demand=Demand(scopes=["x"]))
    assert asked == []


def test_keys_that_never_change(issuer: Issuer, raw: str) -> None:
    verifier = Verifier(issuer=issuer.url, audience=AUDIENCE, leeway=10**9)
    keys = FixedKeys(verifier, JwkSet.from_json(issuer.jwks))
    assert admit(Guard(keys), f"Bearer {raw}").subject == "alice"
    assert keys.verify(raw).subject == "alice"
    assert issuer.requests == []
