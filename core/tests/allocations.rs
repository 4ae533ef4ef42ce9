//! Counts the allocations of a verification.
#![cfg(feature = "ring")]
#![allow(unsafe_code, clippy::arithmetic_side_effects)]

mod common;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use common::{EIGHTEEN_CLAIMS, now};
use verijot::crypto;
use verijot::{Audiences, Issuers, JwkSet, Policy, UnixTime};

/// Header and payload.
const MOST: usize = 2;

#[test]
fn an_accepted_token_takes_at_most_two_allocations() {
    let token = common::token_of(
        r#"{"alg":"HS256","typ":"at+jwt","kid":"2023-11"}"#,
        EIGHTEEN_CLAIMS.as_bytes(),
    );
    let key = verijot::Key::from_secret(
        common::SECRET,
        verijot::Algorithm::Hs256,
        crypto::ring::PROVIDER,
    );
    let keys = JwkSet::from_keys([key.unwrap().with_id("2023-11")]);
    let policy = Policy::new(
        Issuers::only("https://issuer.example/tenant/4f1c"),
        Audiences::only("https://api.example"),
    );
    let verifier = common::verifier(policy.require_scopes(["orders:read"]));
    // The first token of a key stores its header in the cache.
    verifier.verify(&token, &keys, now()).unwrap();
    let (verified, allocations) = counted(|| verifier.verify(&token, &keys, now()).unwrap());
    println!("HS256, 18 claims: {allocations} allocations");
    assert!(allocations <= MOST, "{allocations}");

    #[derive(serde::Deserialize)]
    struct Borrowed<'t> {
        sub: &'t str,
        email: &'t str,
        level: u32,
    }
    let (claims, allocations) = counted(|| verified.claims::<Borrowed<'_>>().unwrap());
    assert_eq!((claims.email, claims.level), ("alice@example.com", 3));
    assert_eq!(claims.sub, verified.subject().unwrap());
    assert_eq!(allocations, 0, "borrowed claims");
}

#[test]
fn elliptic_curves_take_at_most_two_allocations() {
    let keys = JwkSet::from_json(P256).unwrap();
    let verifier = common::verifier(Policy::new(Issuers::only("joe"), Audiences::any()));
    let now = UnixTime::from_seconds(1_300_819_000);
    verifier.verify(ES256_TOKEN, &keys, now).unwrap();
    let (_, allocations) = counted(|| verifier.verify(ES256_TOKEN, &keys, now).unwrap());
    println!("ES256, 3 claims: {allocations} allocations");
    assert!(allocations <= MOST, "{allocations}");
}

/// An attacker who knows the format cannot fill the cache of headers.
#[test]
fn headers_of_forged_tokens_are_not_cached() {
    let keys = common::keys();
    let verifier = common::verifier(common::waived());
    for index in 0..100 {
        let forged = common::token_of(&format!(r#"{{"alg":"HS256","kid":"{index}"}}"#), b"{}");
        let (signed, _) = forged.rsplit_once('.').unwrap();
        let forged = format!("{signed}.{}", "A".repeat(43));
        assert!(verifier.verify(forged, &keys, now()).is_err());
    }
    let token = common::token_of(r#"{"alg":"HS256","crit":"no","typ":"JWT"}"#, b"{}");
    assert!(verifier.verify(token, &keys, now()).is_err());
    let token = common::token(EIGHTEEN_CLAIMS);
    verifier.verify(&token, &keys, now()).unwrap();
    let (_, allocations) = counted(|| verifier.verify(&token, &keys, now()).unwrap());
    assert!(allocations <= MOST, "{allocations}");
}

#[test]
fn garbage_takes_no_allocation() {
    let keys = JwkSet::from_json(P256).unwrap();
    let verifier = common::verifier(common::waived());
    let dots = ".".repeat(16_384);
    let megabyte = "A".repeat(1 << 20);
    for token in ["", "a", dots.as_str(), megabyte.as_str(), "a.b.c.d.e"] {
        let (error, allocations) = counted(|| verifier.verify(token, &keys, now()).unwrap_err());
        assert_eq!(allocations, 0, "{error}");
    }
}

/// Returns the result of `body`, and how often this thread allocated in it.
fn counted<R>(body: impl FnOnce() -> R) -> (R, usize) {
    let before = ALLOCATIONS.get();
    let result = body();
    (result, ALLOCATIONS.get() - before)
}

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: hands over to the system's allocator; counting touches a thread-local without a
// destructor and allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        unsafe { System.alloc(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        unsafe { System.realloc(pointer, layout, size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// RFC 7515 §A.3.
const P256: &str = r#"{"keys": [{"kty": "EC", "crv": "P-256",
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}"#;

const ES256_TOKEN: &str = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
