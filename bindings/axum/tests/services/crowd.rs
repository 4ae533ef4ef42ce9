//! Many clients that send requests continuously, and count the responses.

use std::collections::BTreeMap;

use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::common::soon;

pub(crate) struct Crowd {
    tokens: watch::Sender<Vec<String>>,
    answers: watch::Sender<Answers>,
    clients: JoinSet<()>,
}

/// The number of responses with each status; 0 stands for no response.
pub(crate) type Answers = BTreeMap<u16, u64>;

impl Crowd {
    /// Starts clients that send `GET` requests to this URL with this token.
    pub(crate) fn gather(http: &reqwest::Client, url: &str, count: usize, token: &str) -> Self {
        let tokens = watch::Sender::new(vec![token.to_owned()]);
        let answers = watch::Sender::new(Answers::new());
        let mut clients = JoinSet::new();
        for _ in 0..count {
            let request = http.get(url);
            clients.spawn(ask(request, tokens.subscribe(), answers.clone()));
        }
        Self { tokens, answers, clients }
    }

    /// From now on each client alternates between this token and the others.
    pub(crate) fn take_along(&self, token: &str) {
        self.tokens.send_modify(|tokens| tokens.push(token.to_owned()));
    }

    /// Waits for this many additional responses.
    pub(crate) async fn have_asked(&self, times: u64) {
        let mut answers = self.answers.subscribe();
        let before = total(&answers.borrow());
        soon(answers.wait_for(|answers| total(answers) >= before + times)).await.unwrap();
    }

    /// Stops when every request has its response.
    pub(crate) async fn disperse(self) -> Answers {
        let Self { tokens, answers, clients } = self;
        drop(tokens);
        soon(clients.join_all()).await;
        answers.send_replace(Answers::new())
    }
}

async fn ask(
    request: reqwest::RequestBuilder,
    tokens: watch::Receiver<Vec<String>>,
    answers: watch::Sender<Answers>,
) {
    for turn in 0.. {
        // All clients have stopped.
        if tokens.has_changed().is_err() {
            return;
        }
        let token = {
            let tokens = tokens.borrow();
            tokens[turn % tokens.len()].clone()
        };
        let sent = request.try_clone().unwrap().bearer_auth(token).send();
        let status = match soon(sent).await {
            Ok(answer) => answer.status().as_u16(),
            Err(_) => 0,
        };
        answers.send_modify(|answers| *answers.entry(status).or_default() += 1);
    }
}

fn total(answers: &Answers) -> u64 {
    answers.values().sum()
}
