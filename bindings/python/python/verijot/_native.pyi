# The native half of the package, as the type checkers see it.

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from types import EllipsisType
from typing import Any, Final, Protocol, TypeAlias, TypeVar, final, overload

from verijot.errors import VerificationError
from verijot.policy import LifetimeClasses, Seconds

_T = TypeVar("_T")
_T_co = TypeVar("_T_co", covariant=True)

_Octets: TypeAlias = str | bytes | bytearray | memoryview
_Moment: TypeAlias = int | float | Decimal | datetime | str
_Names: TypeAlias = str | Iterable[str]

class _TypeAdapter(Protocol[_T_co]):
    def validate_json(self, data: bytes, /) -> _T_co: ...

__all__ = [
    "ALGORITHMS",
    "CODES",
    "PROVIDER",
    "REASONS",
    "VERSION",
    "Explanation",
    "Health",
    "JwkSet",
    "JwksCache",
    "Key",
    "OpenedToken",
    "SkippedKey",
    "Step",
    "Ticket",
    "VerifiedJws",
    "VerifiedToken",
    "Verifier",
    "bearer_token",
    "check_url",
    "customary_jwks_url",
    "jwks_url",
    "metadata_urls",
    "refusal",
    "restore_json",
    "restore_pem",
    "restore_secret",
]

ALGORITHMS: Final[tuple[str, ...]]
CODES: Final[tuple[str, ...]]
PROVIDER: Final[str]
REASONS: Final[tuple[str, ...]]
VERSION: Final[str]

@final
class JwkSet:
    @staticmethod
    def from_json(
        jwks: _Octets | Mapping[str, Any],
        /,
        *,
        symmetric_keys: bool = False,
        max_octets: int | None = None,
        max_keys: int | None = None,
    ) -> JwkSet: ...
    @staticmethod
    def from_pem(pem: _Octets, /, algorithms: _Names, kid: str | None = None) -> JwkSet: ...
    @staticmethod
    def from_secret(secret: _Octets, /, algorithms: _Names, kid: str | None = None) -> JwkSet: ...
    @property
    def keys(self) -> list[Key]: ...
    @property
    def skipped(self) -> list[SkippedKey]: ...
    def __len__(self) -> int: ...
    def __reduce__(self) -> tuple[Callable[..., JwkSet], tuple[Any, ...]]: ...

@final
class Key:
    @property
    def kid(self) -> str | None: ...
    @property
    def kind(self) -> str: ...
    @property
    def key_type(self) -> str: ...
    @property
    def algorithms(self) -> list[str]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...

@final
class SkippedKey:
    @property
    def index(self) -> int: ...
    @property
    def kid(self) -> str | None: ...
    @property
    def key_type(self) -> str | None: ...
    @property
    def reason(self) -> str: ...
    @property
    def detail(self) -> str: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...

@final
class Verifier:
    def __new__(
        cls,
        *,
        issuer: _Names | None,
        audience: _Names | None,
        algorithms: _Names | None = None,
        types: _Names | EllipsisType | None = ...,
        leeway: Seconds = 30,
        require_exp: bool = True,
        required_claims: _Names = (),
        expected_claims: Mapping[str, Any] | None = None,
        max_age: Seconds | None = None,
        max_lifetime: Seconds | None = None,
        max_lifetime_by: LifetimeClasses | None = None,
        required_scopes: _Names = (),
        required_roles: Mapping[str | tuple[str, ...], _Names] | None = None,
        revoked: Callable[[VerifiedToken], bool] | None = None,
        max_token_octets: int | None = None,
    ) -> Verifier: ...
    @overload
    def verify(
        self, token: _Octets, keys: JwkSet, *, now: _Moment | None = None, into: None = None
    ) -> VerifiedToken: ...
    @overload
    def verify(
        self, token: _Octets, keys: JwkSet, *, now: _Moment | None = None, into: type[_T]
    ) -> _T: ...
    @overload
    def verify(
        self, token: _Octets, keys: JwkSet, *, now: _Moment | None = None, into: _TypeAdapter[_T]
    ) -> _T: ...
    def verify_jws(self, token: _Octets, keys: JwkSet) -> VerifiedJws: ...
    def explain(
        self, token: _Octets, keys: JwkSet, *, now: _Moment | None = None
    ) -> Explanation: ...
    def open(self, token: _Octets) -> OpenedToken: ...
    def __getnewargs_ex__(self) -> tuple[tuple[()], dict[str, Any]]: ...

@final
class OpenedToken:
    @property
    def header(self) -> dict[str, Any]: ...
    @property
    def key_id(self) -> str | None: ...
    @property
    def algorithm(self) -> str: ...
    @overload
    def verify(
        self, keys: JwkSet, *, now: _Moment | None = None, into: None = None
    ) -> VerifiedToken: ...
    @overload
    def verify(self, keys: JwkSet, *, now: _Moment | None = None, into: type[_T]) -> _T: ...
    @overload
    def verify(self, keys: JwkSet, *, now: _Moment | None = None, into: _TypeAdapter[_T]) -> _T: ...

