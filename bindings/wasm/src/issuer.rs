//! An issuer's keys over time: the core's cache, and where the host fetches from.

use std::sync::Arc;
use std::time::Duration;

use verijot::issuer::{JwksCache, KeyLocation, Resolution, Ticket};
use verijot::{Error, Excerpt, JwkSet, Policy};

use crate::answer::{self, Status};
use crate::health;
use crate::issuer_options;
use crate::json::Object;
use crate::keys::{KEYS, adjusted};
use crate::memory::Octets;
use crate::numbers::{now, seconds, span};
use crate::options::Options;
use crate::problem::{Problem, malformed_list, unknown_object, unusable};
use crate::provider::provider;
use crate::refusal::{refused, repeated, with_last};
use crate::table::{Kind, Table};
use crate::verification::too_large;
use crate::verifier;

/// One issuer.
pub(crate) struct Issuer {
    pub(crate) cache: JwksCache,
    pub(crate) location: KeyLocation,
    pub(crate) max_octets: usize,
    /// What the host said of the latest fetch that brought no answer.
    pub(crate) problem: Option<String>,
    /// The latest fetches that have not begun, under the numbers that the host knows.
    tickets: Vec<(u32, Ticket)>,
    issued: u32,
    /// The latest sets, the newest last, under the numbers that the host knows.
    published: Vec<(Arc<JwkSet>, u32)>,
}

pub(crate) static ISSUERS: Table<Issuer> = Table::new(Kind::Issuer);

/// An issuer without keys yet, whose key sets are read by a verifier's policy. The number is that of the
/// issuer; the text is where its keys come from.
///
/// The options are either `url`, that of the keys, or `issuer`, whose metadata says where they are; the
/// others can be left out: `discovery_only`, `plain_http`, `stale_despite_headers`, `empty_set_revokes`
/// (`1`), `allowed_host` as often as there are hosts (once and empty for none), those of key sets (`verijot_keys`), which override
/// the policy's, and in decimal seconds `fresh_for`, `shortest_fresh`, `longest_fresh`, `revalidate_for`, `stale_for`, `unknown_window`,
/// `shortest_rest`, `longest_rest`, `fetch_timeout`. `Unusable` has the code `invalid_key_source`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn verijot_issuer(
    verifier: u32,
    options: *const u8,
    options_length: usize,
) -> u32 {
    let Some(verifier) = verifier::any(verifier) else { return unknown_object() };
    // SAFETY: the octets are as the crate demands of a caller.
    let options = Options::read(unsafe { Octets::borrow(&options, options_length) });
    let Some(options) = options else { return malformed_list() };
    match Issuer::new(&verifier.policy(), &options) {
        Ok(issuer) => {
            let place = issuer.location.to_string();
            let number = f64::from(ISSUERS.add(issuer));
            answer::text_and_numbers(Status::Done, place, [number])
        }
        Err(problem) => unusable(&problem),
    }
}

/// Drops an issuer and its keys; nothing happens if it is dropped already.
#[unsafe(no_mangle)]
pub extern "C" fn verijot_issuer_drop(issuer: u32) {
    if let Some(issuer) = ISSUERS.take(issuer) {
        for (_, keys) in issuer.published {
            KEYS.take(keys);
        }
    }
}

/// The keys that any token can be verified with now without asking further, for most tokens: `Done` with
/// their number, otherwise `Nothing`.
#[unsafe(no_mangle)]
pub extern "C" fn verijot_issuer_present_keys(
    issuer: u32,
    monotonic: f64,
    wall: f64,
    wall_nanoseconds: u32,
) -> u32 {
    let now = now(monotonic, wall, wall_nanoseconds);
    let keys = ISSUERS.with(issuer, |issuer| {
        let (keys, until) = issuer.cache.current_keys()?;
        if until.has_passed(now) {
            return None;
        }
        let keys = Arc::clone(keys);
        Some(issuer.publish(&keys))
    });
    match keys {
        None => unknown_object(),
        Some(None) => answer::nothing(),
        Some(Some(keys)) => answer::numbers(Status::Done, [f64::from(keys), 0.0]),
    }
}

