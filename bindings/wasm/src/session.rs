//! When a client refreshes its access token. The host keeps the tokens and makes the requests.

use std::time::Duration;

use verijot::issuer::discovery;
use verijot::session::{
    AfterUnauthorized, Attempt, Decision, RefreshFailure, RefreshOutcome, RefreshSettings,
    RefreshTicket, Session, Storage, TokenResponse, Tokens,
};

use crate::answer::{self, Status};
use crate::json::Object;
use crate::memory::Octets;
use crate::numbers::{count, now, seconds, size, span};
use crate::options::{Known, Options};
use crate::problem::{Problem, invalid_argument, malformed_list, unknown_object, unusable};
use crate::table::{Kind, Table};

struct ClientSession {
    session: Session,
    /// Refreshes whose end has not been told, the newest last.
    tickets: Vec<(u32, RefreshTicket)>,
    issued: u32,
    /// What was sent with the attempts that may still be answered with 401, the newest last.
    attempts: Vec<(u32, Attempt)>,
}

static SESSIONS: Table<ClientSession> = Table::new(Kind::Session);

/// A session of nobody. The number is that of the session. The options can be left out: `skew`,
/// `unauthorized_rest`, `shortest_rest`, `longest_rest`, `refresh_timeout`, in decimal seconds. The second
/// number is for how many seconds requests wait for new tokens to be stored, the third for how many seconds
/// the result of a refresh is kept for other requests with the old refresh token, the fourth the maximum
/// octets of a token endpoint's answer. Ends with `Done`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn verijot_session(options: *const u8, options_length: usize) -> u32 {
    // SAFETY: the octets are as the crate demands of a caller.
    let options = Options::read(unsafe { Octets::borrow(&options, options_length) });
    let Some(options) = options else { return malformed_list() };
    if let Some(problem) = options.problem(&OPTIONS) {
        return invalid_argument(problem);
    }
    let session = Session::new(settings(&options));
    let held = ClientSession { session, tickets: Vec::new(), issued: 0, attempts: Vec::new() };
    let number = f64::from(SESSIONS.add(held));
    let storing = seconds(Session::STORING_TIMEOUT);
    let sharing = seconds(Session::SHARING_TIME);
    answer::numbers(Status::Done, [number, storing, sharing, size(Session::MAX_ANSWER_OCTETS)])
}

/// Drops a session; nothing happens if it is dropped already.
#[unsafe(no_mangle)]
pub extern "C" fn verijot_session_drop(session: u32) {
    SESSIONS.take(session);
}

/// Takes up tokens. The number is the one to keep them under. `expires_in` is the access token's whole
/// life in seconds, not a number if it is unknown; `age` how many seconds ago they were made; `is_stored`
/// whether they are stored already or need not be. Ends with `Done`.
#[unsafe(no_mangle)]
pub extern "C" fn verijot_session_sign_in(
    session: u32,
    expires_in: f64,
    age: f64,
    is_refreshable: u32,
    is_stored: u32,
    monotonic: f64,
    wall: f64,
    wall_nanoseconds: u32,
) -> u32 {
    let tokens = tokens(expires_in, age, is_refreshable);
    let tokens = if is_stored == 0 { tokens.not_yet_stored() } else { tokens };
    let now = now(monotonic, wall, wall_nanoseconds);
    let generation = SESSIONS.with(session, |held| held.session.sign_in(tokens, now).number());
    generation.map_or_else(unknown_object, |number| answer::numbers(Status::Done, [count(number)]))
}

/// Reports that the tokens of this number are stored. Ends with `Done`.
#[unsafe(no_mangle)]
pub extern "C" fn verijot_session_stored(session: u32, tokens: f64) -> u32 {
    let done = SESSIONS.with(session, |held| held.stored(tokens));
    done.map_or_else(unknown_object, |()| answer::done())
}

/// Forgets the tokens. Ends with `Done`.
#[unsafe(no_mangle)]
pub extern "C" fn verijot_session_sign_out(session: u32) -> u32 {
    let done = SESSIONS.with(session, |held| held.session.sign_out());
    done.map_or_else(unknown_object, |()| answer::done())
}

