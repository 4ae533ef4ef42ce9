//! Which key of those that share a `kid` is for which algorithm.

use alloc::vec::Vec;

use crate::crypto::algorithm::{Algorithm, AlgorithmSet};
use crate::keys::jwk::Jwk;
use crate::keys::key::{Fingerprint, Key};

/// The algorithms that a key has among the keys with its `kid`.
#[derive(Default)]
pub(super) struct Share {
    /// Those for which it is the only key, or the first of equal ones.
    pub(super) own: AlgorithmSet,
    /// Those that a key with other numbers is for as well.
    pub(super) ambiguous: AlgorithmSet,
}

/// Computes the share of each key. Together, `kid`, `kty`, `crv`, `use` and `alg` identify a key
/// (RFC 7517 §4): the algorithm of the token distinguishes keys that share a `kid`. Keys with the
/// same numbers count as one.
pub(super) fn shares(jwks: &[Jwk]) -> Vec<Share> {
    let mut names = Vec::new();
    for (index, jwk) in jwks.iter().enumerate() {
        names.extend(jwk.claims.iter().map(|algorithm| (name(jwk, algorithm), index)));
    }
    names.sort_unstable();
    let mut shares = Vec::new();
    shares.resize_with(jwks.len(), Share::default);
    for holders in names.chunk_by(|(one, _), (other, _)| one == other) {
        let jwk = |index: usize| jwks.get(index);
        let Some(((_, _, algorithm), first)) = holders.first() else { continue };
        let numbers = jwk(*first).map(fingerprint);
        let alone = holders.iter().skip(1).all(|(_, index)| {
            jwk(*index).is_some_and(|jwk| jwk.key.is_ok() && numbers == Some(fingerprint(jwk)))
        });
        let holders = if alone { holders.get(..1).unwrap_or_default() } else { holders };
        for (_, index) in holders {
            let Some(share) = shares.get_mut(*index) else { continue };
            let set = if alone { &mut share.own } else { &mut share.ambiguous };
            *set = set.union((*algorithm).into());
        }
    }
    shares
}

/// Returns the name that keys compete for: `kid` and algorithm. Keys without a `kid` compete only
/// with keys of the same numbers.
fn name(jwk: &Jwk, algorithm: Algorithm) -> (Option<&str>, Option<&Fingerprint>, Algorithm) {
    match &jwk.id {
        Some(id) => (Some(id), None, algorithm),
        None => (None, fingerprint(jwk), algorithm),
    }
}

/// `None` for a key that cannot be used.
fn fingerprint(jwk: &Jwk) -> Option<&Fingerprint> {
    jwk.key.as_ref().ok().map(Key::fingerprint)
}
