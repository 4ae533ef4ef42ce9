//! Where the facts of the table are from, and when somebody looked.

/// Where the facts of a preset are from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fact {
    /// The provider's page, source text or specification.
    pub source: &'static str,
    /// When it was read, as year and month.
    pub read: &'static str,
    /// What was not found there and is common knowledge; empty if everything was.
    pub unconfirmed: &'static str,
}

pub(super) fn of(name: &str) -> Option<&'static Fact> {
    FACTS.iter().find(|(names, _)| names.contains(&name)).map(|(_, fact)| fact)
}

const fn read(source: &'static str) -> Fact {
    Fact { source, read: "2026-11", unconfirmed: "" }
}

const fn but(source: &'static str, unconfirmed: &'static str) -> Fact {
    Fact { source, read: "2026-11", unconfirmed }
}

static FACTS: [(&[&str], Fact); 39] = [
    (
        &["google", "google-id-token"],
        but("https://github.com/coreos/go-oidc", "the URL of the JWK Set, azp of Android apps"),
    ),
    (
        &["apple"],
        but(
            "https://developer.apple.com/documentation/signinwithapplerestapi/verifying-a-user",
            "typ, RS256 (read on pages that quote it)",
        ),
    ),
    (
        &["entra", "entra-id-token"],
        but(
            "https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference",
            "the URL of the JWK Set",
        ),
    ),
    (
        &["entra-v1"],
        but(
            "https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference",
            "the URL of the JWK Set",
        ),
    ),
    (
        &["entra-multi-tenant"],
        read(
            "https://github.com/AzureAD/azure-activedirectory-identitymodel-extensions-for-dotnet",
        ),
    ),
    (
        &["entra-b2c"],
        but(
            "https://learn.microsoft.com/azure/active-directory-b2c/tokens-overview",
            "that tfp has the spelling of the user flow",
        ),
    ),
    (
        &["entra-external"],
        but("https://learn.microsoft.com/entra/external-id", "issuer, URL of the JWK Set, azp"),
    ),
    (&["microsoft-graph"], read("https://github.com/MicrosoftDocs/azure-docs/issues/80018")),
    (&["slack"], read("https://docs.slack.dev/reference/methods/openid.connect.token")),
    (
        &["line", "line-web"],
        read("https://developers.line.biz/en/docs/line-login/verify-id-token/"),
    ),
    (&["twitch"], read("https://dev.twitch.tv/docs/authentication/getting-tokens-oidc/")),
    (
        &["salesforce"],
        but(
            "https://help.salesforce.com/s/articleView?id=xcloud.jwt_access_tokens.htm",
            "the URL of the JWK Set",
        ),
    ),
    (&["cognito", "cognito-id-token"], read("https://github.com/awslabs/aws-jwt-verify")),
    (
        &["auth0", "auth0-rfc9068", "auth0-id-token"],
        read("https://auth0.com/docs/secure/tokens/access-tokens/access-token-profiles"),
    ),
    (
        &["okta", "okta-org", "okta-id-token"],
        but(
            "https://developer.okta.com/docs/guides/validate-access-tokens/",
            "that ID tokens have no cid",
        ),
    ),
    (
        &["pingone"],
        but(
            "https://developer.pingidentity.com/pingone-api/foundations/authentication-concepts/access-tokens-and-id-tokens/token-claims.html",
            "the URL of the JWK Set",
        ),
    ),
    (
        &["keycloak", "keycloak-id-token"],
        but("https://www.keycloak.org/securing-apps/oidc-layers", "the claim typ"),
    ),
    (
        &["authentik"],
        read(
            "https://github.com/goauthentik/authentik/blob/014e22c3d0949e6826125bb82525f4d1bbaa5c55/authentik/providers/oauth2/id_token.py",
        ),
    ),
    (
        &["zitadel"],
        but("https://zitadel.com/docs/apis/openidoauth/claims", "client_id in access tokens"),
    ),
    (
        &["hydra"],
        but("https://github.com/ory/fosite", "the URL of the JWK Set, the slash of the issuer"),
    ),
    (
        &["kratos"],
        but(
            "https://www.ory.sh/docs/identities/session-to-jwt-cors",
            "everything: the page was not found",
        ),
    ),
    (
        &["firebase", "firebase-id-token", "firebase-session", "firebase-app-check"],
        read("https://github.com/firebase/firebase-admin-node"),
    ),
    (&["supabase"], read("https://supabase.com/docs/guides/auth/jwt-fields")),
    (&["supabase-legacy"], read("https://supabase.com/docs/guides/auth/jwts")),
    (&["clerk"], but("https://clerk.com/docs/guides/sessions/session-tokens", "the values of sts")),
    (&["better-auth"], read("https://github.com/better-auth/better-auth")),
    (
        &["workos"],
        but(
            "https://workos.com/docs/reference/authkit/session-tokens",
            "the issuer with the client's id (read in other projects)",
        ),
    ),
    (
        &["stytch", "stytch-test"],
        but(
            "https://stytch.com/docs/guides/sessions/session-tokens-vs-jwts",
            "issuer, audience, URL of the JWK Set",
        ),
    ),
    (&["oidc"], read("https://openid.net/specs/openid-connect-core-1_0.html")),
    (&["rfc9068"], read("https://www.rfc-editor.org/rfc/rfc9068")),
    (&["alb"], read("https://github.com/awslabs/aws-jwt-verify")),
    (&["iap"], read("https://cloud.google.com/iap/docs/signed-headers-howto")),
    (
        &["cloudflare-access"],
        read(
            "https://developers.cloudflare.com/cloudflare-one/access-controls/applications/http-apps/authorization-cookie/application-token/",
        ),
    ),
    (
        &["github-actions", "github-enterprise"],
        read("https://docs.github.com/actions/reference/security/oidc"),
    ),
    (
        &["gitlab-ci"],
        but("https://docs.gitlab.com/ci/secrets/id_token_authentication", "the URL of the JWK Set"),
    ),
    (
        &["circleci"],
        read("https://circleci.com/docs/guides/permissions-authentication/openid-connect-tokens/"),
    ),
    (
        &["buildkite"],
        but(
            "https://buildkite.com/docs/pipelines/security/oidc",
            "the URL of the JWK Set; organization_id is in tokens on request",
        ),
    ),
    (
        &["kubernetes"],
        read("https://github.com/kubernetes/kubernetes/blob/master/pkg/serviceaccount/claims.go"),
    ),
    (&["spiffe"], read("https://github.com/spiffe/spiffe/blob/main/standards/JWT-SVID.md")),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fact_says_what_was_not_found() {
        assert_eq!(read("https://a.example").unconfirmed, "");
        let fact = but("https://a.example", "the URL of the JWK Set");
        assert_eq!(
            (fact.source, fact.unconfirmed),
            ("https://a.example", "the URL of the JWK Set")
        );
        assert_eq!(of("no such provider"), None);
    }
}
