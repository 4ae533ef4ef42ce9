"""What every web framework needs of a verifier.

A request's headers in, a verified token or the whole answer of a refusal out. `verijot.fastapi` and
`verijot.starlette` are made of it, and any other framework can be::

    guard = BlockingGuard(client, demand=Demand(scopes=["orders:read"]))

    try:
        token = guard.admit(request.headers.getlist(guard.header_name))
    except VerificationError as error:
        answer = guard.answer(error)
        return Response(answer.body, answer.status, answer.headers)

What is demanded, where a token may be and what is answered is decided in the core.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from copy import copy
from typing import Protocol, Self, TypeAlias

from verijot._native import (
    Answer,
    Demand,
    GuardRules,
    JwkSet,
    VerifiedToken,
    Verifier,
    refusal,
)
from verijot.client import Octets
from verijot.errors import VerificationError

__all__ = [
    "Answer",
    "BlockingClient",
    "BlockingGuard",
    "Client",
    "Demand",
    "FixedKeys",
    "Guard",
    "GuardRules",
    "Revoked",
]

Revoked: TypeAlias = Callable[[VerifiedToken], Awaitable[bool]]
"""Says whether a token that has passed every other check has been revoked. Only False lets it in:
an exception, another answer and one that takes too long refuse it with status 503."""


class Client(Protocol):
    """What verifies tokens: a JwksClient, a MultiIssuerClient, or FixedKeys."""

    async def averify(self, token: Octets, /) -> VerifiedToken:
        """Verifies a token."""
        ...


class BlockingClient(Protocol):
    """The same for code that is not async."""

    def verify(self, token: Octets, /) -> VerifiedToken:
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


class _Ruled:
    """What guards have in common: rules, and the answers that follow from them."""

    rules: GuardRules
    """Where the token is, what it must grant, who may come without one."""

    @property
    def header_name(self) -> str:
        """The header whose values `admit` takes, in lower case."""
        return self.rules.header_name

    def optional(self) -> Self:
        """The same, but `admit_or_none` gives None for a request without any token.

        Raises InvalidDemandError if something is demanded.
        """
        return self._with(self.rules.optional())

    def requires(self, demand: Demand) -> Self:
        """The same, and this demanded too. Raises InvalidDemandError if it is optional."""
        return self._with(self.rules.requires(demand))

    def answer(self, error: VerificationError) -> Answer:
        """The whole answer to a request that is refused."""
        return self.rules.answer(error)

    def _with(self, rules: GuardRules) -> Self:
        other = copy(self)
        other.rules = rules
        return other


class Guard(_Ruled):
    """Lets requests in that carry a good token which grants what is demanded.

    The token is taken from the Authorization header, or from the `header` or the `cookie` of that
    name; it must be there exactly once. `optional` lets in requests that have no such header or
    cookie at all, and cannot go with a demand. `revoked` is asked last and awaited at most for
    `revoked_timeout` seconds.
    """

    def __init__(
        self,
        client: Client,
        *,
        demand: Demand | None = None,
        optional: bool = False,
        header: str | None = None,
        cookie: str | None = None,
        realm: str | None = None,
        revoked: Revoked | None = None,
        revoked_timeout: float = 2.0,
    ) -> None:
        self.rules = GuardRules(
            demand, optional=optional, header=header, cookie=cookie, realm=realm
        )
        self._client = client
        self._revoked = revoked
        self._revoked_timeout = revoked_timeout

    async def admit(self, values: Iterable[Octets]) -> VerifiedToken:
        """The verified token of a request whose header `header_name` has these values.

        Raises a VerificationError, MissingTokenError if there is no token.
        """
        token = await self.admit_or_none(values)
        if token is None:
            raise refusal(_NO_TOKEN)
        return token

    async def admit_or_none(self, values: Iterable[Octets]) -> VerifiedToken | None:
        """The same, but None if the guard is optional and the request has no token at all."""
        raw = self.rules.token(values)
        if raw is None:
            return None
        token = await self._client.averify(raw)
        self.rules.check(token)
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


class BlockingGuard(_Ruled):
    """A Guard for code that is not async. Revocation is a matter of the client's verifier."""

    def __init__(
        self,
        client: BlockingClient,
        *,
        demand: Demand | None = None,
        optional: bool = False,
        header: str | None = None,
        cookie: str | None = None,
        realm: str | None = None,
    ) -> None:
        self.rules = GuardRules(
            demand, optional=optional, header=header, cookie=cookie, realm=realm
        )
        self._client = client

    def admit(self, values: Iterable[Octets]) -> VerifiedToken:
        """The verified token of a request whose header `header_name` has these values.

        Raises a VerificationError, MissingTokenError if there is no token.
        """
        token = self.admit_or_none(values)
        if token is None:
            raise refusal(_NO_TOKEN)
        return token

    def admit_or_none(self, values: Iterable[Octets]) -> VerifiedToken | None:
        """The same, but None if the guard is optional and the request has no token at all."""
        raw = self.rules.token(values)
        if raw is None:
            return None
        token = self._client.verify(raw)
        self.rules.check(token)
        return token


_NO_TOKEN = "missing_token"  # noqa: S105, a code

_REVOKED = "revoked"

_NO_ANSWER = "revocation_unavailable"
