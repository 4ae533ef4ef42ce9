//! Objects by number, so that a call through JNI does not need a pointer, which could dangle.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock, PoisonError, RwLock, Weak};

use crate::jwk_set::JwkSet;
use crate::jwks_cache::JwksCache;
use crate::verifier::Verifier;

pub(crate) static VERIFIERS: LazyLock<Register<Verifier>> = LazyLock::new(Register::new);
pub(crate) static JWK_SETS: LazyLock<Register<JwkSet>> = LazyLock::new(Register::new);
pub(crate) static JWKS_CACHES: LazyLock<Register<JwksCache>> = LazyLock::new(Register::new);

/// The live objects of one type.
pub(crate) struct Register<T: 'static> {
    objects: Arc<Objects<T>>,
    issued: AtomicI64,
}

impl<T: Send + Sync> Register<T> {
    fn new() -> Self {
        Self { objects: Arc::default(), issued: AtomicI64::new(0) }
    }

    /// Registers an object until the returned number is dropped. No number is used twice.
    pub(crate) fn add(&self, object: &Weak<T>) -> Number {
        let number = self.issued.fetch_add(1, Ordering::Relaxed);
        let mut objects = self.objects.write().unwrap_or_else(PoisonError::into_inner);
        objects.insert(number, Weak::clone(object));
        let objects = Arc::clone(&self.objects);
        let remove = move || {
            objects.write().unwrap_or_else(PoisonError::into_inner).remove(&number);
        };
        Number { number, remove: Box::new(remove) }
    }

    /// Finds an object, unless it has been closed.
    pub(crate) fn find(&self, number: i64) -> Option<Arc<T>> {
        let objects = self.objects.read().unwrap_or_else(PoisonError::into_inner);
        objects.get(&number)?.upgrade()
    }
}

/// An object's entry in its register.
pub(crate) struct Number {
    number: i64,
    remove: Box<dyn Fn() + Send + Sync>,
}

impl Number {
    pub(crate) const fn value(&self) -> i64 {
        self.number
    }
}

impl Drop for Number {
    fn drop(&mut self) {
        (self.remove)();
    }
}

type Objects<T> = RwLock<HashMap<i64, Weak<T>>>;
