//! A verification in two halves: all that comes before the signature's arithmetic, which the host does,
//! and all that comes after.

use std::sync::Arc;

use verijot::verify::{AlbVerifier, Answered, Asked, Question};
use verijot::{Algorithm, Error, JwkSet, UnixTime, Verifier};

use crate::answer::{self, Status};
use crate::explanation::explained;
use crate::keys::KEYS;
use crate::memory::Octets;
use crate::numbers::{size, time};
use crate::problem::{invalid_argument, no_time, unknown_object};
use crate::refusal::refused;
use crate::table::{Kind, Table};
use crate::token::{Accepted, accepted, forget_accepted};
use crate::verifier::{AnyVerifier, any};

/// Verifies a token, up to its signature where that is the host's to verify.
///
/// `mode` is 0 for a JWT or a load balancer's token, 1 for a JWS whose payload may be anything, 2 to
/// explain a JWT, which is read whatever its length. A load balancer's verifier knows 0 only; another mode is
/// `Unusable` with the code `invalid_argument`. Ends with
/// - `Done`: accepted, and the text is the payload (or, for 2, explained);
/// - `Refused`;
/// - `Question`: the host is to verify a signature. The text is the signature; the numbers are the
///   question's, the algorithm's (its place in RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384,
///   ES512, EdDSA), how many octets of the token are the message, how many keys are to be tried (4 at
///   most), and their positions in the set.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn verijot_verify(
    verifier: u32,
    keys: u32,
    token: *const u8,
    token_length: usize,
    mode: u32,
    now: f64,
    now_nanoseconds: u32,
) -> u32 {
    // Whatever comes of this one, the token before is over.
    forget_accepted();
    let (Some(by), Some(keys)) = (any(verifier), KEYS.get(keys)) else {
        return unknown_object();
    };
    let is_known = match &by {
        AnyVerifier::Jwt(_) => mode <= EXPLAIN,
        AnyVerifier::Alb(_) => mode == JWT,
    };
    if !is_known {
        return invalid_argument(format!("mode {mode} is not one of this verifier's"));
    }
    // Nothing is read of a token that is too long, but for an explanation.
    if let Some(error) = too_large(token_length, by.longest_token()).filter(|_| mode != EXPLAIN) {
        return refused(error);
    }
    // SAFETY: the octets are as the crate demands of a caller.
    let token = unsafe { Octets::borrow(&token, token_length) }.read();
    let Some(now) = time(now, now_nanoseconds) else { return no_time() };
    let verifier = match &by {
        AnyVerifier::Jwt(verifier) => verifier,
        AnyVerifier::Alb(verifier) => {
            return match verifier.ask(token, &keys) {
                Ok(Asked::Settled(answered)) => finish_alb(verifier, &answered, now),
                Ok(Asked::Waiting(question)) => wait(Waiting { by, keys, question, mode }),
                Err(error) => refused(error),
            };
        }
    };
    let asked = match mode {
        JWS => verifier.ask_jws(token, &keys),
        EXPLAIN => match verifier.ask(token, &keys) {
            Ok(Asked::Waiting(question)) => Ok(Asked::Waiting(question)),
            _ => return explained(verifier.explain(token, &keys, now)),
        },
        _ => verifier.ask(token, &keys),
    };
    match asked {
        Ok(Asked::Settled(answered)) => finish(verifier, answered, mode, now),
        Ok(Asked::Waiting(question)) => wait(Waiting { by, keys, question, mode }),
        Err(error) => refused(error),
    }
}

/// Answers a question: `verified_by` is the place, among the keys that were to be tried, of the key that
/// verifies the signature, or `0xffffffff` if none does. Ends as [`verijot_verify`] does, but with no
/// other question. The question is gone.
#[unsafe(no_mangle)]
pub extern "C" fn verijot_answer_question(
    question: u32,
    verified_by: u32,
    now: f64,
    now_nanoseconds: u32,
) -> u32 {
    forget_accepted();
    let Some(Waiting { by, keys, question, mode }) = QUESTIONS.take(question) else {
        return unknown_object();
    };
    let Some(now) = time(now, now_nanoseconds) else { return no_time() };
    // What is too large for a place is none.
    let verified_by = usize::try_from(verified_by).ok();
    let verifier = match by {
        AnyVerifier::Jwt(verifier) => verifier,
        AnyVerifier::Alb(alb) => {
            return question
                .answer(verified_by)
                .map_or_else(refused, |answered| finish_alb(&alb, &answered, now));
        }
    };
    if mode == EXPLAIN {
        return explained(question.explain(verified_by, &verifier, &keys, now));
    }
    match question.answer(verified_by) {
        Ok(answered) => finish(&verifier, answered, mode, now),
        Err(error) => refused(error),
    }
}

/// Drops a question that nobody will answer; nothing happens if it is gone already.
#[unsafe(no_mangle)]
pub extern "C" fn verijot_question_drop(question: u32) {
    QUESTIONS.take(question);
}

/// The refusal of a token of which nothing may be read, because the host has not copied it.
pub(crate) fn too_large(length: usize, limit: usize) -> Option<Error> {
    (length > limit).then_some(Error::TokenTooLarge { length, limit })
}

struct Waiting {
    by: AnyVerifier,
    keys: Arc<JwkSet>,
    question: Question,
    mode: u32,
}

fn finish_alb(alb: &AlbVerifier, answered: &Answered, now: UnixTime) -> u32 {
    let verdict = alb.verify_answered(answered, now).map(Accepted::Alb);
    verdict.map_or_else(refused, accepted)
}

fn finish(verifier: &Verifier, answered: Answered, mode: u32, now: UnixTime) -> u32 {
    let verdict = if mode == JWS {
        answered.verify_jws(verifier).map(Accepted::Jws)
    } else {
        answered.verify(verifier, now).map(Accepted::Jwt)
    };
    verdict.map_or_else(refused, accepted)
}

fn wait(waiting: Waiting) -> u32 {
    let question = &waiting.question;
    let mut numbers = [0.0; 8];
    let algorithm = Algorithm::ALL.iter().position(|known| *known == question.algorithm());
    let candidates = question.candidates();
    let known = [
        f64::NAN,
        size(algorithm.unwrap_or(usize::MAX)),
        size(question.message().len()),
        size(candidates.len()),
    ];
    let positions = candidates.iter().map(|candidate| size(candidate.position()));
    for (place, number) in numbers.iter_mut().zip(known.into_iter().chain(positions)) {
        *place = number;
    }
    let signature = question.signature().to_vec();
    let number = QUESTIONS.add(waiting);
    if number == 0 {
        return refused(Error::KeysUnavailable { retry_after: None });
    }
    if let Some(first) = numbers.first_mut() {
        *first = f64::from(number);
    }
    answer::text_and_numbers(Status::Question, signature, numbers)
}

static QUESTIONS: Table<Waiting> = Table::new(Kind::Question);

const JWT: u32 = 0;
const JWS: u32 = 1;
const EXPLAIN: u32 = 2;
