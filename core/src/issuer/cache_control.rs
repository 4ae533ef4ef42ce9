//! How long an HTTP response says that it is fresh, and how it may be used when stale (RFC 9111,
//! RFC 5861).

use core::time::Duration;

/// What a response says about its lifetime.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Freshness {
    /// `max-age` minus `Age`; zero for `no-store` and `no-cache`. `None` if it does not say.
    pub(crate) lifetime: Option<Duration>,
    /// `stale-while-revalidate` (RFC 5861 §3); zero if a stale response must not be used.
    pub(crate) while_revalidating: Option<Duration>,
    /// `stale-if-error` (RFC 5861 §4); zero if a stale response must not be used.
    pub(crate) if_error: Option<Duration>,
}

impl Freshness {
    /// Reads the values of Cache-Control and Age. If directives contradict each other, the
    /// strictest applies.
    pub(crate) fn read(cache_control: Option<&str>, age: Option<&str>) -> Self {
        let mut said = Self::default();
        for directive in cache_control.unwrap_or_default().split(',') {
            let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
            let name = name.trim();
            let is = |wanted: &str| name.eq_ignore_ascii_case(wanted);
            // RFC 9111 §1.2.2: a number that is too large counts as the largest, other text as
            // stale.
            let span = || seconds(value.trim().trim_matches('"'));
            if is("max-age") {
                lower(&mut said.lifetime, span());
            } else if is("stale-while-revalidate") {
                lower(&mut said.while_revalidating, span());
            } else if is("stale-if-error") {
                lower(&mut said.if_error, span());
            } else if is("no-store") || is("no-cache") {
                lower(&mut said.lifetime, Duration::ZERO);
                said.forbid_stale();
            } else if is("must-revalidate") {
                said.forbid_stale();
            }
        }
        let age = age.map(|age| seconds(age.trim())).unwrap_or_default();
        said.lifetime = said.lifetime.map(|lifetime| lifetime.saturating_sub(age));
        said
    }

    /// RFC 9111 §4.2.4.
    const fn forbid_stale(&mut self) {
        self.while_revalidating = Some(Duration::ZERO);
        self.if_error = Some(Duration::ZERO);
    }
}

fn lower(limit: &mut Option<Duration>, to: Duration) {
    *limit = Some(limit.map_or(to, |limit| limit.min(to)));
}

fn seconds(digits: &str) -> Duration {
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Duration::ZERO;
    }
    Duration::from_secs(digits.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directives_follow_http() {
        for (cache_control, age, lifetime) in [
            (None, None, None),
            (None, Some("5"), None),
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
            let said = Freshness::read(cache_control, age);
            assert_eq!(
                said.lifetime,
                lifetime.map(Duration::from_secs),
                "{cache_control:?} {age:?}"
            );
        }
    }

    #[test]
    fn directives_for_stale_responses_are_read() {
        for (cache_control, while_revalidating, if_error) in [
            ("max-age=60", None, None),
            ("stale-while-revalidate=30", Some(30), None),
            ("stale-if-error=3600, Stale-If-Error=60", None, Some(60)),
            ("must-revalidate", Some(0), Some(0)),
            ("no-store", Some(0), Some(0)),
            ("no-cache, stale-if-error=60", Some(0), Some(0)),
            ("stale-if-error=x", None, Some(0)),
            ("proxy-revalidate", None, None),
        ] {
            let said = Freshness::read(Some(cache_control), None);
            let seconds = |span: Option<u64>| span.map(Duration::from_secs);
            assert_eq!(said.while_revalidating, seconds(while_revalidating), "{cache_control}");
            assert_eq!(said.if_error, seconds(if_error), "{cache_control}");
        }
    }
}