/// The keys for a token or, where its address is null, any keys. Ends with
/// - `Done`: the numbers are the keys' and that of a fetch to start without waiting for it, 0 for none;
/// - `Fetch`: start a fetch and wait for its end; the numbers are the fetch's and how many seconds to
///   wait at most. Then call again with the same `asked`;
/// - `Wait`: wait for the end of the fetch under way, as many seconds at most as the number says;
/// - `Refused`.
///
/// `asked` is what the monotonic clock said when the token came. The keys are the issuer's: they are not
/// dropped by the host, and stay until the set after the next is there. If another thread has them replaced
/// that often meanwhile, so that the number is unknown, ask again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn verijot_issuer_keys(
    issuer: u32,
    verifier: u32,
    token: *const u8,
    token_length: usize,
    asked: f64,
    monotonic: f64,
    wall: f64,
    wall_nanoseconds: u32,
) -> u32 {
    let now = now(monotonic, wall, wall_nanoseconds);
    // SAFETY: the octets are as the crate demands of a caller.
    let token = unsafe { Octets::borrow_up_to(&token, token_length, longest(verifier)) };
    let kid = match key_id(verifier, token) {
        Ok(kid) => kid,
        Err(end) => return end,
    };
    let kid = kid.as_deref();
    with_issuer(issuer, |issuer| {
        let resolution = issuer.cache.resolve(kid, span(asked), now);
        issuer.take_up(resolution, kid)
    })
}

/// What to do about a refusal that other keys might turn, right after it. `refusal` is its number, `keys`
/// that of the keys. Ends as [`verijot_issuer_keys`] does; with `Done` verify again; with `Refused` the
/// refusal stands.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn verijot_issuer_reconsider(
    issuer: u32,
    refusal: u32,
    keys: u32,
    verifier: u32,
    token: *const u8,
    token_length: usize,
    asked: f64,
    monotonic: f64,
    wall: f64,
    wall_nanoseconds: u32,
) -> u32 {
    let now = now(monotonic, wall, wall_nanoseconds);
    // SAFETY: the octets are as the crate demands of a caller.
    let token = unsafe { Octets::borrow_up_to(&token, token_length, longest(verifier)) };
    let kid = match key_id(verifier, token) {
        Ok(kid) => kid,
        Err(end) => return end,
    };
    let kid = kid.as_deref();
    let next = ISSUERS.with(issuer, |issuer| {
        let Some(keys) = issuer.core_of(keys) else {
            // They were replaced long ago.
            let resolution = issuer.cache.resolve(kid, span(asked), now);
            return Some(issuer.take_up(resolution, kid));
        };
        let again = with_last(refusal, |error| {
            issuer.cache.reconsider(error, &keys, kid, span(asked), now)
        });
        again.flatten().map(|resolution| issuer.take_up(resolution, kid))
    });
    match next {
        None => unknown_object(),
        Some(None | Some(Next::Refuse(_))) => repeated(),
        Some(Some(next)) => next.end(),
    }
}

/// What to do so that the issuer's present keys are there; ends as [`verijot_issuer_keys`] does.
#[unsafe(no_mangle)]
pub extern "C" fn verijot_issuer_refresh_now(
    issuer: u32,
    asked: f64,
    monotonic: f64,
    wall: f64,
    wall_nanoseconds: u32,
) -> u32 {
    let now = now(monotonic, wall, wall_nanoseconds);
    with_issuer(issuer, |issuer| {
        let resolution = issuer.cache.refresh_now(span(asked), now);
        issuer.take_up(resolution, None)
    })
}

/// The keys that are held, fresh or stale: `Done` with their number, or `Nothing`.
#[unsafe(no_mangle)]
pub extern "C" fn verijot_issuer_held_keys(issuer: u32) -> u32 {
    let keys = ISSUERS.with(issuer, |issuer| {
        let keys = issuer.cache.current_keys().map(|(keys, _)| Arc::clone(keys))?;
        Some(issuer.publish(&keys))
    });
    match keys {
        None => unknown_object(),
        Some(None) => answer::nothing(),
        Some(Some(keys)) => answer::numbers(Status::Done, [f64::from(keys)]),
    }
}

