//! A token that was accepted, and what its payload grants.

use std::borrow::Cow;
use std::cell::RefCell;

use verijot::request::scopes_in;
use verijot::verify::AlbToken;
use verijot::{ClaimPath, Header, NumericDate, Verified, VerifiedJws};

use crate::answer::{self, Status};
use crate::json;
use crate::memory::Octets;
use crate::numbers::{date, time};
use crate::options::entries;
use crate::problem::{malformed_list, no_time, unknown_object};
use crate::refusal::refused;
use crate::table::{Kind, Table};
use crate::verifier::jwt;

/// The token that this thread's last verification accepted.
pub(crate) enum Accepted {
    None,
    Jwt(Verified),
    Jws(VerifiedJws),
    Alb(AlbToken),
}

/// What `read` makes of the token that was kept under this number or, for 0, of the one that this thread's last
/// verification accepted.
pub(crate) fn with_token<R>(number: u32, read: impl FnOnce(&Verified) -> R) -> Option<R> {
    if number != 0 {
        return KEPT.with(number, |verified| read(verified));
    }
    LAST.with_borrow(|token| match token {
        Accepted::Jwt(verified) => Some(read(verified)),
        _ => None,
    })
}

/// Ends a call with the payload of an accepted token, about which `verijot_accepted` says more.
pub(crate) fn accepted(token: Accepted) -> u32 {
    LAST.with_borrow_mut(|last| {
        *last = token;
        let payload = match last {
            Accepted::None => &[],
            Accepted::Jwt(verified) => verified.payload(),
            Accepted::Jws(verified) => verified.payload(),
            Accepted::Alb(token) => token.payload_json().as_bytes(),
        };
        // The token keeps it, also once it is kept itself, and is dropped by another verification only.
        answer::lent(Status::Done, payload)
    })
}

/// Forgets the token that this thread's last verification accepted.
pub(crate) fn forget_accepted() {
    LAST.set(Accepted::None);
}

/// A text of the token that this thread's last verification accepted: 0 the payload, 1 the JOSE header,
/// 2 the algorithm, 3 the key's id, 4 `iss`, 5 `sub`, 6 `jti`, 7 `aud` and 8 the scopes as JSON arrays;
/// of a load balancer's token 0 to 5, 10 the `signer` and 11 the `client`.
/// The numbers are `exp`, `nbf` and `iat` in seconds, not a number where the token has none.
///
/// 9 is the record of a JWT: 0 to 7 as entries, in this order, and as fourth number which of them there
/// are, a bit each, the lowest for the payload; the entry of one that is missing is empty.
///
/// `Nothing` where the token has no such text, and where the last verification did not end with `Done` or only
/// explained.
#[unsafe(no_mangle)]
pub extern "C" fn verijot_accepted(text: u32) -> u32 {
    LAST.with_borrow(|token| match token {
        Accepted::None => answer::nothing(),
        Accepted::Jwt(verified) if text == RECORD => record(verified),
        Accepted::Jwt(verified) => of_jwt(verified, text),
        Accepted::Jws(verified) => {
            let text = match text {
                PAYLOAD => Some(verified.payload().to_vec()),
                _ => of_signature(
                    verified.header(),
                    verified.algorithm().name(),
                    verified.key_id(),
                    text,
                ),
            };
            text.map_or_else(answer::nothing, |text| answer::text(Status::Done, text))
        }
        Accepted::Alb(token) => of_alb(token, text),
    })
}

/// Keeps the token that this thread's last verification accepted. The number is that of the token;
/// `Nothing` if there is none.
#[unsafe(no_mangle)]
pub extern "C" fn verijot_keep() -> u32 {
    match LAST.replace(Accepted::None) {
        Accepted::Jwt(verified) => answer::numbers(Status::Done, [f64::from(KEPT.add(verified))]),
        _ => answer::nothing(),
    }
}

/// Checks the dates and ages of a token that was kept again, for the verifier that accepted it: `Done` or
/// `Refused`. Keep a token only as long as the keys that verified it are in use.
#[unsafe(no_mangle)]
pub extern "C" fn verijot_check_again(
    verifier: u32,
    token: u32,
    now: f64,
    now_nanoseconds: u32,
) -> u32 {
    let Some(verifier) = jwt(verifier) else { return unknown_object() };
    let Some(now) = time(now, now_nanoseconds) else { return no_time() };
    match KEPT.with(token, |verified| verifier.check_again(verified, now)) {
        None => unknown_object(),
        Some(Ok(())) => answer::done(),
        Some(Err(error)) => refused(error),
    }
}

/// Drops a token that was kept; nothing happens if it is dropped already.
#[unsafe(no_mangle)]
pub extern "C" fn verijot_forget(token: u32) {
    KEPT.take(token);
}

/// The scopes of a verified payload as a JSON array. Always `Done`; a payload without scopes has none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn verijot_scopes(payload: *const u8, payload_length: usize) -> u32 {
    // SAFETY: the octets are as the crate demands of a caller.
    let payload = unsafe { Octets::borrow(&payload, payload_length) }.text();
    answer::text(Status::Done, list(scopes_in(&payload)))
}

