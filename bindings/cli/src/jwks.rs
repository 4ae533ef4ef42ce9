//! `verijot jwks`: the keys of a set, usable or not.

use std::path::Path;

use serde::Serialize;
use verijot::crypto::CryptoProvider;
use verijot::keys::SkippedKey;
use verijot::{Excerpt, JwkSet, JwkSetParser, Key};

use crate::arguments::{JwksAction, JwksArguments, SetReading};
use crate::problem::{Ending, Problem};
use crate::{input, jwks_fetch, keys, output};

pub(crate) fn run(
    arguments: &JwksArguments,
    provider: &dyn CryptoProvider,
    json: bool,
) -> Result<Ending, Problem> {
    let JwksArguments { action, file, symmetric_keys, reading } = arguments;
    match (action, file) {
        (Some(JwksAction::Fetch { issuer }), _) => jwks_fetch::run(issuer),
        (None, Some(file)) => show(file, *symmetric_keys, *reading, provider, json),
        (None, None) => Err(Problem::usage("name a file, or `fetch`")),
    }
}

fn show(
    file: &Path,
    symmetric_keys: bool,
    reading: SetReading,
    provider: &dyn CryptoProvider,
    json: bool,
) -> Result<Ending, Problem> {
    let parser = JwkSetParser::new(provider);
    let parser = if symmetric_keys { parser.allow_symmetric_keys() } else { parser };
    let set = keys::reading(parser, reading)
        .parse(input::file(file, "FILE")?)
        .map_err(|error| keys::unreadable(&error, "FILE"))?;
    let rows = rows(&set);
    let (usable, skipped) = (set.keys().len(), set.skipped().len());
    if json {
        output::print_json(&Report { provider: provider.name(), usable, skipped, keys: rows })?;
    } else {
        let total = usable.saturating_add(skipped);
        output::print(&format!("{}{usable} of {total} keys usable\n", table(&rows)))?;
    }
    Ok(Ending::of(usable > 0))
}

#[derive(Serialize)]
struct Report<'s> {
    provider: &'static str,
    usable: usize,
    skipped: usize,
    keys: Vec<Row<'s>>,
}

#[derive(Serialize)]
struct Row<'s> {
    index: usize,
    kid: Option<&'s str>,
    #[serde(rename = "type")]
    key_type: Option<&'s str>,
    size: Option<String>,
    algorithms: Vec<&'static str>,
    usable: bool,
    reason: Option<&'static str>,
    detail: Option<&'static str>,
}

impl<'s> Row<'s> {
    fn usable(index: usize, key: &'s Key) -> Self {
        let kind = key.kind();
        let (key_type, whole) = (kind.key_type(), kind.to_string());
        let size = whole.strip_prefix(key_type).map(str::trim_start).map(ToOwned::to_owned);
        Self {
            index,
            kid: key.id(),
            key_type: Some(key_type),
            size,
            algorithms: key.algorithms().iter().map(verijot::Algorithm::name).collect(),
            usable: true,
            reason: None,
            detail: None,
        }
    }

    fn skipped(key: &'s SkippedKey) -> Self {
        Self {
            index: key.index(),
            kid: key.id(),
            key_type: key.key_type(),
            size: None,
            algorithms: Vec::new(),
            usable: false,
            reason: Some(key.reason().problem().code()),
            detail: Some(key.reason().detail()),
        }
    }

    fn cells(&self) -> [String; 5] {
        let shown = |text: Option<&str>| {
            text.map_or_else(|| String::from("-"), |text| Excerpt::of(text).to_string())
        };
        let algorithms = self.algorithms.join(" ");
        [
            self.index.to_string(),
            shown(self.kid),
            shown(self.key_type),
            shown(self.size.as_deref()),
            if algorithms.is_empty() { String::from("-") } else { algorithms },
        ]
    }

    fn state(&self) -> String {
        match (self.reason, self.detail) {
            (Some(reason), Some(detail)) => format!("{}: {detail}", output::bad(reason)),
            _ => output::good("usable"),
        }
    }
}

/// In the set's order. A key that is in the set twice is one key.
fn rows(set: &JwkSet) -> Vec<Row<'_>> {
    let usable = set.indices().iter().zip(set.keys()).map(|(index, key)| Row::usable(*index, key));
    let mut rows = usable.chain(set.skipped().iter().map(Row::skipped)).collect::<Vec<_>>();
    rows.sort_by_key(|row| row.index);
    rows
}

fn table(rows: &[Row<'_>]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let cells = rows.iter().map(Row::cells).collect::<Vec<_>>();
    let heads = ["#", "kid", "type", "size", "algorithms"].map(ToOwned::to_owned);
    let mut widths = heads.each_ref().map(String::len);
    for row in &cells {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    let line = |row: &[String; 5]| {
        let padded = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}  "));
        padded.collect::<String>()
    };
    let mut text = format!("{}\n", output::faint(line(&heads) + "state"));
    for (row, cells) in rows.iter().zip(&cells) {
        text.push_str(&format!("{}{}\n", line(cells), row.state()));
    }
    text
}