/// Withdraws every key with this `kid`, now and in all sets that come later. Ends with `Done`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn verijot_issuer_purge(
    issuer: u32,
    kid: *const u8,
    kid_length: usize,
) -> u32 {
    // SAFETY: the octets are as the crate demands of a caller.
    let kid = unsafe { Octets::borrow(&kid, kid_length) }.text();
    let purged = ISSUERS.with(issuer, |issuer| issuer.cache.purge(kid));
    purged.map_or_else(unknown_object, |()| answer::done())
}

/// Takes back a withdrawal: `Done`, or `Nothing` if the `kid` was not withdrawn.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn verijot_issuer_restore(
    issuer: u32,
    kid: *const u8,
    kid_length: usize,
) -> u32 {
    // SAFETY: the octets are as the crate demands of a caller.
    let kid = unsafe { Octets::borrow(&kid, kid_length) }.text();
    match ISSUERS.with(issuer, |issuer| issuer.cache.restore(&kid)) {
        None => unknown_object(),
        Some(true) => answer::done(),
        Some(false) => answer::nothing(),
    }
}

/// Takes over a set that the issuer gave `age` seconds ago. Nothing happens if newer keys are held.
/// `sha256`, the set's hash in hexadecimal digits, can be null. `Done`, or `Unusable` with the core's code
/// if the set cannot be read or has another hash.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn verijot_issuer_seed(
    issuer: u32,
    jwks: *const u8,
    jwks_length: usize,
    sha256: *const u8,
    sha256_length: usize,
    age: f64,
    monotonic: f64,
    wall: f64,
    wall_nanoseconds: u32,
) -> u32 {
    // SAFETY: the octets are as the crate demands of a caller.
    let (jwks, sha256) = unsafe {
        (
            Octets::borrow(&jwks, jwks_length).text(),
            Octets::borrow(&sha256, sha256_length).optional_text(),
        )
    };
    let now = now(monotonic, wall, wall_nanoseconds);
    let seeded = ISSUERS.with(issuer, |issuer| match sha256 {
        Some(sha256) => issuer.cache.seed_intact(&jwks, &sha256, span(age), now),
        None => issuer.cache.seed(&jwks, span(age), now),
    });
    match seeded {
        None => unknown_object(),
        Some(Ok(_)) => answer::done(),
        Some(Err(error)) => unusable(&Problem::from(error)),
    }
}

/// The set that is held, for `verijot_issuer_seed` elsewhere: `jwks`, `sha256` and, in seconds, `age` and
/// `usable_for`, after which it is not used any more; or `Nothing`.
#[unsafe(no_mangle)]
pub extern "C" fn verijot_issuer_export(
    issuer: u32,
    monotonic: f64,
    wall: f64,
    wall_nanoseconds: u32,
) -> u32 {
    let now = now(monotonic, wall, wall_nanoseconds);
    let exported = ISSUERS.with(issuer, |issuer| {
        let snapshot = issuer.cache.export(now)?;
        let object = Object::new().text("jwks", snapshot.jwks).text("sha256", snapshot.sha256);
        let object = object.span("age", snapshot.age).span("usable_for", snapshot.usable_for);
        Some(object.end())
    });
    match exported {
        None => unknown_object(),
        Some(None) => answer::nothing(),
        Some(Some(snapshot)) => answer::text(Status::Done, snapshot),
    }
}

/// How the keys are doing, as JSON with the members of the core's `Health`. Ends with `Done`.
#[unsafe(no_mangle)]
pub extern "C" fn verijot_issuer_health(
    issuer: u32,
    monotonic: f64,
    wall: f64,
    wall_nanoseconds: u32,
) -> u32 {
    let now = now(monotonic, wall, wall_nanoseconds);
    let health = ISSUERS.with(issuer, |issuer| {
        health::described(&issuer.cache.health(now), issuer.problem.as_deref())
    });
    health.map_or_else(unknown_object, |health| answer::text(Status::Done, health))
}

impl Issuer {
    /// The ticket of a fetch that has not begun.
    pub(crate) fn redeem(&mut self, number: u32) -> Option<Ticket> {
        let index = self.tickets.iter().position(|(issued, _)| *issued == number)?;
        Some(self.tickets.remove(index).1)
    }

