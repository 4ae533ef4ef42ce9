//! The metadata of a protected resource (RFC 9728), which tell a client where to get a token.

use alloc::string::String;

use super::demand::DemandError;
use crate::encoding::url::Url;

/// Returns the URL of the metadata of a protected resource (RFC 9728 §3.1):
/// `/.well-known/oauth-protected-resource` comes between the host and the path of the resource.
/// Serve the metadata there, and name the URL in challenges with
/// [`GuardRules::with_resource_metadata`](super::GuardRules::with_resource_metadata).
///
/// # Errors
/// [`DemandError`] if the resource is not an absolute URL with https, or with http on this machine,
/// or if it has a fragment (RFC 9728 §1.2).
///
/// ```
/// use verijot::request::resource_metadata_url;
/// assert_eq!(
///     resource_metadata_url("https://api.example")?,
///     "https://api.example/.well-known/oauth-protected-resource",
/// );
/// assert_eq!(
///     resource_metadata_url("https://api.example/mcp?tenant=1")?,
///     "https://api.example/.well-known/oauth-protected-resource/mcp?tenant=1",
/// );
/// assert!(resource_metadata_url("urn:example:notes").is_err());
/// # Ok::<(), verijot::request::DemandError>(())
/// ```
pub fn resource_metadata_url(resource: &str) -> Result<String, DemandError> {
    let url = secure(resource, "the resource")?;
    // A slash that ends the host is dropped (RFC 9728 §3.1).
    let path = if url.path == "/" { "" } else { url.path };
    Ok(text!("{}{WELL_KNOWN}{path}{}", url.origin, url.rest))
}

/// Checks that clients may fetch the metadata from this URL, and that a challenge can contain it.
pub(super) fn check_metadata_url(url: &str) -> Result<(), DemandError> {
    secure(url, "resource_metadata").map(|_| ())
}

fn secure<'u>(text: &'u str, what: &str) -> Result<Url<'u>, DemandError> {
    let parts = match Url::read(text) {
        // A challenge would have to escape it, and no URL contains it (RFC 3986 §2).
        Ok(_) if text.contains('"') => Err("it contains a quotation mark"),
        Ok(url) if url.rest.contains('#') => Err("it has a fragment"),
        Ok(url) => url.check_secure(false).map(|()| url),
        Err(reason) => Err(reason),
    };
    parts.map_err(|reason| {
        DemandError::new(text!("{what} is not a URL that clients can be sent to: {reason}"))
    })
}

const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";
