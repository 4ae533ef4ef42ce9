"""Bearer tokens in Starlette (extra `verijot[starlette]`).

For instance::

    app = Starlette(routes=routes, middleware=[bearer(client)])

    async def orders(request: Request) -> Response:
        token = token_of(request, scopes=["orders:read"])

A request with a valid token has a TokenUser in `request.user` and the token's scopes in
`request.auth`. A request without a token has neither, and one with an invalid token is refused.
`bearer(client, demand=Demand(scopes=["orders:read"]))` demands the same of all routes.
"""

from collections.abc import Sequence
from typing import Any

from starlette.authentication import (
    AuthCredentials,
    AuthenticationBackend,
    AuthenticationError,
    BaseUser,
)
from starlette.exceptions import HTTPException, WebSocketException
from starlette.middleware import Middleware
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, Response
from starlette.types import Message, Receive, Scope, Send

from verijot._native import REVOCATION_TIMEOUT, VerifiedToken, refusal
from verijot.errors import VerificationError
from verijot.policy import Seconds
from verijot.web import Answer, Client, Demand, Guard, GuardRules, Revoked


def bearer(
    client: Client,
    *,
    demand: Demand | None = None,
    revoked: Revoked | None = None,
    revoked_timeout: float = REVOCATION_TIMEOUT,
    header: str | None = None,
    cookie: str | None = None,
    realm: str | None = None,
    resource_metadata: str | None = None,
) -> Middleware:
    """Returns the middleware that authenticates requests by their bearer token.

    The token comes from the Authorization header, or from the `header` or the `cookie` of that
    name. Challenges contain the `realm` and the URL `resource_metadata` of the service's metadata
    (RFC 9728), if there are any. With a `demand`, every request must have a token that grants it,
    which is checked before `revoked` is called. `token_of` checks the demands of single routes
    after that.
    """
    backend = BearerBackend(
        client,
        demand=demand,
        revoked=revoked,
        revoked_timeout=revoked_timeout,
        header=header,
        cookie=cookie,
        realm=realm,
        resource_metadata=resource_metadata,
    )
    return Middleware(BearerMiddleware, backend=backend, on_error=refuse)


def token_of(
    connection: HTTPConnection,
    *,
    scopes: str | Sequence[str] | None = None,
    any_scope: str | Sequence[str] | None = None,
    role: str | Sequence[str] | None = None,
    any_role: str | Sequence[str] | None = None,
    at: str | Sequence[str] | None = None,
    acr_values: str | Sequence[str] | None = None,
    max_authentication_age: Seconds | None = None,
) -> VerifiedToken:
    """Returns the verified token of a request that the middleware has let in.

    It is not verified again: a WebSocket or a stream that outlives the token's `expires_at` must be
    closed.

    The token must grant each of `scopes`, one of `any_scope`, and in the claim at `at` each `role`
    and one of `any_role`; its user must have signed in with one of `acr_values` and at most
    `max_authentication_age` seconds ago. Raises an HTTPException with status 401 or 403, or for a
    WebSocket a WebSocketException. Raises InvalidDemandError for an empty list and a blank name.
    """
    parts = {
        "scopes": scopes,
        "any_scope": any_scope,
        "role": role,
        "any_role": any_role,
        "at": at,
        "acr_values": acr_values,
        "max_authentication_age": max_authentication_age,
    }
    made: dict[str, Any] = {name: part for name, part in parts.items() if part is not None}
    demand = Demand(**made) if made else None
    guard: Guard | None = connection.scope.get(_GUARD)
    try:
        if not isinstance(connection.user, TokenUser):
            raise refusal("missing_token")
        if demand is not None and guard is not None:
            guard.check(connection.user.token, demand)
        elif demand is not None:
            demand.check(connection.user.token)
    except VerificationError as error:
        answer = (GuardRules() if guard is None else guard.rules).answer(error)
        if connection.scope["type"] == "websocket":
            raise WebSocketException(answer.websocket_close_code, error.code) from error
        raise HTTPException(answer.status, answer.body, answer.headers) from error
    return connection.user.token


class TokenUser(BaseUser):
    """The user that a token identifies."""

    def __init__(self, token: VerifiedToken) -> None:
        self.token = token

    @property
    def is_authenticated(self) -> bool:
        """Always True."""
        return True

    @property
    def identity(self) -> str:
        """`sub`, or an empty string if the token has none."""
        return self.token.subject or ""

    @property
    def display_name(self) -> str:
        """The same as `identity`."""
        return self.identity


class BearerBackend(AuthenticationBackend):
    """The backend of the BearerMiddleware; use it with `on_error=refuse`.

    Without a `demand`, requests without a token are let in. `revoked` is called last, and its
    result is awaited for at most `revoked_timeout` seconds.
    """

    def __init__(
        self,
        client: Client,
        *,
        demand: Demand | None = None,
        revoked: Revoked | None = None,
        revoked_timeout: float = REVOCATION_TIMEOUT,
        header: str | None = None,
        cookie: str | None = None,
        realm: str | None = None,
        resource_metadata: str | None = None,
    ) -> None:
        self._guard = Guard(
            client,
            demand=demand,
            optional=demand is None,
            header=header,
            cookie=cookie,
            realm=realm,
            resource_metadata=resource_metadata,
            revoked=revoked,
            revoked_timeout=revoked_timeout,
        )

    async def authenticate(self, conn: HTTPConnection) -> tuple[AuthCredentials, BaseUser] | None:
        """Returns None for a request without a token, if that is allowed. Raises RefusedError."""
        guard = self._guard
        conn.scope[_GUARD] = guard
        try:
            token = await guard.admit_or_none(conn.headers.getlist(guard.header_name))
        except VerificationError as error:
            raise RefusedError(error, guard.answer(error)) from error
        if token is None:
            return None
        return AuthCredentials(["authenticated", *sorted(token.scopes)]), TokenUser(token)


class RefusedError(AuthenticationError):
    """A request's token is refused."""

    def __init__(self, refusal: VerificationError, answer: Answer) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal
        self.answer = answer


def refuse(connection: HTTPConnection, error: AuthenticationError) -> Response:
    """Returns the response to a refused request."""
    if not isinstance(error, RefusedError):
        return PlainTextResponse(str(error), status_code=400)
    connection.scope[_REFUSED] = error
    answer = error.answer
    return Response(answer.body, answer.status, answer.headers)


class BearerMiddleware(AuthenticationMiddleware):
    """Starlette's middleware, but it closes a WebSocket with the code of the refusal."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves a connection."""

        async def send_closing(message: Message) -> None:
            refused: RefusedError | None = scope.get(_REFUSED)
            if refused is not None and message["type"] == "websocket.close":
                code = refused.answer.websocket_close_code
                message = {**message, "code": code, "reason": refused.refusal.code}
            await send(message)

        await super().__call__(scope, receive, send_closing)


_GUARD = "verijot.guard"
_REFUSED = "verijot.refused"
