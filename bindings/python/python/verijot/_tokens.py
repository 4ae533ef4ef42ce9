"""What a token endpoint gives out, and who asks for it and keeps it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Self, TypeAlias

from verijot._native import RefreshFailure, bearer_token
from verijot.policy import Seconds


@dataclass(frozen=True, slots=True)
class IssuedTokens:
    """An access token, and perhaps a refresh token (RFC 6749 §5.1). Its repr shows neither.

    Raises MalformedAuthorizationError if the access token cannot be sent as a bearer token.
    """

    access_token: str = field(repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    """Or whatever else new tokens are had for; None if there will be none."""
    expires_in: Seconds | None = None
    """The access token's whole life; without it the token is used until it is refused."""

    def __post_init__(self) -> None:
        bearer_token(f"Bearer {self.access_token}")

    def or_refresh_token_of(self, old: Self) -> Self:
        """An answer without a refresh token leaves the old one in use (RFC 6749 §6)."""
        return self if self.refresh_token else replace(self, refresh_token=old.refresh_token)


Refresh: TypeAlias = Callable[[str], IssuedTokens] | Callable[[str], Awaitable[IssuedTokens]]
"""Asks the token endpoint once, with a refresh token."""

Store: TypeAlias = Callable[[IssuedTokens], object] | Callable[[IssuedTokens], Awaitable[object]]
"""Keeps new tokens where they outlive the process."""


class RefreshFailedError(Exception):
    """A refresh brought no tokens: for a callable that refreshes to raise."""

    def __init__(self, failure: RefreshFailure) -> None:
        super().__init__(failure)
        self.failure = failure
        """Why."""

    @classmethod
    def of_response(cls, status: int, body: bytes) -> Self:
        """What an answer without usable tokens means: only `invalid_grant` ends the session."""
        return cls(RefreshFailure.of_response(status, body))


class RefreshSettings(NamedTuple):
    """When tokens are refreshed. What is None has the core's default."""

    skew: Seconds | None = None
    """How long before its end a token is refreshed, but not before 4/5 of its life (60 seconds)."""
    unauthorized_rest: Seconds | None = None
    """How long a refreshed token is not refreshed again because of a 401 (30 seconds)."""
    shortest_rest: Seconds | None = None
    """The rest after a first failed refresh, doubled with each further one (1 second)."""
    longest_rest: Seconds | None = None
    """The longest such rest (60 seconds)."""
    refresh_timeout: Seconds | None = None
    """After how long a refresh counts as failed, and its answer is lost (30 seconds)."""
