//! Octets and text: strict JSON, base64url, SHA-256, and excerpts that are safe to show.

pub(crate) mod base64url;
pub(crate) mod excerpt;
pub(crate) mod json;
pub(crate) mod json_member;
pub(crate) mod sha256;
pub(crate) mod token68;
pub(crate) mod url;
pub(crate) mod uuid;
