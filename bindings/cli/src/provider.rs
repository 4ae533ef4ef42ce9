//! Selects the crypto provider.

use clap::ValueEnum;
use verijot::crypto::{self, CryptoProvider};

#[cfg(not(any(feature = "ring", feature = "aws-lc-rs")))]
compile_error!("verijot-cli needs the feature `ring` or `aws-lc-rs`");

/// The providers that are compiled in, the default first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Provider {
    /// Supports every algorithm.
    #[cfg(feature = "aws-lc-rs")]
    AwsLcRs,
    /// Supports every algorithm except ES512.
    #[cfg(feature = "ring")]
    Ring,
}

impl Provider {
    /// aws-lc-rs if it is available, because it supports every algorithm.
    #[cfg(feature = "aws-lc-rs")]
    pub(crate) const DEFAULT: Self = Self::AwsLcRs;
    /// The only one.
    #[cfg(all(feature = "ring", not(feature = "aws-lc-rs")))]
    pub(crate) const DEFAULT: Self = Self::Ring;

    pub(crate) fn provider(self) -> &'static dyn CryptoProvider {
        match self {
            #[cfg(feature = "aws-lc-rs")]
            Self::AwsLcRs => crypto::aws_lc_rs::PROVIDER,
            #[cfg(feature = "ring")]
            Self::Ring => crypto::ring::PROVIDER,
        }
    }
}
