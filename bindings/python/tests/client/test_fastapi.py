"""The FastAPI dependency, in this process; `test_services.py` tests it in a real service."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

import httpx
import pytest
from fastapi import Depends, FastAPI, HTTPException, Request, Response, Security, WebSocket
from fastapi.exception_handlers import http_exception_handler
from verijot import InvalidDemandError, JwksClient, VerificationError, VerifiedToken
from verijot.fastapi import Bearer
from verijot.testing import FixedClock, Issuer

AUDIENCE = "https://api.example"


@dataclass
class Caller:
    sub: str


@pytest.fixture
def client(issuer: Issuer, clock: FixedClock) -> JwksClient:
    return JwksClient.from_issuer(issuer.url, audience=AUDIENCE, clock=clock)


@pytest.fixture
def app(client: JwksClient) -> FastAPI:  # noqa: C901, a route for each way
    bearer = Bearer(client, description="Ask the issuer for one.")
    caller = Bearer(client, into=Caller)
    app = FastAPI()

    @app.get("/optional")
    async def optional(
        token: Annotated[VerifiedToken | None, Depends(bearer.optional)],
    ) -> str | None:
        return None if token is None else token.subject

    @app.get("/caller")
    def typed(caller: Annotated[Caller, Depends(caller)]) -> str:
        return caller.sub

    @app.get("/orders")
    async def orders(token: Annotated[VerifiedToken, Security(bearer, scopes=["read"])]) -> int:
        return len(token.scopes)

    async def reader(
        token: Annotated[VerifiedToken, Security(bearer, scopes=["read"])],
    ) -> VerifiedToken:
        return token

    @app.get("/nested")
    async def nested(token: Annotated[VerifiedToken, Security(reader, scopes=["write"])]) -> int:
        return len(token.scopes)

    @app.get("/both")
    async def both(
        token: Annotated[VerifiedToken, Depends(bearer.requires(scopes="write"))],
        _: Annotated[VerifiedToken, Depends(bearer.requires(role="a", at="roles"))],
    ) -> str | None:
        return token.subject

    staff = bearer.requires(role="staff", at="roles")

    @app.get("/payments")
    async def payments(
        token: Annotated[VerifiedToken, Depends(staff.requires(scopes=["payments:write"]))],
    ) -> str | None:
        return token.subject

    @app.get("/managers")
    async def managers(
        token: Annotated[VerifiedToken, Depends(staff.requires(role="manager", at="roles"))],
    ) -> str | None:
        return token.subject

    @app.get("/cookie")
    async def cookie(
        token: Annotated[VerifiedToken | None, Depends(Bearer(client, cookie="session").optional)],
    ) -> str | None:
        return None if token is None else token.subject

    @app.get("/any")
    async def either(
        token: Annotated[
            VerifiedToken,
            Depends(
                bearer.requires(any_scope=["read", "admin"]).requires(
                    any_role=["a", "b"], at="roles"
                )
            ),
        ],
    ) -> str | None:
        return token.subject

    @app.websocket("/socket")
    async def socket(socket: WebSocket, token: Annotated[VerifiedToken, Depends(bearer)]) -> None:
        await socket.accept()
        await socket.send_text(token.subject or "")
        await socket.close()

    return app


@pytest.fixture
def call(app: FastAPI) -> Callable[..., httpx.Response]:
    def call(path: str, raw: str | None = None, **headers: str) -> httpx.Response:
        async def main() -> httpx.Response:
            transport = httpx.ASGITransport(app)
            if raw is not None:
                headers["Authorization"] = f"Bearer {raw}"
            async with httpx.AsyncClient(transport=transport, base_url="http://a") as client:
                return await client.get(path, headers=headers)

        return asyncio.run(main())

    return call


Call = Callable[..., httpx.Response]


def test_optional(call: Call, raw: str) -> None:
    assert call("/optional").json() is None
    assert call("/optional", raw).json() == "alice"
    refused = call("/optional", "a.b.c")
    assert refused.status_code == 401
    assert refused.json() == {"detail": "malformed_token"} or refused.json() == {
        "detail": "malformed_header"
    }
    assert refused.headers["Cache-Control"] == "no-store"
    for authorization in ("Basic abc", ""):
        assert call("/optional", Authorization=authorization).status_code == 401


def test_an_optional_dependency_cannot_have_demands(client: JwksClient) -> None:
    bearer = Bearer(client)
    with pytest.raises(InvalidDemandError):
        bearer.optional.requires(scopes=["a"])
    with pytest.raises(InvalidDemandError):
        _ = bearer.requires(scopes=["a"]).optional
    mistakes: tuple[dict[str, Any], ...] = (
        {},
        {"scopes": []},
        {"scopes": [""]},
        {"role": " ", "at": "roles"},
    )
    for nonsense in mistakes:
        with pytest.raises(InvalidDemandError):
            bearer.requires(**nonsense)


def test_a_token_in_a_cookie(call: Call, raw: str) -> None:
    assert call("/cookie", raw).json() is None
    assert call("/cookie", Cookie="theme=dark").json() is None
    assert call("/cookie", Cookie=f"theme=dark; session={raw}").json() == "alice"
    for cookie in (f"session={raw}; session={raw}", "session="):
        refused = call("/cookie", Cookie=cookie)
        assert refused.text == '{"detail":"malformed_authorization"}'
        assert "WWW-Authenticate" not in refused.headers


def test_any_scope_and_any_role(call: Call, issuer: Issuer) -> None:
    for claims, status in (
        ({"scope": "admin", "roles": ["b"]}, 200),
        ({"scope": ["read"], "roles": "a"}, 200),
        ({"scope": "admin", "roles": ["c"]}, 403),
        ({"scope": "write", "roles": ["a"]}, 403),
        ({"scope": 5, "roles": ["a"]}, 401),
    ):
        answer = call("/any", issuer.mint(claims, audience=AUDIENCE))
        assert answer.status_code == status, claims


def test_typed_claims(call: Call, issuer: Issuer, raw: str) -> None:
    assert call("/caller", raw).json() == "alice"
    refused = call("/caller", issuer.mint({}, audience=AUDIENCE))
    assert (refused.status_code, refused.json()) == (401, {"detail": "missing_claim"})
    assert refused.headers["WWW-Authenticate"].startswith('Bearer error="invalid_token"')


def test_scopes_of_security(call: Call, issuer: Issuer) -> None:
    read = issuer.mint({"scope": "read"}, audience=AUDIENCE)
    both = issuer.mint({"scope": "read write"}, audience=AUDIENCE)
    assert call("/orders", read).status_code == 200
    assert call("/nested", both).status_code == 200
    for path, raw in (("/nested", read), ("/orders", issuer.mint({}, audience=AUDIENCE))):
        refused = call(path, raw)
        assert (refused.status_code, refused.json()) == (403, {"detail": "insufficient_scope"})
        assert 'error="insufficient_scope"' in refused.headers["WWW-Authenticate"]


def test_two_demands(call: Call, issuer: Issuer) -> None:
    for claims, status in (
        ({"scope": "write", "roles": ["a"]}, 200),
        ({"scope": "write"}, 403),
        ({"roles": ["a"]}, 403),
    ):
        assert call("/both", issuer.mint(claims, audience=AUDIENCE)).status_code == status


def test_demands_add_up(call: Call, issuer: Issuer) -> None:
    scope = "payments:write"
    for path, claims, status in (
        ("/payments", {"scope": scope}, 403),
        ("/payments", {"roles": ["staff"]}, 403),
        ("/payments", {"scope": scope, "roles": ["staff"]}, 200),
        ("/managers", {"roles": ["manager"]}, 403),
        ("/managers", {"roles": ["staff"]}, 403),
        ("/managers", {"roles": ["staff", "manager"]}, 200),
    ):
        answer = call(path, issuer.mint(claims, audience=AUDIENCE))
        assert answer.status_code == status, (path, claims)


def test_websockets(app: FastAPI, raw: str) -> None:
    def connect(*headers: tuple[bytes, bytes]) -> list[dict[str, Any]]:
        """Returns what the app sends to a client that connects."""
        sent: list[dict[str, Any]] = []
        scope: dict[str, Any] = {
            "type": "websocket",
            "path": "/socket",
            "query_string": b"",
            "headers": headers,
            "extensions": {},
        }

        async def receive() -> dict[str, Any]:
            return {"type": "websocket.connect"}

        async def send(message: Any) -> None:
            sent.append(message)

        asyncio.run(app(scope, receive, send))
        return sent

    accepted = connect((b"authorization", f"Bearer {raw}".encode()))
    assert [message.get("text") for message in accepted] == [None, "alice", None]
    [closed] = connect()
    assert (closed["type"], closed["code"]) == ("websocket.close", 1008)
    assert closed["reason"] == "missing_token"


def test_the_scheme_is_documented(app: FastAPI) -> None:
    document: dict[str, Any] = app.openapi()
    scheme = document["components"]["securitySchemes"]["Bearer"]
    assert scheme == {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "Ask the issuer for one.",
    }
    assert document["paths"]["/optional"]["get"]["security"] == [{"Bearer": []}]
    assert "parameters" not in document["paths"]["/optional"]["get"]


def test_the_cause_is_the_verification_error(app: FastAPI, call: Call, raw: str) -> None:
    seen: list[str] = []

    @app.exception_handler(HTTPException)
    async def handle(request: Request, error: HTTPException) -> Response:
        assert isinstance(error.__cause__, VerificationError)
        seen.append(error.__cause__.code)
        return await http_exception_handler(request, error)

    assert call("/orders", raw + "x").status_code == 401
    assert seen == ["malformed_token"]
