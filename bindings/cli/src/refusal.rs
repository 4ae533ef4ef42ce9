//! Why verifiers with a set refuse valid tokens of a key, and what makes them fetch the next set.

use verijot::AlgorithmSet;
use verijot::keys::KeyProblem;

use crate::forecast::{Effect, Finding, Role, Span, Verifiers};
use crate::key_set::{KeySet, PublishedKey};

/// Why verifiers with this set refuse tokens of this key, if they do.
pub(crate) fn refusal(
    set: &KeySet,
    key: &PublishedKey,
    role: Role,
    algorithms: AlgorithmSet,
    allowed: AlgorithmSet,
) -> Option<Refusal> {
    let own = set.find(key);
    let (error, is_reconsidered) = if algorithms.is_empty() {
        // It is always skipped, or no policy allows its algorithms.
        (if key.state.is_ok() { "algorithm_not_allowed" } else { "unknown_key" }, false)
    } else {
        let mut refusals = algorithms.iter().filter_map(|own| set.refusal(key, own, allowed));
        refusals.next().map(|refusal| (refusal.code, refusal.is_reconsidered))?
    };
    let kid = key.kid.as_deref();
    let is_unknown = kid.is_some_and(|kid| !set.knows_id(kid));
    let refetch = match (is_unknown, is_reconsidered) {
        (true, _) => Refetch::UnknownKid,
        (false, true) => Refetch::RefusedToken,
        (false, false) => Refetch::Never,
    };
    let (code, detail) = match own.map(|own| own.state) {
        Some(Err(reason)) if reason.problem() == KeyProblem::DuplicateKid => {
            return Some(Refusal {
                code: "ambiguous_key",
                error: "ambiguous_key",
                detail: reason.detail().to_owned(),
                refetch,
            });
        }
        Some(Err(reason)) => ("skipped_key", reason.to_string()),
        Some(Ok(_)) if error == "ambiguous_key" => (
            "ambiguous_key",
            String::from("the token does not identify one key; give the key a kid"),
        ),
        Some(Ok(_)) => ("algorithm_change", String::from(OTHER_ALGORITHM)),
        None if kid.is_some() && !is_unknown => ("kid_reused", String::from(REUSED)),
        None if role == Role::New => ("not_known_yet", String::from(TOO_SOON)),
        None => ("withdrawn_too_early", String::from(TOO_EARLY)),
    };
    Some(Refusal { code, error, detail, refetch })
}

/// Why a set does not verify a key's tokens.
pub(crate) struct Refusal {
    code: &'static str,
    error: &'static str,
    detail: String,
    pub(crate) refetch: Refetch,
}

/// What makes a verifier with the set fetch the next one early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refetch {
    /// The set does not have the token's `kid`.
    UnknownKid,
    /// The token is refused with the key that was found, and the set is a minute old.
    RefusedToken,
    Never,
}

impl Refusal {
    /// The error of tokens that arrive before the fetch is allowed.
    pub(crate) fn error_before_refetch(&self) -> &'static str {
        match self.refetch {
            Refetch::UnknownKid => "keys_unavailable",
            Refetch::RefusedToken | Refetch::Never => self.error,
        }
    }

    pub(crate) fn finding(
        &self,
        key: &PublishedKey,
        role: Role,
        verifiers: Verifiers,
        span: Span,
    ) -> Finding {
        Finding {
            code: self.code,
            kid: key.kid.clone(),
            role: Some(role),
            effect: Effect::Refused,
            verifiers,
            error: Some(self.error),
            span,
            detail: self.detail.clone(),
        }
    }
}

const TOO_SOON: &str = "tokens are signed with it before every cache has it; sign later";

const TOO_EARLY: &str = "it is withdrawn while its tokens are valid; publish it for longer";

const REUSED: &str = "another key has or had this kid, so a verifier learns that its set is old only \
                      from a bad signature; give every key its own kid";

const OTHER_ALGORITHM: &str = "the verifiers do not allow this key's algorithm; allow it in their \
                      policies first, then pass it with --algorithm";
