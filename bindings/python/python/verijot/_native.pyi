# The native half of the package, as the type checkers see it.

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from types import EllipsisType
from typing import Any, Final, Literal, Protocol, TypeAlias, TypeVar, final, overload

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
    "Answer",
    "Attempt",
    "Demand",
    "Explanation",
    "FetchCounts",
    "GuardRules",
    "Health",
    "JwkSet",
    "JwksCache",
    "Key",
    "KeyFetch",
    "KeyLocation",
    "KeyRequest",
    "OpenedToken",
    "Policy",
    "RefreshFailure",
    "RefreshSession",
    "RefreshTicket",
    "SessionHealth",
    "SkippedKey",
    "Step",
    "Ticket",
    "VerifiedJws",
    "VerifiedToken",
    "Verifier",
    "VerifierSet",
    "bearer_token",
    "check_url",
    "excerpt",
    "read_settings",
    "refusal",
    "restore_json",
    "restore_pem",
    "restore_secret",
    "run_command",
    "unix_nanoseconds",
]

ALGORITHMS: Final[tuple[str, ...]]
CODES: Final[tuple[str, ...]]
PROVIDER: Final[str]
REASONS: Final[tuple[str, ...]]
VERSION: Final[str]

@final
class Demand:
    def __new__(
        cls,
        *,
        scopes: _Names | None = None,
        any_scope: _Names | None = None,
        role: _Names | None = None,
        any_role: _Names | None = None,
        at: _Names | None = None,
    ) -> Demand: ...
    @staticmethod
    def from_json(document: str, /) -> Demand: ...
    def to_json(self) -> str: ...
    def check(self, token: VerifiedToken, /) -> None: ...
    def __and__(self, other: Demand, /) -> Demand: ...
    def __rand__(self, other: Demand, /) -> Demand: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    def __reduce__(self) -> tuple[Callable[..., Demand], tuple[str]]: ...

@final
class GuardRules:
    def __new__(
        cls,
        demand: Demand | None = None,
        *,
        optional: bool = False,
        header: str | None = None,
        cookie: str | None = None,
        realm: str | None = None,
    ) -> GuardRules: ...
    @property
    def header_name(self) -> str: ...
    @property
    def is_optional(self) -> bool: ...
    def requires(self, demand: Demand, /) -> GuardRules: ...
    def optional(self) -> GuardRules: ...
    def token(self, values: Iterable[_Octets], /) -> bytes | None: ...
    def check(self, token: VerifiedToken, /) -> None: ...
    def answer(self, error: VerificationError, /) -> Answer: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...

@final
class Answer:
    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> dict[str, str]: ...
    @property
    def body(self) -> str: ...
    @property
    def websocket_close_code(self) -> int: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...

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
        tolerate_padded_base64: bool = False,
        tolerate_short_coordinates: bool = False,
    ) -> JwkSet: ...
    @staticmethod
    def from_jwk(
        jwk: _Octets | Mapping[str, Any],
        /,
        *,
        symmetric_keys: bool = False,
        max_octets: int | None = None,
        tolerate_padded_base64: bool = False,
        tolerate_short_coordinates: bool = False,
    ) -> JwkSet: ...
    @staticmethod
    def from_pem(pem: _Octets, /, algorithms: _Names, kid: str | None = None) -> JwkSet: ...
    @staticmethod
    def from_secret(
        secret: _Octets, /, algorithms: _Names | None, kid: str | None = None
    ) -> JwkSet: ...
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
class Policy:
    def __new__(
        cls,
        *,
        issuer: _Names | None,
        audience: _Names | None,
        algorithms: _Names | None = None,
        types: _Names | EllipsisType | None = ...,
        leeway: Seconds = 30,
        require_exp: bool = True,
        required_claims: _Names | None = None,
        expected_claims: Mapping[str, Any] | None = None,
        max_age: Seconds | None = None,
        max_lifetime: Seconds | None = None,
        max_lifetime_by: LifetimeClasses | None = None,
        required_scopes: _Names | None = None,
        required_roles: Mapping[str | tuple[str, ...], _Names] | None = None,
        max_token_octets: int | None = None,
        allow_numeric_subject: bool = False,
        allow_future_issued_at: bool = False,
    ) -> Policy: ...
    @classmethod
    def from_json(cls, document: _Octets, /) -> Policy: ...
    def to_json(self) -> str: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[Callable[[str], Policy], tuple[str]]: ...

