//! A file of cases, in the second or the first version of the format.

use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use serde::Deserialize;
use serde_json::value::{RawValue, to_raw_value};

use crate::members::Members;

/// The cases of one file, each as the text of a complete object: with its key set instead of the
/// set's name, and followed by its twin if it is valid. A file of the first version, without names
/// and with all twins, is unchanged.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Cases {
    /// The category, which is the name of the file without `.json`.
    pub category: String,
    /// The cases, in their order.
    pub cases: Vec<String>,
}

impl Cases {
    /// Parses the text of a file.
    ///
    /// # Errors
    /// The problem, if the text is not a file of cases, names a missing key set, or has a valid
    /// case without a possible twin.
    pub fn read(text: &str) -> Result<Self, String> {
        let file = File::parse(text)?;
        let cases = file.cases.iter().map(|case| file.whole(case));
        let cases = cases.collect::<Result<Vec<_>, _>>()?.concat();
        Ok(Self { category: file.category, cases })
    }
}

/// The file as it is; each case is parsed separately, so that an invalid one hides no other.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File<'t> {
    schema: String,
    pub(crate) category: String,
    #[serde(borrow)]
    key_sets: Option<BTreeMap<String, &'t RawValue>>,
    #[serde(borrow)]
    pub(crate) cases: Vec<&'t RawValue>,
}

impl<'t> File<'t> {
    pub(crate) fn parse(text: &'t str) -> Result<Self, String> {
        let file = serde_json::from_str::<Self>(text).map_err(|error| error.to_string())?;
        match (&*file.schema, &file.key_sets) {
            (FIRST, None) | (SECOND, Some(_)) => Ok(file),
            (FIRST, Some(_)) => Err(format!("{FIRST} has no key_sets")),
            (SECOND, None) => Err(String::from("key_sets is missing")),
            (other, _) => Err(format!("schema is {other:?}, not {SECOND:?} or {FIRST:?}")),
        }
    }

    /// The case with its key set, and its twin if it has one.
    pub(crate) fn whole(&self, case: &RawValue) -> Result<Vec<String>, String> {
        // Text that is not an object, or has a duplicate member, fails when it is run.
        let (Some(key_sets), Ok(mut members)) =
            (&self.key_sets, serde_json::from_str::<Members<'_>>(case.get()))
        else {
            return Ok(vec![case.get().to_owned()]);
        };
        if let Some(name) = members.text("jwks") {
            let set = key_sets.get(&name).ok_or_else(|| format!("there is no key set {name:?}"))?;
            members.replace("jwks", set);
        }
        let whole = members.to_json()?;
        match twin(&members)? {
            Some(twin) => Ok(vec![whole, twin]),
            None => Ok(vec![whole]),
        }
    }
}

/// A valid case with one bit of its signature flipped, which must be refused only because of that.
fn twin(case: &Members<'_>) -> Result<Option<String>, String> {
    let Some(id) = case.text("id") else { return Ok(None) };
    let is_valid = case.get("expect").is_some_and(|expect| {
        serde_json::from_str::<Members<'_>>(expect.get()).is_ok_and(|it| it.get("valid").is_some())
    });
    if !is_valid {
        return Ok(None);
    }
    let nothing_to_flip = || format!("{id}: no signature with a bit to flip");
    let error = |error: serde_json::Error| error.to_string();
    let (name, presented) = ["token", "authorization", "token_repeat"]
        .into_iter()
        .find_map(|name| Some((name, case.get(name)?)))
        .ok_or_else(nothing_to_flip)?;
    let mut repeated;
    let changed = if name == "token_repeat" {
        repeated = serde_json::from_str::<Members<'_>>(presented.get()).map_err(error)?;
        let suffix = repeated.text("suffix").as_deref().and_then(flipped);
        let suffix = to_raw_value(&suffix.ok_or_else(nothing_to_flip)?).map_err(error)?;
        repeated.replace("suffix", &suffix);
        RawValue::from_string(repeated.to_json()?).map_err(error)?
    } else {
        let text = case.text(name).as_deref().and_then(flipped);
        to_raw_value(&text.ok_or_else(nothing_to_flip)?).map_err(error)?
    };
    let id = to_raw_value(&format!("{id}-flipped")).map_err(error)?;
    let expect = RawValue::from_string(String::from(REFUSED)).map_err(error)?;
    let mut twin = case.clone();
    twin.replace("id", &id);
    twin.replace(name, &changed);
    twin.replace("expect", &expect);
    twin.to_json().map(Some)
}

/// Replaces the character after the last dot with its neighbour in the base64url alphabet: swaps A
/// and B, C and D, and so on. That flips one bit of the signature's first octet.
fn flipped(token: &str) -> Option<String> {
    let (input, signature) = token.rsplit_once('.')?;
    let mut rest = signature.chars();
    let first = rest.next()?;
    let place = ALPHABET.chars().position(|character| character == first)?;
    let neighbour = ALPHABET.chars().nth(place ^ 1)?;
    Some(format!("{input}.{neighbour}{}", rest.as_str()))
}

const FIRST: &str = "verijot-testvectors-v1";
const SECOND: &str = "verijot-testvectors-v2";
const REFUSED: &str = r#"{"error":"invalid_signature"}"#;
const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
