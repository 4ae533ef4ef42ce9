//! What the steps of keys and of sessions have in common.

use std::future::Future;
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::clock::Clocks;

/// The maximum real time of a step.
const LONGEST_STEP: Duration = Duration::from_secs(10);

/// The value of an action without parameters: only `true`.
#[derive(Deserialize)]
#[serde(try_from = "bool")]
pub struct True;

impl TryFrom<bool> for True {
    type Error = &'static str;

    fn try_from(value: bool) -> Result<Self, &'static str> {
        if value { Ok(Self) } else { Err("must be true") }
    }
}

/// Runs steps until one fails.
pub trait Player {
    /// The actions of a step: an enum with the name of each action.
    type Action: DeserializeOwned;

    fn clocks(&self) -> &Clocks;

    /// Runs the action, and returns the difference from the expectation.
    fn act(
        &mut self,
        client: &str,
        action: Self::Action,
    ) -> impl Future<Output = Result<(), String>>;

    /// Whether nothing is running except what is held.
    fn is_settled(&self) -> bool;
}

pub async fn play(player: &mut impl Player, steps: Vec<Map<String, Value>>) -> Result<(), String> {
    for (number, step) in steps.into_iter().enumerate() {
        let text = Value::Object(step.clone()).to_string();
        let done = async {
            play_step(player, step).await?;
            settle(player).await;
            Ok(())
        };
        let done = tokio::time::timeout(LONGEST_STEP, done).await;
        let done = done.unwrap_or_else(|_| Err(String::from("timed out")));
        done.map_err(|problem: String| format!("step {} {text}: {problem}", number + 1))?;
    }
    Ok(())
}

async fn play_step(player: &mut impl Player, mut step: Map<String, Value>) -> Result<(), String> {
    if let Some(at) = step.remove("at") {
        player.clocks().set(at.as_f64().ok_or("at is not a number")?)?;
    }
    let client = match step.remove("client") {
        None => String::from("main"),
        Some(client) => client.as_str().ok_or("client is not a string")?.to_owned(),
    };
    // Exactly one member remains, the action: for an enum, serde accepts no other map.
    let action = serde_json::from_value(Value::Object(step)).map_err(|error| error.to_string())?;
    player.act(&client, action).await
}

/// Checks three times in a row, because the state can be in transition during one check.
async fn settle(player: &impl Player) {
    let mut calm = 0;
    while calm < 3 {
        tokio::time::sleep(Duration::from_millis(2)).await;
        calm = if player.is_settled() { calm + 1 } else { 0 };
    }
}

/// Waits for something that is about to happen, such as a request that was just caused.
pub async fn eventually<T: PartialEq + std::fmt::Debug>(
    what: &str,
    expected: &T,
    actual: impl Fn() -> T,
) -> Result<(), String> {
    for _ in 0..500 {
        if actual() == *expected {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    Err(format!("{what}: {:?} instead of {expected:?}", actual()))
}
