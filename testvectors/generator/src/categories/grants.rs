//! Scopes and roles that a token grants.

use serde_json::{Value, json};

use crate::case::Case;
use crate::categories::lifetimes::table;

/// Scopes, from scope or scp.
pub fn scopes() -> Vec<Case> {
    let need = |scopes: Value| json!({ "required_scopes": scopes });
    let lacking = || Some(("insufficient_scope", None));
    let write = || need(json!(["write"]));
    table(
        "Every required scope must be granted; each is compared as a whole word.",
        &["RFC 6749 §3.3", "RFC 9068 §2.2.3"],
        vec![
            ("scope-absent", "No scope", json!({}), write(), lacking()),
            ("scope-other", "Another scope", json!({ "scope": "read" }), write(), lacking()),
            ("scope-empty", "An empty scope", json!({ "scope": "" }), write(), lacking()),
            ("scope-prefix", "A longer scope", json!({ "scope": "write:all" }), write(), lacking()),
            (
                "scope-case",
                "The scope in another case",
                json!({ "scope": "Write" }),
                write(),
                lacking(),
            ),
            (
                "scope-comma",
                "Scopes separated with commas",
                json!({ "scope": "read,write" }),
                write(),
                lacking(),
            ),
            (
                "scope-one-of-two",
                "One of two scopes",
                json!({ "scope": "read" }),
                need(json!(["read", "write"])),
                lacking(),
            ),
            (
                "scope-over-scp",
                "scope lacks what scp grants",
                json!({ "scope": "read", "scp": "write" }),
                write(),
                lacking(),
            ),
            (
                "scope-scp-other",
                "scp has another scope",
                json!({ "scp": ["read"] }),
                write(),
                lacking(),
            ),
            (
                "scope-scp-joined",
                "scp has two scopes in one string of the array",
                json!({ "scp": ["read write"] }),
                write(),
                lacking(),
            ),
            (
                "scope-number",
                "scope is a number",
                json!({ "scope": 5 }),
                write(),
                Some(("invalid_claim", Some("scope"))),
            ),
            (
                "scope-array",
                "scope is an array of strings",
                json!({ "scope": ["write"] }),
                write(),
                None,
            ),
            (
                "scope-array-twice",
                "scope is an array with the scope twice",
                json!({ "scope": ["write", "read", "write"] }),
                write(),
                None,
            ),
            (
                "scope-array-other",
                "scope is an array with another scope",
                json!({ "scope": ["read"] }),
                write(),
                lacking(),
            ),
            (
                "scope-array-empty",
                "scope is an empty array, and scp has the scope",
                json!({ "scope": [], "scp": "write" }),
                write(),
                lacking(),
            ),
            (
                "scope-array-joined",
                "scope has two scopes in one string of the array",
                json!({ "scope": ["read write"] }),
                write(),
                lacking(),
            ),
            (
                "scope-array-number",
                "scope is an array that contains a number",
                json!({ "scope": ["write", 5] }),
                write(),
                Some(("invalid_claim", Some("scope"))),
            ),
            (
                "scope-object",
                "scope is an object",
                json!({ "scope": { "write": true } }),
                write(),
                Some(("invalid_claim", Some("scope"))),
            ),
            (
                "scope-scp-number",
                "scp contains a number",
                json!({ "scp": ["write", 5] }),
                write(),
                Some(("invalid_claim", Some("scp"))),
            ),
            (
                "scope-after-aud",
                "The audience is wrong and the scope is missing",
                json!({ "aud": "x" }),
                write(),
                Some(("wrong_audience", Some("aud"))),
            ),
            ("scope-good-one", "Only the scope", json!({ "scope": "write" }), write(), None),
            (
                "scope-good-among",
                "The scope among others",
                json!({ "scope": "read write x" }),
                write(),
                None,
            ),
            (
                "scope-good-spaces",
                "More spaces",
                json!({ "scope": " read  write " }),
                write(),
                None,
            ),
            (
                "scope-good-two",
                "Two scopes in another order",
                json!({ "scope": "write read" }),
                need(json!(["read", "write"])),
                None,
            ),
            (
                "scope-good-scp-text",
                "scp as a string",
                json!({ "scp": "read write" }),
                write(),
                None,
            ),
            (
                "scope-good-scp-array",
                "scp as an array",
                json!({ "scp": ["read", "write"] }),
                write(),
                None,
            ),
            ("scope-good-none", "None demanded", json!({}), json!({}), None),
            (
                "scope-good-url",
                "A scope that is a URL",
                json!({ "scope": "https://x/y" }),
                need(json!(["https://x/y"])),
                None,
            ),
        ],
    )
}

/// Roles at a path of claim names.
pub fn roles() -> Vec<Case> {
    let need =
        |path: Value, roles: Value| json!({ "required_roles": { "path": path, "roles": roles } });
    let path = || json!(["realm_access", "roles"]);
    let admin = || need(path(), json!(["admin"]));
    let at = |roles: Value| json!({ "realm_access": { "roles": roles } });
    let lacking = || Some(("insufficient_scope", None));
    table(
        "Roles are found at a path of names and compared as whole strings.",
        &["RFC 9068 §2.2.3.1"],
        vec![
            ("roles-absent", "The claim is missing", json!({}), admin(), lacking()),
            (
                "roles-path-ends",
                "The path ends too early",
                json!({ "realm_access": {} }),
                admin(),
                lacking(),
            ),
            ("roles-other", "Another role", at(json!(["user"])), admin(), lacking()),
            ("roles-empty", "No role", at(json!([])), admin(), lacking()),
            (
                "roles-joined",
                "Two roles in one string",
                at(json!(["user admin"])),
                admin(),
                lacking(),
            ),
            ("roles-case", "The role in another case", at(json!(["Admin"])), admin(), lacking()),
            (
                "roles-dotted-name",
                "A claim whose name contains the dot",
                json!({ "realm_access.roles": ["admin"] }),
                admin(),
                lacking(),
            ),
            (
                "roles-one-of-two",
                "One of two roles",
                at(json!(["admin"])),
                need(path(), json!(["admin", "user"])),
                lacking(),
            ),
            ("roles-good", "The role among others", at(json!(["user", "admin"])), admin(), None),
            ("roles-good-string", "The role as a single string", at(json!("admin")), admin(), None),
            (
                "roles-good-url",
                "A path with a URL as name",
                json!({ "https://issuer.example/roles": ["admin"] }),
                need(json!(["https://issuer.example/roles"]), json!(["admin"])),
                None,
            ),
            (
                "roles-good-two",
                "Two roles",
                at(json!(["a", "b", "c"])),
                need(path(), json!(["c", "a"])),
                None,
            ),
        ],
    )
}
