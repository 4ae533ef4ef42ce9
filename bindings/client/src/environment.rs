//! A service's settings from its environment variables and from the files that they name.

use std::env;
use std::ffi::OsString;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};

use verijot::PolicyError;
use verijot::issuer::{KeySourceError, Settings, SettingsError};

/// Reads [`Settings`] from the environment variables with this prefix, such as `VERIJOT_ISSUER` for
/// `VERIJOT_`.
///
/// Each value can come from a file instead, as secrets often do: `VERIJOT_SECRET_FILE` names the
/// file with the value of `VERIJOT_SECRET`. One line break at the end of the file is ignored.
///
/// # Errors
/// [`EnvironmentError`] if settings are missing, contradict each other or make no sense, if one is
/// given both as a value and as a file, if a file cannot be read or is larger than 1 MiB, or if
/// text is not Unicode.
pub fn settings_from_environment(prefix: &str) -> Result<Settings, EnvironmentError> {
    read(prefix, |name| env::var_os(name))
}

/// Why a service cannot be set up from its environment. Shows the names of settings, never a value.
#[derive(Debug)]
#[non_exhaustive]
pub enum EnvironmentError {
    /// `invalid_settings`: the core refuses the settings, one of them is given both as a value and as
    /// a file, a file is too large, or a text is not Unicode.
    Settings(SettingsError),
    /// `invalid_settings`: the file that a setting names cannot be read.
    UnreadableFile {
        /// The setting's name, which ends with `_FILE`.
        name: String,
        /// Why reading it failed.
        error: io::Error,
    },
    /// `invalid_key_source`: the keys cannot be used.
    KeySource(KeySourceError),
    /// `invalid_policy`: the policy makes no sense.
    Policy(PolicyError),
}

impl EnvironmentError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::KeySource(error) => error.code(),
            Self::Policy(_) => PolicyError::CODE,
            _ => SettingsError::CODE,
        }
    }
}

impl fmt::Display for EnvironmentError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = SettingsError::CODE;
        match self {
            Self::Settings(error) => error.fmt(formatter),
            Self::UnreadableFile { name, error } => {
                write!(formatter, "{code}: {name}: cannot read the file: {error}")
            }
            Self::KeySource(error) => error.fmt(formatter),
            Self::Policy(error) => error.fmt(formatter),
        }
    }
}

impl std::error::Error for EnvironmentError {}

impl From<SettingsError> for EnvironmentError {
    fn from(error: SettingsError) -> Self {
        Self::Settings(error)
    }
}

impl From<KeySourceError> for EnvironmentError {
    fn from(error: KeySourceError) -> Self {
        Self::KeySource(error)
    }
}

impl From<PolicyError> for EnvironmentError {
    fn from(error: PolicyError) -> Self {
        Self::Policy(error)
    }
}

fn read(
    prefix: &str,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Result<Settings, EnvironmentError> {
    Settings::try_read(prefix, |name| value(name, &variable))
}

fn value(
    name: &str,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Result<Option<String>, EnvironmentError> {
    let name_of_file = format!("{name}{}", Settings::FILE_SUFFIX);
    let value = variable(name).map(OsString::into_encoded_bytes);
    let content = match variable(&name_of_file).map(contents).transpose() {
        Ok(content) => content,
        // Two values are the fault then, not that one cannot be read.
        Err(_) if value.is_some() => Some(Vec::new()),
        Err(error) => return Err(EnvironmentError::UnreadableFile { name: name_of_file, error }),
    };
    Ok(Settings::text(name, value, content)?)
}

/// Reads a file, but at most one octet more than it may have.
fn contents(path: OsString) -> Result<Vec<u8>, io::Error> {
    let mut octets = Vec::new();
    let limit = u64::try_from(Settings::MAX_FILE_OCTETS).unwrap_or(u64::MAX).saturating_add(1);
    File::open(path)?.take(limit).read_to_end(&mut octets)?;
    Ok(octets)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::unreachable)]

    use std::fs;

    use super::*;

    fn with(variables: &[(&str, &str)]) -> Result<Settings, EnvironmentError> {
        read("T_", |name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| OsString::from(value))
        })
    }

    fn file(name: &str, octets: &[u8]) -> String {
        let path = env::temp_dir().join(format!("verijot-client-{}-{name}", std::process::id()));
        fs::write(&path, octets).unwrap();
        path.into_os_string().into_string().unwrap()
    }

    #[test]
    fn a_setting_can_come_from_a_file() {
        let secret = "0123456789abcdef0123456789abcdef";
        for ending in ["", "\n", "\r\n"] {
            let path = file("secret", format!("{secret}{ending}").as_bytes());
            let settings = with(&[
                ("T_SECRET_FILE", &path),
                ("T_ALGORITHMS", "HS256"),
                ("T_ISSUER", "any-issuer"),
                ("T_AUDIENCE", "a"),
            ]);
            let source = settings.unwrap().into_parts().1;
            let verijot::issuer::KeySource::Secret { secret: octets, .. } = source else {
                unreachable!();
            };
            assert_eq!(octets, secret.as_bytes(), "{ending:?}");
            fs::remove_file(path).unwrap();
        }
    }

    #[test]
    fn a_policy_can_come_from_a_variable_or_a_file() {
        let document = r#"{"issuers":["https://issuer.example"],"audiences":["a"],"leeway":"5"}"#;
        let policy = verijot::Policy::from_json(document).unwrap();
        let path = file("policy", format!("{document}\n").as_bytes());
        for variable in [("T_POLICY", document), ("T_POLICY_FILE", &path)] {
            assert_eq!(with(&[variable]).unwrap().policy(), &policy);
            let error = with(&[variable, ("T_LEEWAY", "5")]).unwrap_err().to_string();
            assert_eq!(
                error,
                "invalid_settings: T_POLICY, T_LEEWAY: the policy document replaces \
                 T_LEEWAY; move the value into the document and remove the setting"
            );
        }
        let error = with(&[("T_POLICY", document), ("T_POLICY_FILE", &path)]).unwrap_err();
        assert!(
            error.to_string().contains("T_POLICY, T_POLICY_FILE: both are set; unset one of them"),
            "{error}"
        );
        fs::remove_file(path).unwrap();
    }

    #[test]
    fn unreadable_settings_are_named_without_their_values() {
        let issuer = ("T_ISSUER", "https://issuer.example");
        let error = with(&[issuer, ("T_AUDIENCE", "a"), ("T_AUDIENCE_FILE", "/a")]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "invalid_settings: T_AUDIENCE, T_AUDIENCE_FILE: both are set; unset one of them"
        );
        let error = with(&[issuer, ("T_AUDIENCE_FILE", "/no/such/file")]).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("invalid_settings: T_AUDIENCE_FILE: cannot read the file")
        );
        assert!(!error.to_string().contains("/no/such"));

        let large = file("large", &[b'a'; 1_048_577]);
        let error = with(&[issuer, ("T_AUDIENCE_FILE", &large)]).unwrap_err();
        assert!(
            error.to_string().contains("cannot read the file: it is larger than 1 MiB"),
            "{error}"
        );
        fs::remove_file(large).unwrap();
        let latin = file("latin", b"\xe4");
        let error = with(&[issuer, ("T_AUDIENCE_FILE", &latin)]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "invalid_settings: T_AUDIENCE_FILE: not Unicode; write it in UTF-8"
        );
        fs::remove_file(latin).unwrap();

        let error = with(&[issuer]).unwrap_err();
        assert!(error.to_string().starts_with("invalid_settings: T_AUDIENCE: "), "{error}");
        assert_eq!(error.code(), "invalid_settings");
    }
}
