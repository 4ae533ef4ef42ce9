//! The table from each sentence of the RFCs that binds a verifier to the cases that show it.
//!
//! `generator/clauses/*.toml` has the clauses, one file per RFC, in our own words. `problems`
//! compares them with the cases; `page` creates `testvectors/CLAUSES.md`.

mod page;

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

pub(crate) use page::page;

/// The clauses of one specification, in the order of their sections.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Document {
    /// The number, for an RFC.
    rfc: Option<u32>,
    /// The short name that cases cite, for any other specification.
    name: Option<String>,
    /// Where any other specification is.
    url: Option<String>,
    title: String,
    /// Sections without requirements that cases cite, and what they contain instead.
    #[serde(default)]
    informative: BTreeMap<String, String>,
    #[serde(rename = "clause")]
    clauses: Vec<Clause>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Clause {
    section: String,
    level: String,
    /// Whom the sentence binds.
    binds: String,
    /// What it requires, in our own words.
    text: String,
    verdict: Option<Verdict>,
    vectors: Option<Vec<String>>,
    /// Why no case can show it.
    not_applicable: Option<String>,
    /// Where verijot is stricter or laxer, or where a case shows less or more than the sentence.
    note: Option<String>,
}

/// What a clause's cases show: only accepted tokens, only refused ones, or both.
#[derive(Deserialize, Clone, Copy, Debug)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    Accept,
    Refuse,
    Both,
}

/// The cases by their id.
#[derive(Default)]
pub(crate) struct Cases {
    by_id: BTreeMap<String, Known>,
}

struct Known {
    category: String,
    accepted: bool,
    refs: Vec<String>,
}

impl Cases {
    /// Adds the cases of a category.
    pub(crate) fn add(&mut self, category: &str, cases: &[Value]) {
        for case in cases {
            let text = |value: &Value| value.as_str().expect("a text").to_string();
            let known = Known {
                category: category.into(),
                accepted: case["expect"].get("valid").is_some(),
                refs: case["refs"].as_array().expect("an array").iter().map(text).collect(),
            };
            self.by_id.insert(text(&case["id"]), known);
        }
    }
}

/// The clauses of every RFC, in the order of their numbers.
pub(crate) fn documents() -> Vec<Document> {
    let read = |text: &&str| toml::from_str(text).unwrap_or_else(|error| panic!("{error}"));
    DOCUMENTS.iter().map(read).collect()
}

/// All problems of the clauses, one line each.
pub(crate) fn problems(documents: &[Document], cases: &Cases) -> Vec<String> {
    let mut problems = Vec::new();
    for document in documents {
        let mut seen = BTreeSet::new();
        let mut last = Vec::new();
        for clause in &document.clauses {
            let mut found = clause.problems(cases);
            if !seen.insert((&clause.section, &clause.text)) {
                found.push("is duplicated".into());
            }
            match section_numbers(&clause.section) {
                Some(numbers) if numbers >= last => last = numbers,
                Some(_) => found.push("comes after a later section".into()),
                None => found.push("has a section that is not a number".into()),
            }
            let name = format!("{} §{} «{}»", document.short(), clause.section, clause.text);
            problems.extend(found.into_iter().map(|problem| format!("{name}: {problem}")));
        }
        problems.extend(document.citation_problems(cases));
    }
    problems
}

impl Clause {
    fn problems(&self, cases: &Cases) -> Vec<String> {
        let mut found = Vec::new();
        if !LEVELS.contains(&self.level.as_str()) {
            found.push(format!("has the unknown level {}", self.level));
        }
        if !BOUND.contains(&self.binds.as_str()) {
            found.push(format!("binds {}, which is unknown", self.binds));
        }
        let texts = [Some(&self.text), self.not_applicable.as_ref(), self.note.as_ref()];
        for text in texts.into_iter().flatten() {
            if text.trim().is_empty() || text.contains(['|', '\n']) {
                found.push("has a text that is empty or breaks the table".into());
            }
            for id in quoted_ids(text).filter(|id| !cases.by_id.contains_key(*id)) {
                found.push(format!("mentions {id}, which is not a case"));
            }
        }
        match (&self.vectors, self.verdict, &self.not_applicable) {
            (Some(ids), Some(verdict), None) => found.extend(verdict_problems(ids, verdict, cases)),
            (None, None, Some(_)) => {}
            _ => found.push(
                "needs either `vectors` with a `verdict`, or `not_applicable`, not both".into(),
            ),
        }
        found
    }
}

