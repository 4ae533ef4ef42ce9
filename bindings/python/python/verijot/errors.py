"""Why a token, a key set, a key or a policy is refused, and why a client has no token to send.

`code` is the contract: it never changes for a given cause, and it is the same in every language.
The text is for people and may be reworded. Nothing here holds a token, a signature or a key, and no
claim's value but those that the policy itself asked about (`iss`, `aud` and dates).
"""

from typing import ClassVar, Final


class VerificationError(Exception):
    """A token is refused. Every refusal is of a class below this one."""

    code: str = "refused"
    """The stable code."""
    http_status: int = 401
    """The status that a resource server answers with: 401, 403 or 503."""
    claim: str | None = None
    """The claim at fault, where it is one."""
    expected: str | None = None
    """What would have been accepted, where saying so is harmless."""
    actual: str | None = None
    """What the token has instead, where saying so is harmless."""
    www_authenticate: str | None = None
    """The value of a WWW-Authenticate header that answers with this error (RFC 6750)."""
    retry_after: int | None = None
    """How many seconds a client should wait, for the answers with status 503."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message)

    @property
    def message(self) -> str:
        """One sentence that says what is wrong and what to do."""
        return str(self.args[0]) if self.args else ""

    def __str__(self) -> str:
        return f"{self.code}: {self.message}" if self.message else self.code


class InvalidTokenError(VerificationError):
    """The token is not good: status 401."""


class DecodeError(InvalidTokenError):
    """The token cannot be read, or its signature does not verify."""


class TokenTooLargeError(DecodeError):
    """`token_too_large`: more octets than the policy allows."""

    code = "token_too_large"


class MalformedTokenError(DecodeError):
    """`malformed_token`: not three canonical base64url segments between two dots."""

    code = "malformed_token"


class EncryptedTokenError(DecodeError):
    """`encrypted_token`: a JWE, and nothing is ever decrypted here."""

    code = "encrypted_token"


class MalformedHeaderError(DecodeError):
    """`malformed_header`: not strict JSON, or against the rules of RFC 7515 §4."""

    code = "malformed_header"


class UnsupportedCriticalHeaderError(DecodeError):
    """`unsupported_critical_header`: `crit` names an extension."""

    code = "unsupported_critical_header"


class MalformedClaimsError(DecodeError):
    """`malformed_claims`: the payload is not one strict JSON object."""

    code = "malformed_claims"


class InvalidSignatureError(DecodeError):
    """`invalid_signature`: the signature does not verify."""

    code = "invalid_signature"


class InvalidAlgorithmError(InvalidTokenError):
    """`algorithm_not_allowed`: `alg` is not in the policy's set."""

    code = "algorithm_not_allowed"


class AlgorithmMismatchError(InvalidAlgorithmError):
    """`algorithm_mismatch`: the key with the token's `kid` is not for the token's `alg`."""

    code = "algorithm_mismatch"


class UnexpectedTypeError(InvalidTokenError):
    """`unexpected_type`: `typ` is not one that the policy takes."""

    code = "unexpected_type"


class InvalidKeyError(InvalidTokenError):
    """No key can be chosen for the token."""


class UnknownKeyError(InvalidKeyError):
    """`unknown_key`: no usable key has the token's `kid` or, without one, fits the algorithm."""

    code = "unknown_key"


class AmbiguousKeyError(InvalidKeyError):
    """`ambiguous_key`: two keys share the token's `kid`, or too many fit a token without one."""

    code = "ambiguous_key"


class MissingRequiredClaimError(InvalidTokenError):
    """`missing_claim`: a claim that is demanded is absent."""

    code = "missing_claim"


class InvalidClaimError(InvalidTokenError):
    """`invalid_claim`: a claim has the wrong type."""

    code = "invalid_claim"


class WrongClaimError(InvalidClaimError):
    """`wrong_claim`: a claim has another value than the policy demands."""

    code = "wrong_claim"


class ExpiredSignatureError(InvalidTokenError):
    """`expired`: `exp` has passed."""

    code = "expired"


class ImmatureSignatureError(InvalidTokenError):
    """`not_yet_valid`: `nbf` has not come yet."""

    code = "not_yet_valid"


class InvalidIssuedAtError(ImmatureSignatureError):
    """`issued_in_future`: `iat` has not come yet."""

    code = "issued_in_future"


class TooOldError(InvalidTokenError):
    """`too_old`: more than `max_age` has gone by since `iat`."""

    code = "too_old"


class LifetimeTooLongError(InvalidTokenError):
    """`lifetime_too_long`: `exp` lies further after `iat` than the policy allows."""

    code = "lifetime_too_long"


class InvalidIssuerError(InvalidTokenError):
    """`wrong_issuer`: `iss` is none of the policy's issuers."""

    code = "wrong_issuer"


class InvalidAudienceError(InvalidTokenError):
    """`wrong_audience`: `aud` names none of the policy's audiences."""

    code = "wrong_audience"


class RevokedTokenError(InvalidTokenError):
    """`revoked`: the caller's revocation check says so."""

    code = "revoked"


