//! One fetch of an issuer's keys, request by request. The host makes the requests.

use verijot::issuer::{
    FetchOutcome, FetchResponse, KeyFetch, KeyFetchStep, KeyRequest, Now, Ticket,
};

use crate::answer::{self, Status};
use crate::issuer::{ISSUERS, Issuer};
use crate::json::Object;
use crate::memory::Octets;
use crate::numbers::{now, seconds, span};
use crate::options::Options;
use crate::problem::{malformed_list, unknown_object};
use crate::table::{Kind, Table};

/// A fetch of an issuer's.
struct Fetch {
    issuer: u32,
    ticket: Ticket,
    fetch: KeyFetch,
    /// The request for keys that was made last.
    request: Option<KeyRequest>,
}

static FETCHES: Table<Fetch> = Table::new(Kind::Fetch);

/// Begins a fetch that [`crate::issuer::verijot_issuer_keys`] gave the number of. The numbers are that of
/// the fetch from here on, and how many seconds all of it may take. `Nothing` if it was begun already, or
/// given long ago.
///
/// Whatever becomes of it, its end must be told, once, by one of `verijot_fetch_keys`,
/// `verijot_fetch_failed` and `verijot_fetch_cancelled`, which drop it.
#[unsafe(no_mangle)]
pub extern "C" fn verijot_fetch(issuer: u32, ticket: u32) -> u32 {
    let begun = ISSUERS.with(issuer, |state| {
        let ticket = state.redeem(ticket)?;
        let fetch = state.location.fetch(&ticket, state.max_octets);
        Some(Fetch { issuer, ticket, fetch, request: None })
    });
    match begun {
        None => unknown_object(),
        Some(None) => answer::nothing(),
        Some(Some(fetch)) => {
            let timeout = seconds(fetch.ticket.timeout());
            answer::numbers(Status::Done, [f64::from(FETCHES.add(fetch)), timeout])
        }
    }
}

/// The request to make now, `elapsed` seconds after the fetch began, as JSON: `for` is `metadata` or
/// `keys`, `url`, `headers` (an object), `timeout` in seconds, `max_octets` (of a longer body one octet
/// more is read). Redirects are not followed. `Nothing` with the reason as text if there is nothing to
/// request; tell that with `verijot_fetch_failed`.
#[unsafe(no_mangle)]
pub extern "C" fn verijot_fetch_step(fetch: u32, elapsed: f64) -> u32 {
    let step = FETCHES.with(fetch, |fetch| {
        let step = fetch.fetch.step(span(elapsed));
        if let KeyFetchStep::Keys(request) = &step {
            fetch.request = Some(request.clone());
        }
        step
    });
    match step {
        None => unknown_object(),
        Some(KeyFetchStep::Metadata(request)) => {
            answer::text(Status::Done, described("metadata", &request))
        }
        Some(KeyFetchStep::Keys(request)) => {
            answer::text(Status::Done, described("keys", &request))
        }
        Some(KeyFetchStep::Failed { failure }) => {
            answer::text(Status::Nothing, failure.to_string())
        }
        // The core has no other step; a new one is the end.
        Some(_) => answer::text(Status::Nothing, "unknown_step"),
    }
}

/// Takes the answer to a request for metadata; a status of 0 means that there was none. Ends with `Done`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn verijot_fetch_metadata(
    fetch: u32,
    status: u32,
    body: *const u8,
    body_length: usize,
) -> u32 {
    // SAFETY: the octets are as the crate demands of a caller.
    let body = unsafe { Octets::borrow(&body, body_length) }.read();
    let told = FETCHES.with(fetch, |fetch| match u16::try_from(status) {
        Ok(0) | Err(_) => fetch.fetch.on_error(),
        Ok(status) => fetch.fetch.on_response(status, body),
    });
    told.map_or_else(unknown_object, |()| answer::done())
}

