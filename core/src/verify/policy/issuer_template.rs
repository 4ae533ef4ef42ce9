//! An issuer with a placeholder for the tenant.

use alloc::string::String;

use super::issuers::TenantIds;

/// An issuer with a placeholder, the claim that fills it, and the tenants that it accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct IssuerTemplate {
    pub(crate) text: String,
    pub(crate) claim: String,
    pub(crate) tenants: TenantIds,
}

impl IssuerTemplate {
    /// Returns the tenant if `issuer` is the template with a tenant's id in place of the
    /// placeholder.
    pub(crate) fn tenant_in<'i>(&self, issuer: &'i str) -> Option<&'i str> {
        let (before, after) = around_placeholder(&self.text)?;
        let tenant = issuer.strip_prefix(before)?.strip_suffix(after)?;
        is_tenant(tenant).then_some(tenant)
    }

    /// Returns the tenant as [`IssuerTemplate::tenant_in`], if it is one of the accepted.
    pub(crate) fn accepted_in<'i>(&self, issuer: &'i str) -> Option<&'i str> {
        self.tenant_in(issuer).filter(|tenant| self.tenants.contain(tenant))
    }

    /// Whether one issuer could be made of both templates.
    pub(crate) fn could_meet(&self, other: &Self) -> bool {
        if self.text == other.text {
            return match (&self.tenants.ids, &other.tenants.ids) {
                (Some(ids), Some(_)) => ids.iter().any(|id| other.tenants.contain(id)),
                _ => true,
            };
        }
        let (Some(one), Some(two)) =
            (around_placeholder(&self.text), around_placeholder(&other.text))
        else {
            return false;
        };
        let ((short, after_short), (long, after_long)) =
            if one.0.len() <= two.0.len() { (one, two) } else { (two, one) };
        let Some(difference) = long.strip_prefix(short) else { return false };
        // Of `short` the tenant begins with all of `difference`, or ends inside of it.
        let of_tenant = |text: &str| text.bytes().all(is_of_tenant);
        if of_tenant(difference) {
            let rests = [(after_short, after_long), (after_long, after_short)];
            let rest = rests.iter().find_map(|(whole, end)| whole.strip_suffix(end));
            if rest.is_some_and(of_tenant) {
                return true;
            }
        }
        difference.char_indices().skip(1).any(|(place, _)| {
            let Some((tenant, rest)) = difference.split_at_checked(place) else { return false };
            let other = after_short.strip_prefix(rest).and_then(|end| end.strip_suffix(after_long));
            of_tenant(tenant) && other.is_some_and(is_tenant)
        })
    }
}

/// Returns an issuer with the tenant in place of its placeholder, if it has one.
pub(crate) fn filled(issuer: &str, tenant: &str) -> String {
    match around_placeholder(issuer) {
        Some((before, after)) => text!("{before}{tenant}{after}"),
        None => String::from(issuer),
    }
}

/// Returns the text before and after the only placeholder, neither of which is empty.
pub(crate) fn around_placeholder(template: &str) -> Option<(&str, &str)> {
    let (before, rest) = template.split_once('{')?;
    let (name, after) = rest.split_once('}')?;
    let braces = [before, name, after].iter().any(|part| part.contains(['{', '}']));
    (!braces && ![before, name, after].contains(&"")).then_some((before, after))
}

/// Whether a text is the id of a tenant.
pub(crate) fn is_tenant(text: &str) -> bool {
    (1..=LONGEST_TENANT).contains(&text.len()) && text.bytes().all(is_of_tenant)
}

const fn is_of_tenant(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || octet == b'-'
}

/// In octets, which are characters here.
const LONGEST_TENANT: usize = 64;
