//! JSON as `serde_json` parses it, without loss: members in order and with duplicates, numbers as
//! they were written.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// A JSON value.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number's own spelling.
    Number(String),
    /// A string, unescaped.
    Text(String),
    /// An array.
    Array(Vec<Json>),
    /// An object's members in order, including duplicates.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Everything that `serde_json` accepts.
    pub fn parse(octets: &[u8]) -> Result<Self, String> {
        let raw = serde_json::from_slice::<&RawValue>(octets).map_err(|error| error.to_string())?;
        Self::of(raw, 1)
    }

    /// What `core/guide/strictness.md` accepts: one object, no duplicate name, at most 32 levels.
    pub fn parse_strict(octets: &[u8]) -> Result<Vec<(String, Self)>, Refusal> {
        let text = std::str::from_utf8(octets).map_err(|_| Refusal::Other)?;
        let value = Self::parse(text.as_bytes()).map_err(|_| Refusal::Other)?;
        let levels = value.levels();
        let twice = value.has_name_twice();
        let Self::Object(members) = value else { return Err(Refusal::Other) };
        match (levels > 32, twice) {
            (false, false) => Ok(members),
            (too_deep, name_twice) => Err(Refusal::Ours { too_deep, name_twice }),
        }
    }

    fn of(raw: &RawValue, depth: usize) -> Result<Self, String> {
        let text = raw.get();
        if depth > MOST_LEVELS {
            return Err(String::from("too deep for the oracle"));
        }
        fn read<'t, T: Deserialize<'t>>(text: &'t str) -> Result<T, String> {
            serde_json::from_str(text).map_err(|error| error.to_string())
        }
        Ok(match text.as_bytes().first() {
            Some(b'{') => {
                let members = read::<Members>(text)?.0.into_iter();
                let members = members.map(|(name, raw)| Ok((name, Self::of(raw, depth + 1)?)));
                Self::Object(members.collect::<Result<_, String>>()?)
            }
            Some(b'[') => {
                let elements = read::<Elements>(text)?.0.into_iter();
                let elements = elements.map(|raw| Self::of(raw, depth + 1));
                Self::Array(elements.collect::<Result<_, String>>()?)
            }
            Some(b'"') => Self::Text(read(text)?),
            Some(b't' | b'f') => Self::Bool(read(text)?),
            Some(b'n') => read::<()>(text).map(|()| Self::Null)?,
            _ => Self::Number(text.to_owned()),
        })
    }

    /// Levels of arrays and objects; a scalar has none.
    pub fn levels(&self) -> usize {
        match self {
            Self::Array(elements) => 1 + elements.iter().map(Self::levels).max().unwrap_or(0),
            Self::Object(members) => {
                1 + members.iter().map(|(_, value)| value.levels()).max().unwrap_or(0)
            }
            _ => 0,
        }
    }

    /// The number of names inside, at all depths.
    pub fn names(&self) -> usize {
        match self {
            Self::Array(elements) => elements.iter().map(Self::names).sum(),
            Self::Object(members) => members.iter().map(|(_, value)| 1 + value.names()).sum(),
            _ => 0,
        }
    }

    fn has_name_twice(&self) -> bool {
        match self {
            Self::Array(elements) => elements.iter().any(Self::has_name_twice),
            Self::Object(members) => {
                let names = members.iter().map(|(name, _)| name).collect::<BTreeSet<_>>();
                names.len() != members.len()
                    || members.iter().any(|(_, value)| value.has_name_twice())
            }
            _ => false,
        }
    }

    /// The string, if it is one.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The strings of an array that contains only strings.
    pub fn texts(&self) -> Option<Vec<&str>> {
        match self {
            Self::Array(elements) => elements.iter().map(Self::text).collect(),
            _ => None,
        }
    }

    /// The elements of an array.
    pub fn elements(&self) -> Option<&[Self]> {
        match self {
            Self::Array(elements) => Some(elements),
            _ => None,
        }
    }

    /// The members of an object.
    pub fn members(&self) -> Option<&[(String, Self)]> {
        match self {
            Self::Object(members) => Some(members),
            _ => None,
        }
    }

    /// The member of that name.
    pub fn member(&self, name: &str) -> Option<&Self> {
        member(self.members()?, name)
    }

    /// The value for `serde_json`; `None` if a number in it is out of an f64's range.
    pub fn value(&self) -> Option<serde_json::Value> {
        use serde_json::Value;
        Some(match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(*value),
            Self::Number(number) => serde_json::from_str(number).ok()?,
            Self::Text(text) => Value::String(text.clone()),
            Self::Array(elements) => elements.iter().map(Self::value).collect::<Option<_>>()?,
            Self::Object(members) => {
                let members =
                    members.iter().map(|(name, value)| Some((name.clone(), value.value()?)));
                Value::Object(members.collect::<Option<_>>()?)
            }
        })
    }

    /// Whether this is the same JSON value: numbers have the same exact decimal value, and an integer and
    /// what is written with a decimal point or an exponent differ.
    pub fn equals(&self, other: &serde_json::Value) -> bool {
        use serde_json::Value;
        match (self, other) {
            (Self::Number(number), Value::Number(other)) => {
                let other = other.to_string();
                let is_integer = |text: &str| !text.contains(['.', 'e', 'E']);
                is_integer(number) == is_integer(&other) && decimal(number) == decimal(&other)
            }
            (Self::Array(elements), Value::Array(others)) => {
                elements.len() == others.len()
                    && elements.iter().zip(others).all(|(own, other)| own.equals(other))
            }
            (Self::Object(members), Value::Object(others)) => {
                let equals = |(name, own): &(String, Self)| {
                    others.get(name).is_some_and(|other| own.equals(other))
                };
                members.len() == others.len() && members.iter().all(equals)
            }
            (own, other) => own.value().as_ref() == Some(other),
        }
    }
}

