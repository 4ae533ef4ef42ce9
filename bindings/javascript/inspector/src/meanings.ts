/** What names mean: of checks, header parameters, claims and codes. */

/** A check's title and what it looks at. */
export const CHECKS: ReadonlyMap<string, readonly [string, string]> = new Map([
  ["structure", ["Structure", "Three parts of base64url, not too long"]],
  ["header", ["Header", "Strict JSON without unknown critical extensions"]],
  ["type", ["Type", "typ is expected"]],
  ["algorithm", ["Algorithm", "alg is allowed"]],
  ["key", ["Key", "One usable key fits kid and alg"]],
  ["signature", ["Signature", "Made with that key over these octets"]],
  ["claims", ["Claims", "One strict JSON object, registered claims of the right types"]],
  ["presence", ["Required claims", "Every claim that the policy demands is present"]],
  ["expiry", ["Expiry", "exp has not passed"]],
  ["not_before", ["Not before", "nbf has been reached"]],
  ["issued_at", ["Issued at", "iat is not in the future"]],
  ["age", ["Age", "Not issued too long ago"]],
  ["lifetime", ["Lifetime", "exp is not too long after iat"]],
  ["issuer", ["Issuer", "iss is expected"]],
  ["audience", ["Audience", "aud contains an expected name"]],
  ["expected_claims", ["Expected values", "Claims have the values that the policy demands"]],
  ["claim_rule", ["Rule", "One claim or header parameter is what the policy demands"]],
  ["scopes", ["Scopes", "Every required scope is granted"]],
  ["roles", ["Roles", "Every required role is granted"]],
  ["revocation", ["Revocation", "Only a service can ask; this page does not"]],
]);

/** Header parameters. */
export const PARAMETERS: ReadonlyMap<string, string> = new Map([
  ["alg", "Algorithm of the signature"],
  ["typ", "Type of the token"],
  ["kid", "Name of the key that signed"],
  ["cty", "Type of the payload"],
  ["crit", "Extensions that must be understood"],
  ["b64", "Whether the payload is encoded"],
  ["jku", "Address of keys; never used, since the token chooses it"],
  ["jwk", "A key; never used, since the token chooses it"],
  ["x5u", "Address of a certificate; never used, since the token chooses it"],
  ["x5c", "Certificates; never used, since the token chooses them"],
  ["x5t", "SHA-1 thumbprint of a certificate"],
  ["x5t#S256", "SHA-256 thumbprint of a certificate"],
  ["enc", "Encryption of the content"],
  ["zip", "Compression of the content"],
]);

/** Claims that IANA registers and that are seen often. */
export const CLAIMS: ReadonlyMap<string, string> = new Map([
  ["iss", "Issuer: who made the token"],
  ["sub", "Subject: whom the token is about"],
  ["aud", "Audience: which services the token is for"],
  ["exp", "Expiry: not valid from then on"],
  ["nbf", "Not before: not valid until then"],
  ["iat", "Issued at"],
  ["jti", "Unique name of the token"],
  ["auth_time", "When the user signed in"],
  ["updated_at", "When the user's data last changed"],
  ["azp", "Authorized party: the client that the token was issued to"],
  ["client_id", "The client that the token was issued to"],
  ["scope", "Scopes that are granted, separated by spaces"],
  ["scp", "Scopes that are granted"],
  ["roles", "Roles of the subject"],
  ["groups", "Groups of the subject"],
  ["entitlements", "Entitlements of the subject"],
  ["realm_access", "Roles of the subject in a Keycloak realm"],
  ["nonce", "Ties an ID token to one sign-in request"],
  ["acr", "How strong the authentication was"],
  ["amr", "How the user authenticated"],
  ["at_hash", "Hash of the access token"],
  ["c_hash", "Hash of the authorization code"],
  ["s_hash", "Hash of the state"],
  ["sid", "Session of the user"],
  ["cnf", "Key that the holder must prove to have"],
  ["act", "Who acts for the subject"],
  ["may_act", "Who may act for the subject"],
  ["events", "Security events"],
  ["name", "Full name"],
  ["given_name", "Given name"],
  ["family_name", "Family name"],
  ["preferred_username", "Name that the user chose"],
  ["email", "E-mail address"],
  ["email_verified", "Whether the address was verified"],
  ["phone_number", "Telephone number"],
  ["picture", "Address of a picture"],
  ["locale", "Language and region"],
  ["zoneinfo", "Time zone"],
]);

/** Claims that are dates. */
export const DATES: ReadonlySet<string> = new Set(["exp", "nbf", "iat", "auth_time", "updated_at"]);

