//! Proves that the core needs no standard library: a program without one, with its own allocator
//! and panic handler, verifies the token of RFC 7515 §A.3 and exits with 0.
//!
//! If anything below the core brought the standard library in, there would be two panic handlers,
//! and this would not compile.
#![no_std]
#![no_main]

extern crate alloc;

use alloc::string::{String, ToString};
use core::alloc::{GlobalAlloc, Layout};
use core::ffi::{c_char, c_int, c_void};
use core::time::Duration;

use verijot::issuer::{CacheSettings, JwksCache, KeyLocation, SearchStep, Settings};
use verijot::session::{Decision, RefreshSettings, Session, Storage, Tokens};
use verijot::{
    Algorithm, Audiences, Issuers, JwkSet, JwkSetParser, Key, Policy, UnixTime, Verifier,
    VerifierSet,
};

#[unsafe(no_mangle)]
extern "C" fn main(_: c_int, _: *const *const c_char) -> c_int {
    match verdicts() {
        (Some("valid"), Some("expired"), Some("invalid_signature"))
            if other_keys() && around_a_service() == Some(true) =>
        {
            0
        }
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
    explanation
        .to_string()
        .ends_with("refused: wrong_claim: claim `exp` does not have the expected value")
}

/// So does what a service has around its verifier: settings, several issuers, the places and the
/// cache of keys, and a client's session.
fn around_a_service() -> Option<bool> {
    let settings = |name: &str| match name {
        "ISSUER" => Some(String::from("joe")),
        "AUDIENCE" => Some(String::from("any-audience")),
        "JWKS" => Some(String::from(JWKS)),
        _ => None,
    };
    let (policy, source) = Settings::read("", settings).ok()?.into_parts();
    let keys = source.static_keys(verijot::crypto::ring::PROVIDER).ok()??;
    let set = VerifierSet::new([(Verifier::new(policy).ok()?, keys)]).ok()?;
    let is_valid = set.verify(TOKEN, UnixTime::from_seconds(1_300_819_000)).is_ok();
    let error = Settings::read("", |name| (name != "LEEWAY").then(String::new)).err()?;
    let is_told =
        error.to_string().starts_with("invalid_settings: PUBLIC_KEY: it is set but empty");

    let mut search = KeyLocation::of_issuer("https://issuer.example").ok()?.search();
    search.on_response(404, b"");
    search.on_response(404, b"");
    let is_found = matches!(search.step(), SearchStep::Keys { is_known: false, .. });

    let parser = JwkSetParser::new(verijot::crypto::ring::PROVIDER);
    let mut cache = JwksCache::new(parser, CacheSettings::default());
    let now = Duration::from_secs(60);
    cache.seed(JWKS, now, now).ok()?;
    let is_hashed = cache.export(now)?.sha256.len() == 64;

    let mut session = Session::new(RefreshSettings::default());
    session.sign_in(Tokens::new(Some(now)), now);
    let is_refreshed = matches!(session.resolve(Storage::Writable, now * 2), Decision::Refresh(_));
    Some(is_valid && is_told && is_found && is_hashed && is_refreshed)
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
