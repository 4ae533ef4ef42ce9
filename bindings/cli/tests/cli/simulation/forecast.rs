//! What `verijot rehearse` predicts.

use super::*;

/// When tokens of the key are refused according to the forecast, without the end.
pub(super) fn spans(forecast: &Value, key: Key, role: &str, verifiers: &[&str]) -> Vec<(i64, i64)> {
    let findings = forecast["findings"].as_array().unwrap().iter();
    let own = findings.filter(|finding| {
        finding["effect"] == "refused"
            && finding["kid"] == json!(key.kid())
            && finding["role"] == role
            && verifiers.iter().any(|name| finding["verifiers"] == *name)
    });
    let span = |finding: &Value| {
        (finding["from"].as_i64().unwrap(), finding["until"].as_i64().unwrap_or(i64::MAX))
    };
    own.map(span).collect()
}

pub(super) fn life(forecast: &Value, key: Key, role: &str) -> Value {
    let keys = forecast["keys"].as_array().unwrap().iter();
    let mut own = keys.filter(|row| row["kid"] == json!(key.kid()) && row["role"] == role);
    own.next().cloned().unwrap()
}

pub(super) fn within(spans: &[(i64, i64)], now: i64) -> bool {
    spans.iter().any(|(from, until)| (*from..*until).contains(&now))
}