/// Which tokens to send with a request. `can_store` is whether the answer of a refresh could be stored
/// here. The numbers are a decision and what belongs to it:
/// - 0, send with these tokens: the tokens' number, the attempt's (for a 401), that of a refresh to start
///   without waiting for it (0 for none), its timeout in seconds, and 1 if the tokens have to be stored
///   first (see `verijot_session_failed`);
/// - 1, refresh first: the tokens' number, 0, the refresh's number, its timeout, 1 to store first;
/// - 2, wait for the refresh under way: how many seconds at most;
/// - 3, a refresh is needed, and its answer could not be stored here;
/// - 4, the last refresh failed: in how many seconds the next may start;
/// - 5, sign in;
/// - 6, the answer with 401 stands.
///
/// Ends with `Done`.
#[unsafe(no_mangle)]
pub extern "C" fn verijot_session_resolve(
    session: u32,
    can_store: u32,
    monotonic: f64,
    wall: f64,
    wall_nanoseconds: u32,
) -> u32 {
    let now = now(monotonic, wall, wall_nanoseconds);
    let decided = SESSIONS.with(session, |held| {
        match held.session.resolve(storage(can_store), now) {
            Decision::Use { attempt, refresh } => held.send(attempt, refresh),
            Decision::Refresh(ticket) => held.refresh(ticket),
            Decision::Wait { at_most } => [WAIT, seconds(at_most), 0.0, 0.0, 0.0, 0.0],
            Decision::StorageNeeded => [STORAGE_NEEDED, 0.0, 0.0, 0.0, 0.0, 0.0],
            Decision::Unavailable { retry_after } => {
                [UNAVAILABLE, seconds(retry_after), 0.0, 0.0, 0.0, 0.0]
            }
            // The core has no other decision but a sign-in.
            _ => [SIGN_IN, 0.0, 0.0, 0.0, 0.0, 0.0],
        }
    });
    decided.map_or_else(unknown_object, |numbers| answer::numbers(Status::Done, numbers))
}

/// What to do about a request that was answered with 401; the numbers are as those of
/// [`verijot_session_resolve`]. Ends with `Done`.
#[unsafe(no_mangle)]
pub extern "C" fn verijot_session_unauthorized(
    session: u32,
    attempt: u32,
    can_store: u32,
    monotonic: f64,
    wall: f64,
    wall_nanoseconds: u32,
) -> u32 {
    let now = now(monotonic, wall, wall_nanoseconds);
    let decided = SESSIONS.with(session, |held| {
        let Some(index) = held.attempts.iter().position(|(number, _)| *number == attempt) else {
            return [GIVE_UP, 0.0, 0.0, 0.0, 0.0, 0.0];
        };
        let (_, attempt) = held.attempts.remove(index);
        match held.session.on_unauthorized(&attempt, storage(can_store), now) {
            AfterUnauthorized::Retry(attempt) => held.send(attempt, None),
            AfterUnauthorized::Refresh(ticket) => {
                let decision = held.refresh(ticket);
                held.keep(attempt, decision)
            }
            AfterUnauthorized::Wait { at_most } => {
                held.keep(attempt, [WAIT, seconds(at_most), 0.0, 0.0, 0.0, 0.0])
            }
            // Whatever else there is to say, the refusal stands.
            _ => [GIVE_UP, 0.0, 0.0, 0.0, 0.0, 0.0],
        }
    });
    decided.map_or_else(unknown_object, |numbers| answer::numbers(Status::Done, numbers))
}

/// Takes the news of new tokens. `Done` with the number to keep them under; `Nothing` if they are not to be
/// used, nor to be stored.
#[unsafe(no_mangle)]
pub extern "C" fn verijot_session_refreshed(
    session: u32,
    refresh: u32,
    expires_in: f64,
    age: f64,
    is_refreshable: u32,
    monotonic: f64,
    wall: f64,
    wall_nanoseconds: u32,
) -> u32 {
    let tokens = tokens(expires_in, age, is_refreshable);
    let now = now(monotonic, wall, wall_nanoseconds);
    let outcome = SESSIONS.with(session, |held| {
        let ticket = held.redeem(refresh)?;
        held.session.on_refreshed(&ticket, tokens, now).generation()
    });
    match outcome {
        None => unknown_object(),
        Some(None) => answer::nothing(),
        Some(Some(generation)) => answer::numbers(Status::Done, [count(generation.number())]),
    }
}

