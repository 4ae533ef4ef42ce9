//! Profiles: verifiers for one kind of token each, and windows for tokens that may be presented once.

use std::fmt::Write;
use std::sync::Arc;

use verijot::profile::{Checked, Expectations, Profile, Replay, ReplayWindow};
use verijot::{PolicyError, Verified, Verifier};

use crate::answer::{self, Status};
use crate::explanation;
use crate::json::Object;
use crate::memory::Octets;
use crate::numbers::{size, time, whole};
use crate::problem::{Problem, no_time, unknown_object, unusable};
use crate::refusal::refused;
use crate::table::{Kind, Table};
use crate::token::with_token;
use crate::verifier::{AnyVerifier, add, limits_of_calls};

static PROFILES: Table<Arc<Profile>> = Table::new(Kind::Profile);
static WINDOWS: Table<ReplayWindow> = Table::new(Kind::Window);

/// A profile, for the document of its settings. The text is its name. The numbers are those of the profile and of its verifier,
/// the most octets of a token, and the two limits of revocation checks, as of `verijot_verifier`. Give the
/// verifier to every function that takes one; drop it as well as the profile. `Unusable` has the code
/// `invalid_policy` and perhaps `member`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn verijot_profile(settings: *const u8, settings_length: usize) -> u32 {
    // SAFETY: the octets are as the crate demands of a caller.
    let document = unsafe { Octets::borrow(&settings, settings_length) }.read();
    match read(document) {
        Ok((profile, verifier)) => {
            let longest = size(verifier.longest_token());
            let verifier = f64::from(add(AnyVerifier::Jwt(Arc::new(verifier))));
            let name = profile.name();
            let profile = f64::from(PROFILES.add(Arc::new(profile)));
            let [timeout, abandoned] = limits_of_calls();
            let numbers = [profile, verifier, longest, timeout, abandoned];
            answer::text_and_numbers(Status::Done, name, numbers)
        }
        Err(error) => unusable(&Problem::from(error)),
    }
}

/// Drops a profile, but not its verifier; nothing happens if it is dropped already.
#[unsafe(no_mangle)]
pub extern "C" fn verijot_profile_drop(profile: u32) {
    PROFILES.take(profile);
}

/// Reads what a call expects, before its token is verified: `Done`, or `Unusable` with the code
/// `invalid_policy` and perhaps `member`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn verijot_profile_expect(
    profile: u32,
    expectations: *const u8,
    expectations_length: usize,
) -> u32 {
    // SAFETY: the octets are as the crate demands of a caller.
    let document = unsafe { Octets::borrow(&expectations, expectations_length) }.read();
    with_expectations(profile, document, |_| answer::done())
}

/// Makes the profile's checks of a token that its verifier has accepted at this time: that of
/// `verijot_keep` with this number or, for 0, the one that this thread's last verification accepted. Call
/// it for every use of a token, also of one that was kept. Ends with
/// - `Done`: the text is JSON, `claims` (those that were checked) and, if the token may be presented once,
///   `replay_key` (64 hexadecimal digits). Such a token is not admitted yet: admit it by
///   `verijot_replay_admit`, or by a store of the host's. The numbers are until when that remembers it, in
///   whole seconds since 1970, and nanoseconds from there;
/// - `Refused`;
/// - `Nothing` if there is no such token;
/// - `Unusable` as [`verijot_profile_expect`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn verijot_profile_check(
    profile: u32,
    token: u32,
    expectations: *const u8,
    expectations_length: usize,
    now: f64,
    now_nanoseconds: u32,
) -> u32 {
    // SAFETY: the octets are as the crate demands of a caller.
    let document = unsafe { Octets::borrow(&expectations, expectations_length) }.read();
    let Some(now) = time(now, now_nanoseconds) else { return no_time() };
    with_expectations(profile, document, |expectations| {
        let check = |verified: &Verified| expectations.check(verified, now);
        match with_token(token, check) {
            None => answer::nothing(),
            Some(Ok(checked)) => done(&checked),
            Some(Err(error)) => refused(error),
        }
    })
}