@final
class Verifier:
    def __new__(
        cls,
        policy: Policy | None = None,
        /,
        *,
        issuer: _Names | EllipsisType | None = ...,
        audience: _Names | EllipsisType | None = ...,
        algorithms: _Names | None = None,
        types: _Names | EllipsisType | None = ...,
        leeway: Seconds = 30,
        require_exp: bool = True,
        required_claims: _Names | None = None,
        expected_claims: Mapping[str, Any] | None = None,
        max_age: Seconds | None = None,
        max_lifetime: Seconds | None = None,
        max_lifetime_by: LifetimeClasses | None = None,
        required_scopes: _Names | None = None,
        required_roles: Mapping[str | tuple[str, ...], _Names] | None = None,
        revoked: Callable[[VerifiedToken], bool] | None = None,
        max_token_octets: int | None = None,
        token_cache: int | None = None,
        allow_numeric_subject: bool = False,
        allow_future_issued_at: bool = False,
    ) -> Verifier: ...
    @property
    def policy(self) -> Policy: ...
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
    def __getnewargs_ex__(self) -> tuple[tuple[Policy], dict[str, Any]]: ...

@final
class VerifierSet:
    def __new__(cls, verifiers: Sequence[Verifier], /) -> VerifierSet: ...
    def open(self, token: _Octets, /) -> tuple[int, OpenedToken]: ...
    def __len__(self) -> int: ...

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
def excerpt(text: str) -> str: ...
def refusal(
    code: str,
    *,
    claim: str | None = None,
    required: _Names | None = None,
    retry_after: float | None = None,
) -> VerificationError: ...
def restore_json(
    json: bytes,
    symmetric_keys: bool,
    max_octets: int | None,
    max_keys: int | None,
    tolerate_padded_base64: bool = False,
    tolerate_short_coordinates: bool = False,
    single: bool = False,
) -> JwkSet: ...
def restore_pem(pem: bytes, algorithms: list[str], kid: str | None) -> JwkSet: ...
def restore_secret(secret: bytes, algorithms: list[str] | None, kid: str | None) -> JwkSet: ...

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
        revalidate_for: Seconds | None = None,
        stale_for: Seconds | None = None,
        stale_despite_headers: bool | None = None,
        unknown_window: Seconds | None = None,
        shortest_rest: Seconds | None = None,
        longest_rest: Seconds | None = None,
        fetch_timeout: Seconds | None = None,
    ) -> JwksCache: ...
    @property
    def max_octets(self) -> int: ...
    def at_hand(self, kid: str | None, now: int, wall: int | None) -> JwkSet | None: ...
    def resolve(
        self, kid: str | None, asked: int, now: int, wall: int | None
    ) -> tuple[JwkSet | None, Ticket | None, float | None]: ...
    def reconsider(
        self, refused: OpenedToken, asked: int, now: int, wall: int | None
    ) -> tuple[JwkSet | None, Ticket | None, float | None] | None: ...
    def refresh_now(
        self, asked: int, now: int, wall: int | None
    ) -> tuple[JwkSet | None, Ticket | None, float | None]: ...
    def purge(self, kid: str, /) -> None: ...
    def restore(self, kid: str, /) -> bool: ...
    def on_response(
        self,
        ticket: Ticket,
        status: int,
        body: _Octets,
        now: int,
        wall: int | None,
        *,
        is_conditional: bool,
        cache_control: str | None = None,
        age: str | None = None,
        entity_tag: str | None = None,
        last_modified: str | None = None,
    ) -> str | None: ...
    def on_error(self, ticket: Ticket, now: int, wall: int | None, problem: str) -> bool: ...
    def on_cancelled(self, ticket: Ticket, now: int, wall: int | None, problem: str) -> bool: ...
    def seed(
        self, jwks: str, age: int, now: int, wall: int | None, sha256: str | None = None
    ) -> None: ...
    def export(self, now: int, wall: int | None) -> tuple[str, int, str] | None: ...
    def health(self, now: int, wall: int | None) -> Health: ...

