//! An issuer for development: it gives tokens to EVERY CALLER, without a password. NOT FOR
//! PRODUCTION, where an identity provider belongs; so it only listens on loopback.
//!
//! ```sh
//! cargo run -p verijot-axum --example issuer --features sqlite
//! curl -d '{"subject":"alice"}' -H 'Content-Type: application/json' localhost:4000/dev/token
//! ```
//!
//! | endpoint | what it does |
//! |---|---|
//! | `GET /.well-known/…` | metadata and keys |
//! | `POST /auth/refresh` | a new pair of tokens for `{"refresh_token": …}` |
//! | `POST /auth/logout` | revokes the access token in the Authorization header |
//! | `POST /dev/token` | tokens: `subject`, `scope`, `track`, `lifetime`, all optional |
//! | `POST /dev/rotate` | rotates the keys: `?sign_after=3600&overlap=604800`, both optional |
//! | `GET /dev/counts` | how often the keys were fetched |
//!
//! `POST /dev/rotate` requires the header `Verijot-Development: yes`, so that no web page can send
//! it.
//!
//! `LISTEN` is the address and port (`127.0.0.1:4000`), `DATABASE_URL` the database
//! (`sqlite:verijot-examples.db`). Keys live as long as the process, so tokens do not survive a
//! restart.

use std::process::ExitCode;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use ring::error::Unspecified;
use verijot_axum::RevocationList;
use verijot_axum::verijot::{Audiences, Issuers, JwkSet, Policy, UnixTime, Verified, Verifier};

mod access_token;
mod auth;
#[path = "../common/database.rs"]
mod database;
mod dev;
mod failure;
mod key_ring;
#[path = "../common/random.rs"]
mod random;
#[path = "../common/serving.rs"]
mod serving;
mod sessions;
mod signing_key;
mod well_known;

use access_token::{AUDIENCE, AccessToken, Grant};
use database::Database;
use failure::Failure;
use key_ring::KeyRing;
use sessions::Sessions;

fn main() -> ExitCode {
    serving::run(async {
        let Database { revocations, pool } = Database::open().await?;
        let listener = serving::listen("127.0.0.1:4000").await?;
        if !listener.local_addr()?.ip().is_loopback() {
            return Err(
                "this issuer gives tokens to every caller; listen on a loopback address".into()
            );
        }
        let url = serving::url(&listener)?;
        let policy = Policy::new(Issuers::only(&url), Audiences::only(AUDIENCE))
            .types(["at+jwt"])
            .require_claims(["jti", "sid"]);
        let issuer = Arc::new(Issuer {
            sessions: Sessions::open(pool, revocations.clone(), &url).await?,
            url,
            verifier: Verifier::new(policy).map_err(|error| error.to_string())?,
            keys: Mutex::new(KeyRing::new(UnixTime::now().seconds())?),
            revocations,
            jwks_requests: AtomicU64::new(0),
            metadata_requests: AtomicU64::new(0),
        });
        tokio::spawn(prune(Arc::clone(&issuer)));
        tracing::warn!("NOT FOR PRODUCTION: anyone who reaches this issuer gets any token");
        serving::serve(listener, router(issuer)).await
    })
}

fn router(issuer: Arc<Issuer>) -> Router {
    Router::new()
        .merge(well_known::router())
        .merge(auth::router())
        .merge(dev::router(&issuer))
        .with_state(issuer)
}

struct Issuer {
    /// The `iss` of its tokens.
    url: String,
    verifier: Verifier,
    keys: Mutex<KeyRing>,
    sessions: Sessions,
    revocations: RevocationList,
    jwks_requests: AtomicU64,
    metadata_requests: AtomicU64,
}

impl Issuer {
    /// Runs a function with the current keys.
    fn with_keys<T>(
        &self,
        work: impl FnOnce(&mut KeyRing, i64) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let now = UnixTime::now().seconds();
        keys.advance(now)?;
        work(&mut keys, now)
    }

    fn mint(&self, grant: &Grant, lifetime: i64) -> Result<AccessToken, Failure> {
        self.with_keys(|keys, now| {
            let key = keys.signing(now).ok_or(Unspecified)?;
            Ok(AccessToken::mint(grant, &self.url, lifetime, now, key)?)
        })
    }

    /// A token of its own, revoked or not.
    fn verify(&self, token: &[u8]) -> Result<Verified, Failure> {
        let jwks = self.with_keys(|keys, _| Ok(keys.jwks()))?;
        let keys = JwkSet::from_json(jwks).map_err(|_| Failure::Internal)?;
        Ok(self.verifier.verify(token, &keys, UnixTime::now())?)
    }
}

/// Deletes expired entries once an hour.
async fn prune(issuer: Arc<Issuer>) {
    let mut hourly = tokio::time::interval(Duration::from_secs(3600));
    loop {
        hourly.tick().await;
        let now = UnixTime::now();
        if let Err(error) = issuer.revocations.prune(now).await {
            tracing::warn!(%error, "could not prune revoked tokens");
        }
        if let Err(error) = issuer.sessions.prune(now.seconds()).await {
            tracing::warn!(%error, "could not prune sessions");
        }
    }
}
