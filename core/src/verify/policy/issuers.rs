//! The issuers that a policy accepts.

use alloc::string::String;
use alloc::vec::Vec;

use super::issuer_template::IssuerTemplate;

/// The issuers that a policy accepts; `iss` must equal one of them (RFC 7519 §4.1.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuers {
    pub(super) waived: bool,
    pub(super) names: Vec<String>,
    pub(super) templates: Vec<IssuerTemplate>,
}

impl Issuers {
    /// Accepts only this issuer. The comparison is exact: case and a trailing slash matter.
    #[must_use]
    pub fn only(issuer: impl Into<String>) -> Self {
        Self::one_of([issuer])
    }

    /// Accepts any of these issuers. All of them must be trusted with the same keys.
    #[must_use]
    pub fn one_of<S: Into<String>>(issuers: impl IntoIterator<Item = S>) -> Self {
        Self {
            waived: false,
            names: issuers.into_iter().map(Into::into).collect(),
            templates: Vec::new(),
        }
    }

    /// Accepts one issuer for each tenant, for a provider whose tenants share their keys. `template`
    /// is the issuer with a placeholder in braces, such as
    /// `https://login.microsoftonline.com/{tenantid}/v2.0`; `claim` is the name of the claim that
    /// has the tenant's id, such as `tid`.
    ///
    /// The claim must be a string of 1 to 64 letters, digits and hyphens, and the template with it
    /// in place of the placeholder must equal `iss`. A key that the provider has marked for one
    /// tenant ([`Key::issuer`](crate::Key::issuer)) verifies no token of another one.
    ///
    /// The template needs exactly one placeholder with text before and after it; anything else
    /// makes the policy invalid.
    ///
    /// ```
    /// use verijot::{Audiences, Issuers, Policy, TenantIds};
    /// let tenants = TenantIds::one_of(["72f988bf-86f1-41af-91ab-2d7cd011db47"]);
    /// let issuers = Issuers::template("https://login.microsoftonline.com/{tenantid}/v2.0", "tid", tenants);
    /// let policy = Policy::new(issuers, Audiences::only("api://orders"));
    /// ```
    #[must_use]
    pub fn template(
        template: impl Into<String>,
        claim: impl Into<String>,
        tenants: TenantIds,
    ) -> Self {
        let template = IssuerTemplate { text: template.into(), claim: claim.into(), tenants };
        Self { waived: false, names: Vec::new(), templates: Vec::from([template]) }
    }

    /// Also accepts these issuers, such as those of another template. All of them must be trusted
    /// with the same keys. A policy that names issuers and also waives the check is invalid, and so
    /// is one with two templates that could give the same issuer.
    #[must_use]
    pub fn or(mut self, other: Self) -> Self {
        self.waived |= other.waived;
        self.names.extend(other.names);
        self.templates.extend(other.templates);
        self
    }

    /// Waives the check: accepts every issuer whose key is in the set.
    #[must_use]
    pub const fn any() -> Self {
        Self { waived: true, names: Vec::new(), templates: Vec::new() }
    }

    /// Whether the check is waived.
    pub(crate) const fn are_waived(&self) -> bool {
        self.waived
    }

    /// Returns the issuers that are named exactly.
    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    pub(crate) fn templates(&self) -> &[IssuerTemplate] {
        &self.templates
    }

    /// Returns the template that gives an issuer of an accepted tenant, and the tenant.
    pub(crate) fn template_of<'i>(&self, issuer: &'i str) -> Option<(&IssuerTemplate, &'i str)> {
        let mut templates = self.templates.iter();
        templates.find_map(|template| Some((template, template.accepted_in(issuer)?)))
    }

    /// Returns the only issuer, if the policy accepts exactly one.
    pub(crate) fn sole(&self) -> Option<&str> {
        match (self.names.as_slice(), self.templates.as_slice()) {
            ([name], []) if !self.waived => Some(name),
            _ => None,
        }
    }

    /// Returns the names and the texts of the templates, for messages.
    pub(crate) fn listed(&self) -> Vec<String> {
        let names = self.names.iter();
        names.chain(self.templates.iter().map(|template| &template.text)).cloned().collect()
    }
}

/// The tenants whose tokens an [issuer template](Issuers::template) accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TenantIds {
    pub(super) ids: Option<Vec<String>>,
}

impl TenantIds {
    /// Accepts only these tenants: ids of 1 to 64 letters, digits and hyphens, compared exactly.
    #[must_use]
    pub fn one_of<S: Into<String>>(ids: impl IntoIterator<Item = S>) -> Self {
        Self { ids: Some(ids.into_iter().map(Into::into).collect()) }
    }

    /// Accepts every tenant of the provider: anyone who can open an account there gets tokens that
    /// verify. Decide by the tenant's claim afterwards, or with
    /// [`Verifier::with_known_tenants`](crate::Verifier::with_known_tenants).
    #[must_use]
    pub const fn any() -> Self {
        Self { ids: None }
    }

    pub(crate) fn contain(&self, tenant: &str) -> bool {
        self.ids.as_ref().is_none_or(|ids| ids.iter().any(|id| id == tenant))
    }
}
