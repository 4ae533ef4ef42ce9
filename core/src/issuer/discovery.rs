//! From an issuer's name to the URL of its keys (OpenID Connect Discovery 1.0 §4, RFC 8414 §3).
//!
//! This module only checks URLs and documents; the caller fetches.

use alloc::string::{String, ToString};
use core::fmt;

use crate::codes;
use crate::encoding::json;
use crate::encoding::url::Url;

mod fetch_rules;

pub use fetch_rules::FetchRules;

/// Returns the URLs where an issuer's metadata can be, in the order to try them: OpenID Connect
/// Discovery, then RFC 8414.
///
/// # Errors
/// [`DiscoveryError::UnsafeUrl`] if the issuer is not a URL that keys may be fetched from.
///
/// ```
/// use verijot::issuer::discovery::metadata_urls;
/// assert_eq!(metadata_urls("https://issuer.example/tenant/")?, [
///     "https://issuer.example/tenant/.well-known/openid-configuration",
///     "https://issuer.example/.well-known/oauth-authorization-server/tenant",
/// ]);
/// # Ok::<(), verijot::issuer::discovery::DiscoveryError>(())
/// ```
pub fn metadata_urls(issuer: &str) -> Result<[String; 2], DiscoveryError> {
    metadata_urls_under(issuer, &FetchRules::new())
}

/// Returns the URL where keys usually are if an issuer has no metadata: `/.well-known/jwks.json`.
///
/// # Errors
/// [`DiscoveryError::UnsafeUrl`] if the issuer is not a URL that keys may be fetched from.
pub fn default_jwks_url(issuer: &str) -> Result<String, DiscoveryError> {
    default_jwks_url_under(issuer, &FetchRules::new())
}

/// Like [`metadata_urls`], under these rules.
pub(crate) fn metadata_urls_under(
    issuer: &str,
    rules: &FetchRules,
) -> Result<[String; 2], DiscoveryError> {
    let url = fetchable(issuer, rules)?;
    if !url.rest.is_empty() {
        return Err(DiscoveryError::UnsafeUrl {
            reason: "an issuer must not have a query or a fragment",
        });
    }
    let Url { origin, path, .. } = url;
    let path = path.trim_end_matches('/');
    Ok([
        text!("{origin}{path}/.well-known/openid-configuration"),
        text!("{origin}/.well-known/oauth-authorization-server{path}"),
    ])
}

/// Like [`default_jwks_url`], under these rules.
pub(crate) fn default_jwks_url_under(
    issuer: &str,
    rules: &FetchRules,
) -> Result<String, DiscoveryError> {
    let [metadata, _] = metadata_urls_under(issuer, rules)?;
    let base = metadata.strip_suffix("openid-configuration").unwrap_or_default();
    Ok(text!("{base}jwks.json"))
}

/// Returns the `jwks_uri` of an issuer's metadata. The metadata must name exactly this issuer (RFC
/// 8414 §3.3); otherwise anyone could present keys as the issuer's.
///
/// The document comes from the network, so it must not choose a URL that only this machine or its
/// network can reach, unless the issuer itself is there: see [`FetchRules`].
///
/// # Errors
/// [`DiscoveryError`] if the document is not strict JSON, names another issuer, or has no
/// `jwks_uri` that keys may be fetched from.
pub fn jwks_url(issuer: &str, metadata: &[u8]) -> Result<String, DiscoveryError> {
    jwks_url_under(issuer, metadata, &FetchRules::new())
}

/// Like [`jwks_url`], under these rules.
pub(crate) fn jwks_url_under(
    issuer: &str,
    metadata: &[u8],
    rules: &FetchRules,
) -> Result<String, DiscoveryError> {
    if metadata.len() > MAX_METADATA_OCTETS {
        return Err(DiscoveryError::Malformed { reason: "more than 65536 octets" });
    }
    let text = core::str::from_utf8(metadata)
        .map_err(|_| DiscoveryError::Malformed { reason: "not UTF-8" })?;
    let (mut named, mut url) = (None, None);
    json::read_object(text, |name, value| {
        if name.is("issuer") {
            named = value.as_text();
        } else if name.is("jwks_uri") {
            url = value.as_text();
        }
    })
    .map_err(|error| DiscoveryError::Malformed { reason: error.reason() })?;
    let named =
        named.ok_or(DiscoveryError::Malformed { reason: "issuer is missing or not a string" })?;
    if !named.is(issuer) {
        return Err(DiscoveryError::WrongIssuer);
    }
    let url =
        url.ok_or(DiscoveryError::Malformed { reason: "jwks_uri is missing or not a string" })?;
    let url = url.unescape();
    rules.check_named_by(issuer, &url)?;
    Ok(url.to_string())
}

/// Checks that keys may be fetched from a URL: over https, or over http from this machine.
///
/// # Errors
/// [`DiscoveryError::UnsafeUrl`] with the reason.
pub fn check_url(url: &str) -> Result<(), DiscoveryError> {
    FetchRules::new().check(url)
}

/// Removes query and fragment from a URL, because they can contain secrets.
pub(crate) fn without_query(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or_default()
}

/// Why an issuer's keys cannot be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DiscoveryError {
    /// Keys must not be fetched from this URL.
    UnsafeUrl {
        /// Why not.
        reason: &'static str,
    },
    /// The metadata is not a document of RFC 8414.
    Malformed {
        /// What is wrong.
        reason: &'static str,
    },
    /// The metadata belongs to another issuer.
    WrongIssuer,
}

