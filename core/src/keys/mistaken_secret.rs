//! Detects another kind of key that was passed as a shared secret.

use crate::encoding::json;
use crate::keys::key::{KeyProblem, UnusableKey};

/// Refuses a secret that is another kind of key: a public key as a secret (RFC 8725 §2.1), caused
/// by a mistake in the settings.
///
/// # Errors
/// `malformed_key`, with the kind of key that it is.
pub(crate) fn check_secret(secret: &[u8]) -> Result<(), UnusableKey> {
    match other_kind_of_key(secret) {
        Some(kind) => Err(KeyProblem::MalformedKey.because(kind)),
        None => Ok(()),
    }
}

fn other_kind_of_key(secret: &[u8]) -> Option<&'static str> {
    let text = core::str::from_utf8(secret).ok()?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).trim_ascii();
    let mut words = text.split_ascii_whitespace();
    let (first, second) = (words.next()?, words.next().unwrap_or_default());
    if text.contains("-----BEGIN ") {
        Some("the secret is a key or certificate in PEM; pass it as a public key")
    } else if OPENSSH.iter().any(|kind| first.starts_with(kind)) && second.starts_with("AAAA") {
        Some("the secret is an OpenSSH public key; convert it to PEM and pass it as a public key")
    } else if json::read_object(text, |_, _| {}).is_ok() {
        Some("the secret is a JSON object, such as a JWK; parse it as a key set")
    } else {
        None
    }
}

/// How the first word of an OpenSSH public key begins (RFC 4253 §6.6, RFC 5656 §3).
const OPENSSH: [&str; 4] = ["ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-sha2-"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_kind_of_key_is_refused_as_a_secret() {
        let problem =
            |secret: &str| check_secret(secret.as_bytes()).err().map(UnusableKey::problem);
        let pem = "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQg\n";
        for secret in [
            pem,
            &alloc::format!(" \n{pem}"),
            &alloc::format!("\u{feff}Bag attributes\n{pem}"),
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGPKSUTyz1HwHReFVvD5obVsALAgJRNarH4TRpNePnAS a@b",
            "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTY=",
            r#"{"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75"}"#,
            "\n{ \"n\": 1                                             }\n",
        ] {
            assert_eq!(problem(secret), Some(KeyProblem::MalformedKey), "{secret}");
        }
        for secret in [
            "ssh-rsa is the first word of a long sentence and no key",
            "{a secret in braces that is no JSON, and long enough}",
            "----- a secret between dashes, and long enough -----",
            "\u{feff}a secret behind a byte order mark, and long enough",
        ] {
            assert_eq!(problem(secret), None, "{secret}");
        }
    }
}