class MissingTokenError(InvalidTokenError):
    """`missing_token`: the request carries no bearer token."""

    code = "missing_token"


class MalformedAuthorizationError(InvalidTokenError):
    """`malformed_authorization`: the Authorization header is not `Bearer` and one token."""

    code = "malformed_authorization"


class InsufficientScopeError(VerificationError):
    """`insufficient_scope`: the token is good, but not for this: status 403."""

    code = "insufficient_scope"
    http_status = 403


class UnavailableError(VerificationError):
    """Nothing can be said of the token at the moment: status 503."""

    http_status = 503


class KeysUnavailableError(UnavailableError):
    """`keys_unavailable`: no keys could be had."""

    code = "keys_unavailable"


class RevocationUnavailableError(UnavailableError):
    """`revocation_unavailable`: the revocation check gave no answer, which is never a yes."""

    code = "revocation_unavailable"


class InvalidPolicyError(ValueError):
    """`invalid_policy`: what a Verifier is asked to demand makes no sense."""

    code: ClassVar[str] = "invalid_policy"

    def __str__(self) -> str:
        return f"{self.code}: {super().__str__()}"


class InvalidDemandError(ValueError):
    """`invalid_demand`: a demand, a token's place or a guard makes no sense."""

    code: ClassVar[str] = "invalid_demand"

    def __str__(self) -> str:
        return f"{self.code}: {super().__str__()}"


class InvalidSettingsError(ValueError):
    """`invalid_settings`: a service's settings make no sense. Shows their names, never a value."""

    code: ClassVar[str] = "invalid_settings"

    def __init__(self, problem: str = "", settings: tuple[str, ...] = ()) -> None:
        super().__init__(problem, settings)
        self.problem = problem
        """What is wrong, and what to do."""
        self.settings = settings
        """The settings at fault, by their whole names."""

    def __str__(self) -> str:
        return f"{self.code}: {', '.join(self.settings)}: {self.problem}"


class InvalidJwksError(ValueError):
    """A JWK Set as a whole cannot be used: `malformed_jwks` or `jwks_too_large`."""

    def __init__(self, message: str = "", code: str = "malformed_jwks") -> None:
        super().__init__(message, code)
        self.code = code

    def __str__(self) -> str:
        return f"{self.code}: {self.args[0]}"


class DiscoveryError(ValueError):
    """`invalid_key_source`: an issuer's keys are not looked for there, or cannot be found there."""

    code: ClassVar[str] = "invalid_key_source"


class UnusableKeyError(ValueError):
    """A key cannot be used. `code` is one of the reasons that a skipped key can have."""

    def __init__(self, detail: str = "", code: str = "malformed_key") -> None:
        super().__init__(detail, code)
        self.code = code
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}"


class AccessTokenError(Exception):
    """A client has no access token to send with a request."""

    code: ClassVar[str] = "access_token"

    def __str__(self) -> str:
        return f"{self.code}: {super().__str__()}"


class SignInNeededError(AccessTokenError):
    """`sign_in_needed`: there are no tokens, they cannot be refreshed, or that has been refused."""

    code = "sign_in_needed"


class StorageNeededError(AccessTokenError):
    """`storage_needed`: a refresh is needed, and its answer could not be kept here."""

    code = "storage_needed"


class RefreshUnavailableError(AccessTokenError):
    """`refresh_unavailable`: the last refresh failed, and it is too early for the next."""

    code = "refresh_unavailable"

    def __init__(self, message: str = "", retry_after: int = 1) -> None:
        super().__init__(message, retry_after)
        self.retry_after = retry_after
        """How many seconds to wait."""

    def __str__(self) -> str:
        return f"{self.code}: {self.args[0]}"


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
    """The exception for an error of the core, which alone knows what belongs into it."""
    error = CLASSES.get(code, InvalidTokenError)(message)
    error.code = code
    error.http_status = http_status
    error.claim = claim
    error.expected = expected
    error.actual = actual
    error.www_authenticate = www_authenticate
    error.retry_after = retry_after
    return error


CLASSES: Final[dict[str, type[VerificationError]]] = {
    kind.code: kind
    for kind in (
        TokenTooLargeError,
        MalformedTokenError,
        EncryptedTokenError,
        MalformedHeaderError,
        UnsupportedCriticalHeaderError,
        MalformedClaimsError,
        InvalidSignatureError,
        InvalidAlgorithmError,
        AlgorithmMismatchError,
        UnexpectedTypeError,
        UnknownKeyError,
        AmbiguousKeyError,
        MissingRequiredClaimError,
        InvalidClaimError,
        WrongClaimError,
        ExpiredSignatureError,
        ImmatureSignatureError,
        InvalidIssuedAtError,
        TooOldError,
        LifetimeTooLongError,
        InvalidIssuerError,
        InvalidAudienceError,
        RevokedTokenError,
        MissingTokenError,
        MalformedAuthorizationError,
        InsufficientScopeError,
        KeysUnavailableError,
        RevocationUnavailableError,
    )
}
"""The class for each code of the core."""