/// Continues this thread's last explanation (`verijot_verify` with mode 2) with the profile's checks, once,
/// and gives the whole of it: `Done`, `Nothing` if there is none, or `Unusable` as
/// [`verijot_profile_expect`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn verijot_profile_explain(
    profile: u32,
    expectations: *const u8,
    expectations_length: usize,
    now: f64,
    now_nanoseconds: u32,
) -> u32 {
    // SAFETY: the octets are as the crate demands of a caller.
    let document = unsafe { Octets::borrow(&expectations, expectations_length) }.read();
    let Some(now) = time(now, now_nanoseconds) else { return no_time() };
    with_expectations(profile, document, |expectations| match explanation::take_last() {
        None => answer::nothing(),
        Some(explanation) => explanation::shown(&expectations.explain_further(explanation, now)),
    })
}

/// An empty window, which remembers at most `capacity` tokens that may be presented once. The number is
/// that of the window. It forgets nothing before its time; while it is full, tokens are refused.
#[unsafe(no_mangle)]
pub extern "C" fn verijot_replay_window(capacity: f64) -> u32 {
    // What is too much for the memory is no bound; what is no number is zero.
    let capacity = time(capacity, 0).map_or(0, |capacity| capacity.seconds().max(0));
    let capacity = usize::try_from(capacity).unwrap_or(usize::MAX);
    answer::numbers(Status::Done, [f64::from(WINDOWS.add(ReplayWindow::new(capacity)))])
}

/// Admits a token by what `verijot_profile_check` gave of it: `Done`, or `Refused` with the code
/// `replayed`, or `replay_unavailable` while the window is full.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn verijot_replay_admit(
    window: u32,
    key: *const u8,
    key_length: usize,
    until: f64,
    until_nanoseconds: u32,
    now: f64,
    now_nanoseconds: u32,
) -> u32 {
    // SAFETY: the octets are as the crate demands of a caller.
    let key = unsafe { Octets::borrow(&key, key_length) }.text();
    let (Some(until), Some(now)) = (time(until, until_nanoseconds), time(now, now_nanoseconds))
    else {
        return no_time();
    };
    let replay = Replay::new([&*key], until);
    match WINDOWS.with(window, |window| window.admit(&replay, now).into_result()) {
        None => unknown_object(),
        Some(Ok(())) => answer::done(),
        Some(Err(error)) => refused(error),
    }
}

/// Drops a window; nothing happens if it is dropped already.
#[unsafe(no_mangle)]
pub extern "C" fn verijot_replay_window_drop(window: u32) {
    WINDOWS.take(window);
}

fn read(document: &[u8]) -> Result<(Profile, Verifier), PolicyError> {
    let profile = Profile::from_json(document)?;
    let verifier = Verifier::new(profile.verifier().policy().clone())?;
    Ok((profile, verifier))
}

fn with_expectations(
    profile: u32,
    document: &[u8],
    act: impl FnOnce(&Expectations<'_>) -> u32,
) -> u32 {
    let Some(profile) = PROFILES.get(profile) else { return unknown_object() };
    match profile.expectations(document) {
        Ok(expectations) => act(&expectations),
        Err(error) => unusable(&Problem::from(error)),
    }
}

fn done(checked: &Checked) -> u32 {
    let object = Object::new().raw("claims", checked.json());
    let Some(replay) = checked.replay() else {
        return answer::text(Status::Done, object.end());
    };
    let key = replay.key().iter().fold(String::new(), |mut text, octet| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{octet:02x}");
        text
    });
    let until = replay.until();
    let until = [whole(until.seconds()), f64::from(until.subsecond_nanoseconds())];
    answer::text_and_numbers(Status::Done, object.text("replay_key", &key).end(), until)
}
