//! `verijot vectors`: runs a folder of test vectors with the core.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;
use verijot::crypto::CryptoProvider;
use verijot_testvectors::{Counts, Summary, run_folder};

use crate::output;
use crate::problem::{Ending, Problem};

pub(crate) fn run(
    folder: &Path,
    provider: &dyn CryptoProvider,
    json: bool,
) -> Result<Ending, Problem> {
    // Checked here, because the runner's message names the folder, and arguments are not repeated.
    if let Err(error) = std::fs::read_dir(folder) {
        let message = format!("DIR: cannot read the folder: {error}");
        return Err(Problem::new("unreadable_folder", message));
    }
    let summary = run_folder(folder, provider)
        .map_err(|error| Problem::new("unusable_vectors", error.to_string()))?;
    if json {
        output::print_json(&Report::new(&summary, provider))?;
    } else {
        output::print(&text(&summary))?;
    }
    Ok(Ending::of(summary.total().failed == 0))
}

#[derive(Serialize)]
struct Report<'s> {
    provider: &'static str,
    #[serde(flatten)]
    total: Numbers,
    categories: BTreeMap<&'s str, Numbers>,
    failures: Vec<Failure<'s>>,
}

#[derive(Serialize)]
struct Numbers {
    ran: usize,
    passed: usize,
    failed: usize,
    skipped: usize,
}

#[derive(Serialize)]
struct Failure<'s> {
    id: &'s str,
    expected: &'s str,
    got: &'s str,
}

impl<'s> Report<'s> {
    fn new(summary: &'s Summary, provider: &dyn CryptoProvider) -> Self {
        let categories = summary.categories().iter();
        let failures = summary.failures().iter();
        Self {
            provider: provider.name(),
            total: summary.total().into(),
            categories: categories.map(|(name, counts)| (&**name, (*counts).into())).collect(),
            failures: failures
                .map(|failure| Failure {
                    id: &failure.id,
                    expected: &failure.expected,
                    got: &failure.got,
                })
                .collect(),
        }
    }
}

impl From<Counts> for Numbers {
    fn from(counts: Counts) -> Self {
        let Counts { passed, failed, skipped, .. } = counts;
        Self { ran: counts.ran(), passed, failed, skipped }
    }
}

/// The categories, then a line for each failure, then the totals.
fn text(summary: &Summary) -> String {
    let width = summary.categories().keys().map(|name| name.chars().count()).max();
    let width = width.unwrap_or_default();
    let mut text = String::new();
    for (name, counts) in summary.categories() {
        text.push_str(&format!("{name:<width$}  {counts}\n"));
    }
    for failure in summary.failures() {
        let line = failure.to_string();
        let line = line.chars().flat_map(visible).collect::<String>();
        text.push_str(&format!("{} {line}\n", output::bad("FAILED")));
    }
    let total = summary.total();
    let total = if total.failed == 0 { output::good(total) } else { output::bad(total) };
    text.push_str(&format!("{total}\n"));
    text
}

/// A failure is one line, whatever its payload contains.
fn visible(character: char) -> impl Iterator<Item = char> {
    let escaped = character.is_control().then(|| character.escape_default());
    let kept = escaped.is_none().then_some(character);
    escaped.into_iter().flatten().chain(kept)
}
