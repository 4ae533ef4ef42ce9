"""Guards: demands, places of the token, and a revocation check that fails closed."""

import asyncio
import pickle
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from verijot import (
    InsufficientAuthenticationError,
    InsufficientScopeError,
    InvalidDemandError,
    JwksClient,
    JwkSet,
    MalformedAuthorizationError,
    MissingTokenError,
    RevocationUnavailableError,
    RevokedTokenError,
    VerificationError,
    VerifiedToken,
    Verifier,
)
from verijot.testing import FixedClock, Issuer
from verijot.web import (
    BlockingGuard,
    Demand,
    FixedKeys,
    Guard,
    GuardRules,
    Revoked,
    resource_metadata_url,
)

AUDIENCE = "https://api.example"


@pytest.fixture
def client(issuer: Issuer, clock: FixedClock) -> JwksClient:
    return JwksClient.from_issuer(issuer.url, audience=AUDIENCE, clock=clock)


def admit(guard: Guard, *headers: str, demand: Demand | None = None) -> VerifiedToken:
    guard = guard if demand is None else guard.requires(demand)
    return asyncio.run(guard.admit(headers))


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
    for granted in (["read"], ["write", "read"], "read"):
        admit(Guard(client), header, demand=Demand(scopes=granted))
    admit(Guard(client), header, demand=Demand(any_scope=["admin", "write"]))
    for missing in ("re", ["read", "admin"]):
        with pytest.raises(InsufficientScopeError) as refused:
            admit(Guard(client), header, demand=Demand(scopes=missing))
        assert refused.value.http_status == 403
    answer = Guard(client, realm="orders").answer(refused.value)
    assert answer.headers == {
        "Cache-Control": "no-store",
        "Content-Type": "application/json",
        "WWW-Authenticate": 'Bearer realm="orders", error="insufficient_scope", '
        'error_description="insufficient_scope", scope="read admin"',
    }
    assert (answer.status, answer.websocket_close_code) == (403, 1008)
    assert answer.body == '{"detail":"insufficient_scope"}'
    assert "WWW-Authenticate" not in Guard(client, cookie="c").answer(refused.value).headers
    with pytest.raises(InsufficientScopeError) as refused:
        admit(Guard(client), header, demand=Demand(any_scope=["admin", "owner"]))
    assert "admin" not in Guard(client).answer(refused.value).headers["WWW-Authenticate"]
    assert refused.value.expected == "one of: admin, owner"


@pytest.mark.parametrize(
    "nonsense",
    [
        {},
        {"scopes": []},
        {"scopes": ""},
        {"scopes": ["a b"]},
        {"any_scope": []},
        {"any_scope": ["a", " "]},
        {"role": [], "at": "roles"},
        {"any_role": "", "at": "roles"},
        {"role": "a", "at": []},
        {"role": "a", "at": ""},
    ],
)
def test_an_empty_demand_is_an_error(nonsense: dict[str, Any]) -> None:
    with pytest.raises(InvalidDemandError, match="invalid_demand: ") as mistake:
        Demand(**nonsense)
    assert mistake.value.code == "invalid_demand"


def test_demands_are_documents_and_add_up() -> None:
    document = '{"all_scopes":["a"],"any_role":{"at":["roles"],"roles":["b","c"]}}'
    demand = Demand(scopes="a") & Demand(any_role=["b", "c"], at="roles")
    assert demand.to_json() == document
    assert Demand.from_json(document) == demand == pickle.loads(pickle.dumps(demand))  # noqa: S301
    assert demand != Demand(scopes="a")
    with pytest.raises(InvalidDemandError, match="unknown member `all_scope`"):
        Demand.from_json('{"all_scope": ["a"]}')


def test_an_optional_guard_cannot_have_a_demand(client: JwksClient, raw: str) -> None:
    demand = Demand(scopes="a")
    for mistake in (
        lambda: Guard(client, demand=demand, optional=True),
        lambda: Guard(client, demand=demand).optional(),
        lambda: Guard(client, optional=True).requires(demand),
        lambda: BlockingGuard(client, demand=demand, optional=True),
    ):
        with pytest.raises(InvalidDemandError):
            mistake()
    guard = BlockingGuard(client).optional()
    assert guard.admit_or_none([]) is None
    token = guard.admit_or_none([f"Bearer {raw}"])
    assert token is not None
    assert token.subject == "alice"
    with pytest.raises(MissingTokenError):
        guard.admit([])
    with pytest.raises(MissingTokenError):
        guard.admit_or_none(["Basic abc"])


