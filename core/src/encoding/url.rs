//! Absolute URLs whose parts every parser reads alike.

mod host;

pub(crate) use host::{Host, Reach};

/// The parts of an absolute URL.
pub(crate) struct Url<'u> {
    scheme: &'u str,
    /// Scheme and authority.
    pub(crate) origin: &'u str,
    /// Empty, or from the first slash after the authority up to the query.
    pub(crate) path: &'u str,
    pub(crate) host: Host<'u>,
    /// Query and fragment.
    pub(crate) rest: &'u str,
}

impl<'u> Url<'u> {
    /// Reads an absolute URL without a user name; returns what is wrong with any other text.
    pub(crate) fn read(url: &'u str) -> Result<Self, &'static str> {
        // Parsers disagree about everything except visible ASCII, and about the backslash.
        if !url.bytes().all(|octet| octet.is_ascii_graphic() && octet != b'\\') {
            return Err("it contains a character that is not allowed in a URL");
        }
        let (scheme, rest) = url.split_once("://").ok_or("it is not an absolute URL")?;
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, tail) = rest.split_at_checked(end).unwrap_or((rest, ""));
        if authority.contains('@') {
            return Err("it contains a user name");
        }
        let host = Host::of_authority(authority)?;
        let origin = url.strip_suffix(tail).unwrap_or(url);
        let end = tail.find(['?', '#']).unwrap_or(tail.len());
        let (path, rest) = tail.split_at_checked(end).unwrap_or((tail, ""));
        Ok(Self { scheme, origin, path, host, rest })
    }

    /// Checks that nobody between here and the host can read or answer: https, or http to this
    /// machine, or any http if the caller waives it.
    pub(crate) fn check_secure(&self, allow_plain_http: bool) -> Result<(), &'static str> {
        let is_secure = self.scheme.eq_ignore_ascii_case("https")
            || self.scheme.eq_ignore_ascii_case("http")
                && (allow_plain_http || self.host.reach() == Reach::Loopback);
        if is_secure { Ok(()) } else { Err("it is not https") }
    }
}
