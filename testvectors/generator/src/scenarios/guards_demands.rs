//! What a guard demands of a token.

use serde_json::{Value, json};

use super::guard::{Guarded, guarded};
use super::scenario::Scenario;

/// A guard that demands the scope `notes:read`, and a token.
fn read(id: &str, title: &str, why: &str, refs: &[&str], token: &str) -> Guarded {
    guarded(id, title, why, refs).demands(json!({ "all_scopes": ["notes:read"] })).bearer(token)
}

/// A demand that makes no sense.
fn invalid(id: &str, title: &str, why: &str, refs: &[&str], demand: Value) -> Scenario {
    guarded(id, title, why, refs).demands(demand).cannot_be_built()
}

/// Roles at `roles` that a guard demands.
fn roles(id: &str, title: &str, why: &str, demand: Value, token: &str) -> Guarded {
    guarded(id, title, why, &["G4"]).demands(demand).bearer(token)
}

pub fn scenarios() -> Vec<Scenario> {
    let blank = "A blank demand is met by nobody or by everybody, and is a mistake either way.";
    let adds_up = "A demand that replaces an earlier one is a bypass of authorization.";
    let staff = json!({ "all_roles": { "at": "roles", "roles": ["staff"] } });
    let payments = json!({ "all_scopes": ["payments:write"] });
    let staff_and_admin = json!([
        { "all_roles": { "at": "roles", "roles": ["staff"] } },
        { "all_roles": { "at": "roles", "roles": ["admin"] } },
    ]);
    vec![
        guarded(
            "guards-add-up-role-then-scope",
            "A role and then a scope: a customer with the scope stays out",
            adds_up,
            &["G1"],
        )
        .demands(json!([staff, payments]))
        .bearer("customer")
        .forbids(),
        guarded(
            "guards-add-up-scope-then-role",
            "A scope and then a role: the order does not matter",
            adds_up,
            &["G1"],
        )
        .demands(json!([payments, staff]))
        .bearer("customer")
        .forbids(),
        guarded(
            "guards-add-up-both-granted",
            "A role and a scope: who has both comes in",
            adds_up,
            &["G1"],
        )
        .demands(json!([staff, payments]))
        .bearer("staff-writer")
        .lets_in(),
        guarded(
            "guards-add-up-scope-missing",
            "A role and a scope: who has the role alone stays out, and is told the scope",
            adds_up,
            &["G1", "RFC 6750 §3.1"],
        )
        .demands(json!([staff, payments]))
        .bearer("staff")
        .wants_scopes("payments:write"),
        guarded(
            "guards-add-up-two-roles",
            "Two demands of a role each: the first counts too",
            adds_up,
            &["G1"],
        )
        .demands(staff_and_admin.clone())
        .bearer("staff")
        .forbids(),
        guarded(
            "guards-add-up-two-roles-granted",
            "Two demands of a role each: who has both comes in",
            adds_up,
            &["G1"],
        )
        .demands(staff_and_admin)
        .bearer("staff-admin")
        .lets_in(),
        guarded(
            "guards-add-up-two-scopes",
            "Two demands of a scope each: both are needed, and both are named",
            adds_up,
            &["G1", "RFC 6750 §3"],
        )
        .demands(json!([{ "all_scopes": ["notes:read"] }, { "all_scopes": ["notes:write"] }]))
        .bearer("write")
        .wants_scopes("notes:read notes:write"),
        guarded(
            "guards-add-up-any-and-all",
            "One of several scopes and all of others: both must be met",
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
            "Two lists of which one each is needed do not become one list",
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
            "Each of several scopes: who has all comes in",
            "RFC 6749 §3.3: scopes are a set, in any order.",
            &["RFC 6749 §3.3"],
        )
        .demands(json!({ "all_scopes": ["notes:write", "notes:read"] }))
        .bearer("read-write")
        .lets_in(),
        guarded(
            "guards-all-scopes-one-missing",
            "Each of several scopes: who lacks one stays out",
            "The challenge names what the resource needs, not what is missing.",
            &["RFC 6750 §3"],
        )
        .demands(json!({ "all_scopes": ["notes:write", "notes:read"] }))
        .bearer("read")
        .wants_scopes("notes:write notes:read"),
        guarded(
            "guards-any-scope",
            "One of several scopes: who has one comes in",
            "Some routes serve two kinds of clients.",
            &["G8"],
        )
        .demands(json!({ "any_scope": ["notes:admin", "notes:read"] }))
        .bearer("read")
        .lets_in(),
        guarded(
            "guards-any-scope-none",
            "One of several scopes: who has none stays out",
            "The challenge cannot say \"one of\", so it names no scope.",
            &["G8", "RFC 6750 §3"],
        )
        .demands(json!({ "any_scope": ["notes:admin", "notes:list"] }))
        .bearer("read")
        .forbids(),
        guarded(
            "guards-any-scope-single",
            "One of one scope is that scope, and is named",
            "A challenge can say it.",
            &["G8", "RFC 6750 §3"],
        )
        .demands(json!({ "any_scope": ["notes:admin"] }))
        .bearer("read")
        .wants_scopes("notes:admin"),
        guarded(
            "guards-scope-twice",
            "A scope that is named twice is one scope",
            "The challenge names it once.",
            &["RFC 6749 §3.3"],
        )
        .demands(json!({ "all_scopes": ["notes:admin", "notes:admin"] }))
        .bearer("read")
        .wants_scopes("notes:admin"),
        read(
            "guards-scope-array",
            "scope as an array of strings grants its members",
            "One verdict of one token: the policy takes it too.",
            &["G5"],
            "scope-array",
        )
        .lets_in(),
        read(
            "guards-scope-array-words",
            "A member of an array is one scope, though it has a space",
            "No scope has a space, so that member grants nothing.",
            &["G5", "RFC 6749 §3.3"],
            "scope-array-words",
        )
        .wants_scopes("notes:read"),
        read(
            "guards-scope-array-mixed",
            "An array with a number in it is no claim of scopes",
            "A token of the wrong shape is refused, by a guard as by a policy.",
            &["G5"],
            "scope-array-mixed",
        )
        .refuses("invalid_claim"),
        read(
            "guards-scope-number",
            "A number is no claim of scopes",
            "A token of the wrong shape is refused, by a guard as by a policy.",
            &["G5"],
            "scope-number",
        )
        .refuses("invalid_claim"),
        guarded(
            "guards-scope-number-not-asked",
            "A claim that nobody asks about may have any shape",
            "Only what is looked at is judged.",
            &["G5"],
        )
        .bearer("scope-number")
        .lets_in(),
        read(
            "guards-scope-empty",
            "An empty scope grants nothing",
            "There is no empty scope.",
            &["G3"],
            "scope-empty",
        )
        .wants_scopes("notes:read"),
        read(
            "guards-scope-spaces",
            "Spaces around and between scopes mean nothing",
            "Some issuers write them; they make no empty scope.",
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
            "Scopes are compared with regard to case",
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
            "scp serves where there is no scope",
            "Some issuers call it so.",
            &["RFC 8693 §4.2"],
            "scp-text",
        )
        .lets_in(),
        read(
            "guards-scp-array",
            "scp may be an array",
            "Some issuers write it so.",
            &["RFC 8693 §4.2"],
            "scp-array",
        )
        .lets_in(),
        read(
            "guards-scope-before-scp",
            "Where there is a scope, scp is not looked at",
            "Two claims that contradict each other must not add up.",
            &["RFC 8693 §4.2"],
            "scope-before-scp",
        )
        .wants_scopes("notes:read"),
        roles(
            "guards-role",
            "A role in an array at a path",
            "Who has it comes in.",
            json!({ "all_roles": { "at": "realm_access.roles", "roles": ["editor"] } }),
            "realm-editor",
        )
        .lets_in(),
        roles(
            "guards-role-missing",
            "A role that the token does not have",
            "403 without a scope: a role is none.",
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
            "A path as a list of names, for a name that has dots itself",
            "A URL is a usual name of such a claim.",
            json!({ "all_roles": { "at": ["https://x.example/roles"], "roles": ["editor"] } }),
            "url-editor",
        )
        .lets_in(),
        roles(
            "guards-role-url-path-split",
            "A path as text is split at its dots",
            "The claim is not found under names that nobody meant.",
            json!({ "all_roles": { "at": "https://x.example/roles", "roles": ["editor"] } }),
            "url-editor",
        )
        .forbids(),
        roles(
            "guards-role-text",
            "A role that is one string",
            "Some issuers write one role so.",
            json!({ "all_roles": { "at": "roles", "roles": ["staff"] } }),
            "role-text",
        )
        .lets_in(),
        roles(
            "guards-role-text-with-space",
            "A string is one role, though it has a space",
            "Roles may have spaces, and are not split.",
            json!({ "all_roles": { "at": "roles", "roles": ["staff"] } }),
            "role-text-two",
        )
        .forbids(),
        roles(
            "guards-role-number",
            "A number is no claim of roles",
            "A token of the wrong shape is refused, by a guard as by a policy.",
            json!({ "all_roles": { "at": "roles", "roles": ["staff"] } }),
            "role-number",
        )
        .refuses("invalid_claim"),
        roles(
            "guards-any-role",
            "One of several roles: who has one comes in",
            "Some routes serve two kinds of people.",
            json!({ "any_role": { "at": "roles", "roles": ["admin", "staff"] } }),
            "staff",
        )
        .lets_in(),
        roles(
            "guards-any-role-none",
            "One of several roles: who has none stays out",
            "403 without a scope: a role is none.",
            json!({ "any_role": { "at": "roles", "roles": ["admin", "owner"] } }),
            "staff",
        )
        .forbids(),
        roles(
            "guards-all-roles-one-missing",
            "Each of several roles: who lacks one stays out",
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
            "A scope of a space",
            blank,
            &["G3"],
            json!({ "all_scopes": [" "] }),
        ),
        invalid(
            "guards-scope-with-space",
            "Two scopes in one string",
            "No token grants a scope with a space; two were meant.",
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
            "An empty list of which one is needed",
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
            "There is no such claim.",
            &["G4"],
            json!({ "all_roles": { "at": "", "roles": ["staff"] } }),
        ),
        invalid(
            "guards-no-path",
            "A path of roles without names",
            "There is no such claim.",
            &["G4"],
            json!({ "all_roles": { "at": [], "roles": ["staff"] } }),
        ),
        invalid(
            "guards-path-missing",
            "Roles without a path",
            "Nobody can say where to look.",
            &["G4"],
            json!({ "all_roles": { "roles": ["staff"] } }),
        ),
        invalid(
            "guards-empty-demand",
            "A demand of nothing",
            "An empty configuration must not open a route.",
            &["G4"],
            json!({}),
        ),
        invalid(
            "guards-empty-demands",
            "A list of no demands",
            "An empty configuration must not open a route.",
            &["G4"],
            json!([]),
        ),
        invalid(
            "guards-unknown-member",
            "A demand with a member that nobody knows",
            "A slip of the pen must not open a route.",
            &["G4"],
            json!({ "all_scope": ["notes:read"] }),
        ),
        invalid(
            "guards-scopes-as-text",
            "Scopes as one string",
            "A list is meant; letters of a string are none.",
            &["G3"],
            json!({ "all_scopes": "notes:read" }),
        ),
        guarded(
            "guards-optional-with-demand",
            "An optional guard that demands a scope",
            "A request without a token would get by.",
            &["G2"],
        )
        .with("optional", json!(true))
        .demands(json!({ "all_scopes": ["notes:read"] }))
        .cannot_be_built(),
        guarded(
            "guards-optional-with-role",
            "An optional guard that demands a role",
            "A request without a token would get by.",
            &["G2"],
        )
        .with("optional", json!(true))
        .demands(json!({ "any_role": { "at": "roles", "roles": ["staff"] } }))
        .cannot_be_built(),
    ]
}
