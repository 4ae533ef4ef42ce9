//! `verijot rehearse`: simulates a key rotation before it happens.

use std::path::Path;
use std::time::Duration;

use serde::Serialize;
use verijot::crypto::CryptoProvider;
use verijot::issuer::CacheSettings;
use verijot::{AlgorithmSet, Excerpt, JwkSetParser, JwksError};

use crate::arguments::RehearsalArguments;
use crate::forecast::{Effect, Finding, Life, Role, Rotation, Verifiers};
use crate::key_set::KeySet;
use crate::problem::{Ending, Problem};
use crate::rotation::Plan;
use crate::{dates, input, keys, output};

pub(crate) fn run(
    arguments: &RehearsalArguments,
    provider: &dyn CryptoProvider,
    json: bool,
) -> Result<Ending, Problem> {
    let standard_input = Path::new("-");
    if arguments.old == standard_input && arguments.new == standard_input {
        return Err(Problem::usage("- is given twice; standard input can be read only once"));
    }
    let parser = JwkSetParser::new(provider);
    let parser = if arguments.symmetric_keys { parser.allow_symmetric_keys() } else { parser };
    let old = input::file(&arguments.old, "--old")?;
    let old = KeySet::parse(&old, &parser).map_err(|error| keys::unreadable(&error, "--old"))?;
    if old.usable().next().is_none() {
        return Err(Problem::new("no_usable_keys", "--old: no key in the set is usable"));
    }
    let new = input::file(&arguments.new, "--new")?;
    let plan = plan(arguments, &old)?;
    let rotation = match KeySet::parse(&new, &parser) {
        Ok(new) => {
            plan.play(&old, &new, &parser).map_err(|error| keys::unreadable(&error, "--new"))?
        }
        Err(error @ JwksError::TooLarge { .. }) => plan.unusable_set(&old, &error),
        Err(error) => return Err(keys::unreadable(&error, "--new")),
    };
    let report = Report::new(&plan, &rotation, provider.name());
    if json {
        output::print_json(&report)?;
    } else {
        output::print(&text(&report, &plan))?;
    }
    Ok(Ending::of(report.safe))
}

fn plan(arguments: &RehearsalArguments, old: &KeySet) -> Result<Plan, Problem> {
    let is_known = |kid: &String| old.usable().any(|key| key.kid.as_ref() == Some(kid));
    if !arguments.old_kid.iter().all(is_known) {
        return Err(Problem::usage("--old-kid: the old set has no usable key with this kid"));
    }
    let named = arguments.algorithm.iter().copied().collect::<AlgorithmSet>();
    let cache = CacheSettings::default();
    let ttl = arguments.ttl.unwrap_or(cache.fresh_for).max(cache.shortest_fresh).as_secs();
    let stale = arguments.stale.unwrap_or(cache.stale_for).as_secs();
    let window = arguments.revalidate.unwrap_or(cache.revalidate_for).as_secs();
    Ok(Plan {
        overlap: arguments.overlap.as_secs(),
        sign_after: arguments.sign_after.map_or(ttl, |after| after.as_secs()),
        ttl,
        window: window.min(ttl).min(stale),
        stale,
        token_lifetime: arguments.token_lifetime.as_secs(),
        leeway: arguments.leeway.as_secs(),
        relies_on_refetch: arguments.rely_on_refetch,
        algorithms: if named.is_empty() { old.algorithms() } else { named },
        replaced: arguments.old_kid.clone(),
    })
}

/// Every number is in seconds since the publication of the new set; null means forever.
#[derive(Serialize)]
struct Report<'r> {
    safe: bool,
    provider: &'static str,
    plan: Numbers,
    earliest: Earliest,
    keys: Vec<KeyRow<'r>>,
    timeline: Vec<Event>,
    findings: Vec<FindingRow<'r>>,
    notes: Vec<FindingRow<'r>>,
}

/// The numbers used, after defaults and limits.
#[derive(Serialize)]
struct Numbers {
    overlap: u64,
    sign_after: u64,
    ttl: u64,
    revalidate: u64,
    stale: u64,
    token_lifetime: u64,
    leeway: u64,
    rely_on_refetch: bool,
    algorithms: Vec<&'static str>,
}

/// The minimum that a safe plan with these numbers needs.
#[derive(Serialize)]
struct Earliest {
    sign_after: u64,
    overlap: u64,
}

