//! Compares times on a noisy machine.
//!
//! The entries run alternately in short batches, so that a slow moment affects all of them, and the
//! fastest batch of each counts, because noise only adds time. Usual harnesses finish one benchmark
//! before they start the next, so that on a shared machine differences of a microsecond mean
//! nothing.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// Entries that run alternately.
pub struct Heat<'a> {
    table: &'a str,
    row: String,
    entries: Vec<Entry<'a>>,
}

struct Entry<'a> {
    column: String,
    batch: Box<dyn FnMut(u32) -> Duration + 'a>,
    repetitions: u32,
    /// Nanoseconds of one repetition, for each batch.
    times: Vec<f64>,
}

impl<'a> Heat<'a> {
    /// A row of a table, each column of which is one entry.
    pub fn new(table: &'a str, row: impl Into<String>) -> Self {
        Self { table, row: row.into(), entries: Vec::new() }
    }

    /// The time includes dropping what `body` returns.
    pub fn add<R>(&mut self, column: impl Into<String>, mut body: impl FnMut() -> R + 'a) {
        let batch = move |repetitions| {
            black_box(body());
            let start = Instant::now();
            for _ in 0..repetitions {
                black_box(body());
            }
            start.elapsed()
        };
        let entry = Entry {
            column: column.into(),
            batch: Box::new(batch),
            repetitions: 1,
            times: Vec::new(),
        };
        self.entries.push(entry);
    }

    /// Runs for about as long as `limit`, and prints for each entry table, row, column, and the
    /// nanoseconds of the fastest and of the median batch, separated by tabs.
    pub fn run(mut self, limit: Duration) {
        for entry in &mut self.entries {
            let once = (entry.batch)(4).as_nanos() / 4;
            let repetitions = BATCH.as_nanos() / once.max(1);
            entry.repetitions = u32::try_from(repetitions).unwrap_or(u32::MAX).max(1);
        }
        let start = Instant::now();
        let mut rounds = 0;
        while rounds < FEWEST_ROUNDS || start.elapsed() < limit {
            for entry in &mut self.entries {
                let time = (entry.batch)(entry.repetitions);
                entry.times.push(time.as_nanos() as f64 / f64::from(entry.repetitions));
            }
            rounds += 1;
        }
        for mut entry in self.entries {
            entry.times.sort_by(f64::total_cmp);
            report(self.table, &self.row, &entry.column, entry.times[0], entry.times[rounds / 2]);
        }
    }
}

/// Prints one line of the results.
pub fn report(table: &str, row: &str, column: &str, best: f64, median: f64) {
    println!("{table}\t{row}\t{column}\t{best:.1}\t{median:.1}");
}

/// Short, so that most batches are not interrupted.
const BATCH: Duration = Duration::from_micros(100);

const FEWEST_ROUNDS: usize = 5;
