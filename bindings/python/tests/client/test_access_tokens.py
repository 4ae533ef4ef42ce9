"""Access tokens of RFC 9068 in the frameworks, each on a port of this machine."""

import asyncio
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from typing import Annotated, Any

import httpx
import pytest
import uvicorn
from fastapi import Depends, FastAPI
from flask import Flask
from flask import Response as FlaskResponse
from flask import request as flask_request
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from verijot import (
    InsufficientAuthenticationError,
    InvalidPolicyError,
    JwksClient,
    JwkSet,
    RevokedTokenError,
    UnexpectedTypeError,
    VerificationError,
    VerifiedToken,
)
from verijot.fastapi import Bearer
from verijot.profiles import AccessTokenClient, AccessTokenVerifier
from verijot.starlette import bearer, token_of
from verijot.testing import FixedClock, Issuer
from verijot.web import BlockingGuard, Demand, Guard
from werkzeug.serving import make_server

AUDIENCE = "https://api.example"
CHALLENGE = (
    'Bearer error="insufficient_user_authentication", '
    'error_description="insufficient_authentication", acr_values="mfa", max_age="60"'
)

Mint = Callable[..., str]


@pytest.fixture
def mint(issuer: Issuer, clock: FixedClock) -> Mint:
    def mint(header: dict[str, Any] | None = None, **claims: Any) -> str:
        login = {"auth_time": int(clock.now()) - 30, "acr": "mfa"}
        whole = {"sub": "alice", "client_id": "app", "jti": "one", **login, **claims}
        kept = {name: value for name, value in whole.items() if value is not None}
        return issuer.mint(kept, audience=AUDIENCE, header=header or {"typ": "at+jwt"})

    return mint


@pytest.fixture
def keys(issuer: Issuer, clock: FixedClock) -> JwksClient:
    """Keys of a client whose own policy accepts nothing of this issuer."""
    return JwksClient.from_issuer(issuer.url, audience="another", clock=clock)


@pytest.fixture
def verifier(issuer: Issuer) -> AccessTokenVerifier:
    return AccessTokenVerifier(
        issuer=issuer.url, audience=AUDIENCE, client_ids="app", token_cache=10
    )


@contextmanager
def served_asgi(app: Any) -> Generator[str]:
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        deadline = time.monotonic() + 10
        while not server.started:
            assert thread.is_alive()
            assert time.monotonic() < deadline
            time.sleep(0.01)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def served_wsgi(app: Any) -> Generator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def fastapi_service(client: AccessTokenClient, *, demands: bool) -> Any:
    verified = Bearer(client)
    if demands:
        verified = verified.requires(acr_values="mfa", max_authentication_age=60)
    app = FastAPI()

    @app.get("/")
    async def subject(token: Annotated[VerifiedToken, Depends(verified)]) -> str | None:
        return token.subject

    return served_asgi(app)


def starlette_service(client: AccessTokenClient, *, demands: bool) -> Any:
    login: dict[str, Any] = {"acr_values": "mfa", "max_authentication_age": 60} if demands else {}

    async def subject(request: Request) -> PlainTextResponse:
        return PlainTextResponse(f'"{token_of(request, **login).subject}"')

    return served_asgi(Starlette(routes=[Route("/", subject)], middleware=[bearer(client)]))


def flask_service(client: AccessTokenClient, *, demands: bool) -> Any:
    demand = Demand(acr_values="mfa", max_authentication_age=60) if demands else None
    guard = BlockingGuard(client, demand=demand)
    app = Flask(__name__)

    @app.get("/")
    def subject() -> str:
        token = guard.admit(flask_request.headers.getlist(guard.header_name))
        return f'"{token.subject}"'

    @app.errorhandler(VerificationError)
    def refuse(error: VerificationError) -> FlaskResponse:
        answer = guard.answer(error)
        return FlaskResponse(answer.body, answer.status, answer.headers)

    return served_wsgi(app)


SERVICES = {"fastapi": fastapi_service, "starlette": starlette_service, "flask": flask_service}


Call = Callable[[str], httpx.Response]
Serve = Callable[..., Call]


@pytest.fixture(params=SERVICES)
def serve(request: pytest.FixtureRequest) -> Iterator[Serve]:
    """Starts a service, and returns what calls it."""
    with ExitStack() as running:

        def serve(client: AccessTokenClient, *, demands: bool = False) -> Call:
            url = running.enter_context(SERVICES[request.param](client, demands=demands))

            def call(raw: str) -> httpx.Response:
                return httpx.get(url, headers={"Authorization": f"Bearer {raw}"})

            return call

        yield serve


