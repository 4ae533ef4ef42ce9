"""Bearer tokens in FastAPI (extra `verijot[fastapi]`).

For instance::

    bearer = Bearer(JwksClient.from_issuer(issuer, audience=audience))

    @app.get("/me")
    async def me(token: Annotated[VerifiedToken, Depends(bearer)]) -> str | None:
        return token.subject

Refusals are HTTPExceptions with the right status and headers. Their detail is the error's code,
their cause is the VerificationError.
"""

from collections.abc import Sequence
from copy import copy
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast, overload

from fastapi import HTTPException, WebSocketException
from fastapi.openapi.models import APIKey, APIKeyIn, HTTPBearer
from fastapi.security import SecurityScopes
from fastapi.security.base import SecurityBase
from starlette.requests import HTTPConnection

from verijot._native import REVOCATION_TIMEOUT
from verijot.client import TypeAdapter
from verijot.errors import VerificationError
from verijot.policy import Seconds
from verijot.web import Client, Demand, Guard, Revoked

if TYPE_CHECKING:
    from verijot._native import VerifiedToken
    from verijot.web import Answer

_T = TypeVar("_T")
_T_co = TypeVar("_T_co", covariant=True)


class Bearer(SecurityBase, Generic[_T_co]):
    """A dependency that returns the verified token of a request, or with `into` its claims.

    The token comes from the Authorization header, or from the `header` or the `cookie` of that
    name; it must be present exactly once. Challenges contain the `realm` and the URL
    `resource_metadata` of the service's metadata (RFC 9728), if there are any. `revoked` is called
    last, and its result is awaited for at most `revoked_timeout` seconds. The token must also grant
    the scopes of FastAPI's own `Security(bearer, scopes=[…])`.
    """

    @overload
    def __init__(
        self: "Bearer[VerifiedToken]",
        client: Client,
        *,
        into: None = None,
        revoked: Revoked | None = None,
        revoked_timeout: float = REVOCATION_TIMEOUT,
        header: str | None = None,
        cookie: str | None = None,
        realm: str | None = None,
        resource_metadata: str | None = None,
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
        revoked_timeout: float = REVOCATION_TIMEOUT,
        header: str | None = None,
        cookie: str | None = None,
        realm: str | None = None,
        resource_metadata: str | None = None,
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
        revoked_timeout: float = REVOCATION_TIMEOUT,
        header: str | None = None,
        cookie: str | None = None,
        realm: str | None = None,
        resource_metadata: str | None = None,
        scheme_name: str = "Bearer",
        description: str | None = None,
    ) -> None: ...
    def __init__(
        self,
        client: Client,
        *,
        into: Any = None,
        revoked: Revoked | None = None,
        revoked_timeout: float = REVOCATION_TIMEOUT,
        header: str | None = None,
        cookie: str | None = None,
        realm: str | None = None,
        resource_metadata: str | None = None,
        scheme_name: str = "Bearer",
        description: str | None = None,
    ) -> None:
        self.model = _model(header, cookie, description)
        self.scheme_name = scheme_name
        self._guard = Guard(
            client,
            header=header,
            cookie=cookie,
            realm=realm,
            resource_metadata=resource_metadata,
            revoked=revoked,
            revoked_timeout=revoked_timeout,
        )
        self._into = into

    @property
    def optional(self) -> "Bearer[_T_co | None]":
        """A copy that returns None for a request without a token.

        It refuses requests with an invalid token, and with an Authorization header of another
        scheme than Bearer. Raises InvalidDemandError if this dependency has a demand.
        """
        return cast("Bearer[_T_co | None]", self._with(self._guard.optional()))

    def requires(
        self,
        *,
        scopes: str | Sequence[str] | None = None,
        any_scope: str | Sequence[str] | None = None,
        role: str | Sequence[str] | None = None,
        any_role: str | Sequence[str] | None = None,
        at: str | Sequence[str] | None = None,
        acr_values: str | Sequence[str] | None = None,
        max_authentication_age: Seconds | None = None,
    ) -> "Bearer[_T_co]":
        """Returns a copy that also refuses tokens with 403 that do not grant these demands.

        The token must grant each of `scopes`, one of `any_scope`, and in the claim at `at` each
        `role` and one of `any_role`. Earlier demands stay. With 401 and a challenge (RFC 9470) it
        refuses tokens whose user did not sign in with one of `acr_values`, or signed in longer ago
        than `max_authentication_age` seconds.

        Raises InvalidDemandError for an empty list, for a blank name, and if it is optional.
        """
        demand = Demand(
            scopes=scopes,
            any_scope=any_scope,
            role=role,
            any_role=any_role,
            at=at,
            acr_values=acr_values,
            max_authentication_age=max_authentication_age,
        )
        return self._with(self._guard.requires(demand))

    async def __call__(self, connection: HTTPConnection, scopes: SecurityScopes) -> _T_co:
        """Returns the token or the claims; FastAPI calls it."""
        guard = self._guard
        if scopes.scopes:
            guard = guard.requires(Demand(scopes=scopes.scopes))
        try:
            token = await guard.admit_or_none(connection.headers.getlist(guard.header_name))
            if token is None:
                return cast("_T_co", None)
            claims: Any = token if self._into is None else token.into(self._into)
        except VerificationError as error:
            raise _refused(connection, error.code, guard.answer(error)) from error
        return cast("_T_co", claims)

    def _with(self, guard: Guard) -> "Bearer[_T_co]":
        other = copy(self)
        other._guard = guard  # noqa: SLF001
        return other


def _refused(connection: HTTPConnection, code: str, answer: "Answer") -> Exception:
    if connection.scope["type"] == "websocket":
        return WebSocketException(answer.websocket_close_code, code)
    headers = answer.headers
    # FastAPI makes the body, the same JSON, from the detail.
    del headers["Content-Type"]
    return HTTPException(answer.status, code, headers)


def _model(header: str | None, cookie: str | None, description: str | None) -> HTTPBearer | APIKey:
    name = header if cookie is None else cookie
    if name is None:
        return HTTPBearer(bearerFormat="JWT", description=description)
    place = APIKeyIn.header if cookie is None else APIKeyIn.cookie
    return APIKey.model_validate({"in": place, "name": name, "description": description})
