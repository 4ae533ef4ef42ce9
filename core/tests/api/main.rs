//! Tests of what users call, in one binary: linking one for each file would take minutes.
#![allow(missing_docs)]

#[cfg(feature = "ring")]
#[path = "../common/mod.rs"]
mod common;

mod asked;
mod cached_headers;
mod claims;
mod codes;
mod current_keys;
mod debug;
mod errors;
mod explain;
mod hints;
mod jwks_cache;
mod key_fetch;
mod key_location;
mod key_sources;
mod load_balancers;
mod login;
mod pem;
mod policy_document;
mod profile;
mod profile_results;
mod profile_tokens;
mod provider;
mod providers;
mod request;
mod robustness;
mod rooms;
mod rotation;
mod session;
mod settings;
mod settings_in_files;
mod settings_of_policy;
mod settings_of_provider;
mod small_order;
mod tenants;
mod token_cache;
mod verifier_set;

/// A file that is no module of this binary would be a test that never runs.
#[test]
#[allow(clippy::unwrap_used)]
fn every_file_is_a_module() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/api");
    let modules = include_str!("main.rs");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().and_then(|name| name.to_str()).unwrap();
        assert!(name == "main" || modules.contains(&format!("\nmod {name};\n")), "{name}");
    }
}