fn verdict_problems(ids: &[String], verdict: Verdict, cases: &Cases) -> Vec<String> {
    let mut found = Vec::new();
    let (mut accepted, mut refused) = (0, 0);
    let mut seen = BTreeSet::new();
    for id in ids {
        if !seen.insert(id) {
            found.push(format!("names {id} twice"));
        }
        match cases.by_id.get(id) {
            Some(known) if known.accepted => accepted += 1,
            Some(_) => refused += 1,
            None => found.push(format!("names {id}, which is not a case")),
        }
    }
    let fits = match verdict {
        Verdict::Accept => accepted > 0 && refused == 0,
        Verdict::Refuse => refused > 0 && accepted == 0,
        Verdict::Both => accepted > 0 && refused > 0,
    };
    if !fits {
        found.push(format!(
            "must show {verdict:?}, but has {accepted} accepted and {refused} refused"
        ));
    }
    found
}

impl Document {
    /// The name that cases cite.
    fn short(&self) -> String {
        match (self.rfc, &self.name) {
            (Some(rfc), None) => format!("RFC {rfc}"),
            (None, Some(name)) if self.url.is_some() => name.clone(),
            _ => panic!("{} needs a number, or a name and a URL", self.title),
        }
    }

    /// Every section that a case cites has a clause, here or in a subsection, or is informative.
    fn citation_problems(&self, cases: &Cases) -> Vec<String> {
        let prefix = format!("{} §", self.short());
        let cited: BTreeSet<&str> = cases
            .by_id
            .values()
            .flat_map(|known| &known.refs)
            .filter_map(|reference| reference.strip_prefix(&prefix))
            .collect();
        let has_clause = |section: &str| {
            let below = format!("{section}.");
            self.clauses
                .iter()
                .any(|clause| clause.section == section || clause.section.starts_with(&below))
        };
        let missing = cited
            .iter()
            .filter(|section| !has_clause(section) && !self.informative.contains_key(**section))
            .map(|section| format!("{prefix}{section} is cited by a case but has no clause"));
        let idle = self
            .informative
            .keys()
            .filter(|section| has_clause(section) || !cited.contains(section.as_str()))
            .map(|section| format!("{prefix}{section} is informative, but no case cites it"));
        missing.chain(idle).collect()
    }
}

/// The numbers of a section, so that §4.1.11 comes after §4.1.2.
fn section_numbers(section: &str) -> Option<Vec<u32>> {
    section.split('.').map(|number| number.parse().ok()).collect()
}

/// Text between backquotes that looks like the id of a case: words joined by hyphens.
fn quoted_ids(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2).filter(|quoted| {
        quoted.contains('-')
            && quoted.bytes().all(|octet| matches!(octet, b'a'..=b'z' | b'0'..=b'9' | b'-'))
    })
}

const DOCUMENTS: [&str; 16] = [
    include_str!("../clauses/rfc7515.toml"),
    include_str!("../clauses/rfc7517.toml"),
    include_str!("../clauses/rfc7518.toml"),
    include_str!("../clauses/rfc7519.toml"),
    include_str!("../clauses/rfc7797.toml"),
    include_str!("../clauses/rfc8037.toml"),
    include_str!("../clauses/rfc8417.toml"),
    include_str!("../clauses/rfc8725.toml"),
    include_str!("../clauses/rfc9068.toml"),
    include_str!("../clauses/rfc9470.toml"),
    include_str!("../clauses/rfc9701.toml"),
    include_str!("../clauses/rfc9728.toml"),
    include_str!("../clauses/rfc9864.toml"),
    include_str!("../clauses/openid-connect-core.toml"),
    include_str!("../clauses/openid-connect-backchannel.toml"),
    include_str!("../clauses/jarm.toml"),
];

