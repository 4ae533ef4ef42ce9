//! The result of a rehearsal: what happens to each key, and what goes wrong. Times are in seconds
//! since the publication of the new set.

use verijot::AlgorithmSet;

use crate::key_set::PublishedKey;

/// What happens to the keys, and what goes wrong.
pub(crate) struct Rotation {
    pub(crate) lives: Vec<Life>,
    pub(crate) findings: Vec<Finding>,
    pub(crate) notes: Vec<Finding>,
}

/// One key during the rotation. An end of `None` means forever.
pub(crate) struct Life {
    pub(crate) kid: Option<String>,
    pub(crate) key_type: Option<String>,
    pub(crate) algorithms: AlgorithmSet,
    pub(crate) role: Role,
    /// When the key signs tokens, from 0 on; earlier tokens count too.
    pub(crate) signs: Option<Span>,
    pub(crate) published: Span,
    /// Until when a busy verifier that reaches the issuer may accept it.
    pub(crate) accepted_until: Option<u64>,
    /// Until when an idle verifier that reaches the issuer may accept it.
    pub(crate) accepted_until_when_idle: Option<u64>,
    /// Until when any verifier may accept it.
    pub(crate) accepted_until_when_cut_off: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// It signs until `sign_after` and is withdrawn.
    Replaced,
    /// It signs from `sign_after` on.
    New,
    /// Nothing changes for it.
    Kept,
    /// It no longer signs, and the new set does not contain it.
    Dropped,
}

impl Role {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Replaced => "replaced",
            Self::New => "new",
            Self::Kept => "kept",
            Self::Dropped => "dropped",
        }
    }
}

/// A problem, or a note.
#[derive(Debug)]
pub(crate) struct Finding {
    pub(crate) code: &'static str,
    pub(crate) kid: Option<String>,
    /// The role of the key, if the finding is about a key of the rotation.
    pub(crate) role: Option<Role>,
    pub(crate) effect: Effect,
    pub(crate) verifiers: Verifiers,
    /// The error code, or the reason why a key or a set is not used.
    pub(crate) error: Option<&'static str>,
    pub(crate) span: Span,
    pub(crate) detail: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Valid tokens are refused.
    Refused,
    /// A withdrawn key is accepted for longer than caches make unavoidable.
    Accepted,
    /// Neither.
    Nothing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verifiers {
    /// They have the set that the issuer publishes now.
    Current,
    /// They are busy, and have a set that is less than a TTL old.
    Caching,
    /// They reach the issuer, but no token made them fetch.
    Idle,
}

impl Life {
    /// A key that is accepted forever, until its ends are set.
    pub(crate) fn new(
        key: &PublishedKey,
        role: Role,
        signs: Option<Span>,
        published: Span,
    ) -> Self {
        Self {
            kid: key.kid.clone(),
            key_type: key.key_type.clone(),
            algorithms: key.algorithms(),
            role,
            signs,
            published,
            accepted_until: None,
            accepted_until_when_idle: None,
            accepted_until_when_cut_off: None,
        }
    }
}

impl Finding {
    /// Whether both are equal except for the time.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        (self.code, self.verifiers, self.error) == (other.code, other.verifiers, other.error)
    }
}

/// A span of time without its end; `None` means forever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) from: u64,
    pub(crate) until: Option<u64>,
}

impl Span {
    pub(crate) const ALWAYS: Self = Self { from: 0, until: None };

    pub(crate) fn new(from: u64, until: u64) -> Self {
        Self { from, until: Some(until) }
    }

    /// Its duration.
    pub(crate) fn length(self) -> Option<u64> {
        self.until.map(|until| until.saturating_sub(self.from))
    }

    pub(crate) fn is_empty(self) -> bool {
        self.until.is_some_and(|until| until <= self.from)
    }

    pub(crate) fn intersection(self, other: Self) -> Option<Self> {
        let until = [self.until, other.until].into_iter().flatten().min();
        Some(Self { from: self.from.max(other.from), until }).filter(|span| !span.is_empty())
    }

    pub(crate) fn contains(self, other: Self) -> bool {
        let ends_later = match (self.until, other.until) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(own), Some(other)) => own >= other,
        };
        self.from <= other.from && ends_later
    }

    /// Both as one, if there is no gap between them.
    pub(crate) fn joined(self, later: Self) -> Option<Self> {
        let until = self.until.filter(|until| *until >= later.from)?;
        let end = later.until.map(|end| end.max(until));
        Some(Self { from: self.from, until: end })
    }
}
