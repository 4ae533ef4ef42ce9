//! Whose data a request is about: whoever its token is for, and nobody else.

use serde::Deserialize;
use verijot_axum::Bearer;

/// A request's verified token, with what this service reads of its claims.
pub(crate) type Owner = Bearer<Claims>;

#[derive(Deserialize)]
pub(crate) struct Claims {
    pub(crate) sub: String,
}