/// Whether a JSON number is negative, its digits without zeros at either end, and the power of ten of the
/// last digit. All zeros are the same.
fn decimal(number: &str) -> (bool, String, i128) {
    let unsigned = number.strip_prefix('-').unwrap_or(number);
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = format!("{whole}{fraction}");
    let digits = all.trim_matches('0');
    if digits.is_empty() {
        return (false, String::new(), 0);
    }
    let zeros = all.len() - all.trim_end_matches('0').len();
    // An exponent that does not fit is beyond every number that is compared with this one.
    let exponent = exponent.parse::<i128>().unwrap_or(i128::MAX / 2);
    let power = exponent - fraction.len() as i128 + zeros as i128;
    (number.starts_with('-'), digits.to_owned(), power)
}

/// The member of that name.
pub fn member<'j>(members: &'j [(String, Json)], name: &str) -> Option<&'j Json> {
    members.iter().find(|(candidate, _)| candidate == name).map(|(_, value)| value)
}

/// Why a text is not the object that JOSE requires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// `serde_json` would not accept it, or not as an object.
    Other,
    /// `serde_json` accepts it, but the strictness guide does not.
    Ours {
        /// More than 32 levels.
        too_deep: bool,
        /// A duplicate name in one object.
        name_twice: bool,
    },
}

struct Members<'t>(Vec<(String, &'t RawValue)>);
struct Elements<'t>(Vec<&'t RawValue>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Members<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

impl<'de> Deserialize<'de> for Elements<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Elements<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an array")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Elements<'de>, A::Error> {
                let mut elements = Vec::new();
                while let Some(element) = seq.next_element()? {
                    elements.push(element);
                }
                Ok(Elements(elements))
            }
        }
        deserializer.deserialize_seq(Reader)
    }
}

/// The depth to which `serde_json` itself recurses; each level is parsed again for every enclosing
/// one.
const MOST_LEVELS: usize = 128;
