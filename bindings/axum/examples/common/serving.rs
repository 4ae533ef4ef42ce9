//! Common parts of the services: they report errors, listen, print their address, and finish
//! running requests before they stop.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::env;
use std::error::Error;
use std::io;
use std::process::ExitCode;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tracing_subscriber::filter::LevelFilter;

/// Runs a service until it ends, and prints the error that stopped it.
pub(crate) fn run(service: impl Future<Output = Result<(), Box<dyn Error>>>) -> ExitCode {
    tracing_subscriber::fmt().with_writer(io::stderr).with_max_level(LevelFilter::INFO).init();
    let ended = Runtime::new().map_err(Into::into).and_then(|runtime| runtime.block_on(service));
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Listens at the address in `LISTEN`, such as `127.0.0.1:0` for any free port.
pub(crate) async fn listen(default: &str) -> io::Result<TcpListener> {
    TcpListener::bind(env::var("LISTEN").as_deref().unwrap_or(default)).await
}

/// The URL of a service that listens on this socket, without a trailing slash.
pub(crate) fn url(listener: &TcpListener) -> io::Result<String> {
    Ok(format!("http://{}", listener.local_addr()?))
}

/// Answers requests until the process is asked to stop.
pub(crate) async fn serve(listener: TcpListener, router: Router) -> Result<(), Box<dyn Error>> {
    println!("listening on {}", url(&listener)?);
    let router = router.layer(DefaultBodyLimit::max(LARGEST_BODY));
    axum::serve(listener, router).with_graceful_shutdown(asked_to_end()).await?;
    Ok(())
}

async fn asked_to_end() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupted => {}
                _ = terminated.recv() => {}
            }
            return;
        }
    }
    let _ = interrupted.await;
}

/// In octets.
const LARGEST_BODY: usize = 65_536;
