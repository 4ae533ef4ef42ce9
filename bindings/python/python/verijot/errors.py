"""Why a token, a key set, a key or a policy is refused, and why a client has no token to send.

`code` is the contract: it never changes for a given cause, and it is the same in every language.
The text is human-readable and may change. No error contains a token, a signature or a key, and of
the claims only the values that the policy compares (`iss`, `aud` and dates).
"""

from collections.abc import Iterator
from typing import ClassVar, Final


class VerificationError(Exception):
    """A token is refused. The base class of every refusal."""

    code: str = "refused"
    """The stable code."""
    http_status: int = 401
    """The status that a resource server answers with: 401, 403 or 503."""
    claim: str | None = None
    """The claim that caused the refusal, if any."""
    expected: str | None = None
    """The expected value, if it is harmless."""
    actual: str | None = None
    """The token's value, if it is harmless."""
    www_authenticate: str | None = None
    """The value of the WWW-Authenticate header for this error (RFC 6750 §3)."""
    retry_after: int | None = None
    """How many seconds a client should wait, for status 503."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message)

    @property
    def message(self) -> str:
        """One sentence that says what is wrong and what to do."""
        return str(self.args[0]) if self.args else ""

    def __str__(self) -> str:
        return f"{self.code}: {self.message}" if self.message else self.code


class SetupError(ValueError):
    """What the caller passes cannot be used: a policy, settings, a key, a key set."""

    code: str = "setup"
    """The stable code."""

    def __init__(self, message: str = "", code: str | None = None) -> None:
        # The same arguments as this call, for pickle.
        super().__init__(*((message,) if code is None else (message, code)))
        self.message = message
        """One sentence that says what is wrong and what to do."""
        if code is not None:
            self.code = code

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class AccessTokenError(Exception):
    """A client has no access token to send with a request."""

    code: ClassVar[str] = "access_token"
    """The stable code."""

    @property
    def message(self) -> str:
        """One sentence that says what is wrong and what to do."""
        return str(self.args[0]) if self.args else ""

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


# From here on written by cargo run -p verijot-testvectors-generator
# from core/src/codes.rs.


class InvalidTokenError(VerificationError):
    """The token is not valid: status 401."""


class DecodeError(InvalidTokenError):
    """The token cannot be read, or its signature is wrong."""


class TokenTooLargeError(DecodeError):
    """`token_too_large`: The token has more octets than the policy allows."""

    code = "token_too_large"


class MalformedTokenError(DecodeError):
    """`malformed_token`: The token is not three canonical base64url segments between two dots."""

    code = "malformed_token"


class EncryptedTokenError(DecodeError):
    """`encrypted_token`: The token is a JWE; encrypted tokens are never decrypted."""

    code = "encrypted_token"


class MalformedHeaderError(DecodeError):
    """`malformed_header`: The header is not strict JSON, or breaks the rules of RFC 7515 §4."""

    code = "malformed_header"


class UnsupportedCriticalHeaderError(DecodeError):
    """`unsupported_critical_header`: `crit` names an extension, and no extension is supported."""

    code = "unsupported_critical_header"


class InvalidSignatureError(DecodeError):
    """`invalid_signature`: The signature does not verify."""

    code = "invalid_signature"


class MalformedClaimsError(DecodeError):
    """`malformed_claims`: The payload is not a single strict JSON object."""

    code = "malformed_claims"


class InvalidAlgorithmError(InvalidTokenError):
    """The token's `alg` may not be used."""


class AlgorithmNotAllowedError(InvalidAlgorithmError):
    """`algorithm_not_allowed`: The policy does not allow this `alg`."""

    code = "algorithm_not_allowed"


class AlgorithmMismatchError(InvalidAlgorithmError):
    """`algorithm_mismatch`: The key with the token's `kid` is not for the token's `alg`."""

    code = "algorithm_mismatch"


class InvalidKeyError(InvalidTokenError):
    """No key can be chosen for the token."""


class UnknownKeyError(InvalidKeyError):
    """`unknown_key`: No usable key has the token's `kid` or, without one, fits its `alg`."""

    code = "unknown_key"


class AmbiguousKeyError(InvalidKeyError):
    """`ambiguous_key`: Two keys share the token's `kid`, or too many fit a token without one."""

    code = "ambiguous_key"


class UnexpectedTypeError(InvalidTokenError):
    """`unexpected_type`: The policy does not allow this `typ`."""

    code = "unexpected_type"


class MissingClaimError(InvalidTokenError):
    """`missing_claim`: A required claim is missing."""

    code = "missing_claim"


class InvalidClaimError(InvalidTokenError):
    """`invalid_claim`: A claim has the wrong type."""

    code = "invalid_claim"


class WrongClaimError(InvalidClaimError):
    """`wrong_claim`: A claim does not have the value that the policy expects."""

    code = "wrong_claim"


class UnexpectedClaimError(InvalidClaimError):
    """`unexpected_claim`: The token has a claim that it must not have."""

    code = "unexpected_claim"


class ExpiredTokenError(InvalidTokenError):
    """`expired`: `exp` has passed."""

    code = "expired"


class NotYetValidError(InvalidTokenError):
    """`not_yet_valid`: `nbf` is in the future."""

    code = "not_yet_valid"


class IssuedInFutureError(NotYetValidError):
    """`issued_in_future`: `iat` is in the future."""

    code = "issued_in_future"


