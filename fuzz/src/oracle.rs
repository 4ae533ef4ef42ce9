//! What the core is compared with: other libraries, and slow, obvious code. Nothing here calls the
//! core.

pub mod base64url;
pub mod decimal;
pub mod json;
pub mod signature;
