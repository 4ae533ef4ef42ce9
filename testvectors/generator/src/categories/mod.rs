//! The categories of cases and their files.

mod access_token;
mod algorithms;
mod around;
mod audience;
mod base64url;
mod claim_rules;
mod claims;
mod confusion;
mod critical;
mod ecdsa;
mod eddsa;
mod encoding;
mod exact_audience;
mod grants;
mod hmac;
mod id_token;
mod issuer_templates;
mod json;
mod jwk;
mod jwks;
mod kid;
mod lifetimes;
mod limits;
mod load_balancers;
mod logout_token;
mod provider_tokens;
mod providers;
mod published;
mod reading;
mod rsa;
mod security_event;
mod selection;
mod signed_responses;
mod sources;
mod structure;
mod times;

use crate::case::Case;

/// A category: its name, its subject, and its cases.
pub struct Category {
    /// The name, also that of the file.
    pub name: &'static str,
    /// One line for the README.
    pub about: &'static str,
    /// Creates the cases, without their twins.
    pub cases: fn() -> Vec<Case>,
}

/// Every category, in the order of the steps of a verification.
pub const CATEGORIES: [Category; 42] = [
    category("alg-none", "unsigned tokens", algorithms::none),
    category("alg-allowlist", "the policy's algorithms", algorithms::allow_list),
    category("alg-confusion", "a key used for another algorithm", confusion::confusion),
    category("key-selection", "which key is tried", selection::key_selection),
    category("kid", "key identifiers", kid::kid),
    category("jwk-params", "the members of one key", jwk::parameters),
    category("jwks-shape", "the shape of a key set", jwks::shape),
    category("jwks-reading", "sets as serializers write them, and waivers", reading::reading),
    category(
        "key-sources",
        "certificates, purposes of keys, tokens of load balancers",
        sources::key_sources,
    ),
    category("embedded-key", "keys that come with the token", jwks::embedded),
    category("crit", "critical headers", critical::crit),
    category("b64", "unencoded payloads", critical::b64),
    category("structure", "three segments", structure::structure),
    category("base64url", "the encoding of segments", base64url::base64url),
    category("serialization-jwe", "JSON serializations and encryption", structure::serializations),
    category("json-syntax", "the grammar of JSON", json::syntax),
    category("json-encoding", "UTF-8 and escapes", encoding::encoding),
    category("json-duplicates", "duplicate names", json::duplicates),
    category("limits", "sizes, numbers, depth", limits::limits),
    category("claims-time", "exp, nbf, iat and the clock", times::times),
    category("claims-type", "the types of registered claims", claims::types),
    category("claims-iss", "the issuer", claims::issuer),
    category(
        "issuer-templates",
        "issuers of tenants, keys of issuers",
        issuer_templates::templates,
    ),
    category("claims-aud", "the audience", audience::audience),
    category("claims-required", "required claims", claims::required),
    category("claims-rules", "rules about claims and header parameters", claim_rules::rules),
    category("typ", "the type of the token", audience::token_type),
    category("sig-rsa", "RSA signatures and keys", rsa::rsa),
    category("sig-ecdsa", "ECDSA signatures and keys", ecdsa::ecdsa),
    category("sig-eddsa", "Ed25519 signatures and keys", eddsa::eddsa),
    category("sig-hmac", "HMAC codes and keys", hmac::hmac),
    category(
        "scopes-lifetimes",
        "maximum age and lifetime, scopes, roles",
        lifetimes::scopes_and_lifetimes,
    ),
    category("access-token", "access tokens of RFC 9068", access_token::access_token),
    category("id-token", "ID tokens of OpenID Connect", id_token::id_token),
    category("logout-token", "back-channel logout tokens", logout_token::logout_token),
    category("security-event", "Security Event Tokens of RFC 8417", security_event::security_event),
    category(
        "signed-responses",
        "responses of authorization servers: JARM, UserInfo, RFC 9701",
        signed_responses::signed_responses,
    ),
    category("providers", "tokens of well-known providers, under presets", providers::providers),
    category("bearer", "the Authorization header", around::bearer),
    category("policy", "policies that make no sense", around::policy),
    category("revocation", "the revocation check", around::revocation),
    category("published", "examples of the RFCs", published::published),
];

pub use providers::presets;

const fn category(name: &'static str, about: &'static str, cases: fn() -> Vec<Case>) -> Category {
    Category { name, about, cases }
}
