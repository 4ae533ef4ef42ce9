//! A protected resource of the Model Context Protocol.
//!
//! `VERIJOT_ISSUER` names the authorization server, `VERIJOT_AUDIENCE` the URL of the resource, such
//! as `https://api.example/mcp`, `LISTEN` the address and port (`127.0.0.1:3002`).

use std::env;
use std::process::ExitCode;

use verijot_axum::Authenticator;

mod resource;
#[path = "../common/serving.rs"]
mod serving;

fn main() -> ExitCode {
    serving::run(async {
        let resource = resource::Resource {
            url: env::var("VERIJOT_AUDIENCE")?,
            issuer: env::var("VERIJOT_ISSUER")?,
        };
        let router = resource::router(&resource, Authenticator::from_environment()?)?;
        serving::serve(serving::listen("127.0.0.1:3002").await?, router).await
    })
}
