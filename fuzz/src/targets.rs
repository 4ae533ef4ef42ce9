//! The bodies of the fuzz targets: each accepts any octets, and panics if verijot is wrong.

pub mod base64url;
pub mod cache;
pub mod case;
pub mod certificates;
pub mod claims;
pub mod cost;
pub mod ffi;
pub mod header;
pub mod jwks;
pub mod keys;
pub mod mutation;
pub mod numeric_date;
pub mod pem;
pub mod policy;
pub mod profiles;
pub mod providers;
pub mod structured;
pub mod token;

/// A fuzz target.
pub struct Target {
    /// As in `fuzz_targets/NAME.rs`.
    pub name: &'static str,
    /// What it does with an input.
    pub run: fn(&[u8]),
}

/// Every target.
pub const ALL: [Target; 18] = [
    Target { name: "base64url", run: base64url::run },
    Target { name: "cache", run: cache::run },
    Target { name: "case", run: case::run },
    Target { name: "certificates", run: certificates::run },
    Target { name: "claims", run: claims::run },
    Target { name: "cost", run: cost::run },
    Target { name: "ffi", run: ffi::run },
    Target { name: "header", run: header::run },
    Target { name: "jwks", run: jwks::run },
    Target { name: "keys", run: keys::run },
    Target { name: "mutation", run: mutation::run },
    Target { name: "numeric_date", run: numeric_date::run },
    Target { name: "pem", run: pem::run },
    Target { name: "policy", run: policy::run },
    Target { name: "profiles", run: profiles::run },
    Target { name: "providers", run: providers::run },
    Target { name: "structured", run: structured::run },
    Target { name: "token", run: token::run },
];
