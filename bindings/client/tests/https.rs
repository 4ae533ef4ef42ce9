//! Keys over TLS: only from a server whose certificate the system trusts.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

mod common;

use std::env;
use std::sync::Arc;

use common::child::{child_with, is_child, tell};
use common::signer::{Signer, jwks};
use common::soon;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use verijot::issuer::KeySource;
use verijot_client::IssuerKeys;

/// Run by other tests in a process of its own.
#[tokio::test]
#[ignore = "run by the others in a process of its own"]
async fn child() {
    if !is_child() {
        return;
    }
    let keys = IssuerKeys::new(KeySource::jwks_url(env::var("URL").unwrap()).unwrap()).unwrap();
    match soon(keys.ready()).await {
        Ok(()) => tell("ready"),
        Err(error) => tell(error.code()),
    }
}

/// A server with a certificate for `localhost`; also returns its authority's certificate.
async fn server(body: String) -> (String, String) {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new([String::from("localhost")]).unwrap();
    let certificate = params.signed_by(&key, &authority).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(common::setup::tls()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = config.with_single_cert(vec![certificate.der().clone()], key).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            // A client that does not trust the certificate closes the connection.
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut head = [0; 1024];
            let _ = stream.read(&mut head).await;
            let length = body.len();
            let answer = format!(
                "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
            );
            let _ = stream.write_all(answer.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    });
    (format!("https://localhost:{port}/keys"), authority.pem())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg(target_os = "linux")]
async fn the_system_must_trust_the_servers_certificate() {
    let (url, authority) = server(jwks(&[&Signer::new("a")])).await;
    let (_, other) = server(String::new()).await;
    let folder = env::temp_dir();
    let [trusted, untrusted] = [("trusted", authority), ("untrusted", other)].map(|(name, pem)| {
        let path = folder.join(format!("verijot-client-{name}-{}.pem", std::process::id()));
        std::fs::write(&path, pem).unwrap();
        path.into_os_string().into_string().unwrap()
    });
    let wrong_name = url.replace("localhost", "127.0.0.1");
    for (url, file, expected) in [
        (&url, trusted.as_str(), "ready"),
        (&url, untrusted.as_str(), "keys_unavailable"),
        (&wrong_name, trusted.as_str(), "keys_unavailable"),
        // No certificates at all.
        (&url, "/dev/null", "keys_unavailable"),
    ] {
        let told = child_with(&[("URL", url), ("SSL_CERT_FILE", file)]).await;
        assert_eq!(told, expected, "{file}");
    }
    for file in [trusted, untrusted] {
        std::fs::remove_file(file).unwrap();
    }
}
