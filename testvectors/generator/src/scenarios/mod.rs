//! Creates `testvectors/scenarios/`: behaviour over time, and whole answers, as data.
//!
//! One file of this module per theme; `scenario` has the vocabulary, `fixtures` the keys and
//! tokens.

mod fixtures;
mod guard;
mod guards_answers;
mod guards_challenges;
mod guards_demands;
mod guards_places;
mod gzip;
mod keys_answers;
mod keys_control;
mod keys_deployments;
mod keys_discovery;
mod keys_lifetimes;
mod keys_numbers;
mod keys_races;
mod keys_sources;
mod keys_unknown;
mod scenario;
mod sessions_life;
mod sessions_refusals;
mod sessions_trouble;

use serde_json::{Value, json};

use crate::File;
use scenario::Scenario;

/// A file of scenarios: its kind, its theme, and the function that creates it.
struct Theme {
    kind: &'static str,
    name: &'static str,
    scenarios: fn() -> Vec<Scenario>,
}

const THEMES: [Theme; 16] = [
    Theme { kind: "keys", name: "lifetimes", scenarios: keys_lifetimes::scenarios },
    Theme { kind: "keys", name: "deployments", scenarios: keys_deployments::scenarios },
    Theme { kind: "keys", name: "races", scenarios: keys_races::scenarios },
    Theme { kind: "keys", name: "unknown", scenarios: keys_unknown::scenarios },
    Theme { kind: "keys", name: "control", scenarios: keys_control::scenarios },
    Theme { kind: "keys", name: "discovery", scenarios: keys_discovery::scenarios },
    Theme { kind: "keys", name: "answers", scenarios: keys_answers::scenarios },
    Theme { kind: "keys", name: "numbers", scenarios: keys_numbers::scenarios },
    Theme { kind: "keys", name: "sources", scenarios: keys_sources::scenarios },
    Theme { kind: "guards", name: "demands", scenarios: guards_demands::scenarios },
    Theme { kind: "guards", name: "places", scenarios: guards_places::scenarios },
    Theme { kind: "guards", name: "answers", scenarios: guards_answers::scenarios },
    Theme { kind: "guards", name: "challenges", scenarios: guards_challenges::scenarios },
    Theme { kind: "sessions", name: "life", scenarios: sessions_life::scenarios },
    Theme { kind: "sessions", name: "refusals", scenarios: sessions_refusals::scenarios },
    Theme { kind: "sessions", name: "trouble", scenarios: sessions_trouble::scenarios },
];

/// Every file of scenarios, by its path inside `testvectors/`.
pub fn files() -> Vec<File> {
    THEMES.iter().map(file).collect()
}

/// One scenario per line, so that a diff shows which one changed.
fn file(theme: &Theme) -> File {
    let fixtures = match theme.kind {
        "keys" => fixtures::keys(),
        "guards" => fixtures::guards(),
        _ => json!({}),
    };
    let lines: Vec<String> = (theme.scenarios)()
        .into_iter()
        .map(|scenario| Value::Object(scenario.finish()).to_string())
        .collect();
    let text = format!(
        "{{\n\"schema\": \"verijot-scenarios-v1\",\n\"kind\": \"{}\",\n\"fixtures\": {},\n\
         \"scenarios\": [\n{}\n]\n}}\n",
        theme.kind,
        fixtures,
        lines.join(",\n")
    );
    File { name: format!("scenarios/{}-{}.json", theme.kind, theme.name), text }
}
