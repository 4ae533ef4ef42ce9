//! The calls that every request makes, for the JVM: through JNI they cost less than a microsecond,
//! through JNA tens of them. Arguments and results are those of the functions of the same name, the
//! results in the serialization of uniffi.

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
    /// Stands for the verifier in calls through JNI.
    #[must_use]
    pub fn number(&self) -> i64 {
        self.number.value()
    }
}

#[uniffi::export]
impl JwkSet {
    /// Stands for the set in calls through JNI.
    #[must_use]
    pub fn number(&self) -> i64 {
        self.number.value()
    }
}

#[uniffi::export]
impl JwksCache {
    /// Stands for the cache in calls through JNI.
    #[must_use]
    pub fn number(&self) -> i64 {
        self.number.value()
    }
}

/// `Verifier::verify`: a serialized `TokenVerdict`, or null if an object has been closed.
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

/// `JwksCache::verify`: a serialized `CacheStep`, or null if an object has been closed.
#[unsafe(no_mangle)]
#[allow(clippy::too_many_arguments)]
pub(crate) extern "system" fn Java_dev_verijot_ffi_DirectCalls_verifyWithCache<'call>(
    mut caller: EnvUnowned<'call>,
    _class: JClass<'call>,
    cache: jlong,
    verifier: jlong,
    token: JByteArray<'call>,
    asked: jlong,
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
        let step = cache.verify_octets(&verifier, &token, since_start(asked), clocks, now);
        env.byte_array_from_slice(&serialized(step))
    });
    outcome.resolve::<ThrowRuntimeExAndDefault>()
}

fn moment(seconds: jlong, nanoseconds: jint) -> Moment {
    Moment { seconds, nanoseconds: u32::try_from(nanoseconds).unwrap_or_default() }
}

/// Nothing was before the clock started.
fn since_start(nanoseconds: jlong) -> u64 {
    u64::try_from(nanoseconds).unwrap_or_default()
}

fn serialized<T: Lower<UniFfiTag>>(value: T) -> Vec<u8> {
    let mut octets = Vec::with_capacity(ENOUGH);
    T::write(value, &mut octets);
    octets
}

/// Octets of a usual result.
const ENOUGH: usize = 2048;
