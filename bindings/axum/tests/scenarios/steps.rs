//! What the steps of keys and of sessions have in common.

use std::future::Future;
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::clock::Clocks;

/// A step may take no longer in real time.
const LONGEST_STEP: Duration = Duration::from_secs(10);

/// What an action has that needs no more words: `true`, and nothing else.
#[derive(Deserialize)]
#[serde(try_from = "bool")]
pub struct True;

impl TryFrom<bool> for True {
    type Error = &'static str;

    fn try_from(value: bool) -> Result<Self, &'static str> {
        if value { Ok(Self) } else { Err("only true makes sense") }
    }
}

/// Plays steps until one fails.
pub trait Player {
    /// What a step can do: an enum with the name of the action.
    type Action: DeserializeOwned;

    fn clocks(&self) -> &Clocks;

    /// Does it, and says what came otherwise than expected.
    fn act(
        &mut self,
        client: &str,
        action: Self::Action,
    ) -> impl Future<Output = Result<(), String>>;

    /// Whether nothing is under way but what is held.
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
        let done = done.unwrap_or_else(|_| Err(String::from("it takes too long")));
        done.map_err(|problem: String| format!("step {} {text}: {problem}", number + 1))?;
    }
    Ok(())
}

async fn play_step(player: &mut impl Player, mut step: Map<String, Value>) -> Result<(), String> {
    if let Some(at) = step.remove("at") {
        player.clocks().set(at.as_f64().ok_or("at is no number")?)?;
    }
    let client = match step.remove("client") {
        None => String::from("main"),
        Some(client) => client.as_str().ok_or("client is no string")?.to_owned(),
    };
    // Exactly one member is left, the action: of an enum serde takes no other map.
    let action = serde_json::from_value(Value::Object(step)).map_err(|error| error.to_string())?;
    player.act(&client, action).await
}

/// Three looks in a row, for what is between two states at one of them.
async fn settle(player: &impl Player) {
    let mut calm = 0;
    while calm < 3 {
        tokio::time::sleep(Duration::from_millis(2)).await;
        calm = if player.is_settled() { calm + 1 } else { 0 };
    }
}

/// Waits for what is bound to come, such as a request that was just caused.
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
