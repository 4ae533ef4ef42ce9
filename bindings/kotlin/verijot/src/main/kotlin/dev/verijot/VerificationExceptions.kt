// Written by cargo run -p verijot-testvectors-generator
// from core/src/codes.rs; do not edit.

package dev.verijot

/** The exception for a refusal, of the class of its code. */
internal fun exceptionFor(refusal: Refusal): VerificationException =
    when (refusal.code) {
        "token_too_large" -> TokenTooLargeException(refusal)
        "malformed_token" -> MalformedTokenException(refusal)
        "encrypted_token" -> EncryptedTokenException(refusal)
        "malformed_header" -> MalformedHeaderException(refusal)
        "unsupported_critical_header" -> UnsupportedCriticalHeaderException(refusal)
        "algorithm_not_allowed" -> AlgorithmNotAllowedException(refusal)
        "unexpected_type" -> UnexpectedTypeException(refusal)
        "unknown_key" -> UnknownKeyException(refusal)
        "ambiguous_key" -> AmbiguousKeyException(refusal)
        "algorithm_mismatch" -> AlgorithmMismatchException(refusal)
        "invalid_signature" -> InvalidSignatureException(refusal)
        "malformed_claims" -> MalformedClaimsException(refusal)
        "missing_claim" -> MissingClaimException(refusal)
        "invalid_claim" -> InvalidClaimException(refusal)
        "expired" -> ExpiredTokenException(refusal)
        "not_yet_valid" -> NotYetValidException(refusal)
        "issued_in_future" -> IssuedInFutureException(refusal)
        "too_old" -> TooOldException(refusal)
        "lifetime_too_long" -> LifetimeTooLongException(refusal)
        "wrong_issuer" -> WrongIssuerException(refusal)
        "wrong_audience" -> WrongAudienceException(refusal)
        "wrong_claim" -> WrongClaimException(refusal)
        "unexpected_claim" -> UnexpectedClaimException(refusal)
        "authentication_too_old" -> AuthenticationTooOldException(refusal)
        "insufficient_authentication" -> InsufficientAuthenticationException(refusal)
        "replayed" -> ReplayedTokenException(refusal)
        "revoked" -> RevokedTokenException(refusal)
        "insufficient_scope" -> InsufficientScopeException(refusal)
        "missing_token" -> MissingTokenException(refusal)
        "malformed_authorization" -> MalformedAuthorizationException(refusal)
        "keys_unavailable" -> KeysUnavailableException(refusal)
        "revocation_unavailable" -> RevocationUnavailableException(refusal)
        "replay_unavailable" -> ReplayUnavailableException(refusal)
        else -> VerificationException(refusal)
    }

/** The token is not valid: status 401. */
public open class InvalidTokenException internal constructor(
    refusal: Refusal,
) : VerificationException(refusal)

/** The token cannot be read, or its signature is wrong. */
public open class DecodeException internal constructor(
    refusal: Refusal,
) : InvalidTokenException(refusal)

/** `token_too_large`: The token has more octets than the policy allows. */
public class TokenTooLargeException internal constructor(
    refusal: Refusal,
) : DecodeException(refusal)

/** `malformed_token`: The token is not three canonical base64url segments between two dots. */
public class MalformedTokenException internal constructor(
    refusal: Refusal,
) : DecodeException(refusal)

/** `encrypted_token`: The token is a JWE; encrypted tokens are never decrypted. */
public class EncryptedTokenException internal constructor(
    refusal: Refusal,
) : DecodeException(refusal)

/** `malformed_header`: The header is not strict JSON, or breaks the rules of RFC 7515 §4. */
public class MalformedHeaderException internal constructor(
    refusal: Refusal,
) : DecodeException(refusal)

/** `unsupported_critical_header`: `crit` names an extension, and no extension is supported. */
public class UnsupportedCriticalHeaderException internal constructor(
    refusal: Refusal,
) : DecodeException(refusal)

/** `invalid_signature`: The signature does not verify. */
public class InvalidSignatureException internal constructor(
    refusal: Refusal,
) : DecodeException(refusal)

/** `malformed_claims`: The payload is not a single strict JSON object. */
public class MalformedClaimsException internal constructor(
    refusal: Refusal,
) : DecodeException(refusal)

/** The token's `alg` may not be used. */
public open class InvalidAlgorithmException internal constructor(
    refusal: Refusal,
) : InvalidTokenException(refusal)

/** `algorithm_not_allowed`: The policy does not allow this `alg`. */
public class AlgorithmNotAllowedException internal constructor(
    refusal: Refusal,
) : InvalidAlgorithmException(refusal)

/** `algorithm_mismatch`: The key with the token's `kid` is not for the token's `alg`. */
public class AlgorithmMismatchException internal constructor(
    refusal: Refusal,
) : InvalidAlgorithmException(refusal)