/// Takes the news that a refresh brought no tokens. `status` is that of the answer, 0 if there was none, 1
/// if it took too long, 2 if the tokens had to be stored first and could not be; `body` is the answer's. The
/// number is 0 if the old tokens stay in use, 1 if the session has ended, 2 if nothing changes. The text is
/// the failure. Ends with `Done`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn verijot_session_failed(
    session: u32,
    refresh: u32,
    status: u32,
    body: *const u8,
    body_length: usize,
    monotonic: f64,
    wall: f64,
    wall_nanoseconds: u32,
) -> u32 {
    // SAFETY: the octets are as the crate demands of a caller.
    let body = unsafe { Octets::borrow(&body, body_length) }.read();
    let failure = match (status, u16::try_from(status)) {
        (NO_ANSWER, _) | (_, Err(_)) => RefreshFailure::NoAnswer,
        (TIMED_OUT, _) => RefreshFailure::TimedOut,
        (NOT_STORED, _) => RefreshFailure::NotStored,
        (_, Ok(status)) => RefreshFailure::of_response(status, body),
    };
    let now = now(monotonic, wall, wall_nanoseconds);
    let outcome = SESSIONS.with(session, |held| {
        let Some(ticket) = held.redeem(refresh) else { return RefreshOutcome::Ignored };
        held.session.on_failure(&ticket, failure, now)
    });
    let told = match outcome {
        None => return unknown_object(),
        Some(RefreshOutcome::Failed) => 0.0,
        Some(RefreshOutcome::SignedOut) => 1.0,
        Some(_) => 2.0,
    };
    answer::text_and_numbers(Status::Done, failure.to_string(), [told])
}

/// Reads a token endpoint's answer to a refresh. The text is JSON: `access_token`, and if they are there
/// `refresh_token` and `id_token`; the number the access token's whole life in seconds, not a number if it
/// is unknown. Ends with `Done`, or with `Nothing` for an answer without tokens, which is reported with
/// `verijot_session_failed`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn verijot_token_response(
    status: u32,
    body: *const u8,
    body_length: usize,
) -> u32 {
    // SAFETY: the octets are as the crate demands of a caller.
    let body = unsafe { Octets::borrow(&body, body_length) }.read();
    let status = u16::try_from(status).unwrap_or_default();
    let Ok(tokens) = TokenResponse::read(status, body) else {
        return answer::nothing();
    };
    let text = Object::new()
        .text("access_token", tokens.access_token())
        .optional_text("refresh_token", tokens.refresh_token())
        .optional_text("id_token", tokens.id_token());
    let expires_in = tokens.expires_in().map_or(f64::NAN, seconds);
    answer::text_and_numbers(Status::Done, text.end(), [expires_in])
}

/// How the session is doing, as JSON: `is_signed_in`, `is_valid`, `expires_in` in seconds, `failures`,
/// `last_failure`, `is_refreshing`. Ends with `Done`.
#[unsafe(no_mangle)]
pub extern "C" fn verijot_session_health(
    session: u32,
    monotonic: f64,
    wall: f64,
    wall_nanoseconds: u32,
) -> u32 {
    let now = now(monotonic, wall, wall_nanoseconds);
    let health = SESSIONS.with(session, |held| {
        let health = held.session.health(now);
        let failure = health.last_failure.map(|failure| failure.to_string());
        let object = Object::new()
            .number("is_signed_in", health.generation.is_some())
            .number("is_valid", health.is_valid)
            .number("failures", health.failures)
            .optional_text("last_failure", failure.as_deref())
            .number("is_refreshing", health.is_refreshing);
        match health.expires_in {
            Some(wait) => object.span("expires_in", wait).end(),
            None => object.end(),
        }
    });
    health.map_or_else(unknown_object, |health| answer::text(Status::Done, health))
}

/// Whether an access token may be sent to a URL: `Done`, or `Unusable` with the code `invalid_key_source`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn verijot_check_url(url: *const u8, url_length: usize) -> u32 {
    // SAFETY: the octets are as the crate demands of a caller.
    let url = unsafe { Octets::borrow(&url, url_length) }.text();
    match discovery::check_url(&url) {
        Ok(()) => answer::done(),
        Err(error) => unusable(&Problem::from(error)),
    }
}

