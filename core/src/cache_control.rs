//! How long an HTTP response is fresh (RFC 9111 §4.2.1), as far as it says so itself.

use core::time::Duration;

/// `max-age` less `Age`; nothing if the response must not be kept (`no-store`, `no-cache`);
/// `None` if it does not say. Of contradicting directives the strictest counts.
pub(crate) fn freshness(cache_control: Option<&str>, age: Option<&str>) -> Option<Duration> {
    let mut fresh = None;
    for directive in cache_control?.split(',') {
        let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
        let name = name.trim();
        let seconds = if name.eq_ignore_ascii_case("max-age") {
            // RFC 9111 §1.2.2: too large a number is as good as the largest, no number is stale.
            seconds(value.trim().trim_matches('"'))
        } else if name.eq_ignore_ascii_case("no-store") || name.eq_ignore_ascii_case("no-cache") {
            0
        } else {
            continue;
        };
        fresh = Some(fresh.map_or(seconds, |fresh: u64| fresh.min(seconds)));
    }
    let age = age.map(|age| seconds(age.trim())).unwrap_or_default();
    fresh.map(|fresh| Duration::from_secs(fresh.saturating_sub(age)))
}

fn seconds(digits: &str) -> u64 {
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return 0;
    }
    digits.parse().unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directives_are_read_as_http_has_them() {
        for (cache_control, age, expected) in [
            (None, None, None),
            (Some("public"), None, None),
            (Some("max-age=60"), None, Some(60)),
            (Some("public, MAX-AGE = \"60\" , must-revalidate"), None, Some(60)),
            (Some("max-age=60"), Some("20"), Some(40)),
            (Some("max-age=60"), Some("80"), Some(0)),
            (Some("max-age=60, max-age=30"), None, Some(30)),
            (Some("max-age=60, no-cache"), None, Some(0)),
            (Some("no-store"), None, Some(0)),
            (Some("max-age=99999999999999999999"), None, Some(u64::MAX)),
            (Some("max-age=-1"), None, Some(0)),
            (Some("max-age"), None, Some(0)),
            (Some("s-maxage=10"), None, None),
            (Some(""), None, None),
        ] {
            let expected = expected.map(Duration::from_secs);
            assert_eq!(freshness(cache_control, age), expected, "{cache_control:?} {age:?}");
        }
    }
}
