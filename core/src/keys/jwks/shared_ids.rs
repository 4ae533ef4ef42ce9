//! Which key of those that share a `kid` is for which algorithm.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use crate::crypto::algorithm::{Algorithm, AlgorithmSet};
use crate::keys::jwk::Jwk;
use crate::keys::key::{Fingerprint, Key};

/// The algorithms that a key has among the keys with its `kid`.
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
    let mut owners = BTreeMap::new();
    for (index, jwk) in jwks.iter().enumerate() {
        for algorithm in jwk.claims.iter() {
            let owner = owners.entry(name(jwk, algorithm)).or_insert(Owner { index, alone: true });
            let first = jwks.get(owner.index).map(fingerprint);
            owner.alone &=
                owner.index == index || first == Some(fingerprint(jwk)) && jwk.key.is_ok();
        }
    }
    let share = |(index, jwk): (usize, &Jwk)| {
        let owner = |algorithm| owners.get(&name(jwk, algorithm));
        let of = |wanted: &dyn Fn(&Owner) -> bool| {
            jwk.claims.iter().filter(|algorithm| owner(*algorithm).is_some_and(wanted)).collect()
        };
        Share {
            own: of(&|owner| owner.alone && owner.index == index),
            ambiguous: of(&|owner| !owner.alone),
        }
    };
    jwks.iter().enumerate().map(share).collect()
}

/// The owner of a name: the first key that has it.
struct Owner {
    /// The index of the first key with the name.
    index: usize,
    /// Whether all other keys with the name have the same numbers.
    alone: bool,
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