/// A start of null means before the publication.
#[derive(Serialize)]
struct KeyRow<'r> {
    kid: Option<&'r str>,
    #[serde(rename = "type")]
    key_type: Option<&'r str>,
    algorithms: Vec<&'static str>,
    role: &'static str,
    signs_from: Option<u64>,
    signs_until: Option<u64>,
    published_until: Option<u64>,
    accepted_until: Option<u64>,
    accepted_until_when_idle: Option<u64>,
    accepted_until_when_cut_off: Option<u64>,
}

#[derive(Serialize)]
struct Event {
    at: u64,
    event: &'static str,
    detail: String,
}

#[derive(Serialize)]
struct FindingRow<'r> {
    code: &'static str,
    kid: Option<&'r str>,
    role: Option<&'static str>,
    effect: &'static str,
    verifiers: &'static str,
    error: Option<&'static str>,
    from: u64,
    until: Option<u64>,
    #[serde(rename = "for")]
    length: Option<u64>,
    detail: &'r str,
}

impl<'r> Report<'r> {
    fn new(plan: &Plan, rotation: &'r Rotation, provider: &'static str) -> Self {
        Self {
            safe: rotation.findings.is_empty(),
            provider,
            plan: Numbers {
                overlap: plan.overlap,
                sign_after: plan.sign_after,
                ttl: plan.ttl,
                revalidate: plan.window,
                stale: plan.stale,
                token_lifetime: plan.token_lifetime,
                leeway: plan.leeway,
                rely_on_refetch: plan.relies_on_refetch,
                algorithms: names(plan.algorithms),
            },
            earliest: Earliest {
                sign_after: plan.earliest_signing(rotation),
                overlap: plan.last_old_token(),
            },
            keys: rotation.lives.iter().map(KeyRow::of).collect(),
            timeline: timeline(plan, &rotation.lives),
            findings: rotation.findings.iter().map(FindingRow::of).collect(),
            notes: rotation.notes.iter().map(FindingRow::of).collect(),
        }
    }
}

impl<'r> KeyRow<'r> {
    fn of(life: &'r Life) -> Self {
        Self {
            kid: life.kid.as_deref(),
            key_type: life.key_type.as_deref(),
            algorithms: names(life.algorithms),
            role: life.role.name(),
            signs_from: life.signs.filter(|_| life.role == Role::New).map(|signs| signs.from),
            signs_until: life.signs.and_then(|signs| signs.until),
            published_until: life.published.until,
            accepted_until: life.accepted_until,
            accepted_until_when_idle: life.accepted_until_when_idle,
            accepted_until_when_cut_off: life.accepted_until_when_cut_off,
        }
    }
}

impl<'r> FindingRow<'r> {
    fn of(finding: &'r Finding) -> Self {
        Self {
            code: finding.code,
            kid: finding.kid.as_deref(),
            role: finding.role.map(Role::name),
            effect: match finding.effect {
                Effect::Refused => "refused",
                Effect::Accepted => "accepted",
                Effect::Nothing => "none",
            },
            verifiers: match finding.verifiers {
                Verifiers::Current => "current",
                Verifiers::Caching => "caching",
                Verifiers::Idle => "idle",
            },
            error: finding.error,
            from: finding.span.from,
            until: finding.span.until,
            length: finding.span.length(),
            detail: &finding.detail,
        }
    }

    /// Such as `tokens of the new key a are refused for 1h, from +0s to +1h, by …`.
    fn words(&self) -> String {
        let kid = self.kid.map_or_else(|| String::from("without kid"), shown);
        let key = format!("the {} key {kid}", self.role.unwrap_or("skipped"));
        let span = match (self.length, self.until) {
            (Some(length), Some(until)) => {
                format!("for {}, from {} to {}", span(length), at(self.from), at(until))
            }
            _ => format!("permanently, from {} on", at(self.from)),
        };
        let who = match self.verifiers {
            "caching" => "verifiers and caches that still hold the older set",
            "idle" => "verifiers that were idle, before their next fetch",
            _ => "every verifier that has the newest set",
        };
        let error = self.error.map(|error| format!(" ({error})")).unwrap_or_default();
        match self.effect {
            "refused" if self.code == "unusable_set" => {
                format!("from {} on no verifier accepts the set{error}", at(self.from))
            }
            "refused" => format!("tokens of {key} are refused {span}, by {who}{error}"),
            "accepted" => format!("{key} is accepted {span}, although it is withdrawn"),
            _ => self.kid.map(|kid| shown(kid) + &error).unwrap_or_default(),
        }
    }

