//! The content of a token: its segments, header and claims, and the verified token.

pub(crate) mod authentication;
pub(crate) mod claims;
pub(crate) mod grants;
pub(crate) mod header;
pub(crate) mod jws;
pub(crate) mod remembered_headers;
pub(crate) mod verified;