def test_headers_and_cookies(client: JwksClient, raw: str) -> None:
    header = Guard(client, header="X-Token")
    assert header.header_name == "x-token"
    assert admit(header, raw).subject == "alice"
    cookie = Guard(client, cookie="session")
    assert cookie.header_name == "cookie"
    assert admit(cookie, f'a=b; session="{raw}"').subject == "alice"
    for guard, values in (
        (header, [f"Bearer {raw}"]),
        (header, [raw, raw]),
        (header, [""]),
        (cookie, [f"session={raw}; session={raw}"]),
        (cookie, [f"session={raw}", "session=x"]),
        (cookie, ["session="]),
    ):
        with pytest.raises(MalformedAuthorizationError):
            admit(guard, *values)
    with pytest.raises(MissingTokenError):
        admit(cookie, f"sessions={raw}")
    for named, baked in (("a", "b"), ("Authorization", None), ("a b", None), (None, "")):
        with pytest.raises(InvalidDemandError):
            GuardRules(header=named, cookie=baked)


def test_responses_to_errors_that_callers_make(client: JwksClient, raw: str) -> None:
    guard = Guard(client, realm="r")
    answer = guard.answer(MissingTokenError())
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="r"'
    with pytest.raises(VerificationError) as refused:
        admit(guard, f"Bearer {raw}x")
    assert guard.answer(refused.value).body == '{"detail":"malformed_token"}'
    again = pickle.loads(pickle.dumps(refused.value))  # noqa: S301
    assert guard.answer(again) == guard.answer(refused.value)


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


def test_the_path_of_a_role_is_read_once() -> None:
    named = Demand(role="a", any_role=["b", "c"], at=["x", "y"])
    once: Any = iter(["x", "y"])
    assert Demand(role="a", any_role=["b", "c"], at=once) == named


@pytest.mark.parametrize("half", [{"role": "admin"}, {"at": "roles"}])
def test_an_incomplete_demand_is_an_error(half: dict[str, Any]) -> None:
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
def test_revocation_without_an_answer_refuses_the_token(
    client: JwksClient, raw: str, revoked: Revoked
) -> None:
    with pytest.raises(RevocationUnavailableError) as refused:
        admit(Guard(client, revoked=revoked, revoked_timeout=0.05), f"Bearer {raw}")
    assert refused.value.http_status == 503
    answer = Guard(client).answer(refused.value)
    assert (answer.status, answer.websocket_close_code) == (503, 1013)
    assert answer.headers["Retry-After"] == "1"
    assert "WWW-Authenticate" not in answer.headers


async def cancelled_by_others(_: VerifiedToken) -> bool:
    raise asyncio.CancelledError


def test_a_check_that_is_cancelled_by_others_gives_no_answer(client: JwksClient, raw: str) -> None:
    with pytest.raises(RevocationUnavailableError):
        admit(Guard(client, revoked=cancelled_by_others), f"Bearer {raw}")


def test_a_check_that_ignores_its_cancellation(client: JwksClient, raw: str) -> None:
    over = asyncio.Event()

    async def stubborn(_: VerifiedToken) -> bool:
        while not over.is_set():
            with suppress(asyncio.CancelledError):
                await over.wait()
        return False

    async def ask() -> None:
        guard = Guard(client, revoked=stubborn, revoked_timeout=0.05)
        with pytest.raises(RevocationUnavailableError):
            await asyncio.wait_for(guard.admit([f"Bearer {raw}"]), 5)
        over.set()

    asyncio.run(ask())


def test_a_request_that_is_cancelled_cancels_its_check(client: JwksClient, raw: str) -> None:
    ended: list[str] = []

    async def waiting(_: VerifiedToken) -> bool:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("cancelled")
        return False

    async def leave() -> None:
        request = asyncio.create_task(Guard(client, revoked=waiting).admit([f"Bearer {raw}"]))
        await asyncio.sleep(0.1)
        request.cancel()
        with pytest.raises(asyncio.CancelledError):
            await request
        await asyncio.sleep(0)
        assert ended == ["cancelled"]

    asyncio.run(leave())


