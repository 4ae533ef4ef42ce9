//! The calls that every request makes, for the JVM. A call through JNI costs less than a microsecond,
//! one through JNA tens of them. They take the arguments of the functions of the same name and return
//! the results serialized as uniffi does.

use jni::EnvUnowned;
use jni::errors::{Error, ThrowRuntimeExAndDefault};
use jni::objects::{JByteArray, JClass};
use jni::sys::{jint, jlong};
use uniffi::Lower;

use crate::UniFfiTag;
use crate::clocks::Clocks;
use crate::jwk_set::JwkSet;
use crate::jwks_cache::JwksCache;
use crate::moment::Moment;
use crate::numbered::{JWK_SETS, JWKS_CACHES, VERIFIERS};
use crate::verifier::Verifier;

#[uniffi::export]
impl Verifier {
    /// Returns the number that identifies the verifier in calls through JNI.
    #[must_use]
    pub fn number(&self) -> i64 {
        self.number.value()
    }
}

#[uniffi::export]
impl JwkSet {
    /// Returns the number that identifies the set in calls through JNI.
    #[must_use]
    pub fn number(&self) -> i64 {
        self.number.value()
    }
}

#[uniffi::export]
impl JwksCache {
    /// Returns the number that identifies the cache in calls through JNI.
    #[must_use]
    pub fn number(&self) -> i64 {
        self.number.value()
    }
}

/// Calls `Verifier::verify`. Returns a serialized `TokenVerdict`, or null if an object was closed.
#[unsafe(no_mangle)]
pub(crate) extern "system" fn Java_dev_verijot_ffi_DirectCalls_verify<'call>(
    mut caller: EnvUnowned<'call>,
    _class: JClass<'call>,
    verifier: jlong,
    keys: jlong,
    token: JByteArray<'call>,
    seconds: jlong,
    nanoseconds: jint,
) -> JByteArray<'call> {
    let outcome = caller.with_env(|env| -> Result<_, Error> {
        let verifier = VERIFIERS.find(verifier);
        let (Some(verifier), Some(keys)) = (verifier, JWK_SETS.find(keys)) else {
            return Ok(JByteArray::null());
        };
        let token = env.convert_byte_array(&token)?;
        let now = moment(seconds, nanoseconds);
        env.byte_array_from_slice(&serialized(verifier.verify_octets(&token, &keys, now)))
    });
    outcome.resolve::<ThrowRuntimeExAndDefault>()
}

/// Calls `JwksCache::verify`. Returns a serialized `CacheStep`, or null if an object was closed.
#[unsafe(no_mangle)]
#[allow(clippy::too_many_arguments)]
pub(crate) extern "system" fn Java_dev_verijot_ffi_DirectCalls_verifyWithCache<'call>(
    mut caller: EnvUnowned<'call>,
    _class: JClass<'call>,
    cache: jlong,
    verifier: jlong,
    token: JByteArray<'call>,
    requested_at: jlong,
    monotonic: jlong,
    wall_seconds: jlong,
    wall_nanoseconds: jint,
    seconds: jlong,
    nanoseconds: jint,
) -> JByteArray<'call> {
    let outcome = caller.with_env(|env| -> Result<_, Error> {
        let verifier = VERIFIERS.find(verifier);
        let (Some(verifier), Some(cache)) = (verifier, JWKS_CACHES.find(cache)) else {
            return Ok(JByteArray::null());
        };
        let token = env.convert_byte_array(&token)?;
        let wall = moment(wall_seconds, wall_nanoseconds);
        let clocks = Clocks { monotonic: since_start(monotonic), wall };
        let now = moment(seconds, nanoseconds);
        let step = cache.verify_octets(&verifier, &token, since_start(requested_at), clocks, now);
        env.byte_array_from_slice(&serialized(step))
    });
    outcome.resolve::<ThrowRuntimeExAndDefault>()
}

fn moment(seconds: jlong, nanoseconds: jint) -> Moment {
    Moment { seconds, nanoseconds: u32::try_from(nanoseconds).unwrap_or_default() }
}

/// A negative reading counts as the start of the clock.
fn since_start(nanoseconds: jlong) -> u64 {
    u64::try_from(nanoseconds).unwrap_or_default()
}

fn serialized<T: Lower<UniFfiTag>>(value: T) -> Vec<u8> {
    let mut octets = Vec::with_capacity(USUAL_LENGTH);
    T::write(value, &mut octets);
    octets
}

/// How many octets a typical result has.
const USUAL_LENGTH: usize = 2048;
