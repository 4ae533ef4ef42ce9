//! A network between a list and its server that can be cut, and that can go silent.

use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

pub(crate) struct Proxy {
    /// The state of the network.
    pub(crate) url: String,
    state: Arc<watch::Sender<State>>,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Working,
    Cut,
    Frozen,
}

impl Proxy {
    pub(crate) async fn before(url: &str) -> Self {
        let (account, rest) = url.split_once('@').unwrap();
        let (server, database) = rest.split_once('/').unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("{account}@{}/{database}", listener.local_addr().unwrap());
        let state = Arc::new(watch::Sender::new(State::Working));
        tokio::spawn(accept(listener, server.to_owned(), Arc::clone(&state)));
        Self { url, state }
    }

    /// Closes all connections, and every new one.
    pub(crate) fn cut(&self) {
        self.state.send_replace(State::Cut);
    }

    /// Keeps all connections but forwards nothing; new ones are silent too.
    pub(crate) fn freeze(&self) {
        self.state.send_replace(State::Frozen);
    }

    /// New connections work again; frozen ones stay silent.
    pub(crate) fn restore(&self) {
        self.state.send_replace(State::Working);
    }
}

async fn accept(listener: TcpListener, server: String, state: Arc<watch::Sender<State>>) {
    loop {
        let (client, _) = listener.accept().await.unwrap();
        if *state.borrow() == State::Cut {
            continue;
        }
        let server = TcpStream::connect(&server).await.unwrap();
        let ((from_client, to_client), (from_server, to_server)) =
            (client.into_split(), server.into_split());
        for (from, to) in [(from_client, to_server), (from_server, to_client)] {
            tokio::spawn(pass(from, to, state.subscribe()));
        }
    }
}

async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut state: watch::Receiver<State>) {
    let mut buffer = [0; 4096];
    loop {
        let now = *state.borrow_and_update();
        match now {
            State::Working => {}
            State::Cut => return,
            State::Frozen => return silence(from, to).await,
        }
        tokio::select! {
            biased;
            _ = state.changed() => {}
            read = from.read(&mut buffer) => match read {
                Ok(count) if count > 0 => {
                    if to.write_all(&buffer[..count]).await.is_err() {
                        return;
                    }
                }
                _ => return,
            },
        }
    }
}

/// Discards everything until the other end closes the connection.
async fn silence(mut from: OwnedReadHalf, _to: OwnedWriteHalf) {
    let mut buffer = [0; 4096];
    while from.read(&mut buffer).await.is_ok_and(|count| count > 0) {}
}
