//! Octets and texts: strict JSON, base64url, SHA-2, and excerpts that are safe to show.

pub(crate) mod base64url;
pub(crate) mod excerpt;
pub(crate) mod json;
pub(crate) mod place;
pub(crate) mod sha256;
