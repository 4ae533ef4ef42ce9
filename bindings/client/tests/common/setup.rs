//! Verifiers, keys and authenticators by the test's clock, and an HTTP client.

use std::sync::Arc;

use verijot::issuer::{CacheSettings, KeySource};
use verijot::{Audiences, Issuers, Policy, Verifier};
use verijot_client::{Authenticator, IssuerKeys, ReqwestFetcher};

use super::clock::TestClock;
use super::issuer::Issuer;
use super::signer::{AUDIENCE, ISSUER};

pub fn verifier() -> Verifier {
    Verifier::new(Policy::new(Issuers::only(ISSUER), Audiences::only(AUDIENCE))).unwrap()
}

/// An issuer's keys, which age by the test's clock.
pub fn client(issuer: &Issuer, clock: &TestClock) -> IssuerKeys {
    client_with(issuer, clock, CacheSettings::default())
}

pub fn client_with(issuer: &Issuer, clock: &TestClock, settings: CacheSettings) -> IssuerKeys {
    let source = KeySource::jwks_url(format!("{}/keys?secret=query", issuer.url)).unwrap();
    let builder = IssuerKeys::builder(source).settings(settings).clock(clock.clone());
    builder.fetcher(ReqwestFetcher::new()).build().unwrap()
}

pub fn authenticator(client: &IssuerKeys, clock: &TestClock) -> Authenticator {
    Authenticator::new(verifier(), client.clone()).with_clock(clock.clone())
}

/// An HTTP client that needs no certificates.
pub fn http() -> reqwest::Client {
    let config = rustls::ClientConfig::builder_with_provider(Arc::new(tls()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    let builder = reqwest::Client::builder().tls_backend_preconfigured(config).no_proxy();
    builder.build().unwrap()
}

/// The provider that the crate uses.
pub fn tls() -> rustls::crypto::CryptoProvider {
    #[cfg(feature = "aws-lc-rs")]
    return rustls::crypto::aws_lc_rs::default_provider();
    #[cfg(not(feature = "aws-lc-rs"))]
    return rustls::crypto::ring::default_provider();
}
