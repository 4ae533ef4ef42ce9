//! Everything that a guard decides about a request, for every framework and language: where the
//! token is, what it must grant, and how to answer.
//!
//! A [`Demand`] says what a valid token must also grant, a [`TokenPlace`] where a request carries
//! the token, [`GuardRules`] combine both, and an [`Answer`] is the complete answer to a refused
//! request.
//!
//! ```
//! use verijot::request::{Demand, GuardRules, TokenPlace};
//! let demand = Demand::all_scopes(["notes:read"])?.and(Demand::any_role("roles", ["staff", "admin"])?);
//! let rules = GuardRules::new(demand).at(TokenPlace::cookie("__Host-session")?);
//! let token = rules.token([&b"theme=dark; __Host-session=abc.def.ghi"[..]])?;
//! assert_eq!(token, Some(&b"abc.def.ghi"[..]));
//!
//! let refused = rules.token([&b"theme=dark"[..]]).unwrap_err();
//! assert_eq!(rules.answer(&refused).body(), r#"{"detail":"missing_token"}"#);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub use answer::Answer;
pub use demand::{Demand, DemandError};
pub use guard_rules::GuardRules;
pub use resource_metadata::resource_metadata_url;
pub use token_place::TokenPlace;

pub use crate::token::grants::scopes_in;

pub mod bearer;

mod answer;
mod demand;
mod demand_document;
mod guard_rules;
mod resource_metadata;
mod token_place;
