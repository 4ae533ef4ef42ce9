//! `verijot decode`: the content of a token. Nothing is verified, so everything that can be parsed
//! is shown; the other verbs check it.

use std::collections::BTreeMap;
use std::ffi::OsStr;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::value::RawValue;
use verijot::{NumericDate, UnixTime};

use crate::indentation::indent;
use crate::problem::{Ending, Problem};
use crate::{dates, input, output};

pub(crate) fn run(argument: &OsStr, json: bool) -> Result<Ending, Problem> {
    let token = input::token(argument)?;
    let reading = Reading::of(&token);
    match (&reading.failure, json) {
        (None, true) => output::print_json(&reading.report(UnixTime::now()))?,
        (_, false) => output::print(&reading.to_text(UnixTime::now()))?,
        (Some(_), true) => {}
    }
    if reading.failure.is_none() || (reading.header.is_some() && !json) {
        output::complain(&format!("{}: {UNVERIFIED}\n", output::noteworthy("warning")));
    }
    if let Some(failure) = &reading.failure {
        failure.report(json);
    }
    Ok(Ending::of(reading.failure.is_none()))
}

/// The parsed parts of a token, and the error that stopped parsing.
#[derive(Default)]
struct Reading {
    header: Option<Box<RawValue>>,
    claims: Option<Box<RawValue>>,
    signature_octets: Option<usize>,
    failure: Option<Problem>,
}

impl Reading {
    fn of(token: &[u8]) -> Self {
        let mut reading = Self::default();
        reading.failure = reading.read(token).err();
        reading
    }

    fn read(&mut self, token: &[u8]) -> Result<(), Problem> {
        if token.len() > input::LARGEST {
            return Err(Problem::new("token_too_large", "larger than 1 MiB"));
        }
        let segments = token.split(|octet| *octet == b'.').take(MOST_SEGMENTS).collect::<Vec<_>>();
        let (header, rest) = match segments.as_slice() {
            [header, claims, signature] => (header, Some((claims, signature))),
            [header, _, _, _, _] => (header, None),
            _ => {
                return Err(Problem::new(
                    "malformed_token",
                    "not three segments separated by dots; pass one whole token",
                ));
            }
        };
        self.header = Some(object(&octets(header, "header")?, "malformed_header", "header")?);
        let Some((claims, signature)) = rest else {
            return Err(Problem::new(
                "encrypted_token",
                "an encrypted token (JWE, five segments); only its header can be shown",
            ));
        };
        self.claims = Some(object(&octets(claims, "claims")?, "malformed_claims", "claims")?);
        self.signature_octets = Some(octets(signature, "signature")?.len());
        Ok(())
    }

    fn report(&self, now: UnixTime) -> Report<'_> {
        Report {
            verified: false,
            header: self.header.as_deref(),
            claims: self.claims.as_deref(),
            dates: self.dates(now).collect(),
            signature_octets: self.signature_octets,
        }
    }

    fn to_text(&self, now: UnixTime) -> String {
        let mut text = String::new();
        let mut part = |name, content: &str| {
            let space = if text.is_empty() { "" } else { "\n" };
            text.push_str(&format!("{space}{}\n{content}\n", output::strong(name)));
        };
        if let Some(header) = &self.header {
            part("header", &indent(header.get()));
        }
        if let Some(claims) = &self.claims {
            part("claims", &indent(claims.get()));
            let dates = self.dates(now).map(|(name, words)| format!("{name:<10} {words}"));
            let dates = dates.collect::<Vec<_>>();
            if !dates.is_empty() {
                part("dates", &dates.join("\n"));
            }
        }
        match self.signature_octets {
            Some(0) => part("signature", "none"),
            Some(octets) => part("signature", &format!("{octets} octets, not verified")),
            None => {}
        }
        text
    }

    fn dates(&self, now: UnixTime) -> impl Iterator<Item = (&'static str, String)> {
        let claims = self.claims.as_deref().map_or("{}", RawValue::get);
        let claims = serde_json::from_str::<BTreeMap<String, &RawValue>>(claims);
        let claims = claims.unwrap_or_default();
        DATES.into_iter().filter_map(move |name| {
            let words = match moment(claims.get(name)?.get()) {
                Some(moment) => dates::in_words(moment, now),
                None => String::from("not a date"),
            };
            Some((name, words))
        })
    }
}

#[derive(Serialize)]
struct Report<'r> {
    verified: bool,
    header: Option<&'r RawValue>,
    claims: Option<&'r RawValue>,
    dates: BTreeMap<&'static str, String>,
    signature_octets: Option<usize>,
}

fn octets(segment: &[u8], name: &str) -> Result<Vec<u8>, Problem> {
    BASE64_URL_SAFE_NO_PAD.decode(segment).map_err(|_| {
        Problem::new(
            "malformed_token",
            format!("the {name} segment is not base64url without padding"),
        )
    })
}

fn object(octets: &[u8], code: &'static str, name: &str) -> Result<Box<RawValue>, Problem> {
    let problem = |reason| Problem::new(code, format!("{name}: {reason}"));
    let text = std::str::from_utf8(octets).map_err(|_| problem("not UTF-8"))?;
    let value = serde_json::from_str::<Box<RawValue>>(text.trim_ascii())
        .map_err(|_| problem("not JSON"))?;
    if value.get().starts_with('{') { Ok(value) } else { Err(problem("not a JSON object")) }
}

fn moment(number: &str) -> Option<UnixTime> {
    NumericDate::from_json_number(number).map(NumericDate::to_unix_time)
}

const DATES: [&str; 4] = ["iat", "nbf", "exp", "auth_time"];

/// One more than a JWE has.
const MOST_SEGMENTS: usize = 6;

const UNVERIFIED: &str = "nothing was verified; anyone can write such a token";
