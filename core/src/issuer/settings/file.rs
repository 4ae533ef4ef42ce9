//! Settings whose values are in files, as secrets often are: `SECRET_FILE` names the file with the
//! value of `SECRET`.

use alloc::string::String;
use alloc::vec::Vec;

use super::{Settings, SettingsError};

/// For code that looks settings up, such as in the environment of a process.
impl Settings {
    /// The end of the name of a setting that names a file.
    pub const FILE_SUFFIX: &'static str = "_FILE";

    /// The maximum octets of such a file. Reading one more shows that it is too large, without
    /// reading all of it.
    pub const MAX_FILE_OCTETS: usize = 1 << 20;

    /// Returns the text of the setting `name`: its value, or the content of the file that the setting
    /// with [`Settings::FILE_SUFFIX`] names, without one line break, LF or CR LF, at its end. Returns
    /// `None` if neither is there.
    ///
    /// # Errors
    /// [`SettingsError`] if both are there, if the file has more octets than
    /// [`Settings::MAX_FILE_OCTETS`], and if the octets are not UTF-8: a value that is not Unicode must
    /// not count as missing.
    ///
    /// ```
    /// use verijot::issuer::Settings;
    /// let secret = Settings::text("VERIJOT_SECRET", None, Some(b"0123456789abcdef\n".to_vec()))?;
    /// assert_eq!(secret.as_deref(), Some("0123456789abcdef"));
    /// # Ok::<(), verijot::issuer::SettingsError>(())
    /// ```
    pub fn text(
        name: &str,
        value: Option<Vec<u8>>,
        file: Option<Vec<u8>>,
    ) -> Result<Option<String>, SettingsError> {
        let name_of_file = || text!("{name}{}", Self::FILE_SUFFIX);
        match (value, file) {
            (None, None) => Ok(None),
            (Some(_), Some(_)) => Err(error([name.into(), name_of_file()], TWICE)),
            (Some(value), None) => {
                unicode(value).map(Some).ok_or_else(|| error([name.into()], NOT_UNICODE))
            }
            (None, Some(content)) if content.len() > Self::MAX_FILE_OCTETS => {
                Err(error([name_of_file()], TOO_LARGE))
            }
            (None, Some(content)) => unicode(content)
                .map(|text| Some(without_line_break(text)))
                .ok_or_else(|| error([name_of_file()], NOT_UNICODE)),
        }
    }
}

fn unicode(octets: Vec<u8>) -> Option<String> {
    String::from_utf8(octets).ok()
}

fn without_line_break(mut text: String) -> String {
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    text
}

fn error<const N: usize>(settings: [String; N], problem: &str) -> SettingsError {
    SettingsError { settings: settings.into(), problem: problem.into() }
}

const TWICE: &str = "both are set; unset one of them";

const NOT_UNICODE: &str = "not Unicode; write it in UTF-8";

const TOO_LARGE: &str = "cannot read the file: it is larger than 1 MiB";
