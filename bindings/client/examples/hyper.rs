//! A server on plain hyper with one protected route: `hyper ISSUER AUDIENCE [ADDRESS]`.

use std::convert::Infallible;
use std::env;
use std::error::Error;
use std::time::Duration;

use http::{Request, Response};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tower::{Layer as _, service_fn};
use verijot_client::verijot::issuer::KeySource;
use verijot_client::verijot::request::Demand;
use verijot_client::verijot::{Audiences, Issuers, Policy, Verifier};
use verijot_client::{Authenticator, IssuerKeys};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let issuer = arguments.next().ok_or("usage: hyper ISSUER AUDIENCE [ADDRESS]")?;
    let audience = arguments.next().ok_or("usage: hyper ISSUER AUDIENCE [ADDRESS]")?;
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:3000".to_owned());

    let keys = IssuerKeys::new(KeySource::issuer(&issuer)?)?;
    let policy = Policy::new(Issuers::only(issuer), Audiences::only(audience));
    let authenticator = Authenticator::new(Verifier::new(policy)?, keys);
    let guard = authenticator.require_scopes(["notes:read"])?;
    let notes = guard.layer(service_fn(move |request| notes(authenticator.clone(), request)));

    let listener = TcpListener::bind(address).await?;
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Such as too many open files, until other connections end.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let service = TowerToHyperService::new(notes.clone());
        // A failed connection affects only its own client.
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

/// The guard has already verified the token, so `admit` does not verify it again.
async fn notes(
    authenticator: Authenticator,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (mut parts, _) = request.into_parts();
    Ok(match authenticator.admit(&mut parts, &Demand::good_token()).await {
        Ok(token) => {
            let subject = token.subject().unwrap_or("nobody");
            Response::new(Full::from(format!("notes of {subject}\n")))
        }
        Err(rejection) => rejection.into_response(),
    })
}