/** No key can be chosen for the token. */
public open class InvalidKeyException internal constructor(
    refusal: Refusal,
) : InvalidTokenException(refusal)

/** `unknown_key`: No usable key has the token's `kid` or, without one, fits its `alg`. */
public class UnknownKeyException internal constructor(
    refusal: Refusal,
) : InvalidKeyException(refusal)

/** `ambiguous_key`: Two keys share the token's `kid`, or too many fit a token without one. */
public class AmbiguousKeyException internal constructor(
    refusal: Refusal,
) : InvalidKeyException(refusal)

/** `unexpected_type`: The policy does not allow this `typ`. */
public class UnexpectedTypeException internal constructor(
    refusal: Refusal,
) : InvalidTokenException(refusal)

/** `missing_claim`: A required claim is missing. */
public class MissingClaimException internal constructor(
    refusal: Refusal,
) : InvalidTokenException(refusal)

/** `invalid_claim`: A claim has the wrong type. */
public open class InvalidClaimException internal constructor(
    refusal: Refusal,
) : InvalidTokenException(refusal)

/** `wrong_claim`: A claim does not have the value that the policy expects. */
public class WrongClaimException internal constructor(
    refusal: Refusal,
) : InvalidClaimException(refusal)

/** `unexpected_claim`: The token has a claim that it must not have. */
public class UnexpectedClaimException internal constructor(
    refusal: Refusal,
) : InvalidClaimException(refusal)

/** `expired`: `exp` has passed. */
public class ExpiredTokenException internal constructor(
    refusal: Refusal,
) : InvalidTokenException(refusal)

/** `not_yet_valid`: `nbf` is in the future. */
public open class NotYetValidException internal constructor(
    refusal: Refusal,
) : InvalidTokenException(refusal)

/** `issued_in_future`: `iat` is in the future. */
public class IssuedInFutureException internal constructor(
    refusal: Refusal,
) : NotYetValidException(refusal)

/** `too_old`: The token was issued longer ago than the policy's maximum age. */
public class TooOldException internal constructor(
    refusal: Refusal,
) : InvalidTokenException(refusal)

/** `lifetime_too_long`: The time from `iat` to `exp` is longer than the policy allows. */
public class LifetimeTooLongException internal constructor(
    refusal: Refusal,
) : InvalidTokenException(refusal)

/** `wrong_issuer`: `iss` is not one of the policy's issuers. */
public class WrongIssuerException internal constructor(
    refusal: Refusal,
) : InvalidTokenException(refusal)

/** `wrong_audience`: `aud` contains none of the policy's audiences. */
public class WrongAudienceException internal constructor(
    refusal: Refusal,
) : InvalidTokenException(refusal)

/** `authentication_too_old`: The user signed in longer ago than the login's maximum age. */
public class AuthenticationTooOldException internal constructor(
    refusal: Refusal,
) : InvalidTokenException(refusal)

/** `replayed`: The token may be used once and was used before. */
public class ReplayedTokenException internal constructor(
    refusal: Refusal,
) : InvalidTokenException(refusal)

/** `revoked`: The revocation check reports that the token is revoked. */
public class RevokedTokenException internal constructor(
    refusal: Refusal,
) : InvalidTokenException(refusal)

/** `missing_token`: The request has no token. */
public class MissingTokenException internal constructor(
    refusal: Refusal,
) : InvalidTokenException(refusal)

/** `malformed_authorization`: The Authorization header is not `Bearer` followed by one token. */
public class MalformedAuthorizationException internal constructor(
    refusal: Refusal,
) : InvalidTokenException(refusal)

/** The token cannot be verified now: status 503. */
public open class UnavailableException internal constructor(
    refusal: Refusal,
) : VerificationException(refusal)

/** `keys_unavailable`: The issuer's keys could not be fetched. */
public class KeysUnavailableException internal constructor(
    refusal: Refusal,
) : UnavailableException(refusal)

/** `revocation_unavailable`: The revocation check gave no answer, so the token is refused. */
public class RevocationUnavailableException internal constructor(
    refusal: Refusal,
) : UnavailableException(refusal)

/** `replay_unavailable`: Whether the token was used before is unknown, so it is refused. */
public class ReplayUnavailableException internal constructor(
    refusal: Refusal,
) : UnavailableException(refusal)

/** `insufficient_authentication`: A newer or stronger sign-in is needed. */
public class InsufficientAuthenticationException internal constructor(
    refusal: Refusal,
) : VerificationException(refusal)

/** `insufficient_scope`: The token is valid but lacks a required scope or role. */
public class InsufficientScopeException internal constructor(
    refusal: Refusal,
) : VerificationException(refusal)
