//! The 18 claims for libraries that take some of them away: what is left for the caller's type.
#![allow(dead_code)]

use serde::{Deserialize, Serialize};

/// jwt-simple takes the registered claims.
#[derive(Serialize, Deserialize)]
pub struct ForJwtSimple {
    pub azp: String,
    pub scope: String,
    pub name: String,
    pub email: String,
    pub email_verified: bool,
    pub tenant: String,
    pub locale: String,
    pub roles: Vec<String>,
    pub session: String,
    pub level: u32,
    pub amr: Vec<String>,
}

/// jwt-compact takes the dates.
#[derive(Clone, Deserialize)]
pub struct ForJwtCompact {
    pub iss: String,
    pub sub: String,
    pub aud: Vec<String>,
    pub jti: String,
    pub azp: String,
    pub scope: String,
    pub name: String,
    pub email: String,
    pub email_verified: bool,
    pub tenant: String,
    pub locale: String,
    pub roles: Vec<String>,
    pub session: String,
    pub level: u32,
    pub amr: Vec<String>,
}
