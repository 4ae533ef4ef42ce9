//! Asked and answered, a token gets the verdict that it gets at once.
#![cfg(feature = "ring")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod key_sets;
mod later;
mod questions;
mod random;
mod vectors;
