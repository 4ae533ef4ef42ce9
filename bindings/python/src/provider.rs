//! The crypto provider, which is chosen when the package is built.

use verijot::crypto::{self, CryptoProvider};

#[cfg(not(any(feature = "ring", feature = "aws-lc-rs")))]
compile_error!("the package needs the feature `aws-lc-rs` or `ring`");

/// aws-lc-rs if it is built in, because it has every algorithm.
#[cfg(feature = "aws-lc-rs")]
pub(crate) const PROVIDER: &dyn CryptoProvider = crypto::aws_lc_rs::PROVIDER;

/// ring if it is the only one.
#[cfg(all(feature = "ring", not(feature = "aws-lc-rs")))]
pub(crate) const PROVIDER: &dyn CryptoProvider = crypto::ring::PROVIDER;
