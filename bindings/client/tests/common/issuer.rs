//! A real HTTP server on loopback that sends scripted answers, octet for octet.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

pub struct Issuer {
    /// Without a trailing slash.
    pub url: String,
    shared: Arc<Shared>,
    server: JoinHandle<()>,
}

struct Shared {
    answer: Mutex<Answering>,
    /// The heads of the requests, each with its request line first.
    requests: watch::Sender<Vec<String>>,
}

type Answering = Box<dyn Fn(&str) -> Answer + Send>;

/// A scripted answer.
#[derive(Clone)]
pub enum Answer {
    /// These octets, then the end of the connection.
    Octets(Vec<u8>),
    /// These octets, and then nothing on an open connection.
    Stuck(Vec<u8>),
    /// The first octets, and then the second ones repeatedly, until the client closes the
    /// connection.
    Endless(Vec<u8>, Vec<u8>),
    /// The other answer, after the signal.
    After(Arc<Notify>, Box<Answer>),
}

impl Answer {
    pub fn new(status: &str, headers: &str, body: impl AsRef<[u8]>) -> Self {
        let body = body.as_ref();
        let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n", body.len());
        let mut octets = format!("{head}Connection: close\r\n{headers}\r\n").into_bytes();
        octets.extend_from_slice(body);
        Self::Octets(octets)
    }

    pub fn keys(jwks: &str) -> Self {
        Self::new("200 OK", "Content-Type: application/jwk-set+json\r\n", jwks)
    }
}

impl Issuer {
    /// An issuer that returns these keys for every request.
    pub async fn with_keys(jwks: &str) -> Self {
        let keys = Answer::keys(jwks);
        Self::start(move |_| keys.clone()).await
    }

    /// `answer` receives the path of each request.
    pub async fn start(answer: impl Fn(&str) -> Answer + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let answer = Mutex::<Answering>::new(Box::new(answer));
        let shared = Arc::new(Shared { answer, requests: watch::Sender::new(Vec::new()) });
        let server = tokio::spawn(serve(listener, Arc::clone(&shared)));
        Self { url, shared, server }
    }

    pub fn answers(&self, answer: impl Fn(&str) -> Answer + Send + 'static) {
        *self.shared.answer.lock().unwrap() = Box::new(answer);
    }

    pub fn gives_keys(&self, jwks: &str) {
        let keys = Answer::keys(jwks);
        self.answers(move |_| keys.clone());
    }

    /// From now on connections are refused.
    pub async fn stop(&mut self) {
        self.server.abort();
        let _ = (&mut self.server).await;
    }

    pub fn requests(&self) -> Vec<String> {
        self.shared.requests.borrow().clone()
    }

    pub fn count(&self) -> usize {
        self.shared.requests.borrow().len()
    }

    /// Waits until this many requests have arrived in total.
    pub async fn asked(&self, times: usize) {
        let mut requests = self.shared.requests.subscribe();
        super::soon(requests.wait_for(|requests| requests.len() >= times)).await.unwrap();
    }
}

async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    // Connections end with the server.
    let mut connections = tokio::task::JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        connections.spawn(connection(stream, Arc::clone(&shared)));
    }
}

async fn connection(mut stream: TcpStream, shared: Arc<Shared>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(octet) => head.push(octet),
            Err(_) => return,
        }
    }
    let head = String::from_utf8(head).unwrap();
    let path = head.split(' ').nth(1).unwrap().to_owned();
    shared.requests.send_modify(|requests| requests.push(head));
    let mut answer = (shared.answer.lock().unwrap())(&path);
    while let Answer::After(word, next) = answer {
        word.notified().await;
        answer = *next;
    }
    // A client that has read enough closes the connection.
    match answer {
        Answer::Octets(octets) => {
            let _ = stream.write_all(&octets).await;
            let _ = stream.shutdown().await;
        }
        Answer::Stuck(octets) => {
            let _ = stream.write_all(&octets).await;
            let _ = stream.read_u8().await;
        }
        Answer::Endless(head, octets) => {
            let _ = stream.write_all(&head).await;
            while stream.write_all(&octets).await.is_ok() {}
        }
        Answer::After(..) => {}
    }
}
