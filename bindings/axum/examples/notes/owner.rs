//! Whose data a request is about: the subject of its token, and nobody else. A `sub` is unique for its
//! issuer only (RFC 7519 §4.1.2), so people are told apart by both.

use serde::Deserialize;
use verijot_axum::Bearer;

/// A request's verified token, with what this service reads of its claims.
pub(crate) type Owner = Bearer<Claims>;

#[derive(Deserialize)]
pub(crate) struct Claims {
    pub(crate) iss: String,
    pub(crate) sub: String,
}
