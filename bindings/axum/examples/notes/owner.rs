//! The user whose data a request accesses: only the subject of its token. A `sub` is unique for its
//! issuer only (RFC 7519 §4.1.2), so both identify a user.

use serde::Deserialize;
use verijot_axum::Bearer;

/// A request's verified token, with the claims that this service reads.
pub(crate) type Owner = Bearer<Claims>;

#[derive(Deserialize)]
pub(crate) struct Claims {
    pub(crate) iss: String,
    pub(crate) sub: String,
}
