//! Any text as a NumericDate, compared with exact decimals: whether it is valid, its value, and on
//! which side of a clock it is.

use verijot::{
    Algorithm, Audiences, Issuers, JwkSet, Key, NumericDate, Policy, UnixTime, Verifier,
};

use std::sync::LazyLock;
use std::time::Duration;

use crate::choices::Choices;
use crate::oracle::base64url;
use crate::oracle::decimal::Decimal;
use crate::oracle::signature;

/// Runs an input: a few octets for the clock, the rest is the number.
pub fn run(data: &[u8]) {
    let mut choices = Choices::new(data);
    let near = i128::from(choices.number()) - 0x8000;
    let (unit, leeway) = (choices.pick(&UNITS), choices.pick(&[0, 1, 30, 600]));
    let Ok(number) = std::str::from_utf8(choices.rest()) else { return };
    let date = NumericDate::from_json_number(number);
    let exact = Decimal::parse(number).filter(Decimal::is_finite);
    assert_eq!(date.is_some(), exact.is_some(), "{number}");
    clock(number);
    let (Some(date), Some(exact)) = (date, exact) else { return };
    let (floor, inexact) = exact.nanoseconds();
    if floor.abs() >= FARTHEST {
        // At the limit, or a nanosecond beyond it if a fraction was cut off.
        assert!((i128::from(date.seconds()).abs() - FARTHEST / SECOND).abs() <= 1);
        assert_eq!(date.seconds() < 0, floor < 0);
        return;
    }
    assert_eq!(i128::from(date.seconds()), floor.div_euclid(SECOND));
    assert_eq!(date.to_string(), written(floor));
    assert_eq!(date.to_unix_time().to_string(), written(floor));
    assert_eq!(date.to_unix_time().seconds(), date.seconds());

    // A clock nearby, which the date must be compared with correctly.
    let now = (floor + near * unit).clamp(-FARTHEST_CLOCK, FARTHEST_CLOCK);
    let now_text = written(now);
    let clock = UnixTime::from_decimal(&now_text).expect("plain");
    assert_eq!(clock.to_string(), now_text);
    assert_eq!(clock < date.to_unix_time(), now < floor);
    let after = |time: i128| floor > time || floor == time && inexact;
    let leeway_nanoseconds = i128::from(leeway) * SECOND;
    for (claim, refused) in [
        ("exp", !after(now - leeway_nanoseconds)),
        ("nbf", after(now + leeway_nanoseconds)),
        ("iat", after(now + leeway_nanoseconds)),
    ] {
        let error = verify(&format!("{{\"{claim}\":{number}}}"), leeway, clock).err();
        let codes = ["expired", "not_yet_valid", "issued_in_future"];
        assert_eq!(error.is_some(), refused, "{claim} {number} at {now_text}: {error:?}");
        if let Some(error) = error {
            assert!(codes.contains(&error.code()));
            assert_eq!(error.claim().map(String::from).as_deref(), Some(claim));
            assert_eq!(error.actual(), Some(written(floor)));
        }
    }
}

fn verify(payload: &str, leeway: u64, now: UnixTime) -> Result<(), verijot::Error> {
    let policy = Policy::new(Issuers::any(), Audiences::any())
        .allow_missing_expiry()
        .leeway(Duration::from_secs(leeway))
        .max_token_octets(1 << 20);
    let input = format!("eyJhbGciOiJIUzI1NiJ9.{}", base64url::encode(payload.as_bytes()));
    let tag = signature::hmac(&SECRET, "HS256", input.as_bytes()).expect("HMAC");
    let token = format!("{input}.{}", base64url::encode(&tag));
    Verifier::new(policy).expect("sound").verify(token, &KEYS, now).map(drop)
}

/// Text as a clock: only plain decimals.
fn clock(text: &str) {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let digits = |part: &str, most| {
        (1..=most).contains(&part.len()) && part.bytes().all(|octet| octet.is_ascii_digit())
    };
    let clock = UnixTime::from_decimal(text);
    assert_eq!(clock.is_some(), digits(whole, 18) && digits(fraction, 9), "{text}");
    if let Some(clock) = clock {
        // JSON's grammar has no leading zeros, a clock's text may have them.
        let whole = whole.trim_start_matches('0');
        let sign = if text.starts_with('-') { "-" } else { "" };
        let plain = format!("{sign}{}.{fraction}", if whole.is_empty() { "0" } else { whole });
        let (exact, inexact) = Decimal::parse(&plain).expect("plain").nanoseconds();
        assert!(!inexact);
        assert_eq!(clock.to_string(), written(exact));
        assert_eq!(clock.duration_since_epoch().is_some(), exact >= 0);
    }
}

/// Nanoseconds as decimal seconds without unnecessary zeros.
fn written(nanoseconds: i128) -> String {
    let (sign, magnitude) = (if nanoseconds < 0 { "-" } else { "" }, nanoseconds.unsigned_abs());
    let text = format!("{sign}{}.{:09}", magnitude / 1_000_000_000, magnitude % 1_000_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

static KEYS: LazyLock<JwkSet> = LazyLock::new(|| {
    let provider = verijot::crypto::ring::PROVIDER;
    let key = Key::from_secret(&SECRET, Algorithm::Hs256, provider).expect("long enough");
    JwkSet::from_keys([key])
});

const SECRET: [u8; 32] = [7; 32];
const SECOND: i128 = 1_000_000_000;
const UNITS: [i128; 6] = [0, 1, SECOND, -1, 1000, 86_400 * SECOND];

/// The last instant that a clock's text can express.
const FARTHEST_CLOCK: i128 = FARTHEST - 1;

/// The last date that is distinguished from later ones.
const FARTHEST: i128 = 1_000_000_000_000_000_000 * SECOND;