/// The roles at a path of a verified payload as a JSON array: those of an array of strings, or one
/// string. `path` are entries, the names from the outermost inwards. `Done`; where there are none, an
/// empty array.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn verijot_roles(
    payload: *const u8,
    payload_length: usize,
    path: *const u8,
    path_length: usize,
) -> u32 {
    // SAFETY: the octets are as the crate demands of a caller.
    let (payload, path) = unsafe {
        (Octets::borrow(&payload, payload_length).text(), Octets::borrow(&path, path_length).read())
    };
    let Some(path) = entries(path) else { return malformed_list() };
    let names = path.map(String::from_utf8_lossy).map(Cow::into_owned);
    answer::text(Status::Done, list(ClaimPath::from_names(names).roles_in(&payload)))
}

/// Everything that a host keeps of a token, in one answer.
fn record(verified: &Verified) -> u32 {
    let texts: [Option<Cow<'_, str>>; 8] = [
        Some(verified.payload_json().into()),
        Some(verified.header().json().into()),
        Some(verified.algorithm().name().into()),
        verified.key_id().map(Cow::from),
        verified.issuer().map(Cow::from),
        verified.subject().map(Cow::from),
        verified.id().map(Cow::from),
        Some(list(verified.audience()).into()),
    ];
    let mut entries = Vec::with_capacity(verified.payload().len().saturating_mul(2));
    let mut present = 0_u32;
    for (place, text) in (0..).zip(&texts) {
        let text = text.as_deref();
        present |= u32::from(text.is_some()) << place;
        let text = text.unwrap_or_default();
        entries.extend(u32::try_from(text.len()).unwrap_or_default().to_le_bytes());
        entries.extend(text.as_bytes());
    }
    let [expires_at, not_before, issued_at] = dates(verified);
    let numbers = [expires_at, not_before, issued_at, f64::from(present)];
    answer::text_and_numbers(Status::Done, entries, numbers)
}

fn of_jwt(verified: &Verified, text: u32) -> u32 {
    let found = match text {
        PAYLOAD => Some(verified.payload().to_vec()),
        ISSUER => verified.issuer().map(Vec::from),
        SUBJECT => verified.subject().map(Vec::from),
        ID => verified.id().map(Vec::from),
        AUDIENCE => Some(list(verified.audience()).into()),
        SCOPES => Some(list(verified.scopes()).into()),
        _ => of_signature(verified.header(), verified.algorithm().name(), verified.key_id(), text),
    };
    let dates = dates(verified);
    match found {
        Some(found) => answer::text_and_numbers(Status::Done, found, dates),
        None => answer::numbers(Status::Nothing, dates),
    }
}

fn dates(verified: &Verified) -> [f64; 3] {
    [verified.expires_at(), verified.not_before(), verified.issued_at()]
        .map(|at| date(at.map(NumericDate::to_unix_time)))
}

fn of_alb(token: &AlbToken, text: u32) -> u32 {
    let found = match text {
        PAYLOAD => Some(token.payload_json()),
        HEADER => Some(token.header().json()),
        ALGORITHM => Some(token.header().algorithm_name()),
        KEY_ID => token.key_id(),
        ISSUER => Some(token.issuer()),
        SUBJECT => token.subject(),
        SIGNER => Some(token.signer()),
        CLIENT => Some(token.client()),
        _ => None,
    };
    let dates = [date(Some(token.expires_at().to_unix_time())), f64::NAN, f64::NAN];
    match found {
        Some(found) => answer::text_and_numbers(Status::Done, found, dates),
        None => answer::numbers(Status::Nothing, dates),
    }
}

fn of_signature(
    header: &Header,
    algorithm: &str,
    key_id: Option<&str>,
    text: u32,
) -> Option<Vec<u8>> {
    match text {
        HEADER => Some(header.json().into()),
        ALGORITHM => Some(algorithm.into()),
        KEY_ID => key_id.map(Vec::from),
        _ => None,
    }
}

fn list<S: AsRef<str>>(texts: impl IntoIterator<Item = S>) -> String {
    json::array(texts.into_iter().map(|text| json::quoted(text.as_ref())))
}

static KEPT: Table<Verified> = Table::new(Kind::Token);

thread_local! {
    static LAST: RefCell<Accepted> = const { RefCell::new(Accepted::None) };
}

const PAYLOAD: u32 = 0;
const HEADER: u32 = 1;
const ALGORITHM: u32 = 2;
const KEY_ID: u32 = 3;
const ISSUER: u32 = 4;
const SUBJECT: u32 = 5;
const ID: u32 = 6;
const AUDIENCE: u32 = 7;
const SCOPES: u32 = 8;
const RECORD: u32 = 9;
const SIGNER: u32 = 10;
const CLIENT: u32 = 11;
