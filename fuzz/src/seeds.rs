//! Initial inputs: the content of the test vectors, in the format of each target.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::model::case::Case;
use crate::oracle::base64url;
use crate::oracle::json::Json;

/// The inputs for a target from the vectors in `folder` and the keys of the core's tests, without
/// duplicates. Targets that take decisions instead of text get reproducible noise.
///
/// # Panics
/// If a file cannot be read: the checkout is incomplete.
pub fn of(target: &str, folder: &Path) -> BTreeSet<Vec<u8>> {
    match target {
        "case" => cases(folder).into_iter().filter_map(|case| shortened(&case)).collect(),
        "token" => parts(folder, |case| vec![case.token]),
        "jwks" => parts(folder, |case| Vec::from_iter(case.keys)),
        "header" => parts(folder, |case| segment(&case, 0)),
        "claims" => parts(folder, |case| segment(&case, 1)),
        "cost" => parts(folder, |case| {
            let parts = [segment(&case, 0), vec![b"\n".to_vec()], segment(&case, 1)];
            vec![parts.concat().concat(), case.token]
        }),
        "base64url" => parts(folder, |case| {
            case.token.split(|octet| *octet == b'.').map(<[u8]>::to_vec).collect()
        }),
        "numeric_date" => parts(folder, |case| {
            let payload = segment(&case, 1).pop().unwrap_or_default();
            let Ok(Json::Object(members)) = Json::parse(&payload) else { return Vec::new() };
            let numbers = members.into_iter().filter_map(|(_, value)| match value {
                Json::Number(number) => Some([b"\x80\x00\x01\x02", number.as_bytes()].concat()),
                _ => None,
            });
            numbers.collect()
        }),
        "policy" => cases(folder).iter().filter_map(|case| document(case)).collect(),
        "pem" => keys(&folder.join("../core/tests/keys")),
        "ffi" => {
            let cases = of("case", folder).into_iter().map(|case| [&[1], &case[..]].concat());
            cases.chain(noise(target)).collect()
        }
        _ => noise(target),
    }
}

/// The policy of a case, unchanged.
fn document(case: &str) -> Option<Vec<u8>> {
    #[derive(Deserialize)]
    struct Members<'t> {
        #[serde(borrow)]
        policy: &'t RawValue,
    }
    let members = serde_json::from_str::<Members<'_>>(case).ok()?;
    Some(members.policy.get().as_bytes().to_vec())
}

fn cases(folder: &Path) -> Vec<String> {
    let files = verijot_testvectors::read_folder(folder).expect("the folder of the vectors");
    files.into_iter().flat_map(|file| file.cases).collect()
}

/// A vector that the model supports.
#[allow(missing_docs)]
pub struct Judged {
    pub id: String,
    pub case: Case,
    pub expect: Value,
    pub skipped_keys: Option<Vec<Value>>,
    pub requires: Vec<String>,
}

/// Every case that the model supports, with its expectation.
pub fn expectations(folder: &Path) -> Vec<Judged> {
    #[derive(Deserialize)]
    struct Vector {
        id: String,
        expect: Value,
        skipped_keys: Option<Vec<Value>>,
        #[serde(default)]
        requires: Vec<String>,
    }
    let judged = cases(folder).into_iter().filter_map(|text| {
        let case = Case::from_vector(&text)?;
        let Vector { id, expect, skipped_keys, requires } =
            serde_json::from_str(&text).expect("a vector");
        Some(Judged { id, case, expect, skipped_keys, requires })
    });
    judged.collect()
}

/// The members that a verification needs; long ones add nothing.
fn shortened(case: &str) -> Option<Vec<u8>> {
    Case::from_vector(case)?;
    let mut case = serde_json::from_str::<serde_json::Map<String, Value>>(case).ok()?;
    for member in ["id", "title", "why", "refs", "cves", "requires", "expect", "skipped_keys"] {
        case.remove(member);
    }
    Some(Value::Object(case).to_string().into_bytes()).filter(|text| text.len() <= LONGEST)
}

fn parts(folder: &Path, part: impl Fn(Case) -> Vec<Vec<u8>>) -> BTreeSet<Vec<u8>> {
    let cases = cases(folder).into_iter().filter_map(|case| Case::from_vector(&case));
    cases.flat_map(part).filter(|part| part.len() <= LONGEST).collect()
}

fn segment(case: &Case, index: usize) -> Vec<Vec<u8>> {
    let segment = case.token.split(|octet| *octet == b'.').nth(index);
    segment.and_then(base64url::decode).into_iter().collect()
}

fn keys(folder: &Path) -> BTreeSet<Vec<u8>> {
    let mut keys = BTreeSet::new();
    for entry in fs::read_dir(folder).expect("the folder of the keys") {
        let pem = fs::read(entry.expect("an entry").path()).expect("a key");
        let text = String::from_utf8_lossy(&pem);
        let body = text.lines().filter(|line| !line.starts_with("-----")).collect::<String>();
        let der = base64::Engine::decode(&base64::prelude::BASE64_STANDARD, body);
        for algorithms in 0..7 {
            keys.insert([&[algorithms], &pem[..]].concat());
            keys.extend(der.iter().map(|der| [&[algorithms], &der[..]].concat()));
        }
    }
    keys
}

/// Always the same octets (xorshift), for targets that turn octets into decisions.
fn noise(target: &str) -> BTreeSet<Vec<u8>> {
    let mut state = target.bytes().fold(0x9e37_79b9_7f4a_7c15_u64, |state, octet| {
        (state ^ u64::from(octet)).wrapping_mul(0x0100_0000_01b3)
    });
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    (0..256).map(|length| (0..length * 2).map(|_| next()).collect()).collect()
}

/// Octets of a seed.
const LONGEST: usize = 8192;
