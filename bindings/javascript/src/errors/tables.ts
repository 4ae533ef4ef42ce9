// Written by cargo run -p verijot-testvectors-generator
// from core/src/codes.rs; do not edit.
import type { AccessTokenError, SetupError, VerificationError } from "./base.js";
import * as classes from "./classes.js";

export const VERIFICATION: ReadonlyMap<string, typeof VerificationError> = new Map([
  ["token_too_large", classes.TokenTooLargeError],
  ["malformed_token", classes.MalformedTokenError],
  ["encrypted_token", classes.EncryptedTokenError],
  ["malformed_header", classes.MalformedHeaderError],
  ["unsupported_critical_header", classes.UnsupportedCriticalHeaderError],
  ["invalid_signature", classes.InvalidSignatureError],
  ["malformed_claims", classes.MalformedClaimsError],
  ["algorithm_not_allowed", classes.AlgorithmNotAllowedError],
  ["algorithm_mismatch", classes.AlgorithmMismatchError],
  ["unknown_key", classes.UnknownKeyError],
  ["ambiguous_key", classes.AmbiguousKeyError],
  ["unexpected_type", classes.UnexpectedTypeError],
  ["missing_claim", classes.MissingClaimError],
  ["invalid_claim", classes.InvalidClaimError],
  ["wrong_claim", classes.WrongClaimError],
  ["unexpected_claim", classes.UnexpectedClaimError],
  ["expired", classes.ExpiredTokenError],
  ["not_yet_valid", classes.NotYetValidError],
  ["issued_in_future", classes.IssuedInFutureError],
  ["too_old", classes.TooOldError],
  ["lifetime_too_long", classes.LifetimeTooLongError],
  ["wrong_issuer", classes.WrongIssuerError],
  ["wrong_audience", classes.WrongAudienceError],
  ["authentication_too_old", classes.AuthenticationTooOldError],
  ["replayed", classes.ReplayedTokenError],
  ["revoked", classes.RevokedTokenError],
  ["missing_token", classes.MissingTokenError],
  ["malformed_authorization", classes.MalformedAuthorizationError],
  ["keys_unavailable", classes.KeysUnavailableError],
  ["revocation_unavailable", classes.RevocationUnavailableError],
  ["replay_unavailable", classes.ReplayUnavailableError],
  ["insufficient_authentication", classes.InsufficientAuthenticationError],
  ["insufficient_scope", classes.InsufficientScopeError],
]);

export const SETUP: ReadonlyMap<string, typeof SetupError> = new Map([
  ["malformed_jwks", classes.InvalidJwksError],
  ["jwks_too_large", classes.InvalidJwksError],
  ["malformed_key", classes.UnusableKeyError],
  ["unsupported_key_type", classes.UnusableKeyError],
  ["unsupported_curve", classes.UnusableKeyError],
  ["unsupported_algorithm", classes.UnusableKeyError],
  ["not_for_signatures", classes.UnusableKeyError],
  ["private_key_material", classes.UnusableKeyError],
  ["symmetric_key", classes.UnusableKeyError],
  ["weak_key", classes.UnusableKeyError],
  ["invalid_key", classes.UnusableKeyError],
  ["duplicate_kid", classes.UnusableKeyError],
  ["withdrawn", classes.UnusableKeyError],
  ["invalid_policy", classes.InvalidPolicyError],
  ["invalid_demand", classes.InvalidDemandError],
  ["invalid_key_source", classes.InvalidKeySourceError],
]);

export const ACCESS_TOKEN: ReadonlyMap<string, typeof AccessTokenError> = new Map([
  ["sign_in_needed", classes.SignInNeededError],
  ["storage_needed", classes.StorageNeededError],
  ["refresh_unavailable", classes.RefreshUnavailableError],
  ["unsafe_url", classes.UnsafeUrlError],
]);