    fn new(policy: &Policy, options: &Options<'_>) -> Result<Self, Problem> {
        issuer_options::check(options)?;
        let location = issuer_options::location(options)?;
        let parser = policy.jwks_parser(provider(options));
        let parser = location.reading(adjusted(parser, options)?)?;
        Ok(Self {
            max_octets: parser.octet_limit(),
            cache: JwksCache::new(parser, issuer_options::settings(options)?),
            location,
            problem: None,
            tickets: Vec::new(),
            issued: 0,
            published: Vec::new(),
        })
    }

    fn take_up(&mut self, resolution: Resolution, kid: Option<&str>) -> Next {
        match resolution {
            Resolution::Use { keys, fetch } => {
                let fetch = fetch.map_or(0, |ticket| self.issue(ticket));
                Next::Use(self.publish(&keys), fetch)
            }
            Resolution::Fetch(ticket) => {
                let at_most = ticket.timeout();
                Next::Fetch(self.issue(ticket), at_most)
            }
            Resolution::Wait { at_most } => Next::Wait(at_most),
            Resolution::UnknownKey { .. } => {
                Next::Refuse(Error::UnknownKey { kid: kid.map(Excerpt::of) })
            }
            Resolution::Unavailable { retry_after } => {
                Next::Refuse(Error::KeysUnavailable { retry_after: Some(retry_after) })
            }
            // The core has no other resolution; a new one means no keys.
            _ => Next::Refuse(Error::KeysUnavailable { retry_after: None }),
        }
    }

    fn issue(&mut self, ticket: Ticket) -> u32 {
        self.issued = self.issued.wrapping_add(1).max(1);
        if self.tickets.len() >= TICKETS {
            self.tickets.remove(0);
        }
        self.tickets.push((self.issued, ticket));
        self.issued
    }

    /// The number of a set. That of the set before stays good for verifications that have begun.
    fn publish(&mut self, keys: &Arc<JwkSet>) -> u32 {
        if let Some(place) = self.published.iter().position(|(known, _)| Arc::ptr_eq(known, keys)) {
            match self.published.get(place) {
                Some((_, number)) if KEYS.with(*number, |_| ()).is_some() => return *number,
                // The host dropped what is not its own.
                _ => drop(self.published.remove(place)),
            }
        }
        if self.published.len() >= SETS {
            let (_, oldest) = self.published.remove(0);
            KEYS.take(oldest);
        }
        let number = KEYS.add(Arc::clone(keys));
        self.published.push((Arc::clone(keys), number));
        number
    }

    fn core_of(&self, number: u32) -> Option<Arc<JwkSet>> {
        let found = self.published.iter().find(|(_, known)| *known == number);
        found.map(|(keys, _)| Arc::clone(keys))
    }
}

enum Next {
    /// Keys, and a fetch to start or zero.
    Use(u32, u32),
    Refuse(Error),
    Fetch(u32, Duration),
    Wait(Duration),
}

impl Next {
    fn end(self) -> u32 {
        match self {
            Self::Use(keys, fetch) => {
                answer::numbers(Status::Done, [f64::from(keys), f64::from(fetch)])
            }
            Self::Refuse(error) => refused(error),
            Self::Fetch(fetch, at_most) => {
                answer::numbers(Status::Fetch, [f64::from(fetch), seconds(at_most)])
            }
            Self::Wait(at_most) => answer::numbers(Status::Wait, [seconds(at_most)]),
        }
    }
}

fn with_issuer(issuer: u32, act: impl FnOnce(&mut Issuer) -> Next) -> u32 {
    ISSUERS.with(issuer, act).map_or_else(unknown_object, Next::end)
}

/// The most octets of a token; none for an unknown verifier.
fn longest(verifier: u32) -> usize {
    verifier::any(verifier).map_or(0, |verifier| verifier.longest_token())
}

/// The `kid` of a token that can be opened at all; without a token none.
fn key_id(verifier: u32, token: Octets<'_>) -> Result<Option<String>, u32> {
    if token.is_none() {
        return Ok(None);
    }
    let verifier = verifier::any(verifier).ok_or_else(unknown_object)?;
    if let Some(error) = too_large(token.length(), verifier.longest_token()) {
        return Err(refused(error));
    }
    verifier.key_id(token.read()).map_err(refused)
}

const TICKETS: usize = 16;
const SETS: usize = 4;
