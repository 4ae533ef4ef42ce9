"""The options of a policy, with their types."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from types import EllipsisType
from typing import Any, NamedTuple, Self, TypeAlias, TypedDict

from verijot._documents import Document
from verijot._native import VerifiedToken
from verijot.rules import Rule

Seconds: TypeAlias = int | float | Decimal | timedelta
"""A duration: a number of seconds, or a timedelta."""

Names: TypeAlias = str | Iterable[str]
"""One name or several."""


@dataclass(frozen=True, slots=True)
class IssuerTemplate(Document):
    """One issuer for each tenant, for a provider whose tenants share their keys."""

    template: str
    """The issuer, with `{tenant}` where the tenant's id is."""
    claim: str
    """The claim that must have the same id, such as `tid`."""
    tenants: Names | None
    """The ids of the tenants; None accepts all of them."""

    def _document(self) -> dict[str, Any]:
        tenants = self.tenants
        ids = [tenants] if isinstance(tenants, str) else tenants and list(tenants)
        return {"template": self.template, "claim": self.claim, "tenants": ids}


@dataclass(frozen=True, slots=True, init=False)
class Audiences(Document):
    """Audiences with a further demand; a plain name, or several, needs no such object."""

    _names: tuple[str, ...]
    _exactly: bool
    _in_claim: str | None

    def __init__(self, names: tuple[str, ...], *, exactly: bool, in_claim: str | None) -> None:
        object.__setattr__(self, "_names", names)
        object.__setattr__(self, "_exactly", exactly)
        object.__setattr__(self, "_in_claim", in_claim)

    @classmethod
    def one_of(cls, *names: str, in_claim: str | None = None) -> Self:
        """Requires one of these; with `in_claim` in that claim, which takes the place of `aud`."""
        return cls(names, exactly=False, in_claim=in_claim)

    @classmethod
    def exactly(cls, *names: str, in_claim: str | None = None) -> Self:
        """Requires that every audience is one of these."""
        return cls(names, exactly=True, in_claim=in_claim)

    def _document(self) -> dict[str, Any]:
        demand = {"exactly" if self._exactly else "one_of": self._names}
        return demand if self._in_claim is None else {**demand, "in_claim": self._in_claim}


Issuers: TypeAlias = str | IssuerTemplate | Iterable[str | IssuerTemplate]
"""One issuer or several, some of which may be templates."""


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
    types_or_none: Names | None
    """The `typ` headers to accept, besides a missing one. Excludes `types`."""
    leeway: Seconds
    """How much the issuer's clock may differ, for `exp`, `nbf` and `iat`. By default 30 seconds."""
    allow_missing_expiry: bool
    """Accepts tokens without `exp`."""
    required_claims: Names | None
    """Claims that must be present and not null. An empty list raises InvalidPolicyError."""
    expected_claims: Mapping[str, Any] | None
    """Claims that must have exactly this value, such as `{"nonce": "…"}`."""
    claims: Mapping[str | tuple[str, ...], Rule] | None
    """Rules about claims, such as `{"azp": rules.one_of("app")}`; see `verijot.rules`.

    A path is a str that is split at its dots, or a tuple of names."""
    header: Mapping[str, Rule] | None
    """Rules about parameters of the header."""
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

    known_tenants: Callable[[str], bool] | None
    """Says whether a tenant is known, for each token that an issuer template accepts.

    It is called with the tenant's id after every other check but `revoked`, and must answer at
    once; False refuses the token with `wrong_issuer`, and an exception is raised as it is."""
    revoked: Callable[[VerifiedToken], bool] | None
    """Says whether a token that has passed every other check is revoked.

    Only False accepts the token; an exception or any other value refuses it with status 503. It is
    called in the thread that verifies, in a task too, which waits for it without a time limit. The
    `revoked` of a guard is async and has one."""
    token_cache: int | None
    """Caches this many accepted tokens. A cached token costs a hash, and is still refused once it
    expires, is revoked or loses its key. By default none is cached."""


class ProfileOptions(TypedDict, total=False):
    """The keywords of a verifier for one kind of token, as those of a Verifier.

    What the profile decides is missing, such as the types and whether `exp` must be there.
    """

    algorithms: Names | None
    leeway: Seconds
    required_claims: Names | None
    expected_claims: Mapping[str, Any] | None
    claims: Mapping[str | tuple[str, ...], Rule] | None
    header: Mapping[str, Rule] | None
    max_age: Seconds | None
    max_lifetime: Seconds | None
    max_lifetime_by: LifetimeClasses | None
    required_scopes: Names | None
    required_roles: Mapping[str | tuple[str, ...], Names] | None
    max_token_octets: int | None
    allow_future_issued_at: bool
    known_tenants: Callable[[str], bool] | None
    revoked: Callable[[VerifiedToken], bool] | None
    token_cache: int | None