impl DiscoveryError {
    /// The stable code.
    pub const CODE: &'static str = codes::INVALID_KEY_SOURCE.code;

    /// Returns the stable code, like every other error type.
    #[must_use]
    pub const fn code(self) -> &'static str {
        Self::CODE
    }
}

impl fmt::Display for DiscoveryError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnsafeUrl { reason } => {
                write!(formatter, "keys cannot be fetched from this URL: {reason}")
            }
            Self::Malformed { reason } => {
                write!(formatter, "the issuer's metadata is invalid: {reason}")
            }
            Self::WrongIssuer => {
                formatter.write_str("the metadata names a different issuer than the one requested")
            }
        }
    }
}

impl core::error::Error for DiscoveryError {}

/// Reads a URL that keys may be fetched from.
fn fetchable<'u>(url: &'u str, rules: &FetchRules) -> Result<Url<'u>, DiscoveryError> {
    let url = Url::read(url).map_err(unsafe_url)?;
    if !rules.allows_host(url.host.text()) {
        return Err(unsafe_url("its host is not allowed"));
    }
    url.check_secure(rules.allows_plain_http()).map_err(unsafe_url)?;
    Ok(url)
}

const fn unsafe_url(reason: &'static str) -> DiscoveryError {
    DiscoveryError::UnsafeUrl { reason }
}

/// The maximum octets of metadata.
pub(crate) const MAX_METADATA_OCTETS: usize = 65_536;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_fetched_over_https_or_from_this_machine() {
        for url in [
            "https://issuer.example",
            "HTTPS://issuer.example:8443/a?b#c",
            "https://[2001:db8::1]/keys",
            "http://localhost:8000/keys",
            "http://127.0.0.1/",
            "http://127.9.9.9:1",
            "http://[::1]:80/keys",
        ] {
            assert_eq!(check_url(url), Ok(()), "{url}");
        }
        for url in [
            "",
            "issuer.example",
            "//issuer.example",
            "http://issuer.example/",
            "http://localhost.evil.example/",
            "http://127.0.0.1.evil.example/",
            "http://2130706433/",
            "http://[::2]/",
            "https://",
            "https:///keys",
            "https://user@issuer.example/",
            "http://localhost@evil.example/",
            "https://issuer.example:/",
            "https://issuer.example:99999/",
            "https://issuer.example:+80/",
            "https://[::1/",
            "https://[x]/",
            "https://issuer.example\\@evil.example/",
            "https://issuer.example/ keys",
            "https://issuer.example/\n",
            "file:///etc/passwd",
            "ftp://127.0.0.1/",
            "https://ä.example/",
            "https://2130706433/",
            "https://127.1/",
            "https://0x7f.0.0.1/",
            "https://0177.0.0.1/",
            "https://a.0x7f/",
        ] {
            assert!(matches!(check_url(url), Err(DiscoveryError::UnsafeUrl { .. })), "{url}");
        }
    }

    #[test]
    fn metadata_has_two_urls() {
        let [openid, oauth] = metadata_urls("https://issuer.example").unwrap();
        assert_eq!(openid, "https://issuer.example/.well-known/openid-configuration");
        assert_eq!(oauth, "https://issuer.example/.well-known/oauth-authorization-server");
        assert_eq!(
            default_jwks_url("http://localhost:1/a/").unwrap(),
            "http://localhost:1/a/.well-known/jwks.json"
        );
        assert!(metadata_urls("https://issuer.example?x").is_err());
        assert!(metadata_urls("http://issuer.example").is_err());
    }

    #[test]
    fn metadata_must_name_the_requested_issuer() {
        let issuer = "https://issuer.example";
        let url = |metadata: &str| jwks_url(issuer, metadata.as_bytes());
        assert_eq!(
            url(r#"{"issuer":"https://issuer.example","jwks_uri":"https:\/\/keys.example\/a","x":[1]}"#)
                .unwrap(),
            "https://keys.example/a"
        );
        for other in ["https://issuer.example/", "https://ISSUER.example", "https://evil.example"] {
            let metadata =
                alloc::format!(r#"{{"issuer":"{other}","jwks_uri":"https://keys.example"}}"#);
            assert_eq!(url(&metadata), Err(DiscoveryError::WrongIssuer));
        }
        for malformed in [
            "",
            "[]",
            "{}",
            r#"{"issuer":"https://issuer.example"}"#,
            r#"{"issuer":"https://issuer.example","jwks_uri":1}"#,
            r#"{"issuer":["https://issuer.example"],"jwks_uri":"https://keys.example"}"#,
            r#"{"issuer":"https://issuer.example","issuer":"x","jwks_uri":"https://keys.example"}"#,
        ] {
            assert!(matches!(url(malformed), Err(DiscoveryError::Malformed { .. })), "{malformed}");
        }
        let unsafe_url =
            url(r#"{"issuer":"https://issuer.example","jwks_uri":"http://keys.example"}"#);
        assert_eq!(unsafe_url, Err(DiscoveryError::UnsafeUrl { reason: "it is not https" }));
        let metadata = r#"{"issuer":"https://issuer.example","jwks_uri":"https://keys.example"}"#;
        let mut long = metadata.as_bytes().to_vec();
        long.resize(MAX_METADATA_OCTETS, b' ');
        assert_eq!(jwks_url(issuer, &long).unwrap(), "https://keys.example");
        long.push(b' ');
        let reason = "more than 65536 octets";
        assert_eq!(jwks_url(issuer, &long), Err(DiscoveryError::Malformed { reason }));
    }
}
