//! A service that only verifies tokens; `load` measures verification with it.
//!
//! `VERIJOT_…` set issuer, audience and keys, `LISTEN` the address and port (`127.0.0.1:3001`).

use std::process::ExitCode;

use axum::Router;
use axum::routing::get;
use verijot_axum::{Authenticator, Bearer};

#[path = "../common/serving.rs"]
mod serving;

fn main() -> ExitCode {
    serving::run(async {
        let authenticator = Authenticator::from_environment()?;
        let router = Router::new().route("/me", get(me)).with_state(authenticator);
        serving::serve(serving::listen("127.0.0.1:3001").await?, router).await
    })
}

/// Returns the token's subject.
async fn me(bearer: Bearer) -> String {
    bearer.token.subject().unwrap_or("nobody").to_owned()
}