def test_the_checks_of_the_profile(
    serve: Serve, verifier: AccessTokenVerifier, keys: JwksClient, mint: Mint
) -> None:
    call = serve(verifier.with_keys(keys))
    raw = mint()
    for _ in range(3):
        assert (call(raw).status_code, call(raw).json()) == (200, "alice")
    for refused, code in (
        (mint({"typ": "JWT"}), "unexpected_type"),
        (mint(client_id="other"), "wrong_claim"),
        (mint(jti=None), "missing_claim"),
        ("a.b", "malformed_token"),
    ):
        answer = call(refused)
        assert (answer.status_code, answer.json()) == (401, {"detail": code})
        assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("demands", [False, True])
def test_a_login_that_is_too_weak_or_too_old(
    serve: Serve,
    verifier: AccessTokenVerifier,
    keys: JwksClient,
    mint: Mint,
    clock: FixedClock,
    *,
    demands: bool,
) -> None:
    login: dict[str, Any] = {} if demands else {"acr": "mfa", "max_authentication_age": 60}
    call = serve(verifier.with_keys(keys, **login), demands=demands)
    assert call(mint()).status_code == 200
    old = {"auth_time": int(clock.now()) - 61}
    for weaker in ({"acr": "pwd"}, {"acr": None}, old, {"auth_time": None}):
        answer = call(mint(**weaker))
        assert (answer.status_code, answer.json()) == (
            401,
            {"detail": "insufficient_authentication"},
        )
        assert answer.headers["WWW-Authenticate"] == CHALLENGE


def test_revocation_is_asked_about_each_time(
    serve: Serve, issuer: Issuer, keys: JwksClient, mint: Mint
) -> None:
    revoked: set[str | None] = set()
    verifier = AccessTokenVerifier(
        issuer=issuer.url,
        audience=AUDIENCE,
        revoked=lambda token: token.id in revoked,
        token_cache=10,
    )
    call = serve(verifier.with_keys(keys))
    raw = mint()
    assert call(raw).status_code == 200
    revoked.add("one")
    assert call(raw).json() == {"detail": "revoked"}


def test_an_async_revocation_check_of_the_bearer(
    verifier: AccessTokenVerifier, keys: JwksClient, mint: Mint
) -> None:
    async def revoked(token: VerifiedToken) -> bool:
        return token.id == "two"

    guard = Guard(verifier.with_keys(keys), revoked=revoked)
    assert asyncio.run(guard.admit([f"Bearer {mint()}"])).subject == "alice"
    with pytest.raises(RevokedTokenError):
        asyncio.run(guard.admit([f"Bearer {mint(jti='two')}"]))


def test_typed_claims(verifier: AccessTokenVerifier, keys: JwksClient, mint: Mint) -> None:
    token = verifier.with_keys(keys).verify(mint())
    assert token.into(dict)["client_id"] == "app"


def test_fixed_keys(
    verifier: AccessTokenVerifier, issuer: Issuer, clock: FixedClock, mint: Mint
) -> None:
    fixed = JwkSet.from_json(httpx.get(issuer.jwks_url).content)
    client = verifier.with_keys(fixed, max_authentication_age=60)
    assert client.clock is None
    assert client.verify(mint(), now=clock.now()).subject == "alice"
    with pytest.raises(InsufficientAuthenticationError):
        asyncio.run(client.averify(mint(), now=clock.now() + 40))
    with pytest.raises(UnexpectedTypeError):
        client.verify(mint({"typ": "JWT"}), now=clock.now())
    assert repr(client) == "<AccessTokenClient>"


def test_a_login_is_read_once(verifier: AccessTokenVerifier, keys: JwksClient, mint: Mint) -> None:
    names = ["mfa"]
    for acr in (names, iter(names)):
        client = verifier.with_keys(keys, acr=acr)
        for _ in range(2):
            assert client.verify(mint()).subject == "alice"
    names.append("low")
    for acr in (["mfa"], iter(["mfa"])):
        client = verifier.with_keys(keys, acr=acr)
        if isinstance(acr, list):
            acr.append("low")
        for _ in range(2):
            with pytest.raises(InsufficientAuthenticationError):
                client.verify(mint(acr="low"))


def test_a_login_that_makes_no_sense(verifier: AccessTokenVerifier, keys: JwksClient) -> None:
    with pytest.raises(InvalidPolicyError):
        verifier.with_keys(keys, acr=[])
    with pytest.raises(InvalidPolicyError):
        verifier.with_keys(keys, max_authentication_age=-1)
