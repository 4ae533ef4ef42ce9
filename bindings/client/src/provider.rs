//! Selects the crypto library, one for both tokens and TLS.

use verijot::crypto::CryptoProvider;

/// For tokens.
pub(crate) fn jose() -> &'static dyn CryptoProvider {
    #[cfg(feature = "aws-lc-rs")]
    return verijot::crypto::aws_lc_rs::PROVIDER;
    #[cfg(not(feature = "aws-lc-rs"))]
    return verijot::crypto::ring::PROVIDER;
}

/// For TLS.
pub(crate) fn tls() -> rustls::crypto::CryptoProvider {
    #[cfg(feature = "aws-lc-rs")]
    return rustls::crypto::aws_lc_rs::default_provider();
    #[cfg(not(feature = "aws-lc-rs"))]
    return rustls::crypto::ring::default_provider();
}

#[cfg(not(any(feature = "aws-lc-rs", feature = "ring")))]
compile_error!("verijot-client needs one of the features aws-lc-rs and ring");