/** The verdict's title for a code. */
export const TITLES: ReadonlyMap<string, string> = new Map([
  ["token_too_large", "too large"],
  ["malformed_token", "not a token"],
  ["encrypted_token", "encrypted"],
  ["malformed_header", "malformed header"],
  ["unsupported_critical_header", "unsupported extension"],
  ["algorithm_not_allowed", "algorithm not allowed"],
  ["unexpected_type", "unexpected type"],
  ["unknown_key", "unknown key"],
  ["ambiguous_key", "ambiguous key"],
  ["algorithm_mismatch", "key for another algorithm"],
  ["invalid_signature", "invalid signature"],
  ["malformed_claims", "malformed claims"],
  ["missing_claim", "missing claim"],
  ["invalid_claim", "invalid claim"],
  ["expired", "expired"],
  ["not_yet_valid", "not yet valid"],
  ["issued_in_future", "issued in the future"],
  ["too_old", "too old"],
  ["lifetime_too_long", "lifetime too long"],
  ["wrong_issuer", "wrong issuer"],
  ["wrong_audience", "wrong audience"],
  ["wrong_claim", "wrong claim"],
  ["insufficient_scope", "insufficient scope"],
]);

/** What to do about a code. */
export const ADVICE: ReadonlyMap<string, string> = new Map([
  ["token_too_large", "Check that only the token was copied, or raise token_octets under limits in a policy document."],
  [
    "malformed_token",
    "Copy the whole token again: three parts with two dots between them, without spaces or line breaks.",
  ],
  ["encrypted_token", "Decrypt it with its recipient's key elsewhere, and paste the signed token that it contains."],
  [
    "malformed_header",
    "Check that the token was copied from its first character; otherwise its issuer has to fix the header.",
  ],
  ["unsupported_critical_header", "The issuer has to issue tokens without this extension."],
  [
    "algorithm_not_allowed",
    "Allow the algorithm only if the issuer documents that it signs with it. “none” can never be allowed.",
  ],
  [
    "unexpected_type",
    "Check that this is the right kind of token; if it is, name the type under types in a policy document.",
  ],
  [
    "unknown_key",
    "Paste the issuer's current keys: they may have been rotated. Skipped keys are listed below with the reason.",
  ],
  ["ambiguous_key", "Keep only one key with this kid, or paste the one key that is meant."],
  [
    "algorithm_mismatch",
    "Check that the keys belong to this issuer; the key's alg and the token's alg have to be the same.",
  ],
  [
    "invalid_signature",
    "Check that the keys belong to the token's issuer, and that no character of the token was changed.",
  ],
  ["malformed_claims", "The issuer has to write the claims as one JSON object in which every name appears once."],
  ["missing_claim", "The issuer has to add the claim, or the policy has to stop demanding it."],
  ["invalid_claim", "The issuer has to write the claim with the type that its specification demands."],
  ["expired", "Get a new token. To check the rest, set an earlier time of verification."],
  [
    "not_yet_valid",
    "Compare the clocks of issuer and verifier, or set a later time of verification to check the rest.",
  ],
  [
    "issued_in_future",
    "Compare the clocks of issuer and verifier, or set a later time of verification to check the rest.",
  ],
  ["too_old", "Get a new token, or raise max_age in the policy."],
  ["lifetime_too_long", "The issuer has to issue tokens with a shorter lifetime, or the policy has to allow more."],
  ["wrong_issuer", "Compare both character by character: a final slash counts."],
  ["wrong_audience", "Ask for a token for this service, or correct the audience in the policy."],
  ["wrong_claim", "Check that this is the right token, or correct expected_claims in the policy."],
  ["insufficient_scope", "Ask for a token with the scopes and roles that the policy requires."],
]);

/** What to do about JSON that cannot be read. */
export const BROKEN_JSON = "Check that it was copied whole, and its commas, quotation marks and brackets.";

/** What to do about keys that cannot be used at all. */
export const SETUP_ADVICE: ReadonlyMap<string, string> = new Map([
  [
    "malformed_jwks",
    "Paste the whole document that the issuer publishes at its jwks_uri, or choose what to read it as.",
  ],
  [
    "jwks_too_large",
    "Paste only the keys of this issuer, or raise jwks_octets or jwks_keys under limits in a policy document.",
  ],
  ["malformed_key", "Copy the key again; PEM needs its BEGIN and END lines."],
  ["unsupported_key_type", "Paste an RSA, EC or Ed25519 public key, or a secret."],
  ["unsupported_curve", "Paste a key on P-256, P-384, P-521 or Ed25519."],
  [
    "private_key_material",
    "Paste the public key that belongs to it, and consider this private key as exposed if it was shared.",
  ],
  ["weak_key", "HMAC needs a secret as long as its hash: 32 octets for HS256. RSA needs 2048 bits."],
  ["invalid_key", "Copy the key again; its numbers are not those of a key."],
]);