    fn line(&self) -> String {
        match self.words() {
            words if words.is_empty() => format!("{}\n", self.detail),
            words => format!("{words}; {}\n", self.detail),
        }
    }
}

/// The events, in order.
fn timeline(plan: &Plan, lives: &[Life]) -> Vec<Event> {
    let of = |role: Role| lives.iter().filter(move |life| life.role == role);
    let list = |chosen: Vec<&Life>| chosen.into_iter().map(name).collect::<Vec<_>>().join(", ");
    let mut events = vec![event(0, "publish", "the new set is published")];
    let new = list(of(Role::New).collect());
    if !new.is_empty() {
        let words = "busy verifiers and caches have the new set; idle ones may not";
        events.push(event(plan.ttl, "renewed", words));
        let words = "every verifier that reaches the issuer has the new set, or waits for it";
        events.push(event(plan.longest_use(), "renewed_when_idle", words));
        events.push(event(plan.sign_after, "sign", format!("tokens are signed with {new}")));
    }
    let signing = of(Role::Replaced).filter(|life| life.signs.is_some()).collect::<Vec<_>>();
    if !signing.is_empty() {
        let words = format!("the last token of {} has expired", list(signing));
        events.push(event(plan.last_old_token(), "expired", words));
    }
    let mut ends = lives.iter().filter_map(|life| life.published.until).collect::<Vec<_>>();
    ends.sort_unstable();
    ends.dedup();
    for end in ends {
        let gone = lives.iter().filter(|life| life.published.until == Some(end));
        let gone = gone.collect::<Vec<_>>();
        events.push(event(end, "withdraw", format!("{} is withdrawn", list(gone.clone()))));
        for life in gone {
            events.extend(farewell(life));
        }
    }
    events.sort_by_key(|event| event.at);
    events
}

/// Which verifiers still accept a withdrawn key, over time.
fn farewell(life: &Life) -> Vec<Event> {
    let (Some(busy), Some(idle), Some(cut_off)) =
        (life.accepted_until, life.accepted_until_when_idle, life.accepted_until_when_cut_off)
    else {
        return Vec::new();
    };
    let of = |at, kind, whom: &str| event(at, kind, format!("{} is accepted {whom}", name(life)));
    let mut events = Vec::new();
    if busy < idle {
        events.push(of(busy, "idle_only", "only by verifiers that are idle or cut off"));
    }
    if idle < cut_off {
        events.push(of(idle, "cut_off_only", "only by verifiers that are cut off from the issuer"));
    }
    events.push(of(cut_off, "gone", "by no verifier"));
    events
}

fn event(at: u64, event: &'static str, detail: impl Into<String>) -> Event {
    Event { at, event, detail: detail.into() }
}

fn text(report: &Report<'_>, plan: &Plan) -> String {
    let width = report.timeline.iter().map(|event| at(event.at).len()).max().unwrap_or_default();
    let mut text = String::new();
    for event in &report.timeline {
        let at = format!("{:<width$}", at(event.at));
        text.push_str(&format!("{}  {}\n", output::faint(at), event.detail));
    }
    text.push('\n');
    for note in &report.notes {
        text.push_str(&format!("{} {}: {}", output::noteworthy("note:"), note.code, note.line()));
    }
    for finding in &report.findings {
        text.push_str(&format!("{}: {}", output::bad(finding.code), finding.line()));
    }
    let Earliest { sign_after, overlap } = report.earliest;
    if report.safe {
        text.push_str(&format!(
            "{}: no valid token is refused, and no withdrawn key accepted for longer than {}, by \
             verifiers that reach the issuer\n",
            output::good("safe"),
            span(plan.longest_use())
        ));
    } else {
        let count = report.findings.len();
        let plural = if count == 1 { "" } else { "s" };
        text.push_str(&format!("{count} finding{plural}\n"));
    }
    text.push_str(&format!(
        "with these numbers: --sign-after {} or later, --overlap {} or more\n",
        span(sign_after).replace(' ', ""),
        span(overlap).replace(' ', "")
    ));
    text
}

fn name(life: &Life) -> String {
    life.kid.as_deref().map_or_else(|| String::from("the key without kid"), shown)
}

fn shown(kid: &str) -> String {
    Excerpt::of(kid).to_string()
}

fn at(seconds: u64) -> String {
    format!("+{}", span(seconds))
}

fn span(seconds: u64) -> String {
    dates::days(Duration::from_secs(seconds))
}

fn names(algorithms: AlgorithmSet) -> Vec<&'static str> {
    algorithms.iter().map(verijot::Algorithm::name).collect()
}
