//! The audiences that a policy accepts.

use alloc::string::String;
use alloc::vec::Vec;

/// The audiences that identify the caller; `aud` must contain one of them (RFC 7519 §4.1.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audiences {
    pub(super) names: Option<Vec<String>>,
    /// Whether every audience of the token must be one of the names.
    pub(crate) exactly: bool,
    /// The claim that takes the place of `aud`.
    pub(crate) in_claim: Option<String>,
}

impl Audiences {
    /// Accepts only this audience. The comparison is exact.
    #[must_use]
    pub fn only(audience: impl Into<String>) -> Self {
        Self::one_of([audience])
    }

    /// Accepts any of these audiences.
    #[must_use]
    pub fn one_of<S: Into<String>>(audiences: impl IntoIterator<Item = S>) -> Self {
        Self {
            names: Some(audiences.into_iter().map(Into::into).collect()),
            exactly: false,
            in_claim: None,
        }
    }

    /// Accepts tokens that are for at least one of these audiences and for nobody else: every value
    /// in `aud` must be one of them. For ID Tokens (OpenID Connect Core §3.1.3.7) and client
    /// assertions (draft-ietf-oauth-rfc7523bis), which must not be usable at another service.
    #[must_use]
    pub fn exactly<S: Into<String>>(audiences: impl IntoIterator<Item = S>) -> Self {
        Self { exactly: true, ..Self::one_of(audiences) }
    }

    /// Waives the check: also accepts tokens for other services (RFC 8725 §3.9).
    #[must_use]
    pub const fn any() -> Self {
        Self { names: None, exactly: false, in_claim: None }
    }

    /// Looks for the audience in another claim, a string such as `client_id`, which the token must
    /// then have. `aud` may be missing or an empty array; any other `aud` must still name one of
    /// the audiences. For issuers whose access tokens have no `aud`, such as Amazon Cognito.
    ///
    /// Such a claim says who asked for the token rather than whom it is for. Where the issuer also
    /// issues ID Tokens, add a rule that tells them apart, such as
    /// `Policy::claim("token_use", Rule::equals("access"))`.
    #[must_use]
    pub fn in_claim(mut self, claim: impl Into<String>) -> Self {
        self.in_claim = Some(claim.into());
        self
    }

    pub(crate) fn names(&self) -> Option<&[String]> {
        self.names.as_deref()
    }
}
