//! A header, claims, a policy and keys built from decisions, signed with a published test key, and
//! mostly valid: the core gives the model's verdict and code.

mod claims;
mod header;
mod key_set;
mod policy;
mod spelling;

use verijot::crypto::{aws_lc_rs, ring};

use crate::choices::Choices;
use crate::invariants;
use crate::model::case::{Case, JwksOption, Mode};
use crate::model::keys;
use crate::signing;
use crate::targets::case::judge;

/// Runs an input.
pub fn run(data: &[u8]) {
    let mut choices = Choices::new(data);
    let case = build(&mut choices);
    let run = if choices.either() {
        judge(&case, ring::PROVIDER, &keys::OF_RING)
    } else {
        judge(&case, aws_lc_rs::PROVIDER, &keys::ALL)
    };
    invariants::hides_claims(&run.said, &case.token);
}

fn build(choices: &mut Choices<'_>) -> Case {
    let (signer, alg) = match choices.below(12) {
        11 => choices.pick(&SLOW),
        _ => choices.pick(&QUICK),
    };
    let now = NOW + i128::from(choices.pick(&[0, 0, 500_000_000, 1]));
    let mut policy = policy::policy(choices, alg);
    let kid = choices.pick(&["k", signer, "", "\u{e9}\"\\", "k "]);
    let keys = key_set::key_set(choices, signer, kid, &mut policy);
    let header = header::header(choices, alg, kid);
    let claims = claims::claims(choices, &policy, now);
    let mut token = signing::token(signer, alg, &header, &claims);
    if choices.rarely() {
        damage(choices, &mut token);
    }
    if choices.rarely() {
        let length = token.len();
        policy.limits.token_octets = Some(choices.pick(&[length, length - 1, length + 1, 0]));
    }
    let mode = choices.usually(&[Mode::Jwt, Mode::Jws]);
    let keys = if choices.rarely() && choices.rarely() { None } else { Some(keys) };
    let jwks_options = choices.pick(&[
        &[][..],
        &[],
        &[],
        &[JwksOption::PaddedBase64, JwksOption::ShortCoordinates],
        &[JwksOption::ShortCoordinates],
        &[JwksOption::SingleKey],
    ]);
    let jwks_options = jwks_options.to_vec();
    Case { keys, jwks_options, token, mode, policy, now: spelling::seconds(now, "") }
}

fn damage(choices: &mut Choices<'_>, token: &mut Vec<u8>) {
    let place = usize::from(choices.number()) % token.len();
    let dot = token.iter().rposition(|octet| *octet == b'.').expect("two dots");
    match choices.below(10) {
        0 => token.truncate(dot + 1),
        1 => token.truncate(dot),
        2 => token.extend(b".AA.AA"),
        3 => token.push(b'='),
        4 => token.push(b'A'),
        5 => token.insert(place, choices.pick(b" \n.+/=~\0\xff")),
        6 => token[place] = choices.pick(b"AQgw_-"),
        7 => {
            // The unused bits of the signature's last character.
            let last = token.len() - 1;
            token[last] = choices.pick(b"ABQRghwx");
        }
        8 => token.swap(place, dot),
        _ => drop(token.remove(place)),
    }
}

const QUICK: [(&str, &str); 11] = [
    ("hmac-64", "HS256"),
    ("hmac-32", "HS256"),
    ("hmac-64", "HS384"),
    ("hmac-48", "HS384"),
    ("hmac-64", "HS512"),
    ("hmac-200", "HS512"),
    ("hmac-31", "HS256"),
    ("hmac-47", "HS384"),
    ("hmac-other", "HS256"),
    ("ed25519", "EdDSA"),
    ("ed25519-other", "EdDSA"),
];

/// Each of these takes longer than all others together.
const SLOW: [(&str, &str); 9] = [
    ("p256", "ES256"),
    ("p256-other", "ES256"),
    ("p256-short-x", "ES256"),
    ("p384", "ES384"),
    ("p521", "ES512"),
    ("rsa", "RS256"),
    ("rsa", "PS384"),
    ("rsa", "RS512"),
    ("rsa-other", "PS256"),
];

const NOW: i128 = 1_700_000_000_000_000_000;