@final
class VerifiedToken:
    @property
    def issuer(self) -> str | None: ...
    @property
    def subject(self) -> str | None: ...
    @property
    def audience(self) -> tuple[str, ...]: ...
    @property
    def id(self) -> str | None: ...
    @property
    def expires_at(self) -> datetime | None: ...
    @property
    def expires_at_seconds(self) -> int | float | None: ...
    @property
    def not_before(self) -> datetime | None: ...
    @property
    def not_before_seconds(self) -> int | float | None: ...
    @property
    def issued_at(self) -> datetime | None: ...
    @property
    def issued_at_seconds(self) -> int | float | None: ...
    @property
    def scopes(self) -> frozenset[str]: ...
    def has_scope(self, scope: str) -> bool: ...
    def roles(self, path: _Names) -> frozenset[str]: ...
    def has_role(self, path: _Names, role: str) -> bool: ...
    @property
    def claims(self) -> dict[str, Any]: ...
    @property
    def payload(self) -> bytes: ...
    @property
    def header(self) -> dict[str, Any]: ...
    @property
    def algorithm(self) -> str: ...
    @property
    def key_id(self) -> str | None: ...
    @overload
    def into(self, kind: type[_T]) -> _T: ...
    @overload
    def into(self, kind: _TypeAdapter[_T]) -> _T: ...

@final
class VerifiedJws:
    @property
    def payload(self) -> bytes: ...
    @property
    def header(self) -> dict[str, Any]: ...
    @property
    def algorithm(self) -> str: ...
    @property
    def key_id(self) -> str | None: ...

@final
class Explanation:
    @property
    def steps(self) -> list[Step]: ...
    @property
    def accepted(self) -> bool: ...
    @property
    def error(self) -> VerificationError | None: ...
    @property
    def token(self) -> VerifiedToken | None: ...

@final
class Step:
    @property
    def check(self) -> str: ...
    @property
    def outcome(self) -> str: ...
    @property
    def detail(self) -> str: ...
    @property
    def date(self) -> int | float | None: ...

def bearer_token(authorization: _Octets | None, /) -> bytes: ...
def refusal(
    code: str,
    *,
    claim: str | None = None,
    required: _Names | None = None,
    retry_after: float | None = None,
) -> VerificationError: ...
def restore_json(
    json: bytes, symmetric_keys: bool, max_octets: int | None, max_keys: int | None
) -> JwkSet: ...
def restore_pem(pem: bytes, algorithms: list[str], kid: str | None) -> JwkSet: ...
def restore_secret(secret: bytes, algorithms: list[str], kid: str | None) -> JwkSet: ...

@final
class JwksCache:
    def __new__(
        cls,
        *,
        max_octets: int | None = None,
        max_keys: int | None = None,
        fresh_for: Seconds | None = None,
        shortest_fresh: Seconds | None = None,
        longest_fresh: Seconds | None = None,
        stale_for: Seconds | None = None,
        unknown_window: Seconds | None = None,
        shortest_rest: Seconds | None = None,
        longest_rest: Seconds | None = None,
        fetch_timeout: Seconds | None = None,
    ) -> JwksCache: ...
    @property
    def max_octets(self) -> int: ...
    def resolve(
        self, kid: str | None, asked: int, now: int
    ) -> tuple[JwkSet | None, Ticket | None, int | None]: ...
    def on_response(
        self,
        ticket: Ticket,
        status: int,
        body: _Octets,
        now: int,
        *,
        cache_control: str | None = None,
        age: str | None = None,
        entity_tag: str | None = None,
        last_modified: str | None = None,
    ) -> str | None: ...
    def on_error(self, ticket: Ticket, now: int, problem: str | None = None) -> bool: ...
    def seed(self, jwks: str, age: int, now: int, sha256: str | None = None) -> None: ...
    def export(self, now: int) -> tuple[str, int, str] | None: ...
    def health(self, now: int) -> Health: ...

@final
class Ticket:
    @property
    def if_none_match(self) -> str | None: ...
    @property
    def if_modified_since(self) -> str | None: ...
    @property
    def timeout(self) -> float: ...

@final
class Health:
    @property
    def usable_keys(self) -> int: ...
    @property
    def skipped_keys(self) -> int: ...
    @property
    def age(self) -> float | None: ...
    @property
    def sha256(self) -> str | None: ...
    @property
    def is_seed(self) -> bool: ...
    @property
    def is_fresh(self) -> bool: ...
    @property
    def failures(self) -> int: ...
    @property
    def last_failure(self) -> str | None: ...
    @property
    def is_fetching(self) -> bool: ...

def metadata_urls(issuer: str, /) -> tuple[str, str]: ...
def customary_jwks_url(issuer: str, /) -> str: ...
def jwks_url(issuer: str, metadata: _Octets, /) -> str: ...
def check_url(url: str, /) -> None: ...
