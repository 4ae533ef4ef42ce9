"""The Starlette middleware, in this process."""

import asyncio
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.authentication import AuthenticationError, requires
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket
from verijot import JwksClient, VerifiedToken
from verijot.starlette import TokenUser, bearer, refuse, token_of
from verijot.testing import FixedClock, Issuer
from verijot.web import Demand

AUDIENCE = "https://api.example"


@requires(["authenticated", "read"])
async def decorated(request: Request) -> Response:
    assert isinstance(request.user, TokenUser)
    assert request.user.identity == request.user.display_name
    return JSONResponse(request.user.identity)


@requires("payments:write")
async def payments(request: Request) -> Response:
    token = token_of(request, role="staff", at="roles")
    assert token is token_of(request, scopes=["payments:write"], role="clerk", at="roles")
    return JSONResponse(token.subject)


async def token(request: Request) -> Response:
    return JSONResponse(token_of(request).subject)


async def socket(socket: WebSocket) -> None:
    token_of(socket, any_scope=["read", "admin"])
    await socket.accept()
    await socket.close()


async def revoked(token: VerifiedToken) -> bool:
    if token.id == "unknowable":
        raise ConnectionError
    return token.id == "stolen"


@pytest.fixture
def app(issuer: Issuer, clock: FixedClock) -> Starlette:
    client = JwksClient.from_issuer(issuer.url, audience=AUDIENCE, clock=clock)
    return Starlette(
        routes=[
            Route("/", decorated),
            Route("/payments", payments),
            Route("/token", token),
            WebSocketRoute("/socket", socket),
        ],
        middleware=[bearer(client, revoked=revoked)],
    )


def call(app: Starlette, path: str = "/", **headers: str) -> httpx.Response:
    async def main() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://a") as client:
            return await client.get(path, headers=headers)

    return asyncio.run(main())


def test_starlettes_decorator_works(app: Starlette, issuer: Issuer) -> None:
    for claims, status in (
        ({"sub": "alice", "scope": "read"}, 200),
        ({"sub": "alice"}, 403),
        ({"sub": "alice", "scope": "read", "jti": "stolen"}, 401),
    ):
        raw = issuer.mint(claims, audience=AUDIENCE)
        answer = call(app, authorization=f"Bearer {raw}")
        assert answer.status_code == status
    assert 'error_description="revoked"' in answer.headers["WWW-Authenticate"]
    assert answer.text == '{"detail":"revoked"}'
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Type"] == "application/json"
    assert call(app, authorization="Basic abc").status_code == 401
    assert call(app).status_code == 403


def test_demands_add_up(app: Starlette, issuer: Issuer) -> None:
    scope = "payments:write"
    for claims, status in (
        ({"scope": scope}, 403),
        ({"scope": scope, "roles": ["staff"]}, 403),
        ({"scope": scope, "roles": ["clerk"]}, 403),
        ({"roles": ["staff", "clerk"]}, 403),
        ({"scope": scope, "roles": ["staff", "clerk"]}, 200),
    ):
        raw = issuer.mint(claims, audience=AUDIENCE)
        answer = call(app, "/payments", authorization=f"Bearer {raw}")
        assert answer.status_code == status, claims
    refused = call(app, "/payments")
    assert refused.status_code == 403
    refused = call(app, "/token")
    assert (refused.status_code, refused.text) == (401, '{"detail":"missing_token"}')
    assert refused.headers["WWW-Authenticate"] == "Bearer"
    assert refused.headers["Content-Type"] == "application/json"


def test_a_demand_of_all_routes_is_checked_before_revocation(
    issuer: Issuer, clock: FixedClock
) -> None:
    client = JwksClient.from_issuer(issuer.url, audience=AUDIENCE, clock=clock)
    guard = bearer(client, demand=Demand(scopes=["read"]), revoked=revoked)
    app = Starlette(routes=[Route("/token", token)], middleware=[guard])
    for claims, status, code in (
        ({"jti": "stolen"}, 403, "insufficient_scope"),
        ({"scope": "read", "jti": "stolen"}, 401, "revoked"),
    ):
        raw = issuer.mint(claims, audience=AUDIENCE)
        answer = call(app, "/token", authorization=f"Bearer {raw}")
        assert (answer.status_code, answer.json()) == (status, {"detail": code})
    raw = issuer.mint({"scope": "read", "sub": "alice"}, audience=AUDIENCE)
    assert call(app, "/token", authorization=f"Bearer {raw}").json() == "alice"
    # The middleware refuses requests without a token, whatever the route does.
    assert call(app, "/token").json() == {"detail": "missing_token"}
    assert call(app, "/nowhere").status_code == 401


def test_websockets(app: Starlette, issuer: Issuer) -> None:
    def connect(**claims: str) -> tuple[int, str]:
        """Returns the code and the reason that the connection is closed with."""
        sent: list[dict[str, Any]] = []
        raw = issuer.mint(claims, audience=AUDIENCE) if claims else None
        headers = [] if raw is None else [(b"authorization", f"Bearer {raw}".encode())]
        scope: dict[str, Any] = {
            "type": "websocket",
            "path": "/socket",
            "query_string": b"",
            "headers": headers,
        }

        async def receive() -> dict[str, Any]:
            return {"type": "websocket.connect"}

        async def send(message: Any) -> None:
            sent.append(message)

        asyncio.run(app(scope, receive, send))
        return sent[-1]["code"], sent[-1].get("reason", "")

    assert connect() == (1008, "missing_token")
    assert connect(scope="write") == (1008, "insufficient_scope")
    assert connect(scope="read", jti="stolen") == (1008, "revoked")
    assert connect(scope="read", jti="unknowable") == (1013, "revocation_unavailable")
    assert connect(scope="read")[0] == 1000


def test_other_authentication_errors_get_status_400() -> None:
    connection = HTTPConnection({"type": "http"})
    assert refuse(connection, AuthenticationError("other")).status_code == 400
