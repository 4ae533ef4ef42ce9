//! Initial inputs: the content of the test vectors, in the format of each target.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::model::case::Case;
use crate::oracle::base64url;
use crate::oracle::json::Json;
use crate::targets::{profiles, providers};

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
        "profiles" => cases(folder).iter().flat_map(|case| of_profile(case)).collect(),
        "providers" => presets(&folder.join("presets/presets.json")),
        "certificates" => {
            let maps = cases(folder).into_iter().filter_map(|case| map(&case));
            let ders = keys(&folder.join("../core/tests/keys")).into_iter();
            let ders = ders.map(|key| [&[1], &key[..]].concat());
            maps.chain(ders).chain(noise(target)).collect()
        }
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

/// Settings, expectations, time and token of a profile or a load balancer, signed here and as it is.
fn of_profile(case: &str) -> Vec<Vec<u8>> {
    let case = serde_json::from_str::<Value>(case).expect("a case");
    let member = |name: &str| case.get(name).cloned().unwrap_or_default();
    let (kind, settings) = match (case.get("profile"), case.get("alb")) {
        (_, Some(settings)) => (2, settings.to_string()),
        (Some(settings), None) => (0, settings.to_string()),
        _ => return Vec::new(),
    };
    let expectations =
        case.get("expectations").map_or_else(|| String::from("{}"), Value::to_string);
    let now = member("now").as_str().unwrap_or_default().to_owned();
    let token = member("token").as_str().unwrap_or_default().to_owned();
    let segments = token.split('.').map(|segment| segment.trim_end_matches('='));
    let decoded = segments.filter_map(|segment| base64url::decode(segment.as_bytes()));
    let [header, payload, ..] = &decoded.collect::<Vec<_>>()[..] else { return Vec::new() };
    let separator = &[profiles::SEPARATOR][..];
    let input = |kind: u8, parts: &[&[u8]]| [&[kind], &parts.join(separator)[..]].concat();
    let before = [settings.as_bytes(), expectations.as_bytes(), now.as_bytes()];
    vec![
        input(kind, &[&before[..], &[header, payload]].concat()),
        input(kind + 1, &[&before[..], &[token.as_bytes()]].concat()),
    ]
}

/// A map of certificates.
fn map(case: &str) -> Option<Vec<u8>> {
    let case = serde_json::from_str::<Value>(case).expect("a case");
    case.get("jwks_certificates")?;
    Some([&[0, 0], case["jwks_text"].as_str()?.as_bytes()].concat())
}

/// Each preset's provider and options, also with a name of the caller instead of the first option.
fn presets(file: &Path) -> BTreeSet<Vec<u8>> {
    let file = fs::read(file).expect("the presets");
    let file = serde_json::from_slice::<Value>(&file).expect("JSON");
    let lines = file["presets"].as_array().expect("lines").iter();
    let seeds = lines.flat_map(|line| {
        let provider = line["provider"].as_str().expect("a name");
        let separator = char::from(providers::SEPARATOR);
        let mut options = line.get("options").cloned().unwrap_or_else(|| json!({}));
        let whole = format!("{provider}{separator}{options}");
        if let Some(first) = options.as_object().and_then(|all| all.keys().next().cloned()) {
            options.as_object_mut().expect("an object").remove(&first);
        }
        let named = format!("{provider}{separator}{options}{separator}a{separator}b");
        [whole.into_bytes(), named.into_bytes()]
    });
    seeds.collect()
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
