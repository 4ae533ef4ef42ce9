"""Bearer tokens in FastAPI (extra `verijot[fastapi]`).

For instance::

    bearer = Bearer(JwksClient.from_issuer(issuer, audience=audience))

    @app.get("/me")
    async def me(token: Annotated[VerifiedToken, Depends(bearer)]) -> str | None:
        return token.subject

Refusals are HTTPExceptions with the right status and headers, whose detail is the error's code and
whose cause is the VerificationError.
"""

from collections.abc import Sequence
from copy import copy
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast, overload

from fastapi import HTTPException, WebSocketException
from fastapi.openapi.models import HTTPBearer
from fastapi.security import SecurityScopes
from fastapi.security.base import SecurityBase
from starlette.requests import HTTPConnection

from verijot.client import TypeAdapter
from verijot.errors import MissingTokenError, VerificationError
from verijot.web import Client, Demand, Guard, Revoked, refusal_headers

if TYPE_CHECKING:
    from verijot._native import VerifiedToken

_T = TypeVar("_T")
_T_co = TypeVar("_T_co", covariant=True)


class Bearer(SecurityBase, Generic[_T_co]):
    """A dependency that gives the verified token of a request, or with `into` its claims.

    `revoked` is asked last and awaited at most for `revoked_timeout` seconds. Scopes that are
    demanded with FastAPI's own `Security(bearer, scopes=[…])` are demanded of the token.
    """

    @overload
    def __init__(
        self: "Bearer[VerifiedToken]",
        client: Client,
        *,
        into: None = None,
        revoked: Revoked | None = None,
        revoked_timeout: float = 2.0,
        scheme_name: str = "Bearer",
        description: str | None = None,
    ) -> None: ...
    @overload
    def __init__(
        self: "Bearer[_T]",
        client: Client,
        *,
        into: type[_T],
        revoked: Revoked | None = None,
        revoked_timeout: float = 2.0,
        scheme_name: str = "Bearer",
        description: str | None = None,
    ) -> None: ...
    @overload
    def __init__(
        self: "Bearer[_T]",
        client: Client,
        *,
        into: TypeAdapter[_T],
        revoked: Revoked | None = None,
        revoked_timeout: float = 2.0,
        scheme_name: str = "Bearer",
        description: str | None = None,
    ) -> None: ...
    def __init__(
        self,
        client: Client,
        *,
        into: Any = None,
        revoked: Revoked | None = None,
        revoked_timeout: float = 2.0,
        scheme_name: str = "Bearer",
        description: str | None = None,
    ) -> None:
        self.model = HTTPBearer(bearerFormat="JWT", description=description)
        self.scheme_name = scheme_name
        self._guard = Guard(client, revoked=revoked, revoked_timeout=revoked_timeout)
        self._into = into
        self._demands: tuple[Demand, ...] = ()
        self._is_optional = False

    @property
    def optional(self) -> "Bearer[_T_co | None]":
        """The same, but None for a request without a token. One with a bad token is refused."""
        return cast("Bearer[_T_co | None]", self._with(is_optional=True))

    def requires(
        self,
        *,
        scopes: Sequence[str] = (),
        role: str | None = None,
        at: str | Sequence[str] | None = None,
    ) -> "Bearer[_T_co]":
        """The same, but 403 for tokens that do not grant what is demanded as well.

        That is each of the scopes, and the role in the claim at `at`. Demands add up: nothing that
        was demanded before is given up.
        """
        return self._with(demands=(*self._demands, Demand(scopes=scopes, role=role, at=at)))

    async def __call__(self, connection: HTTPConnection, scopes: SecurityScopes) -> _T_co:
        """The token or the claims, for FastAPI."""
        try:
            token = await self._guard.admit(
                connection.headers.getlist("authorization"), self._demands
            )
            if scopes.scopes:
                Demand(scopes=scopes.scopes).check(token)
            claims: Any = token if self._into is None else token.into(self._into)
        except MissingTokenError as error:
            if self._is_optional:
                return cast("_T_co", None)
            raise _refused(connection, error) from error
        except VerificationError as error:
            raise _refused(connection, error) from error
        return cast("_T_co", claims)

    def _with(self, **changes: Any) -> "Bearer[_T_co]":
        other = copy(self)
        for name, value in changes.items():
            setattr(other, f"_{name}", value)
        return other


def _refused(connection: HTTPConnection, error: VerificationError) -> Exception:
    if connection.scope["type"] == "websocket":
        return WebSocketException(_POLICY_VIOLATION, error.code)
    return HTTPException(error.http_status, error.code, refusal_headers(error))


_POLICY_VIOLATION = 1008