/// The words of RFC 2119, and RULE for a requirement without one of them.
const LEVELS: [&str; 11] = [
    "MUST",
    "MUST NOT",
    "REQUIRED",
    "SHALL",
    "SHOULD",
    "SHOULD NOT",
    "RECOMMENDED",
    "NOT RECOMMENDED",
    "MAY",
    "OPTIONAL",
    "RULE",
];

const BOUND: [&str; 8] = [
    "verifier",
    "recipient",
    "application",
    "key consumer",
    "key producer",
    "producer",
    "fetcher",
    "client",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn found(clauses: &str) -> Vec<String> {
        let text = format!("rfc = 1\ntitle = \"x\"\n{clauses}");
        let mut cases = Cases::default();
        let case = |id: &str, expect: Value| {
            serde_json::json!({
                "id": id, "expect": expect, "refs": ["RFC 1 §2", "RFC 2 §9"],
            })
        };
        cases.add(
            "a",
            &[
                case("good-one", serde_json::json!({ "valid": {} })),
                case("bad-one", serde_json::json!({ "error": "any" })),
            ],
        );
        problems(&[toml::from_str(&text).expect("clauses")], &cases)
    }

    fn clause(rest: &str) -> String {
        format!(
            "[[clause]]\nsection = \"2\"\nlevel = \"MUST\"\nbinds = \"verifier\"\ntext = \"t\"\n{rest}\n"
        )
    }

    #[test]
    fn correct_clauses_have_no_problem() {
        let right = clause("verdict = \"both\"\nvectors = [\"good-one\", \"bad-one\"]");
        assert_eq!(found(&right), Vec::<String>::new());
        let reason = clause("not_applicable = \"see `good-one`, not `x5t`\"");
        assert_eq!(found(&reason), Vec::<String>::new());
    }

    #[test]
    fn every_kind_of_wrong_clause_is_found() {
        let refuse = "verdict = \"refuse\"\nvectors = [\"bad-one\"]";
        let right = clause(refuse);
        for (wrong, clauses) in [
            (
                "which is not a case",
                clause("verdict = \"refuse\"\nvectors = [\"bad-one\", \"no-one\"]"),
            ),
            ("mentions no-one", clause("not_applicable = \"see `no-one`\"")),
            ("needs either", clause("")),
            ("needs either", clause("vectors = [\"bad-one\"]")),
            ("needs either", clause(&format!("{refuse}\nnot_applicable = \"why\""))),
            ("0 accepted and 0 refused", clause("verdict = \"refuse\"\nvectors = []")),
            ("Refuse", clause("verdict = \"refuse\"\nvectors = [\"good-one\"]")),
            ("Refuse", clause("verdict = \"refuse\"\nvectors = [\"good-one\", \"bad-one\"]")),
            ("Accept", clause("verdict = \"accept\"\nvectors = [\"bad-one\"]")),
            ("Both", clause("verdict = \"both\"\nvectors = [\"bad-one\"]")),
            ("bad-one twice", clause("verdict = \"refuse\"\nvectors = [\"bad-one\", \"bad-one\"]")),
            ("is duplicated", format!("{right}{right}")),
            ("after a later", format!("{}{right}", right.replace("\"2\"", "\"10\""))),
            ("not a number", right.replace("\"2\"", "\"two\"")),
            ("unknown level", right.replace("MUST", "OUGHT")),
            ("which is unknown", right.replace("verifier", "everybody")),
            ("breaks the table", right.replace("\"t\"", "\"a | b\"")),
            ("has no clause", right.replace("\"2\"", "\"1\"")),
            ("no case cites it", format!("[informative]\n\"7\" = \"why\"\n{right}")),
        ] {
            let problems = found(&clauses);
            assert!(
                problems.iter().any(|problem| problem.contains(wrong)),
                "{wrong}: {problems:?}"
            );
        }
    }

    #[test]
    fn a_subsection_covers_a_cited_section() {
        let below =
            clause("verdict = \"refuse\"\nvectors = [\"bad-one\"]").replace("\"2\"", "\"2.1\"");
        assert_eq!(found(&below), Vec::<String>::new());
    }
}
