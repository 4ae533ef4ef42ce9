//! What a guard requires of a token.

use serde_json::{Value, json};

use super::guard::{Guarded, guarded};
use super::scenario::Scenario;

/// A guard that requires the scope `notes:read`, and a token.
fn read(id: &str, title: &str, why: &str, refs: &[&str], token: &str) -> Guarded {
    guarded(id, title, why, refs).demands(json!({ "all_scopes": ["notes:read"] })).bearer(token)
}

/// A demand that makes no sense.
fn invalid(id: &str, title: &str, why: &str, refs: &[&str], demand: Value) -> Scenario {
    guarded(id, title, why, refs).demands(demand).cannot_be_built()
}

/// A guard that requires roles at `roles`.
fn roles(id: &str, title: &str, why: &str, demand: Value, token: &str) -> Guarded {
    guarded(id, title, why, &["G4"]).demands(demand).bearer(token)
}

pub fn scenarios() -> Vec<Scenario> {
    let blank = "Nobody or everybody would meet a blank demand; either is a mistake.";
    let adds_up = "A demand that replaces an earlier one bypasses authorization.";
    let staff = json!({ "all_roles": { "at": "roles", "roles": ["staff"] } });
    let payments = json!({ "all_scopes": ["payments:write"] });
    let staff_and_admin = json!([
        { "all_roles": { "at": "roles", "roles": ["staff"] } },
        { "all_roles": { "at": "roles", "roles": ["admin"] } },
    ]);
    vec![
        guarded(
            "guards-add-up-role-then-scope",
            "A role, then a scope: a customer with only the scope is refused",
            adds_up,
            &["G1"],
        )
        .demands(json!([staff, payments]))
        .bearer("customer")
        .forbids(),
        guarded(
            "guards-add-up-scope-then-role",
            "A scope, then a role: the order does not matter",
            adds_up,
            &["G1"],
        )
        .demands(json!([payments, staff]))
        .bearer("customer")
        .forbids(),
        guarded(
            "guards-add-up-both-granted",
            "A role and a scope: a token with both is accepted",
            adds_up,
            &["G1"],
        )
        .demands(json!([staff, payments]))
        .bearer("staff-writer")
        .lets_in(),
        guarded(
            "guards-add-up-scope-missing",
            "A role and a scope: a token with only the role is refused, and the challenge names the scope",
            adds_up,
            &["G1", "RFC 6750 §3.1"],
        )
        .demands(json!([staff, payments]))
        .bearer("staff")
        .wants_scopes("payments:write"),
        guarded(
            "guards-add-up-two-roles",
            "Two demands with a role each: the first counts too",
            adds_up,
            &["G1"],
        )
        .demands(staff_and_admin.clone())
        .bearer("staff")
        .forbids(),
        guarded(
            "guards-add-up-two-roles-granted",
            "Two demands with a role each: a token with both is accepted",
            adds_up,
            &["G1"],
        )
        .demands(staff_and_admin)
        .bearer("staff-admin")
        .lets_in(),
        guarded(
            "guards-add-up-two-scopes",
            "Two demands with a scope each: both are required, and the challenge names both",
            adds_up,
            &["G1", "RFC 6750 §3"],
        )
        .demands(json!([{ "all_scopes": ["notes:read"] }, { "all_scopes": ["notes:write"] }]))
        .bearer("write")
        .wants_scopes("notes:read notes:write"),
        guarded(
            "guards-add-up-any-and-all",
            "Any of several scopes and all of others: both must be met",
            adds_up,
            &["G1", "G8"],
        )
        .demands(json!({
            "any_scope": ["notes:read", "notes:write"], "all_scopes": ["payments:write"],
        }))
        .bearer("read-write")
        .wants_scopes("payments:write"),
        guarded(
            "guards-add-up-two-any",
            "Two lists of alternatives do not become one list",
            adds_up,
            &["G1", "G8"],
        )
        .demands(json!([
            { "any_scope": ["notes:read", "notes:list"] },
            { "any_scope": ["payments:write", "payments:read"] },
        ]))
        .bearer("read")
        .forbids(),
        guarded(
            "guards-all-scopes",
            "All of several scopes: a token with all is accepted",
            "RFC 6749 §3.3: scopes are a set, in any order.",
            &["RFC 6749 §3.3"],
        )
        .demands(json!({ "all_scopes": ["notes:write", "notes:read"] }))
        .bearer("read-write")
        .lets_in(),
        guarded(
            "guards-all-scopes-one-missing",
            "All of several scopes: a token that lacks one is refused",
            "The challenge names the required scopes, not the missing ones.",
            &["RFC 6750 §3"],
        )
        .demands(json!({ "all_scopes": ["notes:write", "notes:read"] }))
        .bearer("read")
        .wants_scopes("notes:write notes:read"),
        guarded(
            "guards-any-scope",
            "Any of several scopes: a token with one is accepted",
            "Some routes serve two kinds of clients.",
            &["G8"],
        )
        .demands(json!({ "any_scope": ["notes:admin", "notes:read"] }))
        .bearer("read")
        .lets_in(),
        guarded(
            "guards-any-scope-none",
            "Any of several scopes: a token with none is refused",
            "A challenge cannot express alternatives, so it names no scope.",
            &["G8", "RFC 6750 §3"],
        )
        .demands(json!({ "any_scope": ["notes:admin", "notes:list"] }))
        .bearer("read")
        .forbids(),
        guarded(
            "guards-any-scope-single",
            "Any of one scope is that scope, and the challenge names it",
            "A challenge can express it.",
            &["G8", "RFC 6750 §3"],
        )
        .demands(json!({ "any_scope": ["notes:admin"] }))
        .bearer("read")
        .wants_scopes("notes:admin"),
        guarded(
            "guards-scope-twice",
            "A scope that is listed twice is one scope",
            "The challenge names it once.",
            &["RFC 6749 §3.3"],
        )
        .demands(json!({ "all_scopes": ["notes:admin", "notes:admin"] }))
        .bearer("read")
        .wants_scopes("notes:admin"),
        read(
            "guards-scope-array",
            "scope as an array of strings grants its members",
            "A policy accepts it too, and verdicts must agree.",
            &["G5"],
            "scope-array",
        )
        .lets_in(),
        read(
            "guards-scope-array-words",
            "A member of an array is one scope, even with a space",
            "No scope has a space, so this member grants nothing.",
            &["G5", "RFC 6749 §3.3"],
            "scope-array-words",
        )
        .wants_scopes("notes:read"),
        read(
            "guards-scope-array-mixed",
            "An array that contains a number is not a claim of scopes",
            "A malformed claim is refused, by a guard as by a policy.",
            &["G5"],
            "scope-array-mixed",
        )
        .refuses("invalid_claim"),
        read(
            "guards-scope-number",
            "A number is not a claim of scopes",
            "A malformed claim is refused, by a guard as by a policy.",
            &["G5"],
            "scope-number",
        )
        .refuses("invalid_claim"),
        guarded(
            "guards-scope-number-not-asked",
            "A claim that is not needed may have any type",
            "Only required claims are checked.",
            &["G5"],
        )
        .bearer("scope-number")
        .lets_in(),
        read(
            "guards-scope-empty",
            "An empty scope grants nothing",
            "Empty scopes do not exist.",
            &["G3"],
            "scope-empty",
        )
        .wants_scopes("notes:read"),
        read(
            "guards-scope-spaces",
            "Spaces around and between scopes are ignored",
            "Some issuers write them; they do not create empty scopes.",
            &["G3"],
            "scope-spaces",
        )
        .lets_in(),
        read(
            "guards-scope-none",
            "A token without scopes grants none",
            "Nothing was granted.",
            &["RFC 8693 §4.2"],
            "plain",
        )
        .wants_scopes("notes:read"),
        read(
            "guards-scope-case",
            "Scopes are case-sensitive",
            "RFC 6749 §3.3 says so.",
            &["RFC 6749 §3.3"],
            "scope-other-case",
        )
        .wants_scopes("notes:read"),
        read(
            "guards-scope-prefix",
            "A longer scope is another scope",
            "Scopes are compared whole.",
            &["RFC 6749 §3.3"],
            "scope-longer",
        )
        .wants_scopes("notes:read"),
        read(
            "guards-scp-text",
            "scp is used if there is no scope",
            "Some issuers use this name.",
            &["RFC 8693 §4.2"],
            "scp-text",
        )
        .lets_in(),
        read(
            "guards-scp-array",
            "scp may be an array",
            "Some issuers write it like this.",
            &["RFC 8693 §4.2"],
            "scp-array",
        )
        .lets_in(),
        read(
            "guards-scope-before-scp",
            "If there is a scope, scp is ignored",
            "Two claims that contradict each other must not add up.",
            &["RFC 8693 §4.2"],
            "scope-before-scp",
        )
        .wants_scopes("notes:read"),
        roles(
            "guards-role",
            "A role in an array at a path",
            "A token with the role is accepted.",
            json!({ "all_roles": { "at": "realm_access.roles", "roles": ["editor"] } }),
            "realm-editor",
        )
        .lets_in(),
        roles(
            "guards-role-missing",
            "A role that the token does not have",
            "403 without a scope, because a role is not a scope.",
            json!({ "all_roles": { "at": "realm_access.roles", "roles": ["admin"] } }),
            "realm-editor",
        )
        .forbids(),
        roles(
            "guards-role-path-missing",
            "A path that the token does not have",
            "Nothing was granted.",
            json!({ "all_roles": { "at": "realm_access.roles", "roles": ["editor"] } }),
            "plain",
        )
        .forbids(),
        roles(
            "guards-role-url-path",
            "A path as a list of names, for a name that contains dots",
            "URLs are common names of such claims.",
            json!({ "all_roles": { "at": ["https://x.example/roles"], "roles": ["editor"] } }),
            "url-editor",
        )
        .lets_in(),
        roles(
            "guards-role-url-path-split",
            "A path as text is split at its dots",
            "The claim is not found under unintended names.",
            json!({ "all_roles": { "at": "https://x.example/roles", "roles": ["editor"] } }),
            "url-editor",
        )
        .forbids(),
        roles(
            "guards-role-text",
            "A role that is one string",
            "Some issuers write a single role like this.",
            json!({ "all_roles": { "at": "roles", "roles": ["staff"] } }),
            "role-text",
        )
        .lets_in(),
        roles(
            "guards-role-text-with-space",
            "A string is one role, even with a space",
            "Roles may have spaces, and are not split.",
            json!({ "all_roles": { "at": "roles", "roles": ["staff"] } }),
            "role-text-two",
        )
        .forbids(),
        roles(
            "guards-role-number",
            "A number is not a claim of roles",
            "A malformed claim is refused, by a guard as by a policy.",
            json!({ "all_roles": { "at": "roles", "roles": ["staff"] } }),
            "role-number",
        )
        .refuses("invalid_claim"),
        roles(
            "guards-any-role",
            "Any of several roles: a token with one is accepted",
            "Some routes serve two kinds of users.",
            json!({ "any_role": { "at": "roles", "roles": ["admin", "staff"] } }),
            "staff",
        )
        .lets_in(),
        roles(
            "guards-any-role-none",
            "Any of several roles: a token with none is refused",
            "403 without a scope, because a role is not a scope.",
            json!({ "any_role": { "at": "roles", "roles": ["admin", "owner"] } }),
            "staff",
        )
        .forbids(),
        roles(
            "guards-all-roles-one-missing",
            "All of several roles: a token that lacks one is refused",
            "All means all.",
            json!({ "all_roles": { "at": "roles", "roles": ["staff", "admin"] } }),
            "staff",
        )
        .forbids(),
        invalid(
            "guards-blank-scope",
            "An empty scope",
            blank,
            &["G3"],
            json!({ "all_scopes": [""] }),
        ),
        invalid(
            "guards-space-scope",
            "A scope that is a space",
            blank,
            &["G3"],
            json!({ "all_scopes": [" "] }),
        ),
        invalid(
            "guards-scope-with-space",
            "Two scopes in one string",
            "No token grants a scope with a space; two scopes were intended.",
            &["G3", "RFC 6749 §3.3"],
            json!({ "all_scopes": ["notes:read notes:write"] }),
        ),
        invalid(
            "guards-blank-among-scopes",
            "An empty scope among others",
            blank,
            &["G3"],
            json!({ "any_scope": ["notes:read", ""] }),
        ),
        invalid(
            "guards-no-scopes",
            "An empty list of scopes",
            "An empty configuration must not open a route.",
            &["G4"],
            json!({ "all_scopes": [] }),
        ),
        invalid(
            "guards-no-any-scope",
            "An empty list of alternatives",
            "An empty configuration must not open a route.",
            &["G4"],
            json!({ "any_scope": [] }),
        ),
        invalid(
            "guards-no-roles",
            "An empty list of roles",
            "An empty configuration must not open a route.",
            &["G4"],
            json!({ "all_roles": { "at": "roles", "roles": [] } }),
        ),
        invalid(
            "guards-blank-role",
            "An empty role",
            blank,
            &["G3", "G4"],
            json!({ "any_role": { "at": "roles", "roles": [""] } }),
        ),
        invalid(
            "guards-blank-path",
            "An empty path of roles",
            "No claim has this path.",
            &["G4"],
            json!({ "all_roles": { "at": "", "roles": ["staff"] } }),
        ),
        invalid(
            "guards-no-path",
            "A path of roles without names",
            "No claim has this path.",
            &["G4"],
            json!({ "all_roles": { "at": [], "roles": ["staff"] } }),
        ),
        invalid(
            "guards-path-missing",
            "Roles without a path",
            "The claim to check is unknown.",
            &["G4"],
            json!({ "all_roles": { "roles": ["staff"] } }),
        ),
        invalid(
            "guards-empty-demand",
            "An empty demand",
            "An empty configuration must not open a route.",
            &["G4"],
            json!({}),
        ),
        invalid(
            "guards-empty-demands",
            "An empty list of demands",
            "An empty configuration must not open a route.",
            &["G4"],
            json!([]),
        ),
        invalid(
            "guards-unknown-member",
            "A demand with an unknown member",
            "A typo must not open a route.",
            &["G4"],
            json!({ "all_scope": ["notes:read"] }),
        ),
        invalid(
            "guards-scopes-as-text",
            "Scopes as one string",
            "A list was intended, not the letters of a string.",
            &["G3"],
            json!({ "all_scopes": "notes:read" }),
        ),
        guarded(
            "guards-optional-with-demand",
            "An optional guard that requires a scope",
            "A request without a token would be accepted.",
            &["G2"],
        )
        .with("optional", json!(true))
        .demands(json!({ "all_scopes": ["notes:read"] }))
        .cannot_be_built(),
        guarded(
            "guards-optional-with-role",
            "An optional guard that requires a role",
            "A request without a token would be accepted.",
            &["G2"],
        )
        .with("optional", json!(true))
        .demands(json!({ "any_role": { "at": "roles", "roles": ["staff"] } }))
        .cannot_be_built(),
    ]
}
