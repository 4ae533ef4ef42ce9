"""What every web framework needs of a verifier.

A request's Authorization header in, a verified token or the status and headers of a refusal out.
`verijot.fastapi` and `verijot.starlette` are made of it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from verijot._native import JwkSet, VerifiedToken, Verifier, bearer_token, refusal
from verijot.client import Octets
from verijot.errors import VerificationError

Revoked: TypeAlias = Callable[[VerifiedToken], Awaitable[bool]]
"""Says whether a token that has passed every other check has been revoked. Only False lets it in:
an exception, another answer and one that takes too long refuse it with status 503."""


class Client(Protocol):
    """What verifies tokens: a JwksClient, a MultiIssuerClient, or FixedKeys."""

    async def averify(self, token: Octets, /) -> VerifiedToken:
        """Verifies a token."""
        ...


class FixedKeys:
    """A client whose keys never change, such as a shared secret."""

    def __init__(self, verifier: Verifier, keys: JwkSet) -> None:
        self._verifier = verifier
        self._keys = keys

    def verify(self, token: Octets, /) -> VerifiedToken:
        """Verifies a token."""
        return self._verifier.verify(token, self._keys)

    async def averify(self, token: Octets, /) -> VerifiedToken:
        """The same in a task."""
        return self._verifier.verify(token, self._keys)


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What one place of an application demands beyond a good token."""

    scopes: Sequence[str] = ()
    """Scopes, each of which the token must grant."""
    role: str | None = None
    """A role that the token must grant in the claim at `at`."""
    at: str | Sequence[str] | None = None
    """Where the roles are: `realm_access.roles`, or the names one by one."""

    def __post_init__(self) -> None:
        if isinstance(self.scopes, str):
            object.__setattr__(self, "scopes", (self.scopes,))
        if (self.role is None) != (self.at is None):
            message = "role and at belong together: which role, and in which claim"
            raise TypeError(message)

    def check(self, token: VerifiedToken) -> None:
        """Raises InsufficientScopeError unless the token grants it."""
        if not all(token.has_scope(scope) for scope in self.scopes):
            error = refusal("insufficient_scope", claim="scope", required=self.scopes)
            raise error
        if self.role is not None and self.at is not None and not token.has_role(self.at, self.role):
            claim = self.at if isinstance(self.at, str) else ".".join(self.at)
            error = refusal("insufficient_scope", claim=claim, required=self.role)
            raise error


class Guard:
    """Lets requests in that carry a good token."""

    def __init__(
        self, client: Client, *, revoked: Revoked | None = None, revoked_timeout: float = 2.0
    ) -> None:
        self._client = client
        self._revoked = revoked
        self._revoked_timeout = revoked_timeout

    async def admit(
        self, authorization: Sequence[str], demands: Sequence[Demand] = ()
    ) -> VerifiedToken:
        """The verified token of a request with these Authorization headers that meets each demand.

        Raises a VerificationError, MissingTokenError if there is no token.
        """
        # There can be only one; several are no good one.
        header = ", ".join(authorization) if authorization else None
        token = await self._client.averify(bearer_token(header))
        for demand in demands:
            demand.check(token)
        if self._revoked is not None:
            await self._check_revocation(self._revoked, token)
        return token

    async def _check_revocation(self, revoked: Revoked, token: VerifiedToken) -> None:
        try:
            async with asyncio.timeout(self._revoked_timeout):
                answer: object = await revoked(token)
        except Exception as error:
            raise refusal(_NO_ANSWER) from error
        if answer is True:
            raise refusal(_REVOKED)
        if answer is not False:
            message = f"the answer of revoked must be bool, not {type(answer).__name__}"
            raise refusal(_NO_ANSWER) from TypeError(message)


def refusal_headers(error: VerificationError) -> dict[str, str]:
    """The headers that go with the status `error.http_status`."""
    headers: dict[str, str] = {}
    if error.www_authenticate is not None:
        headers["WWW-Authenticate"] = error.www_authenticate
    if error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    return headers


_REVOKED = "revoked"

_NO_ANSWER = "revocation_unavailable"
