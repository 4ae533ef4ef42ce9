"""Bearer tokens in Starlette (extra `verijot[starlette]`).

For instance::

    app = Starlette(routes=routes, middleware=[bearer(client)])

    async def orders(request: Request) -> Response:
        token = token_of(request, scopes=["orders:read"])

A request with a good token has `request.user` (a TokenUser) and the token's scopes in
`request.auth`, one without a token has neither, and one with a bad token is refused.
"""

from collections.abc import Sequence

from starlette.authentication import (
    AuthCredentials,
    AuthenticationBackend,
    AuthenticationError,
    BaseUser,
)
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, Response

from verijot._native import VerifiedToken, refusal
from verijot.errors import MissingTokenError, VerificationError
from verijot.web import Client, Demand, Guard, Revoked, refusal_headers


def bearer(
    client: Client, *, revoked: Revoked | None = None, revoked_timeout: float = 2.0
) -> Middleware:
    """The middleware that authenticates requests by their bearer token."""
    backend = BearerBackend(client, revoked=revoked, revoked_timeout=revoked_timeout)
    return Middleware(AuthenticationMiddleware, backend=backend, on_error=refuse)


def token_of(
    connection: HTTPConnection,
    *,
    scopes: Sequence[str] = (),
    role: str | None = None,
    at: str | Sequence[str] | None = None,
) -> VerifiedToken:
    """The verified token of a request that the middleware has let in.

    It must grant each of the scopes, and the role in the claim at `at`. Raises an HTTPException
    with status 401 or 403.
    """
    demand = Demand(scopes=scopes, role=role, at=at)
    try:
        if not isinstance(connection.user, TokenUser):
            raise refusal("missing_token")
        demand.check(connection.user.token)
    except VerificationError as error:
        headers = refusal_headers(error)
        raise HTTPException(error.http_status, error.code, headers) from error
    return connection.user.token


class TokenUser(BaseUser):
    """Whom a token speaks for."""

    def __init__(self, token: VerifiedToken) -> None:
        self.token = token

    @property
    def is_authenticated(self) -> bool:
        """Always."""
        return True

    @property
    def identity(self) -> str:
        """`sub`, or nothing if the token has none."""
        return self.token.subject or ""

    @property
    def display_name(self) -> str:
        """The same."""
        return self.identity


class BearerBackend(AuthenticationBackend):
    """For the AuthenticationMiddleware, together with `on_error=refuse`.

    `revoked` is asked last and awaited at most for `revoked_timeout` seconds.
    """

    def __init__(
        self, client: Client, *, revoked: Revoked | None = None, revoked_timeout: float = 2.0
    ) -> None:
        self._guard = Guard(client, revoked=revoked, revoked_timeout=revoked_timeout)

    async def authenticate(self, conn: HTTPConnection) -> tuple[AuthCredentials, BaseUser] | None:
        """None for a request without a token. Raises RefusedError for a bad one."""
        try:
            token = await self._guard.admit(conn.headers.getlist("authorization"))
        except MissingTokenError:
            return None
        except VerificationError as error:
            raise RefusedError(error) from error
        return AuthCredentials(["authenticated", *sorted(token.scopes)]), TokenUser(token)


class RefusedError(AuthenticationError):
    """A request's token is refused."""

    def __init__(self, refusal: VerificationError) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


def refuse(_: HTTPConnection, error: AuthenticationError) -> Response:
    """The answer to a request that is refused."""
    if not isinstance(error, RefusedError):
        return PlainTextResponse(str(error), status_code=400)
    headers = refusal_headers(error.refusal)
    return PlainTextResponse(error.refusal.code, error.refusal.http_status, headers)