def test_checks_that_never_end_are_limited(
    client: JwksClient, raw: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("verijot._asking.MAX_ABANDONED_CALLS", 2)
    over = asyncio.Event()
    asked: list[int] = []

    async def stubborn(_: VerifiedToken) -> bool:
        asked.append(1)
        while not over.is_set():
            with suppress(asyncio.CancelledError):
                await over.wait()
        return False

    async def ask() -> None:
        guard = Guard(client, revoked=stubborn, revoked_timeout=0.05)
        for _ in range(4):
            with pytest.raises(RevocationUnavailableError):
                await guard.admit([f"Bearer {raw}"])
        assert len(asked) == 2
        over.set()
        await asyncio.sleep(0.05)
        await guard.admit([f"Bearer {raw}"])

    asyncio.run(ask())


@pytest.mark.parametrize("limit", [0, -1, float("inf"), float("nan"), None, True, "2"])
def test_a_time_limit_is_a_number_of_seconds(client: JwksClient, limit: Any) -> None:
    with pytest.raises(InvalidDemandError, match="revoked_timeout"):
        Guard(client, revoked=clear, revoked_timeout=limit)


def test_revocation_is_checked_last(client: JwksClient, issuer: Issuer) -> None:
    asked: list[str | None] = []

    async def revoked(token: VerifiedToken) -> bool:
        asked.append(token.id)
        return False

    guard = Guard(client, revoked=revoked)
    header = "Bearer " + issuer.mint({"jti": "a"}, audience=AUDIENCE)
    with pytest.raises(InsufficientScopeError):
        admit(guard, header, demand=Demand(scopes=["x"]))
    assert asked == []


def test_fixed_keys(issuer: Issuer) -> None:
    raw = issuer.mint({"sub": "alice"}, audience=AUDIENCE, lifetime=10_000_000_000)
    verifier = Verifier(issuer=issuer.url, audience=AUDIENCE)
    keys = FixedKeys(verifier, JwkSet.from_json(issuer.jwks))
    assert admit(Guard(keys), f"Bearer {raw}").subject == "alice"
    assert keys.verify(raw).subject == "alice"
    assert issuer.requests == []


def test_a_sign_in_is_demanded(client: JwksClient, issuer: Issuer, clock: FixedClock) -> None:
    demand = Demand(acr_values=["phr", "mfa"], max_authentication_age=timedelta(minutes=10))
    guard = Guard(client, demand=demand)
    now = int(clock.now())
    claims = {"acr": "mfa", "auth_time": now - 600}
    good = "Bearer " + issuer.mint(claims, audience=AUDIENCE)
    admit(guard, good)
    for lacking in ({"acr": "mfa"}, {"auth_time": now}, {**claims, "auth_time": now - 601}):
        old = issuer.mint(lacking, audience=AUDIENCE)
        with pytest.raises(InsufficientAuthenticationError) as refused:
            admit(guard, f"Bearer {old}")
        challenge = guard.answer(refused.value).headers["WWW-Authenticate"]
        assert 'error="insufficient_user_authentication"' in challenge
        assert challenge.endswith('acr_values="phr mfa", max_age="600"')
    # A cached token grows old by the client's clock.
    token = admit(guard, good)
    clock.advance(1)
    with pytest.raises(InsufficientAuthenticationError):
        guard.check(token)
    demand.check(token, now=now)
    for bad in (0, -1, 1.5, float("inf")):
        with pytest.raises(InvalidDemandError):
            Demand(max_authentication_age=bad)
    with pytest.raises(InvalidDemandError):
        Demand(acr_values=[])
    with pytest.raises(TypeError):
        Demand(max_authentication_age="600")  # type: ignore[arg-type]


def test_challenges_name_the_metadata(client: JwksClient) -> None:
    url = resource_metadata_url("https://api.example/mcp")
    assert url == "https://api.example/.well-known/oauth-protected-resource/mcp"
    guard = Guard(client, resource_metadata=url)
    with pytest.raises(MissingTokenError) as refused:
        admit(guard)
    headers = guard.answer(refused.value).headers
    assert headers["WWW-Authenticate"] == f'Bearer resource_metadata="{url}"'
    for bad in ("", "urn:example:mcp", "http://api.example/", "https://api.example/#a"):
        with pytest.raises(InvalidDemandError):
            Guard(client, resource_metadata=bad)
        with pytest.raises(InvalidDemandError):
            resource_metadata_url(bad)
