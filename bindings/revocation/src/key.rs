//! The value that identifies a token in the column `jti`.

use sha2::{Digest, Sha256};

/// The column's value for a token of one issuer: its `iss`, a space and its `jti`. Each is stored
/// unchanged if every database and its tools preserve it exactly, and otherwise as `sha256:` and
/// its digest.
///
/// Different tokens have different keys: no unchanged value contains a space or begins like a
/// digest.
pub(crate) fn of_issuer(issuer: &str, id: &str) -> String {
    format!("{} {}", exact(issuer), exact(id))
}

/// The column's value for every issuer's tokens with this `jti`: only that, in the same form.
pub(crate) fn of_any_issuer(id: &str) -> String {
    exact(id)
}

/// PostgreSQL stores no NUL in a text and no long text in an index; other tools may lose or
/// normalize whitespace and non-ASCII characters.
fn exact(text: &str) -> String {
    let plain = (1..=LONGEST_PLAIN).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_graphic())
        && !text.starts_with(DIGEST_PREFIX);
    if plain { text.to_owned() } else { format!("{DIGEST_PREFIX}{:x}", Sha256::digest(text)) }
}

const LONGEST_PLAIN: usize = 255;
const DIGEST_PREFIX: &str = "sha256:";

#[cfg(test)]
mod tests {
    use crate::*;

    #[test]
    fn ordinary_ids_are_unchanged() {
        for id in
            ["a", "7f3a", "5e4c1b1e-8c8e-4c83-9a53-000000000000", "https://x/?y=1#z", "SHA256:"]
        {
            assert_eq!(of_any_issuer(id), id);
        }
        assert_eq!(of_any_issuer(&"x".repeat(255)).len(), 255);
        assert_eq!(of_issuer("https://issuer.example", "a"), "https://issuer.example a");
    }

    /// The tests of the Python package have the same lines.
    #[test]
    fn other_ids_are_digested() {
        let digests = [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("a b", "c8687a08aa5d6ed2044328fa6a697ab8e96dc34291e8c2034ae8c38e6fcc6d65"),
            ("a\0b", "59b271ae1bbcb1d31d41929817f4b16fb439eb4f31520b5ad1d5ce98920a7138"),
            ("é", "4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c"),
            ("sha256:", "9fd714ce6f63c3b320c944b70e80a5d105fd2f3e2d30ae2fa81370e223f50d07"),
        ];
        for (id, digest) in digests {
            assert_eq!(of_any_issuer(id), format!("sha256:{digest}"), "{id:?}");
        }
    }

    #[test]
    fn different_tokens_have_different_keys() {
        let long = "x".repeat(256);
        let texts = ["a", "A", "a ", " a", "a\0", "é", "e\u{301}", "", "b a", long.as_str()];
        let digest = of_any_issuer("a ");
        let mut keys: Vec<String> = Vec::new();
        for id in texts.into_iter().chain([digest.as_str()]) {
            keys.push(of_any_issuer(id));
            keys.extend(texts.map(|issuer| of_issuer(issuer, id)));
        }
        let count = keys.len();
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), count);
    }
}
