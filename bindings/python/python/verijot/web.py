"""Guards for any web framework.

A guard takes a request's headers and returns the verified token, or the whole response to a
refused request. `verijot.fastapi` and `verijot.starlette` use it, and any other framework can::

    guard = BlockingGuard(client, demand=Demand(scopes=["orders:read"]))

    try:
        token = guard.admit(request.headers.getlist(guard.header_name))
    except VerificationError as error:
        answer = guard.answer(error)
        return Response(answer.body, answer.status, answer.headers)

The core decides about demands, the place of the token and the response.
"""

from collections.abc import Awaitable, Callable, Iterable
from copy import copy
from typing import Protocol, Self, TypeAlias

from verijot._asking import answer_within, is_time_limit
from verijot._clock import Clock
from verijot._native import (
    REVOCATION_TIMEOUT,
    Answer,
    Demand,
    GuardRules,
    JwkSet,
    VerifiedToken,
    Verifier,
    refusal,
    resource_metadata_url,
)
from verijot.client import Octets
from verijot.errors import InvalidDemandError, VerificationError

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
    "resource_metadata_url",
]

Revoked: TypeAlias = Callable[[VerifiedToken], Awaitable[bool]]
"""Says whether a token that has passed every other check is revoked.

Only False accepts the token. An exception, any value but True, and a timeout refuse it with 503. It
runs in a task of its own, so that nothing that it does or ignores holds the request longer."""


class Client(Protocol):
    """Verifies tokens: a JwksClient, a MultiIssuerClient, an AccessTokenClient, or FixedKeys."""

    async def averify(self, token: Octets, /) -> VerifiedToken:
        """Verifies a token."""
        ...


class BlockingClient(Protocol):
    """Verifies tokens in sync code: the same clients."""

    def verify(self, token: Octets, /) -> VerifiedToken:
        """Verifies a token."""
        ...


class FixedKeys:
    """A client with keys that never change, such as a shared secret."""

    def __init__(self, verifier: Verifier, keys: JwkSet) -> None:
        self._verifier = verifier
        self._keys = keys

    def verify(self, token: Octets, /) -> VerifiedToken:
        """Verifies a token."""
        return self._verifier.verify(token, self._keys)

    async def averify(self, token: Octets, /) -> VerifiedToken:
        """Verifies a token in a task, without waiting."""
        return self._verifier.verify(token, self._keys)


class _RuledGuard:
    """The base of both guards: rules, and the responses that follow from them."""

    rules: GuardRules
    """Where the token is, what it must grant, whether it may be missing."""

    _clock: Clock | None

    @property
    def header_name(self) -> str:
        """The name of the header whose values `admit` takes, in lower case."""
        return self.rules.header_name

    def optional(self) -> Self:
        """Returns a copy whose `admit_or_none` returns None for a request without a token.

        Raises InvalidDemandError if the guard has a demand.
        """
        return self._with(self.rules.optional())

    def requires(self, demand: Demand) -> Self:
        """Returns a copy with one more demand. Raises InvalidDemandError if it is optional."""
        return self._with(self.rules.requires(demand))

    def answer(self, error: VerificationError) -> Answer:
        """Returns the whole response to a request that is refused with this error."""
        return self.rules.answer(error)

    def check(self, token: VerifiedToken, demand: Demand | None = None) -> None:
        """Checks a verified token against what the guard demands, or against another demand.

        Raises InsufficientScopeError, or InsufficientAuthenticationError if the user must sign in
        again. The time is that of the client's clock.
        """
        demanding = self.rules if demand is None else demand
        demanding.check(token, now=None if self._clock is None else self._clock.now())

    def _with(self, rules: GuardRules) -> Self:
        other = copy(self)
        other.rules = rules
        return other


class Guard(_RuledGuard):
    """Lets in requests with a valid token that grants the demand.

    The token comes from the Authorization header, or from the `header` or the `cookie` of that
    name; it must be present exactly once. `optional` lets in requests without that header or
    cookie, and cannot be combined with a demand. Challenges contain the `realm` and the URL
    `resource_metadata` of the service's metadata (RFC 9728), if there are any. `revoked` is called
    last, and its result is awaited for at most `revoked_timeout` seconds.

    Raises InvalidDemandError for rules that make no sense.
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
        resource_metadata: str | None = None,
        revoked: Revoked | None = None,
        revoked_timeout: float = REVOCATION_TIMEOUT,
    ) -> None:
        if not is_time_limit(revoked_timeout):
            raise InvalidDemandError("revoked_timeout must be a positive number of seconds")
        self.rules = GuardRules(
            demand,
            optional=optional,
            header=header,
            cookie=cookie,
            realm=realm,
            resource_metadata=resource_metadata,
        )
        self._client = client
        self._clock = getattr(client, "clock", None)
        self._revoked = revoked
        self._revoked_timeout = revoked_timeout

    async def admit(self, values: Iterable[Octets]) -> VerifiedToken:
        """Returns the verified token of a request whose header `header_name` has these values.

        Raises a VerificationError, MissingTokenError if there is no token.
        """
        token = await self.admit_or_none(values)
        if token is None:
            raise refusal(_NO_TOKEN)
        return token

    async def admit_or_none(self, values: Iterable[Octets]) -> VerifiedToken | None:
        """Does the same, but returns None if the guard is optional and there is no token."""
        raw = self.rules.token(values)
        if raw is None:
            return None
        token = await self._client.averify(raw)
        self.check(token)
        if self._revoked is not None:
            await self._check_revocation(self._revoked, token)
        return token

    async def _check_revocation(self, revoked: Revoked, token: VerifiedToken) -> None:
        try:
            answer = await answer_within(revoked(token), self._revoked_timeout)
        except Exception as error:
            raise refusal(_NO_ANSWER) from error
        if answer is True:
            raise refusal(_REVOKED)
        if answer is not False:
            message = f"the result of revoked must be bool, not {type(answer).__name__}"
            raise refusal(_NO_ANSWER) from TypeError(message)


class BlockingGuard(_RuledGuard):
    """A Guard for sync code. The `revoked` of the client's verifier checks revocation."""

    def __init__(
        self,
        client: BlockingClient,
        *,
        demand: Demand | None = None,
        optional: bool = False,
        header: str | None = None,
        cookie: str | None = None,
        realm: str | None = None,
        resource_metadata: str | None = None,
    ) -> None:
        self.rules = GuardRules(
            demand,
            optional=optional,
            header=header,
            cookie=cookie,
            realm=realm,
            resource_metadata=resource_metadata,
        )
        self._client = client
        self._clock = getattr(client, "clock", None)

    def admit(self, values: Iterable[Octets]) -> VerifiedToken:
        """Returns the verified token of a request whose header `header_name` has these values.

        Raises a VerificationError, MissingTokenError if there is no token.
        """
        token = self.admit_or_none(values)
        if token is None:
            raise refusal(_NO_TOKEN)
        return token

    def admit_or_none(self, values: Iterable[Octets]) -> VerifiedToken | None:
        """Does the same, but returns None if the guard is optional and there is no token."""
        raw = self.rules.token(values)
        if raw is None:
            return None
        token = self._client.verify(raw)
        self.check(token)
        return token


_NO_TOKEN = "missing_token"  # noqa: S105, a code

_REVOKED = "revoked"

_NO_ANSWER = "revocation_unavailable"
