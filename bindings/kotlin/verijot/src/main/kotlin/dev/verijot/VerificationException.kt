package dev.verijot

import java.time.Duration

/**
 * A token is refused. Every refusal is of a class below this one, and [code] says which it is: it
 * never changes for a given cause and is the same in every language.
 *
 * It holds no token, signature or key, and no claim's value but those that the policy itself asks
 * about (`iss`, `aud` and dates); it can be logged.
 */
public open class VerificationException internal constructor(
    refusal: Refusal,
) : RuntimeException(refusal.toString()) {
    /** The stable code. */
    public val code: String = refusal.code

    /** One sentence that says what is wrong and what to do, for people. */
    public val detail: String = refusal.detail

    /** The claim at fault, where it is one. */
    public val claim: String? = refusal.claim

    /** What would have been accepted, where saying so is harmless. */
    public val expected: String? = refusal.expected

    /** What the token has instead, where saying so is harmless. */
    public val actual: String? = refusal.actual

    /** The status that a resource server answers with: 401, 403 or 503. */
    public val httpStatus: Int = refusal.httpStatus

    /** The value of the WWW-Authenticate header, for the answers that have one (RFC 6750). */
    public val wwwAuthenticate: String? = refusal.wwwAuthenticate

    /** How long the client should wait, in whole seconds, for the answers with status 503. */
    public val retryAfter: Duration? = refusal.retryAfter

    internal fun toRefusal() =
        dev.verijot.ffi.Refusal(
            code = code,
            detail = detail,
            claim = claim,
            expected = expected,
            actual = actual,
            httpStatus = httpStatus.toUShort(),
            wwwAuthenticate = wwwAuthenticate,
            retryAfter = retryAfter?.seconds?.toULong(),
        )

    internal companion object {
        fun of(refusal: dev.verijot.ffi.Refusal): VerificationException = of(Refusal(refusal))

        fun of(refusal: Refusal): VerificationException =
            when (refusal.code) {
                "token_too_large" -> TokenTooLargeException(refusal)
                "malformed_token" -> MalformedTokenException(refusal)
                "encrypted_token" -> EncryptedTokenException(refusal)
                "malformed_header" -> MalformedHeaderException(refusal)
                "unsupported_critical_header" -> UnsupportedCriticalHeaderException(refusal)
                "malformed_claims" -> MalformedClaimsException(refusal)
                "invalid_signature" -> InvalidSignatureException(refusal)
                "algorithm_not_allowed" -> AlgorithmNotAllowedException(refusal)
                "algorithm_mismatch" -> AlgorithmMismatchException(refusal)
                "unexpected_type" -> UnexpectedTypeException(refusal)
                "unknown_key" -> UnknownKeyException(refusal)
                "ambiguous_key" -> AmbiguousKeyException(refusal)
                "missing_claim" -> MissingClaimException(refusal)
                "invalid_claim" -> InvalidClaimException(refusal)
                "wrong_claim" -> WrongClaimException(refusal)
                "expired" -> ExpiredTokenException(refusal)
                "not_yet_valid" -> NotYetValidException(refusal)
                "issued_in_future" -> IssuedInFutureException(refusal)
                "too_old" -> TooOldException(refusal)
                "lifetime_too_long" -> LifetimeTooLongException(refusal)
                "wrong_issuer" -> WrongIssuerException(refusal)
                "wrong_audience" -> WrongAudienceException(refusal)
                "revoked" -> RevokedTokenException(refusal)
                "missing_token" -> MissingTokenException(refusal)
                "malformed_authorization" -> MalformedAuthorizationException(refusal)
                "insufficient_scope" -> InsufficientScopeException(refusal)
                "keys_unavailable" -> KeysUnavailableException(refusal)
                "revocation_unavailable" -> RevocationUnavailableException(refusal)
                else -> VerificationException(refusal)
            }
    }
}

/** The token is not good: status 401. */
public open class InvalidTokenException internal constructor(
    refusal: Refusal,
) : VerificationException(refusal)

/** The token cannot be read, or its signature does not verify. */
public open class DecodeException internal constructor(
    refusal: Refusal,
) : InvalidTokenException(refusal)

/** `token_too_large`: more octets than the policy allows. */
public class TokenTooLargeException internal constructor(
    refusal: Refusal,
) : DecodeException(refusal)

/** `malformed_token`: not three canonical base64url segments between two dots. */
public class MalformedTokenException internal constructor(
    refusal: Refusal,
) : DecodeException(refusal)

/** `encrypted_token`: a JWE, and nothing is ever decrypted here. */
public class EncryptedTokenException internal constructor(
    refusal: Refusal,
) : DecodeException(refusal)

