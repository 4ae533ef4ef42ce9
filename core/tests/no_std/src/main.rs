//! Proves that the core needs no standard library: a program without one, with its own allocator
//! and panic handler, verifies the token of RFC 7515 §A.3 and exits with 0.
//!
//! If anything below the core brought the standard library in, there would be two panic handlers,
//! and this would not compile.
#![no_std]
#![no_main]

extern crate alloc;

use alloc::string::ToString;
use core::alloc::{GlobalAlloc, Layout};
use core::ffi::{c_char, c_int, c_void};

use verijot::{Algorithm, Audiences, Issuers, JwkSet, Key, Policy, UnixTime, Verifier};

#[unsafe(no_mangle)]
extern "C" fn main(_: c_int, _: *const *const c_char) -> c_int {
    match verdicts() {
        (Some("valid"), Some("expired"), Some("invalid_signature")) if other_keys() => 0,
        _ => 1,
    }
}

/// Everything else that is in the default features links too: PEM, secrets, explanations.
fn other_keys() -> bool {
    let provider = verijot::crypto::ring::PROVIDER;
    let (Ok(public), Ok(secret)) = (
        Key::from_pem(PEM, Algorithm::Es256, provider),
        Key::from_secret(&[7; 32], Algorithm::Hs256, provider),
    ) else {
        return false;
    };
    let keys = JwkSet::from_keys([secret, public]);
    let policy = Policy::new(Issuers::only("joe"), Audiences::any()).expect_claim("exp", 1);
    let Ok(verifier) = Verifier::new(policy) else { return false };
    let explanation = verifier.explain(TOKEN, &keys, UnixTime::from_seconds(1_300_819_000));
    explanation.to_string().ends_with("refused: wrong_claim: the claim exp has another value")
}

/// Of the token in its time, of the token too late, and of a token with a changed payload.
fn verdicts() -> (Option<&'static str>, Option<&'static str>, Option<&'static str>) {
    let (Ok(keys), Ok(verifier)) = (
        JwkSet::from_json(JWKS),
        Verifier::new(Policy::new(Issuers::only("joe"), Audiences::any())),
    ) else {
        return (None, None, None);
    };
    let verdict = |token: &str, seconds| {
        Some(match verifier.verify(token, &keys, UnixTime::from_seconds(seconds)) {
            Ok(token) if token.issuer() == Some("joe") => "valid",
            Ok(_) => "wrong",
            Err(error) => error.code(),
        })
    };
    (verdict(TOKEN, 1_300_819_000), verdict(TOKEN, 1_300_820_000), verdict(FORGED, 1_300_819_000))
}

struct LibcAllocator;

// SAFETY: both functions hand over to the C library, whose blocks are aligned for every type that
// asks for at most 16 octets; more is answered with null, which stands for "no memory".
unsafe impl GlobalAlloc for LibcAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.align() > 16 {
            return core::ptr::null_mut();
        }
        unsafe { malloc(layout.size()).cast() }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, _: Layout) {
        unsafe { free(pointer.cast()) }
    }
}

#[global_allocator]
static ALLOCATOR: LibcAllocator = LibcAllocator;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    unsafe { abort() }
}

#[link(name = "c")]
unsafe extern "C" {
    fn malloc(size: usize) -> *mut c_void;
    fn free(pointer: *mut c_void);
    fn abort() -> !;
}

const JWKS: &str = r#"{"keys": [{"kty": "EC", "crv": "P-256",
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}"#;

/// The same key as SubjectPublicKeyInfo.
const PEM: &str = "-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV7
6e8Tus9uPHvRVEXH8UTNG72bfocs3+257rn0s2ldbqkLJK2KRiMohYjlrQ==
-----END PUBLIC KEY-----
";

const TOKEN: &str = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

const FORGED: &str = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODEsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
