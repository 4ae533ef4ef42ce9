"""Tokens from a token endpoint, and the callables that refresh and store them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Self, TypeAlias

from verijot._native import RefreshFailure, bearer_token, refusal
from verijot.policy import Seconds


@dataclass(frozen=True, slots=True)
class IssuedTokens:
    """An access token and an optional refresh token (RFC 6749 §5.1). Its repr contains neither.

    Raises MalformedAuthorizationError if the access token cannot be sent as a bearer token, and
    TypeError if it is no str.
    """

    access_token: str = field(repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    """What `refresh` gets; None if the tokens cannot be refreshed."""
    expires_in: Seconds | None = None
    """The access token's lifetime. Without it, the token is used until it is refused."""

    def __post_init__(self) -> None:
        _check_text(self.access_token)
        # Whitespace around it, such as the end of a file's line, would stand in the header.
        if bearer_token(f"Bearer {self.access_token}") != self.access_token.encode():
            raise refusal("malformed_authorization")

    def or_refresh_token_of(self, old: Self) -> Self:
        """Keeps the old refresh token if the response has none (RFC 6749 §6)."""
        return self if self.refresh_token else replace(self, refresh_token=old.refresh_token)


def _check_text(token: object) -> None:
    if not isinstance(token, str):
        message = f"access_token must be str, not {type(token).__name__}"
        raise TypeError(message)


Refresh: TypeAlias = Callable[[str], IssuedTokens] | Callable[[str], Awaitable[IssuedTokens]]
"""Sends a refresh token to the token endpoint once, and returns the new tokens."""

Store: TypeAlias = Callable[[IssuedTokens], object] | Callable[[IssuedTokens], Awaitable[object]]
"""Stores new tokens so that they survive the process."""


class RefreshFailedError(Exception):
    """A refresh got no tokens. Raise it in your own `refresh`."""

    def __init__(self, failure: RefreshFailure) -> None:
        super().__init__(failure)
        self.failure = failure
        """Why the refresh failed."""

    @classmethod
    def of_response(cls, status: int, body: bytes) -> Self:
        """Makes the error for a response without tokens. Only `invalid_grant` ends the session."""
        return cls(RefreshFailure.of_response(status, body))


class RefreshSettings(NamedTuple):
    """When tokens are refreshed. None stands for the core's default, in brackets."""

    skew: Seconds | None = None
    """How long before its expiry a token is refreshed, but not before 4/5 of its lifetime
    (60 seconds)."""
    unauthorized_rest: Seconds | None = None
    """How long after a refresh a 401 response does not cause another refresh (30 seconds)."""
    shortest_rest: Seconds | None = None
    """The backoff after the first failed refresh; it doubles with each failure in a row
    (1 second)."""
    longest_rest: Seconds | None = None
    """The maximum backoff (60 seconds)."""
    refresh_timeout: Seconds | None = None
    """How long a refresh may take. A later response is discarded (30 seconds)."""