/** `malformed_header`: not strict JSON, or against the rules of RFC 7515 §4. */
public class MalformedHeaderException internal constructor(
    refusal: Refusal,
) : DecodeException(refusal)

/** `unsupported_critical_header`: `crit` names an extension. */
public class UnsupportedCriticalHeaderException internal constructor(
    refusal: Refusal,
) : DecodeException(refusal)

/** `malformed_claims`: the payload is not one strict JSON object. */
public class MalformedClaimsException internal constructor(
    refusal: Refusal,
) : DecodeException(refusal)

/** `invalid_signature`: the signature does not verify. */
public class InvalidSignatureException internal constructor(
    refusal: Refusal,
) : DecodeException(refusal)

/** `algorithm_not_allowed`: `alg` is not in the policy's set. */
public class AlgorithmNotAllowedException internal constructor(
    refusal: Refusal,
) : InvalidTokenException(refusal)

/** `algorithm_mismatch`: the key with the token's `kid` is not for the token's `alg`. */
public class AlgorithmMismatchException internal constructor(
    refusal: Refusal,
) : InvalidTokenException(refusal)

/** `unexpected_type`: `typ` is not one that the policy takes. */
public class UnexpectedTypeException internal constructor(
    refusal: Refusal,
) : InvalidTokenException(refusal)

/** `unknown_key`: no usable key has the token's `kid` or, without one, fits the algorithm. */
public class UnknownKeyException internal constructor(
    refusal: Refusal,
) : InvalidTokenException(refusal)

/** `ambiguous_key`: two keys share the token's `kid`, or too many fit a token without one. */
public class AmbiguousKeyException internal constructor(
    refusal: Refusal,
) : InvalidTokenException(refusal)

/** `missing_claim`: a claim that is demanded is absent. */
public class MissingClaimException internal constructor(
    refusal: Refusal,
) : InvalidTokenException(refusal)

/** `invalid_claim`: a claim has the wrong type. */
public class InvalidClaimException internal constructor(
    refusal: Refusal,
) : InvalidTokenException(refusal)

/** `wrong_claim`: a claim has another value than the policy demands. */
public class WrongClaimException internal constructor(
    refusal: Refusal,
) : InvalidTokenException(refusal)

/** `expired`: `exp` has passed. */
public class ExpiredTokenException internal constructor(
    refusal: Refusal,
) : InvalidTokenException(refusal)

/** `not_yet_valid`: `nbf` has not come yet. */
public class NotYetValidException internal constructor(
    refusal: Refusal,
) : InvalidTokenException(refusal)

/** `issued_in_future`: `iat` has not come yet. */
public class IssuedInFutureException internal constructor(
    refusal: Refusal,
) : InvalidTokenException(refusal)

/** `too_old`: more than the policy's `maxAge` has gone by since `iat`. */
public class TooOldException internal constructor(
    refusal: Refusal,
) : InvalidTokenException(refusal)

/** `lifetime_too_long`: `exp` lies further after `iat` than the policy allows. */
public class LifetimeTooLongException internal constructor(
    refusal: Refusal,
) : InvalidTokenException(refusal)

/** `wrong_issuer`: `iss` is none of the policy's issuers. */
public class WrongIssuerException internal constructor(
    refusal: Refusal,
) : InvalidTokenException(refusal)

/** `wrong_audience`: `aud` names none of the policy's audiences. */
public class WrongAudienceException internal constructor(
    refusal: Refusal,
) : InvalidTokenException(refusal)

/** `revoked`: the revocation check says so. */
public class RevokedTokenException internal constructor(
    refusal: Refusal,
) : InvalidTokenException(refusal)

/** `missing_token`: the request carries no bearer token. */
public class MissingTokenException internal constructor(
    refusal: Refusal,
) : InvalidTokenException(refusal)

/** `malformed_authorization`: the Authorization header is not `Bearer` and one token. */
public class MalformedAuthorizationException internal constructor(
    refusal: Refusal,
) : InvalidTokenException(refusal)

/** `insufficient_scope`: the token is good, but not for this: status 403. */
public class InsufficientScopeException internal constructor(
    refusal: Refusal,
) : VerificationException(refusal)

/** Nothing can be said of the token at the moment: status 503. */
public open class UnavailableException internal constructor(
    refusal: Refusal,
) : VerificationException(refusal)

/** `keys_unavailable`: no keys could be had. */
public class KeysUnavailableException internal constructor(
    refusal: Refusal,
) : UnavailableException(refusal)

/** `revocation_unavailable`: the revocation check gave no answer, which is never a yes. */
public class RevocationUnavailableException internal constructor(
    refusal: Refusal,
) : UnavailableException(refusal)
