//! What guards decide: demands, where the token is, the whole answer.

use std::sync::Arc;

use verijot::Error;
use verijot::request::{
    Answer, Demand, DemandError, GuardRules, TokenPlace, resource_metadata_url,
};

use crate::answer::{self, Status};
use crate::json::Object;
use crate::memory::Octets;
use crate::numbers::time;
use crate::options::{Known, Options, entries};
use crate::problem::{
    Problem, invalid_argument, malformed_list, no_time, unknown_object, unusable,
};
use crate::refusal::refused;
use crate::table::{Kind, Table};

static GUARDS: Table<Arc<GuardRules>> = Table::new(Kind::Guard);

/// A guard. The numbers are that of the guard, and for how many seconds a verified token stands for all guards
/// of its request; the text is the name of the header to read, in lower case.
///
/// The rules are options: `demand` (the document of a demand), one of `header` and `cookie` (a name),
/// `optional` (`1`), `realm`, `resource_metadata` (a URL); each can be left out. `Unusable` has the code
/// `invalid_demand`, also for two places and for a second, other value of an option, or
/// `invalid_argument`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn verijot_guard(rules: *const u8, rules_length: usize) -> u32 {
    // SAFETY: the octets are as the crate demands of a caller.
    let rules = Options::read(unsafe { Octets::borrow(&rules, rules_length) });
    let Some(rules) = rules else { return malformed_list() };
    if let Some(problem) = rules.problem(&RULES) {
        return invalid_argument(problem);
    }
    if let Some(problem) = contradiction(&rules) {
        return unusable(&Problem::with_code(DemandError::CODE, problem));
    }
    match guard_rules(&rules) {
        Ok(rules) => {
            let header = rules.place().header_name().to_owned();
            let number = f64::from(GUARDS.add(Arc::new(rules)));
            let shared_for = GuardRules::SHARED_FOR.as_secs_f64();
            answer::text_and_numbers(Status::Done, header, [number, shared_for])
        }
        Err(error) => unusable(&Problem::from(error)),
    }
}

/// Drops a guard; nothing happens if it is dropped already.
#[unsafe(no_mangle)]
pub extern "C" fn verijot_guard_drop(guard: u32) {
    GUARDS.take(guard);
}

/// The token of a request, as text: `Done`; `Nothing` if it has none and needs none; `Refused`.
///
/// `values` are entries, the values of every line of the header.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn verijot_guard_token(
    guard: u32,
    values: *const u8,
    values_length: usize,
) -> u32 {
    let Some(rules) = GUARDS.get(guard) else { return unknown_object() };
    // SAFETY: the octets are as the crate demands of a caller.
    let values = unsafe { Octets::borrow(&values, values_length) }.read();
    let Some(values) = entries(values) else { return malformed_list() };
    match rules.token(values) {
        Ok(Some(token)) => answer::text(Status::Done, token),
        Ok(None) => answer::nothing(),
        Err(error) => refused(error),
    }
}

/// Whether a verified token's payload grants what the guard demands: `Done` or `Refused`. The time is
/// that by which it was verified.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn verijot_guard_check(
    guard: u32,
    payload: *const u8,
    payload_length: usize,
    now: f64,
    now_nanoseconds: u32,
) -> u32 {
    let Some(rules) = GUARDS.get(guard) else { return unknown_object() };
    // SAFETY: the octets are as the crate demands of a caller.
    let payload = unsafe { Octets::borrow(&payload, payload_length) }.text();
    let Some(now) = time(now, now_nanoseconds) else { return no_time() };
    match rules.demand().check_payload(&payload, now) {
        Ok(()) => answer::done(),
        Err(error) => refused(error),
    }
}

