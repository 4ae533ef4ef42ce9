//! Invariants of every answer, for any input.

use std::fmt::Debug;

use verijot::keys::KeyProblem;
use verijot::{Error, JwkSet, Key, PolicyError, Verified};

use crate::oracle::base64url;
use crate::oracle::json::Json;

/// A word in claims that nothing the core says may repeat.
pub const SECRET: &str = "s3cret-value";

/// A problem of a document is documented, fits on a line of a log, and names no place in text that is no
/// JSON.
pub fn of_policy_error(error: &PolicyError, document: &[u8]) {
    let message = error.to_string();
    assert!(message.starts_with("invalid_policy: ") && !error.problem().is_empty(), "{message}");
    assert!(message.bytes().all(|octet| !octet.is_ascii_control()), "{message:?}");
    // A duplicate name is reported before later errors.
    let is_read = error.member().is_some() && !error.problem().starts_with("occurs twice");
    assert!(!is_read || Json::parse(document).is_ok(), "{message}: a place in no JSON");
}

/// An error is documented, has an HTTP status and does not contain the token.
pub fn of_error(error: &Error, token: &[u8]) {
    assert!(Error::CODES.contains(&error.code()), "{error:?}");
    let message = error.to_string();
    assert!(message.starts_with(&format!("{}: ", error.code())), "{message}");
    assert!(message.len() > error.code().len() + 3, "nothing said: {message}");
    let status = match error.code() {
        "insufficient_scope" => 403,
        "keys_unavailable" | "revocation_unavailable" | "replay_unavailable" => 503,
        _ => 401,
    };
    assert_eq!(error.http_status(), status);
    assert_eq!(error.retry_after().is_some(), status == 503);
    let challenge = error.www_authenticate(Some("a\"\\\u{e9}\nb"));
    assert_eq!(challenge.is_none(), status == 503);
    if let Some(challenge) = challenge {
        assert!(challenge.bytes().all(|octet| (b' '..=b'~').contains(&octet)), "{challenge:?}");
        assert_eq!(challenge.matches('"').count() % 2, 0, "{challenge}");
    }
    let parts = [error.expected(), error.actual(), error.claim().map(String::from)];
    for part in parts.into_iter().flatten().chain([error.message(), error.code().to_owned()]) {
        is_free_of(&part, token);
    }
    is_free_of(&message, token);
    is_free_of(&format!("{error:?}"), token);
}

/// The debug output of a verified token does not contain the token.
pub fn of_verified(verified: &Verified, token: &[u8]) {
    is_free_of(&format!("{verified:?}"), token);
    assert_eq!(std::str::from_utf8(verified.payload()).expect("text"), verified.payload_json());
    for scope in verified.scopes() {
        assert!(verified.has_scope(&scope));
    }
}

/// A set's keys are either used or skipped with a documented reason, and are not shown.
pub fn of_keys(keys: &JwkSet, text: &[u8]) {
    let (usable, skipped) = (keys.keys(), keys.skipped());
    assert!(skipped.is_sorted_by(|one, other| one.index() < other.index()));
    for key in usable {
        assert!(!key.algorithms().is_empty());
        assert!(key.id().is_none_or(|id| keys.knows_id(id)));
        let shown = format!("{key} {key:?}", key = Shown(key));
        assert!(shown.len() < 2000 + 8 * key.id().unwrap_or_default().len(), "{shown}");
    }
    for key in skipped {
        assert!(KeyProblem::ALL.contains(&key.reason().problem()));
        assert!(!key.reason().detail().is_empty());
        assert!(key.id().is_none_or(|id| keys.knows_id(id)));
    }
    let shown = format!("{keys:?}");
    let Ok(set) = Json::parse(text) else { return };
    let written = set.member("keys").and_then(Json::elements);
    // The same key twice counts as one key.
    assert!(usable.len() + skipped.len() <= written.map_or(1, <[_]>::len));
    assert!(skipped.iter().all(|key| key.index() < written.map_or(1, <[_]>::len)));
    for key in written.unwrap_or_default() {
        let text = |name| key.member(name).and_then(Json::text).unwrap_or_default();
        let names = skipped.iter().flat_map(|key| [key.id(), key.key_type()]);
        let names = names.chain(usable.iter().map(Key::id)).flatten().collect::<Vec<_>>();
        for number in ["k", "d", "n", "x", "y"].map(text) {
            let named = names.iter().any(|name| name.contains(number));
            assert!(number.len() < 20 || named || !shown.contains(number), "shows a key: {shown}");
        }
    }
}

struct Shown<'k>(&'k Key);

impl std::fmt::Display for Shown<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}", self.0.kind())
    }
}

impl Debug for Shown<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(formatter)
    }
}

/// What the core says about a token whose claims contain [`SECRET`].
pub fn hides_claims(said: &str, token: &[u8]) {
    assert!(!said.contains(SECRET), "shows a claim: {said}");
    is_free_of(said, token);
}

/// `text` repeats neither the payload nor the signature of a token, unless the header says the
/// same, which may be shown.
fn is_free_of(text: &str, token: &[u8]) {
    let mut segments = token.split(|octet| *octet == b'.');
    let header = segments.next().and_then(base64url::decode).unwrap_or_default();
    let header = String::from_utf8_lossy(&header);
    // Words of a message, which an input can also contain, are not segments.
    let is_segment = |segment: &&[u8]| {
        segment.len() >= 40 && segment.iter().all(|octet| !b" .,:".contains(octet))
    };
    for segment in segments.filter(is_segment) {
        let Ok(segment) = std::str::from_utf8(segment) else { continue };
        assert!(!text.contains(segment) || header.contains(segment), "shows the token: {text}");
    }
}
