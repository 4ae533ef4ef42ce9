//! The HTTP server of one scenario, on loopback: an issuer, a token endpoint or a service that
//! sends scripted answers and misbehaves on command.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

pub struct Server {
    /// Without a trailing slash.
    pub origin: String,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

struct Shared {
    answer: Answering,
    requests: Mutex<Vec<Request>>,
    held: AtomicUsize,
    releases: watch::Sender<u64>,
}

type Answering = Box<dyn Fn(&Request) -> Answer + Send + Sync>;

#[derive(Clone)]
pub struct Request {
    pub path: String,
    /// With names in lower case.
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

/// The members of an answer in every kind of scenario.
#[derive(Clone, Default)]
pub struct Answer {
    pub status: u16,
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
    pub fault: Option<Fault>,
    pub hold: bool,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// No answer, on an open connection.
    Silence,
    /// Half of the body, then the end of the connection.
    Half,
    /// Closes the connection instead of answering.
    Reset,
    /// The same, for a request that is not counted.
    Refuse,
    /// An endless body.
    Endless,
}

impl Answer {
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, body: body.into(), ..Self::default() }
    }

    pub fn json(body: &serde_json::Value) -> Self {
        let mut answer = Self::new(200, body.to_string());
        answer.headers.insert("Content-Type".into(), "application/json".into());
        answer
    }
}

/// The members `body` and `body_base64` of a scripted answer.
pub fn body(text: Option<&String>, base64: Option<&String>) -> Result<Option<Vec<u8>>, String> {
    match (text, base64) {
        (Some(text), None) => Ok(Some(text.clone().into_bytes())),
        (None, Some(text)) => {
            BASE64_STANDARD.decode(text).map(Some).map_err(|error| error.to_string())
        }
        (None, None) => Ok(None),
        (Some(_), Some(_)) => Err(String::from("two bodies")),
    }
}

impl Server {
    pub async fn start(
        answer: impl Fn(&Request) -> Answer + Send + Sync + 'static,
    ) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let origin = format!("http://{}", listener.local_addr()?);
        let shared = Arc::new(Shared {
            answer: Box::new(answer),
            requests: Mutex::default(),
            held: AtomicUsize::new(0),
            releases: watch::Sender::new(0),
        });
        let task = tokio::spawn(serve(listener, Arc::clone(&shared)));
        Ok(Self { origin, shared, task })
    }

    pub fn requests(&self) -> Vec<Request> {
        self.shared.requests.lock().unwrap().clone()
    }

    pub fn count(&self, is_one: impl Fn(&Request) -> bool) -> usize {
        self.shared.requests.lock().unwrap().iter().filter(|request| is_one(request)).count()
    }

    /// Requests whose answer is held, and whose client still waits for it.
    pub fn held(&self) -> usize {
        self.shared.held.load(Ordering::SeqCst)
    }

    pub fn release(&self) {
        self.shared.releases.send_modify(|releases| *releases += 1);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    // Connections end with the server.
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        connections.spawn(connection(stream, Arc::clone(&shared)));
    }
}

/// Ends when the client closes the connection.
async fn connection(mut stream: TcpStream, shared: Arc<Shared>) -> Option<()> {
    let request = read(&mut stream).await?;
    let mut releases = shared.releases.subscribe();
    releases.mark_unchanged();
    let answer = (shared.answer)(&request);
    if answer.fault == Some(Fault::Refuse) {
        return None;
    }
    if answer.hold {
        shared.held.fetch_add(1, Ordering::SeqCst);
    }
    shared.requests.lock().unwrap().push(request);
    if answer.hold {
        let is_released = tokio::select! {
            released = releases.changed() => released.is_ok(),
            _ = stream.read_u8() => false,
        };
        shared.held.fetch_sub(1, Ordering::SeqCst);
        is_released.then_some(())?;
    }
    write(&mut stream, answer).await
}

async fn read(stream: &mut TcpStream) -> Option<Request> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).ok()?;
    let path = head.split(' ').nth(1)?.split('?').next()?.to_owned();
    let headers = head
        .lines()
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect::<BTreeMap<_, _>>();
    let length = headers.get("content-length").and_then(|length| length.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).await.ok()?;
    Some(Request { path, headers, body: String::from_utf8(body).ok()? })
}

async fn write(stream: &mut TcpStream, answer: Answer) -> Option<()> {
    let mut head = format!("HTTP/1.1 {} Scripted\r\nConnection: close\r\n", answer.status);
    for (name, value) in &answer.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    match answer.fault {
        Some(Fault::Silence) => {
            stream.read_u8().await.ok()?;
        }
        Some(Fault::Reset | Fault::Refuse) => {}
        Some(Fault::Endless) => {
            let chunk = format!("2000\r\n{}\r\n", " ".repeat(0x2000));
            head.push_str("Transfer-Encoding: chunked\r\n\r\n");
            stream.write_all(head.as_bytes()).await.ok()?;
            loop {
                stream.write_all(chunk.as_bytes()).await.ok()?;
            }
        }
        None | Some(Fault::Half) => {
            // RFC 9110 §8.6: these have neither a body nor its length.
            if !matches!(answer.status, 204 | 304) {
                head.push_str(&format!("Content-Length: {}\r\n", answer.body.len()));
            }
            let sent =
                if answer.fault.is_some() { answer.body.len() / 2 } else { answer.body.len() };
            stream.write_all(format!("{head}\r\n").as_bytes()).await.ok()?;
            stream.write_all(&answer.body[..sent]).await.ok()?;
            stream.shutdown().await.ok()?;
        }
    }
    Some(())
}
