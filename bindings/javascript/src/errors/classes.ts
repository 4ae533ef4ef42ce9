// Written by cargo run -p verijot-testvectors-generator
// from core/src/codes.rs; do not edit.
import { AccessTokenError, name, SetupError, VerificationError } from "./base.js";

/** The token is not valid: status 401. */
export class InvalidTokenError extends VerificationError {}

/** The token cannot be read, or its signature is wrong. */
export class DecodeError extends InvalidTokenError {}

/** `token_too_large`: The token has more octets than the policy allows. */
export class TokenTooLargeError extends DecodeError {}

/** `malformed_token`: The token is not three canonical base64url segments between two dots. */
export class MalformedTokenError extends DecodeError {}

/** `encrypted_token`: The token is a JWE; encrypted tokens are never decrypted. */
export class EncryptedTokenError extends DecodeError {}

/** `malformed_header`: The header is not strict JSON, or breaks the rules of RFC 7515 §4. */
export class MalformedHeaderError extends DecodeError {}

/** `unsupported_critical_header`: `crit` names an extension, and no extension is supported. */
export class UnsupportedCriticalHeaderError extends DecodeError {}

/** `invalid_signature`: The signature does not verify. */
export class InvalidSignatureError extends DecodeError {}

/** `malformed_claims`: The payload is not a single strict JSON object. */
export class MalformedClaimsError extends DecodeError {}

/** The token's `alg` may not be used. */
export class InvalidAlgorithmError extends InvalidTokenError {}

/** `algorithm_not_allowed`: The policy does not allow this `alg`. */
export class AlgorithmNotAllowedError extends InvalidAlgorithmError {}

/** `algorithm_mismatch`: The key with the token's `kid` is not for the token's `alg`. */
export class AlgorithmMismatchError extends InvalidAlgorithmError {}

/** No key can be chosen for the token. */
export class InvalidKeyError extends InvalidTokenError {}

/** `unknown_key`: No usable key has the token's `kid` or, without one, fits its `alg`. */
export class UnknownKeyError extends InvalidKeyError {}

/** `ambiguous_key`: Two keys share the token's `kid`, or too many fit a token without one. */
export class AmbiguousKeyError extends InvalidKeyError {}

/** `unexpected_type`: The policy does not allow this `typ`. */
export class UnexpectedTypeError extends InvalidTokenError {}

/** `missing_claim`: A required claim is missing. */
export class MissingClaimError extends InvalidTokenError {}

/** `invalid_claim`: A claim has the wrong type. */
export class InvalidClaimError extends InvalidTokenError {}

/** `wrong_claim`: A claim does not have the value that the policy expects. */
export class WrongClaimError extends InvalidClaimError {}

/** `unexpected_claim`: The token has a claim that it must not have. */
export class UnexpectedClaimError extends InvalidClaimError {}

/** `expired`: `exp` has passed. */
export class ExpiredTokenError extends InvalidTokenError {}

/** `not_yet_valid`: `nbf` is in the future. */
export class NotYetValidError extends InvalidTokenError {}

/** `issued_in_future`: `iat` is in the future. */
export class IssuedInFutureError extends NotYetValidError {}

/** `too_old`: The token was issued longer ago than the policy's maximum age. */
export class TooOldError extends InvalidTokenError {}

/** `lifetime_too_long`: The time from `iat` to `exp` is longer than the policy allows. */
export class LifetimeTooLongError extends InvalidTokenError {}

/** `wrong_issuer`: `iss` is not one of the policy's issuers. */
export class WrongIssuerError extends InvalidTokenError {}

/** `wrong_audience`: `aud` contains none of the policy's audiences. */
export class WrongAudienceError extends InvalidTokenError {}

/** `authentication_too_old`: The user signed in longer ago than the login's maximum age. */
export class AuthenticationTooOldError extends InvalidTokenError {}

/** `replayed`: The token may be used once and was used before. */
export class ReplayedTokenError extends InvalidTokenError {}

/** `revoked`: The revocation check reports that the token is revoked. */
export class RevokedTokenError extends InvalidTokenError {}

/** `missing_token`: The request has no token. */
export class MissingTokenError extends InvalidTokenError {}

/** `malformed_authorization`: The Authorization header is not `Bearer` followed by one token. */
export class MalformedAuthorizationError extends InvalidTokenError {}

/** The token cannot be verified now: status 503. */
export class UnavailableError extends VerificationError {}

/** `keys_unavailable`: The issuer's keys could not be fetched. */
export class KeysUnavailableError extends UnavailableError {}

/** `revocation_unavailable`: The revocation check gave no answer, so the token is refused. */
export class RevocationUnavailableError extends UnavailableError {}

/** `replay_unavailable`: Whether the token was used before is unknown, so it is refused. */
export class ReplayUnavailableError extends UnavailableError {}

/** `insufficient_authentication`: A newer or stronger sign-in is needed. */
export class InsufficientAuthenticationError extends VerificationError {}

/** `insufficient_scope`: The token is valid but lacks a required scope or role. */
export class InsufficientScopeError extends VerificationError {}

/** A JWK Set as a whole cannot be used. `code` says why. */
export class InvalidJwksError extends SetupError {}

/** A key cannot be used. `code` says why. */
export class UnusableKeyError extends SetupError {}

/** `invalid_policy`: The policy is invalid or contradictory. */
export class InvalidPolicyError extends SetupError {}

/** `invalid_demand`: A demand, a token place or a guard is invalid. */
export class InvalidDemandError extends SetupError {}

/** `invalid_key_source`: Keys cannot come from this source, such as a plain http URL. */
export class InvalidKeySourceError extends SetupError {}

/** `sign_in_needed`: There are no tokens, or they cannot be refreshed. */
export class SignInNeededError extends AccessTokenError {}

/** `storage_needed`: A refresh is needed, but the new tokens cannot be stored now. */
export class StorageNeededError extends AccessTokenError {}

/** `refresh_unavailable`: The last refresh failed, and it is too early to retry. */
export class RefreshUnavailableError extends AccessTokenError {}

/** `unsafe_url`: Tokens are sent only over https or to this machine. */
export class UnsafeUrlError extends AccessTokenError {}

name({
  InvalidTokenError,
  DecodeError,
  TokenTooLargeError,
  MalformedTokenError,
  EncryptedTokenError,
  MalformedHeaderError,
  UnsupportedCriticalHeaderError,
  InvalidSignatureError,
  MalformedClaimsError,
  InvalidAlgorithmError,
  AlgorithmNotAllowedError,
  AlgorithmMismatchError,
  InvalidKeyError,
  UnknownKeyError,
  AmbiguousKeyError,
  UnexpectedTypeError,
  MissingClaimError,
  InvalidClaimError,
  WrongClaimError,
  UnexpectedClaimError,
  ExpiredTokenError,
  NotYetValidError,
  IssuedInFutureError,
  TooOldError,
  LifetimeTooLongError,
  WrongIssuerError,
  WrongAudienceError,
  AuthenticationTooOldError,
  ReplayedTokenError,
  RevokedTokenError,
  MissingTokenError,
  MalformedAuthorizationError,
  UnavailableError,
  KeysUnavailableError,
  RevocationUnavailableError,
  ReplayUnavailableError,
  InsufficientAuthenticationError,
  InsufficientScopeError,
  InvalidJwksError,
  UnusableKeyError,
  InvalidPolicyError,
  InvalidDemandError,
  InvalidKeySourceError,
  SignInNeededError,
  StorageNeededError,
  RefreshUnavailableError,
  UnsafeUrlError,
});