impl ClientSession {
    fn send(&mut self, attempt: Attempt, refresh: Option<RefreshTicket>) -> [f64; 6] {
        let tokens = count(attempt.generation().number());
        let [refresh, timeout, store_first] =
            refresh.map_or([0.0; 3], |ticket| self.started(ticket));
        let number = self.next();
        self.remember(number, attempt);
        [SEND, tokens, f64::from(number), refresh, timeout, store_first]
    }

    fn refresh(&mut self, ticket: RefreshTicket) -> [f64; 6] {
        let tokens = count(ticket.generation().number());
        let [refresh, timeout, store_first] = self.started(ticket);
        [REFRESH, tokens, 0.0, refresh, timeout, store_first]
    }

    fn started(&mut self, ticket: RefreshTicket) -> [f64; 3] {
        let (timeout, store_first) = (seconds(ticket.timeout()), ticket.store_first());
        [f64::from(self.issue(ticket)), timeout, f64::from(u8::from(store_first))]
    }

    /// Only the tokens that are held can still be stored.
    fn stored(&mut self, tokens: f64) {
        let held = self.session.health(Duration::ZERO).generation;
        if let Some(generation) = held.filter(|held| is_same(count(held.number()), tokens)) {
            self.session.on_stored(generation);
        }
    }

    /// The attempt stays good for the next question about the same 401.
    fn keep(&mut self, attempt: Attempt, decision: [f64; 6]) -> [f64; 6] {
        let number = self.next();
        self.remember(number, attempt);
        let [decision, first, _, refresh, timeout, store_first] = decision;
        [decision, first, f64::from(number), refresh, timeout, store_first]
    }

    fn issue(&mut self, ticket: RefreshTicket) -> u32 {
        let number = self.next();
        if self.tickets.len() >= TICKETS {
            self.tickets.remove(0);
        }
        self.tickets.push((number, ticket));
        number
    }

    fn redeem(&mut self, number: u32) -> Option<RefreshTicket> {
        let index = self.tickets.iter().position(|(issued, _)| *issued == number)?;
        Some(self.tickets.remove(index).1)
    }

    fn remember(&mut self, number: u32, attempt: Attempt) {
        if self.attempts.len() >= ATTEMPTS {
            self.attempts.remove(0);
        }
        self.attempts.push((number, attempt));
    }

    fn next(&mut self) -> u32 {
        self.issued = self.issued.wrapping_add(1).max(1);
        self.issued
    }
}

/// Both are whole numbers.
fn is_same(left: f64, right: f64) -> bool {
    (left - right).abs() < 0.5
}

fn settings(options: &Options<'_>) -> RefreshSettings {
    let mut settings = RefreshSettings::default();
    for (number, name) in [
        (&mut settings.skew, "skew"),
        (&mut settings.unauthorized_rest, "unauthorized_rest"),
        (&mut settings.shortest_rest, "shortest_rest"),
        (&mut settings.longest_rest, "longest_rest"),
        (&mut settings.refresh_timeout, "refresh_timeout"),
    ] {
        if let Some(given) = options.span(name) {
            *number = given;
        }
    }
    settings
}

fn tokens(expires_in: f64, age: f64, is_refreshable: u32) -> Tokens {
    let expires_in = (!expires_in.is_nan()).then(|| span(expires_in));
    let tokens = Tokens::new(expires_in).age(span(age));
    if is_refreshable == 0 { tokens.without_refresh_token() } else { tokens }
}

const OPTIONS: Known<'_> = Known {
    switches: &[],
    counts: &[],
    spans: &["skew", "unauthorized_rest", "shortest_rest", "longest_rest", "refresh_timeout"],
    texts: &[],
};

const fn storage(can_store: u32) -> Storage {
    if can_store == 0 { Storage::ReadOnly } else { Storage::Writable }
}

const SEND: f64 = 0.0;
const REFRESH: f64 = 1.0;
const WAIT: f64 = 2.0;
const STORAGE_NEEDED: f64 = 3.0;
const UNAVAILABLE: f64 = 4.0;
const SIGN_IN: f64 = 5.0;
const GIVE_UP: f64 = 6.0;

const NO_ANSWER: u32 = 0;
const TIMED_OUT: u32 = 1;
const NOT_STORED: u32 = 2;

const TICKETS: usize = 4;
/// A page sends that many requests at once at most; the 401 of an older one stands.
const ATTEMPTS: usize = 1024;