@final
class Ticket:
    @property
    def timeout(self) -> float: ...

@final
class Health:
    @staticmethod
    def of_fixed(keys: JwkSet, /) -> Health: ...
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
    @property
    def purged(self) -> list[str]: ...
    @property
    def fetches(self) -> FetchCounts: ...

@final
class FetchCounts:
    @property
    def due(self) -> int: ...
    @property
    def unknown_key(self) -> int: ...
    @property
    def refused_token(self) -> int: ...
    @property
    def requested(self) -> int: ...

@final
class KeyLocation:
    @staticmethod
    def at(
        url: str, /, *, allow_plain_http: bool = False, allowed_hosts: _Names | None = None
    ) -> KeyLocation: ...
    @staticmethod
    def of_issuer(
        issuer: str,
        /,
        *,
        customary: bool = True,
        allow_plain_http: bool = False,
        allowed_hosts: _Names | None = None,
    ) -> KeyLocation: ...
    def fetch(self, ticket: Ticket, max_octets: int, /) -> KeyFetch: ...
    def confirm(self, url: str, /) -> None: ...

@final
class KeyFetch:
    def step(self, elapsed: int, /) -> KeyRequest | str: ...
    def on_response(self, status: int, body: _Octets, /) -> None: ...
    def on_error(self) -> None: ...

@final
class KeyRequest:
    @property
    def url(self) -> str: ...
    @property
    def headers(self) -> dict[str, str]: ...
    @property
    def timeout(self) -> float: ...
    @property
    def max_octets(self) -> int: ...
    @property
    def is_conditional(self) -> bool: ...
    @property
    def is_for_keys(self) -> bool: ...

def unix_nanoseconds(moment: _Moment, /) -> int | None: ...
def check_url(url: str, /) -> None: ...
def run_command(arguments: Sequence[str], /) -> int: ...
def read_settings(
    prefix: str, lookup: Callable[[str], str | None], /
) -> tuple[Policy, JwkSet | KeyLocation, tuple[int, int]]: ...

@final
class RefreshSession:
    STORING_TIMEOUT: Final[float]
    def __new__(
        cls,
        *,
        skew: Seconds | None = None,
        unauthorized_rest: Seconds | None = None,
        shortest_rest: Seconds | None = None,
        longest_rest: Seconds | None = None,
        refresh_timeout: Seconds | None = None,
    ) -> RefreshSession: ...
    def sign_in(
        self,
        expires_in: Seconds | None,
        age: Seconds,
        is_refreshable: bool,
        now: int,
        wall: int | None,
    ) -> int: ...
    def sign_out(self) -> None: ...
    def resolve(
        self, is_writable: bool, now: int, wall: int | None
    ) -> tuple[Attempt | None, RefreshTicket | None, float | None]: ...
    def on_unauthorized(
        self, attempt: Attempt, is_writable: bool, now: int, wall: int | None
    ) -> tuple[Attempt | None, RefreshTicket | None, float | None]: ...
    def on_refreshed(
        self,
        ticket: RefreshTicket,
        expires_in: Seconds | None,
        is_refreshable: bool,
        now: int,
        wall: int | None,
    ) -> int | None: ...
    def on_failure(
        self, ticket: RefreshTicket, failure: RefreshFailure, now: int, wall: int | None
    ) -> Literal["failed", "signed_out", "ignored"]: ...
    def health(self, now: int, wall: int | None) -> SessionHealth: ...

@final
class Attempt:
    @property
    def generation(self) -> int: ...

@final
class RefreshTicket:
    @property
    def generation(self) -> int: ...
    @property
    def timeout(self) -> float: ...

@final
class RefreshFailure:
    @staticmethod
    def of_response(status: int, body: _Octets, /) -> RefreshFailure: ...
    @staticmethod
    def no_answer() -> RefreshFailure: ...
    @staticmethod
    def timed_out() -> RefreshFailure: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...

@final
class SessionHealth:
    @property
    def is_signed_in(self) -> bool: ...
    @property
    def is_valid(self) -> bool: ...
    @property
    def expires_in(self) -> float | None: ...
    @property
    def failures(self) -> int: ...
    @property
    def last_failure(self) -> str | None: ...
    @property
    def is_refreshing(self) -> bool: ...
