//! What the table says of one kind of token.

/// One kind of token of one provider.
///
/// In all templates `{name}` stands for a part of the parameter, and `$` for the value of the
/// option.
#[derive(Debug)]
pub(super) struct Line {
    /// Such as `cognito`.
    pub(super) name: &'static str,
    /// What kind of token it is, whose.
    pub(super) token: &'static str,
    /// What stands after the name and a colon: grammars in braces, with separators between them.
    pub(super) parameter: &'static str,
    /// A parameter that could be real.
    pub(super) example: &'static str,
    pub(super) kind: Kind,
    pub(super) keys: Keys,
    /// What a token must be like; the first part of a member applies, and every rule.
    pub(super) parts: &'static [Part],
    /// Options of which one at least must be given, and what to name.
    pub(super) demands: &'static [Demand],
}

/// Which verifier the tokens are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Policy,
    Profile(&'static str),
    LoadBalancer,
    /// No verifier; what to do instead.
    NotForYou(&'static str),
}

/// Where the keys are.
#[derive(Clone, Copy, Debug)]
pub(super) enum Keys {
    /// In the metadata of this issuer.
    Issuer(&'static str),
    JwksUrl(&'static str),
    /// A map of `kid` and certificate; with `{kid}` one key for each URL.
    CertificatesUrl(&'static str, &'static str),
    /// The caller has them.
    OfCaller {
        /// What they are.
        what: &'static str,
        /// The values that `use` must have.
        purposes: &'static [&'static str],
    },
}

/// A part of a document, and when it belongs to it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    pub(super) when: When,
    /// A member with its name, or an object, which is a rule.
    pub(super) text: &'static str,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum When {
    Always,
    Given(&'static str),
    NotGiven(&'static str),
}

#[derive(Debug)]
pub(super) struct Demand {
    pub(super) one_of: &'static [&'static str],
    pub(super) what: &'static str,
}

pub(super) const fn always(text: &'static str) -> Part {
    Part { when: When::Always, text }
}

pub(super) const fn given(option: &'static str, text: &'static str) -> Part {
    Part { when: When::Given(option), text }
}

pub(super) const fn without(option: &'static str, text: &'static str) -> Part {
    Part { when: When::NotGiven(option), text }
}

pub(super) const fn name(one_of: &'static [&'static str], what: &'static str) -> Demand {
    Demand { one_of, what }
}

/// Every ID token: the client, and who else may be in `aud` and `azp`.
pub(super) const ID_TOKEN: Kind = Kind::Profile("id-token");
pub(super) const OF_ID_TOKEN: [Part; 3] = [
    given("client_id", r#""client_id":$"#),
    given("trusted_audiences", r#""trusted_audiences":$"#),
    given("authorized_parties", r#""authorized_parties":$"#),
];
pub(super) const CLIENT: Demand = name(&["client_id"], "your client id");
pub(super) const AUDIENCE: Demand = name(&["audience"], "your own name in aud");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_belongs_to_a_document_as_its_name_says() {
        assert!(matches!(always("a"), Part { when: When::Always, text: "a" }));
        assert!(matches!(given("o", "a"), Part { when: When::Given("o"), text: "a" }));
        assert!(matches!(without("o", "a"), Part { when: When::NotGiven("o"), text: "a" }));
        assert!(matches!(name(&["o"], "your o"), Demand { one_of: &["o"], what: "your o" }));
    }
}
