//! What a token says: its segments, its header, its claims, and all of it once it is verified.

pub(crate) mod claims;
pub(crate) mod grants;
pub(crate) mod header;
pub(crate) mod jws;
pub(crate) mod remembered_headers;
pub(crate) mod verified;