/// Takes the answer to the request for keys, however late, and drops the fetch. The headers are
/// options: `cache-control`, `age`, `etag` and `last-modified`, as far as the answer has them.
/// `Done`, or `Nothing` with the reason as text if the answer brings no keys. A list of headers that is
/// malformed does not drop the fetch.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn verijot_fetch_keys(
    fetch: u32,
    status: u32,
    headers: *const u8,
    headers_length: usize,
    body: *const u8,
    body_length: usize,
    monotonic: f64,
    wall: f64,
    wall_nanoseconds: u32,
) -> u32 {
    // SAFETY: the octets are as the crate demands of a caller.
    let (headers, body) = unsafe {
        (
            Options::read(Octets::borrow(&headers, headers_length)),
            Octets::borrow(&body, body_length).read(),
        )
    };
    let Some(headers) = headers else { return malformed_list() };
    let header = |name: &str| headers.text(name);
    let status = u16::try_from(status).unwrap_or_default();
    end(fetch, now(monotonic, wall, wall_nanoseconds), |issuer, fetch, now| {
        let mut response = FetchResponse::new(status, body);
        response.is_conditional = fetch.request.as_ref().is_some_and(KeyRequest::is_conditional);
        response.cache_control = header("cache-control");
        response.age = header("age");
        response.entity_tag = header("etag");
        response.last_modified = header("last-modified");
        if let (OK, Some(request)) = (status, &fetch.request) {
            issuer.location.confirm(request.url());
        }
        issuer.cache.on_response(&fetch.ticket, &response, now)
    })
}

/// Takes the news that the fetch brought no answer, and drops it; `problem` says why, for people. `Done`,
/// or `Nothing` with the failure as text.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn verijot_fetch_failed(
    fetch: u32,
    problem: *const u8,
    problem_length: usize,
    monotonic: f64,
    wall: f64,
    wall_nanoseconds: u32,
) -> u32 {
    // SAFETY: the octets are as the crate demands of a caller.
    let problem = unsafe { Octets::borrow(&problem, problem_length) }.text();
    end(fetch, now(monotonic, wall, wall_nanoseconds), |issuer, fetch, now| {
        let outcome = issuer.cache.on_error(&fetch.ticket, now);
        if !matches!(outcome, FetchOutcome::Ignored) {
            issuer.problem = Some(problem.into_owned());
        }
        outcome
    })
}

/// Takes the news that the host gave the fetch up, which says nothing of the issuer, and drops it. `Done`,
/// or `Nothing` with the failure as text.
#[unsafe(no_mangle)]
pub extern "C" fn verijot_fetch_cancelled(
    fetch: u32,
    monotonic: f64,
    wall: f64,
    wall_nanoseconds: u32,
) -> u32 {
    end(fetch, now(monotonic, wall, wall_nanoseconds), |issuer, fetch, now| {
        let outcome = issuer.cache.on_cancelled(&fetch.ticket, now);
        if matches!(outcome, FetchOutcome::Failed { .. }) {
            issuer.problem = Some("the fetch was cancelled".to_owned());
        }
        outcome
    })
}

fn end(fetch: u32, now: Now, tell: impl FnOnce(&mut Issuer, &Fetch, Now) -> FetchOutcome) -> u32 {
    let Some(fetch) = FETCHES.take(fetch) else { return unknown_object() };
    match ISSUERS.with(fetch.issuer, |issuer| tell(issuer, &fetch, now)) {
        // The issuer was dropped meanwhile.
        None => answer::done(),
        Some(FetchOutcome::Failed { failure }) => {
            answer::text(Status::Nothing, failure.to_string())
        }
        Some(_) => answer::done(),
    }
}

fn described(purpose: &str, request: &KeyRequest) -> String {
    let headers = request.headers().into_iter();
    let headers = headers.fold(Object::new(), |object, (name, value)| object.text(name, value));
    Object::new()
        .text("for", purpose)
        .text("url", request.url())
        .raw("headers", &headers.end())
        .span("timeout", request.timeout())
        .number("max_octets", request.max_octets())
        .end()
}

const OK: u16 = 200;
