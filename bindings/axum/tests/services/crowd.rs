//! Many clients that ask over and over, and count the answers.

use std::collections::BTreeMap;

use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::common::soon;

pub(crate) struct Crowd {
    tokens: watch::Sender<Vec<String>>,
    answers: watch::Sender<Answers>,
    clients: JoinSet<()>,
}

/// How often there was which status; 0 where there was no answer.
pub(crate) type Answers = BTreeMap<u16, u64>;

impl Crowd {
    /// Clients who begin at once to `GET` this with this token.
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

    /// From now on each client takes this token too, in turn with the others.
    pub(crate) fn take_along(&self, token: &str) {
        self.tokens.send_modify(|tokens| tokens.push(token.to_owned()));
    }

    /// Waits for so many more answers.
    pub(crate) async fn have_asked(&self, times: u64) {
        let mut answers = self.answers.subscribe();
        let before = total(&answers.borrow());
        soon(answers.wait_for(|answers| total(answers) >= before + times)).await.unwrap();
    }

    /// Ends it when every request that was made has its answer.
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
        // The crowd has dispersed.
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