class TooOldError(InvalidTokenError):
    """`too_old`: The token was issued longer ago than the policy's maximum age."""

    code = "too_old"


class LifetimeTooLongError(InvalidTokenError):
    """`lifetime_too_long`: The time from `iat` to `exp` is longer than the policy allows."""

    code = "lifetime_too_long"


class WrongIssuerError(InvalidTokenError):
    """`wrong_issuer`: `iss` is not one of the policy's issuers."""

    code = "wrong_issuer"


class WrongAudienceError(InvalidTokenError):
    """`wrong_audience`: `aud` contains none of the policy's audiences."""

    code = "wrong_audience"


class AuthenticationTooOldError(InvalidTokenError):
    """`authentication_too_old`: The user signed in longer ago than the login's maximum age."""

    code = "authentication_too_old"


class ReplayedTokenError(InvalidTokenError):
    """`replayed`: The token may be used once and was used before."""

    code = "replayed"


class RevokedTokenError(InvalidTokenError):
    """`revoked`: The revocation check reports that the token is revoked."""

    code = "revoked"


class MissingTokenError(InvalidTokenError):
    """`missing_token`: The request has no token."""

    code = "missing_token"


class MalformedAuthorizationError(InvalidTokenError):
    """`malformed_authorization`: The Authorization header is not `Bearer` followed by one token."""

    code = "malformed_authorization"


class UnavailableError(VerificationError):
    """The token cannot be verified now: status 503."""

    http_status = 503


class KeysUnavailableError(UnavailableError):
    """`keys_unavailable`: The issuer's keys could not be fetched."""

    code = "keys_unavailable"


class RevocationUnavailableError(UnavailableError):
    """`revocation_unavailable`: The revocation check gave no answer, so the token is refused."""

    code = "revocation_unavailable"


class ReplayUnavailableError(UnavailableError):
    """`replay_unavailable`: Whether the token was used before is unknown, so it is refused."""

    code = "replay_unavailable"


class InsufficientAuthenticationError(VerificationError):
    """`insufficient_authentication`: A newer or stronger sign-in is needed."""

    code = "insufficient_authentication"


class InsufficientScopeError(VerificationError):
    """`insufficient_scope`: The token is valid but lacks a required scope or role."""

    code = "insufficient_scope"
    http_status = 403


class InvalidJwksError(SetupError):
    """A JWK Set as a whole cannot be used. `code` says why."""

    code = "malformed_jwks"


class UnusableKeyError(SetupError):
    """A key cannot be used. `code` says why."""

    code = "malformed_key"


class InvalidPolicyError(SetupError):
    """`invalid_policy`: The policy is invalid or contradictory."""

    code = "invalid_policy"


class InvalidDemandError(SetupError):
    """`invalid_demand`: A demand, a token place or a guard is invalid."""

    code = "invalid_demand"


class InvalidKeySourceError(SetupError):
    """`invalid_key_source`: Keys cannot come from this source, such as a plain http URL."""

    code = "invalid_key_source"


class SignInNeededError(AccessTokenError):
    """`sign_in_needed`: There are no tokens, or they cannot be refreshed."""

    code = "sign_in_needed"


class StorageNeededError(AccessTokenError):
    """`storage_needed`: A refresh is needed, but the new tokens cannot be stored now."""

    code = "storage_needed"


# Until here.


class InvalidSettingsError(SetupError):
    """`invalid_settings`: A service's settings make no sense. Names them, never their values."""

    code = "invalid_settings"

    def __init__(self, message: str = "", settings: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.args = (message, settings)
        self.settings = settings
        """The names of the settings, with the prefix."""

    def __str__(self) -> str:
        return f"{self.code}: {', '.join(self.settings)}: {self.message}"


class RefreshUnavailableError(AccessTokenError):
    """`refresh_unavailable`: The last refresh failed, and the backoff has not ended."""

    code = "refresh_unavailable"

    def __init__(self, message: str = "", retry_after: int = 1) -> None:
        super().__init__(message, retry_after)
        self.retry_after = retry_after
        """How many seconds to wait."""


# PyJWT's names for the same errors, so that code that was written for it keeps working.
ExpiredSignatureError = ExpiredTokenError
ImmatureSignatureError = NotYetValidError
InvalidAudienceError = WrongAudienceError
InvalidIssuedAtError = IssuedInFutureError
InvalidIssuerError = WrongIssuerError
MissingRequiredClaimError = MissingClaimError


def _refusal(  # pyright: ignore[reportUnusedFunction]
    code: str,
    message: str,
    claim: str | None,
    expected: str | None,
    actual: str | None,
    http_status: int,
    www_authenticate: str | None,
    retry_after: int | None,
) -> VerificationError:
    """Makes the exception for an error of the core, which decides every attribute."""
    error = CLASSES.get(code, InvalidTokenError)(message)
    error.code = code
    error.http_status = http_status
    error.claim = claim
    error.expected = expected
    error.actual = actual
    error.www_authenticate = www_authenticate
    error.retry_after = retry_after
    return error


def _classes(parent: type[VerificationError]) -> Iterator[tuple[str, type[VerificationError]]]:
    for kind in parent.__subclasses__():
        if "code" in vars(kind):
            yield kind.code, kind
        yield from _classes(kind)


CLASSES: Final[dict[str, type[VerificationError]]] = dict(_classes(VerificationError))
"""The class for each code of the core."""
