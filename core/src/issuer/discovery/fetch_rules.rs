//! Which URLs keys may be fetched from.

use alloc::string::String;
use alloc::vec::Vec;

use super::{DiscoveryError, fetchable, unsafe_url};
use crate::encoding::url::{Reach, Url};

/// Which URLs keys may be fetched from. By default: over https, or over http from this machine.
///
/// Metadata of an issuer on the Internet must not name a `jwks_uri` on loopback or at a private or
/// link-local address; otherwise the author of that document could make this machine send requests
/// into its own network. An issuer that is itself at such an address may. Names are not resolved
/// here; if a name could resolve to a private address, list the hosts with
/// [`FetchRules::allowed_hosts`].
///
/// ```
/// use verijot::issuer::discovery::FetchRules;
/// let rules = FetchRules::new().allowed_hosts(["issuer.example", "keys.example"]);
/// assert!(rules.check("https://keys.example/jwks.json").is_ok());
/// assert!(rules.check("https://other.example/jwks.json").is_err());
/// assert!(FetchRules::new().check("http://issuer.internal/keys").is_err());
/// assert!(FetchRules::new().allow_plain_http().check("http://issuer.internal/keys").is_ok());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct FetchRules {
    plain_http: bool,
    hosts: Option<Vec<String>>,
}

impl FetchRules {
    /// Creates the default rules.
    pub const fn new() -> Self {
        Self { plain_http: false, hosts: None }
    }

    /// Waives https. Only for a network in which nobody can answer for the issuer, such as a
    /// cluster's own: anyone who can chooses the keys.
    pub const fn allow_plain_http(mut self) -> Self {
        self.plain_http = true;
        self
    }

    /// Allows only these hosts, by name or address, on any port; the comparison ignores ASCII case.
    /// Applies to the issuer's metadata as well. An empty list allows no host.
    pub fn allowed_hosts<S: Into<String>>(mut self, hosts: impl IntoIterator<Item = S>) -> Self {
        self.hosts = Some(hosts.into_iter().map(Into::into).collect());
        self
    }

    /// Checks that keys may be fetched from a URL that the caller names.
    ///
    /// # Errors
    /// [`DiscoveryError::UnsafeUrl`] with the reason.
    pub fn check(&self, url: &str) -> Result<(), DiscoveryError> {
        self.allowed(url).map(|_| ())
    }

    /// Checks that keys may be fetched from a URL that an issuer's metadata names.
    pub(super) fn check_named_by(&self, issuer: &str, url: &str) -> Result<(), DiscoveryError> {
        let named = self.allowed(url)?.host.reach();
        let issuer = fetchable(issuer, self)?.host.reach();
        let is_within_reach = match named {
            Reach::Anywhere => true,
            Reach::Network => issuer != Reach::Anywhere,
            Reach::Loopback => issuer == Reach::Loopback,
        };
        if is_within_reach {
            Ok(())
        } else {
            Err(unsafe_url(
                "public metadata must not name an address of this machine or of a private network",
            ))
        }
    }

    /// Returns whether https is waived.
    #[must_use]
    pub const fn allows_plain_http(&self) -> bool {
        self.plain_http
    }

    /// Returns the only hosts that are allowed; `None` if any host is.
    #[must_use]
    pub fn hosts(&self) -> Option<&[String]> {
        self.hosts.as_deref()
    }

    pub(super) fn allows_host(&self, host: &str) -> bool {
        let is = |allowed: &String| allowed.eq_ignore_ascii_case(host);
        self.hosts.as_ref().is_none_or(|hosts| hosts.iter().any(is))
    }

    fn allowed<'u>(&self, url: &'u str) -> Result<Url<'u>, DiscoveryError> {
        fetchable(url, self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_must_not_name_urls_in_a_private_network() {
        let rules = FetchRules::new();
        for (issuer, url) in [
            ("https://issuer.example", "https://keys.example/a"),
            ("https://issuer.example", "https://8.8.8.8/a"),
            ("https://10.0.0.1", "https://10.0.0.2/a"),
            ("https://10.0.0.1", "https://keys.example/a"),
            ("http://127.0.0.1:8080", "http://localhost:1/a"),
            ("http://localhost", "https://10.0.0.1/a"),
        ] {
            assert_eq!(rules.check_named_by(issuer, url), Ok(()), "{issuer} {url}");
        }
        for (issuer, url) in [
            ("https://issuer.example", "http://127.0.0.1:6379/"),
            ("https://issuer.example", "https://127.0.0.1/"),
            ("https://issuer.example", "https://localhost/"),
            ("https://issuer.example", "https://LOCALHOST./"),
            ("https://issuer.example", "https://a.localhost/"),
            ("https://issuer.example", "https://[::1]/"),
            ("https://issuer.example", "https://[::ffff:127.0.0.1]/"),
            ("https://issuer.example", "https://[::]/"),
            ("https://issuer.example", "https://0.0.0.0/"),
            ("https://issuer.example", "https://169.254.169.254/latest"),
            ("https://issuer.example", "https://[fe80::1]/"),
            ("https://issuer.example", "https://[fd00::1]/"),
            ("https://issuer.example", "https://192.168.0.1/"),
            ("https://issuer.example", "https://172.16.0.1/"),
            ("https://issuer.example", "https://100.64.0.1/"),
            ("https://10.0.0.1", "https://127.0.0.1/"),
        ] {
            assert!(rules.check_named_by(issuer, url).is_err(), "{issuer} {url}");
        }
    }

    #[test]
    fn only_listed_hosts_are_allowed() {
        let rules = FetchRules::new().allowed_hosts(["Issuer.example", "10.0.0.1"]);
        for url in ["https://issuer.example:8443/a", "https://10.0.0.1/"] {
            assert_eq!(rules.check(url), Ok(()), "{url}");
        }
        for url in ["https://a.issuer.example/", "https://10.0.0.2/", "http://issuer.example/"] {
            assert!(rules.check(url).is_err(), "{url}");
        }
        let nowhere = FetchRules::new().allowed_hosts::<String>([]);
        assert!(nowhere.check("https://issuer.example").is_err());
    }
}
