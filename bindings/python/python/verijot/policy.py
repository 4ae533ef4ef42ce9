"""The options of a policy, with their types."""

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from decimal import Decimal
from types import EllipsisType
from typing import Any, NamedTuple, TypeAlias, TypedDict

from verijot._native import VerifiedToken

Seconds: TypeAlias = int | float | Decimal | timedelta
"""A duration: a number of seconds, or a timedelta."""

Names: TypeAlias = str | Iterable[str]
"""One name or several."""


class LifetimeClasses(NamedTuple):
    """The maximum time from `iat` to `exp` by class of token; one claim's value names the class."""

    claim: str
    """The claim whose string value names the class."""
    ceilings: Mapping[str, Seconds]
    """The maximum for each class."""
    default: Seconds | None = None
    """The maximum for every other class and for tokens without the claim; None refuses both."""


class PolicyOptions(TypedDict, total=False):
    """The keywords of a Policy, apart from `issuer` and `audience`.

    Verifier, `JwksClient.from_issuer` and `JwksClient.from_environment` take them as well.
    """

    algorithms: Names | None
    """The signature algorithms to accept (RFC 8725 §3.1).

    By default every asymmetric one, and HMAC with keys that are made for it."""
    types: Names | EllipsisType | None
    """The `typ` headers to accept (RFC 8725 §3.11); None accepts any.

    By default a missing one, `JWT` and `at+jwt`."""
    leeway: Seconds
    """How much the issuer's clock may differ, for `exp`, `nbf` and `iat`. By default 30 seconds."""
    allow_missing_expiry: bool
    """Accepts tokens without `exp`."""
    required_claims: Names | None
    """Claims that must be present and not null. An empty list raises InvalidPolicyError."""
    expected_claims: Mapping[str, Any] | None
    """Claims that must have exactly this value, such as `{"nonce": "…"}`."""
    max_age: Seconds | None
    """The maximum time since `iat`."""
    max_lifetime: Seconds | None
    """The maximum time from `iat` to `exp`."""
    max_lifetime_by: LifetimeClasses | None
    """The maximum time from `iat` to `exp` by class of token."""
    required_scopes: Names | None
    """Scopes that `scope` or `scp` must all contain. An empty list raises InvalidPolicyError."""
    required_roles: Mapping[str | tuple[str, ...], Names] | None
    """Roles that the claim at each path must contain, such as `{"realm_access.roles": "admin"}`.

    A path is a str that is split at its dots, or a tuple of names."""
    max_token_octets: int | None
    """The most octets that a token may have. By default 16384."""
    allow_numeric_subject: bool
    """Accepts a whole number as `sub`, for an issuer that is being migrated."""
    allow_future_issued_at: bool
    """Accepts an `iat` in the future."""


class VerifierOptions(PolicyOptions, total=False):
    """The keywords of a Verifier, apart from `issuer` and `audience`."""

    revoked: Callable[[VerifiedToken], bool] | None
    """Says whether a token that has passed every other check is revoked.

    Only False accepts the token; an exception or any other value refuses it with status 503."""
    token_cache: int | None
    """Caches this many accepted tokens. A cached token costs a hash, and is still refused once it
    expires, is revoked or loses its key. By default none is cached."""
