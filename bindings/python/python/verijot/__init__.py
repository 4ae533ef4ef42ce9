"""Verify JSON Web Tokens: strict, fast, typed, with a precise reason for every refusal.

In short::

    from verijot import JwkSet, Verifier

    keys = JwkSet.from_json(jwks)
    verifier = Verifier(issuer="https://issuer.example", audience="https://api.example")
    token = verifier.verify(raw, keys)
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from verijot._native import (
    VERSION as __version__,  # noqa: N811
)
from verijot._native import (
    Explanation,
    Health,
    JwkSet,
    Key,
    OpenedToken,
    Policy,
    SkippedKey,
    Step,
    VerifiedJws,
    VerifiedToken,
    Verifier,
    bearer_token,
)

# The errors, here and in __all__: written by cargo run -p verijot-testvectors-generator.
from verijot.errors import (
    AccessTokenError,
    AlgorithmMismatchError,
    AlgorithmNotAllowedError,
    AmbiguousKeyError,
    AuthenticationTooOldError,
    DecodeError,
    EncryptedTokenError,
    ExpiredSignatureError,
    ExpiredTokenError,
    ImmatureSignatureError,
    InsufficientAuthenticationError,
    InsufficientScopeError,
    InvalidAlgorithmError,
    InvalidAudienceError,
    InvalidClaimError,
    InvalidDemandError,
    InvalidIssuedAtError,
    InvalidIssuerError,
    InvalidJwksError,
    InvalidKeyError,
    InvalidKeySourceError,
    InvalidPolicyError,
    InvalidSettingsError,
    InvalidSignatureError,
    InvalidTokenError,
    IssuedInFutureError,
    KeysUnavailableError,
    LifetimeTooLongError,
    MalformedAuthorizationError,
    MalformedClaimsError,
    MalformedHeaderError,
    MalformedTokenError,
    MissingClaimError,
    MissingRequiredClaimError,
    MissingTokenError,
    NotYetValidError,
    RefreshUnavailableError,
    ReplayedTokenError,
    ReplayUnavailableError,
    RevocationUnavailableError,
    RevokedTokenError,
    SetupError,
    SignInNeededError,
    StorageNeededError,
    TokenTooLargeError,
    TooOldError,
    UnavailableError,
    UnexpectedClaimError,
    UnexpectedTypeError,
    UnknownKeyError,
    UnsupportedCriticalHeaderError,
    UnusableKeyError,
    VerificationError,
    WrongAudienceError,
    WrongClaimError,
    WrongIssuerError,
)
from verijot.policy import LifetimeClasses, Seconds
from verijot.settings import CacheSettings

if TYPE_CHECKING:
    from verijot.client import JwksClient, Snapshot
    from verijot.issuers import MultiIssuerClient
else:

    def __getattr__(name: str) -> Any:
        # Callers that fetch no keys do not wait for the import of asyncio, ssl and urllib.
        if name in _LATE:
            return getattr(import_module(_LATE[name]), name)
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)

    _LATE = {
        "JwksClient": "verijot.client",
        "MultiIssuerClient": "verijot.issuers",
        "Snapshot": "verijot.client",
    }


__all__ = [
    "AccessTokenError",
    "AlgorithmMismatchError",
    "AlgorithmNotAllowedError",
    "AmbiguousKeyError",
    "AuthenticationTooOldError",
    "CacheSettings",
    "DecodeError",
    "EncryptedTokenError",
    "ExpiredSignatureError",
    "ExpiredTokenError",
    "Explanation",
    "Health",
    "ImmatureSignatureError",
    "InsufficientAuthenticationError",
    "InsufficientScopeError",
    "InvalidAlgorithmError",
    "InvalidAudienceError",
    "InvalidClaimError",
    "InvalidDemandError",
    "InvalidIssuedAtError",
    "InvalidIssuerError",
    "InvalidJwksError",
    "InvalidKeyError",
    "InvalidKeySourceError",
    "InvalidPolicyError",
    "InvalidSettingsError",
    "InvalidSignatureError",
    "InvalidTokenError",
    "IssuedInFutureError",
    "JwkSet",
    "JwksClient",
    "Key",
    "KeysUnavailableError",
    "LifetimeClasses",
    "LifetimeTooLongError",
    "MalformedAuthorizationError",
    "MalformedClaimsError",
    "MalformedHeaderError",
    "MalformedTokenError",
    "MissingClaimError",
    "MissingRequiredClaimError",
    "MissingTokenError",
    "MultiIssuerClient",
    "NotYetValidError",
    "OpenedToken",
    "Policy",
    "RefreshUnavailableError",
    "ReplayUnavailableError",
    "ReplayedTokenError",
    "RevocationUnavailableError",
    "RevokedTokenError",
    "Seconds",
    "SetupError",
    "SignInNeededError",
    "SkippedKey",
    "Snapshot",
    "Step",
    "StorageNeededError",
    "TokenTooLargeError",
    "TooOldError",
    "UnavailableError",
    "UnexpectedClaimError",
    "UnexpectedTypeError",
    "UnknownKeyError",
    "UnsupportedCriticalHeaderError",
    "UnusableKeyError",
    "VerificationError",
    "VerifiedJws",
    "VerifiedToken",
    "Verifier",
    "WrongAudienceError",
    "WrongClaimError",
    "WrongIssuerError",
    "__version__",
    "bearer_token",
]