/// The whole answer to a request that is refused, as JSON: `status`, `headers` (an object), `body`,
/// `websocket_close_code`. The refusal is options: its `code`, `status`, `challenge`, `retry_after` in whole
/// seconds. Ends with `Done`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn verijot_guard_answer(
    guard: u32,
    refusal: *const u8,
    refusal_length: usize,
) -> u32 {
    let Some(rules) = GUARDS.get(guard) else { return unknown_object() };
    // SAFETY: the octets are as the crate demands of a caller.
    let refusal = Options::read(unsafe { Octets::borrow(&refusal, refusal_length) });
    let Some(refusal) = refusal else { return malformed_list() };
    let answer = Answer::restored(
        refusal.text("code").unwrap_or_default(),
        refusal.number("status").and_then(|status| u16::try_from(status).ok()).unwrap_or_default(),
        refusal.text("challenge"),
        refusal.number("retry_after"),
        &rules,
    );
    let headers =
        answer.headers().fold(Object::new(), |object, (name, value)| object.text(name, value));
    let object = Object::new()
        .number("status", answer.status())
        .raw("headers", &headers.end())
        .text("body", answer.body())
        .number("websocket_close_code", answer.websocket_close_code());
    answer::text(Status::Done, object.end())
}

/// The URL of the metadata of a protected resource, as text (RFC 9728 §3.1). `Done`, or `Unusable` with
/// the code `invalid_demand`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn verijot_resource_metadata_url(
    resource: *const u8,
    resource_length: usize,
) -> u32 {
    // SAFETY: the octets are as the crate demands of a caller.
    let resource = unsafe { Octets::borrow(&resource, resource_length) }.text();
    match resource_metadata_url(&resource) {
        Ok(url) => answer::text(Status::Done, url),
        Err(error) => unusable(&Problem::from(error)),
    }
}

/// A refusal for what the host has found out itself: `cause` is 0 for `missing_token`, 1 `revoked`,
/// 2 `revocation_unavailable`, 3 `keys_unavailable`, 4 `missing_claim`, 5 `invalid_claim`, 6 `replayed`,
/// 7 `replay_unavailable`; `claim` is that of 4 and 5, `retry_after` in seconds for 2, 3 and 7, not a
/// number for none. Always `Refused`; another cause counts as 2.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn verijot_refusal(
    cause: u32,
    claim: *const u8,
    claim_length: usize,
    retry_after: f64,
) -> u32 {
    // SAFETY: the octets are as the crate demands of a caller.
    let claim = unsafe { Octets::borrow(&claim, claim_length) }.text().into_owned();
    let retry_after = (!retry_after.is_nan()).then(|| crate::numbers::span(retry_after));
    refused(match cause {
        0 => Error::MissingToken,
        1 => Error::Revoked,
        3 => Error::KeysUnavailable { retry_after },
        4 => Error::MissingClaim { claim },
        5 => Error::InvalidClaim { claim, expected: "of the type that the caller asked for" },
        6 => Error::Replayed,
        7 => Error::ReplayUnavailable { retry_after },
        _ => Error::RevocationUnavailable { retry_after },
    })
}

/// What the options say in two ways, of which only one would count.
fn contradiction(rules: &Options<'_>) -> Option<String> {
    if let Some(name) = RULES.texts.iter().find(|name| rules.has_two_values(name)) {
        return Some(format!("{name} has two values; leave one out"));
    }
    let has_two_places = rules.text("header").is_some() && rules.text("cookie").is_some();
    has_two_places
        .then(|| "the token has two places, a header and a cookie; leave one out".to_owned())
}

fn guard_rules(rules: &Options<'_>) -> Result<GuardRules, DemandError> {
    let demand = match rules.text("demand") {
        Some(document) => Demand::from_json(document)?,
        None => Demand::good_token(),
    };
    let place = match (rules.text("header"), rules.text("cookie")) {
        (_, Some(cookie)) => TokenPlace::cookie(cookie)?,
        (Some(header), None) => TokenPlace::header(header)?,
        (None, None) => TokenPlace::authorization(),
    };
    let mut guard = GuardRules::new(demand).at(place);
    if let Some(realm) = rules.text("realm") {
        guard = guard.with_realm(realm);
    }
    if let Some(url) = rules.text("resource_metadata") {
        guard = guard.with_resource_metadata(url)?;
    }
    if rules.is("optional") { guard.optional() } else { Ok(guard) }
}

const RULES: Known<'_> = Known {
    switches: &["optional"],
    counts: &[],
    spans: &[],
    texts: &["demand", "header", "cookie", "realm", "resource_metadata"],
};
