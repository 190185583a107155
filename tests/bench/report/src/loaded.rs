//! What pools did under load, as text: for who works at them, and for the report.

use std::fmt::Write;

use serde::{Deserialize, Serialize};

use crate::{
    lines::Fact,
    numbers::{Spread, number},
};

/// What a ratio of throughput must not be less than.
const LEAST_RATE: f64 = 0.97;
/// What a ratio of p99 must not be more than.
const MOST_P99: f64 = 1.1;
/// What the names of the pools begin with that this holds for.
const OURS: &str = "ormgen";

/// What one peer's pool did for so many tasks, round by round.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Loaded {
    /// The work.
    pub load: String,
    /// The round trip to the server, in milliseconds; 0 on this machine.
    pub distance: u64,
    /// How many tasks did it at once.
    pub tasks: usize,
    /// Whose pool.
    pub peer: String,
    /// How often it was done a second.
    pub rates: Vec<f64>,
    /// Half of the times took less, in microseconds.
    pub p50: Vec<f64>,
    /// All but one of a hundred times took less.
    pub p99: Vec<f64>,
    /// How often it was done in the round in which it was done least.
    pub least: u64,
    /// Connections that the server had of it afterwards.
    pub connections: i64,
    /// Why it did not get it done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
}

impl Loaded {
    /// Before the first round.
    pub fn new(load: &str, distance: u64, tasks: usize, peer: &str) -> Self {
        Self {
            load: load.to_owned(),
            distance,
            tasks,
            peer: peer.to_owned(),
            rates: Vec::new(),
            p50: Vec::new(),
            p99: Vec::new(),
            least: u64::MAX,
            connections: 0,
            failed: None,
        }
    }

    /// One more round, in which it was done `steps` times.
    pub fn add(&mut self, rate: f64, p50: f64, p99: f64, steps: u64) {
        self.rates.push(rate);
        self.p50.push(p50);
        self.p99.push(p99);
        self.least = self.least.min(steps);
    }

    /// What it did to warm up does not count.
    pub fn forget_rounds(&mut self) {
        for samples in [&mut self.rates, &mut self.p50, &mut self.p99] {
            samples.clear();
        }
        self.least = u64::MAX;
    }

    fn is_beside(&self, other: &Self) -> bool {
        self.load == other.load && self.distance == other.distance && self.tasks == other.tasks
    }

    /// Its throughput and its p99 as ratios to another's: medians of the rounds' ratios.
    fn ratios(&self, base: &Self) -> Option<(f64, f64)> {
        if self.failed.is_some() || base.failed.is_some() {
            return None;
        }
        Some((median_ratio(&self.rates, &base.rates)?, median_ratio(&self.p99, &base.p99)?))
    }
}

fn median_ratio(samples: &[f64], base: &[f64]) -> Option<f64> {
    median(&samples.iter().zip(base).map(|(sample, base)| sample / base).collect::<Vec<_>>())
}

fn median(samples: &[f64]) -> Option<f64> {
    Spread::of(samples).map(|spread| spread.median)
}

/// A cell for a terminal: a line for each peer, compared with the first.
pub fn text(cells: &[Loaded]) -> String {
    let mut out = String::new();
    let Some(first) = cells.first() else { return out };
    // Writing into a string cannot fail.
    let _ = writeln!(out, "{}, {}, {}", first.load, far(first.distance), tasks(first.tasks));
    for cell in cells {
        let ratios = match cell.ratios(first) {
            Some((rate, p99)) => format!("{rate:.2} of the throughput, {p99:.2} of the p99"),
            None => "not compared".to_owned(),
        };
        let figures = figures(cell).map_or_else(
            |why| why,
            |[rate, p50, p99]| {
                format!("{rate} a second, p50 {p50}, p99 {p99}, {} connections", cell.connections)
            },
        );
        let _ = writeln!(out, "    {:22} {ratios:44} {figures}", cell.peer);
    }
    out
}

/// Throughput, p50 and p99, as medians of the rounds, or why there are none. Of few steps the p99 is marked.
fn figures(cell: &Loaded) -> Result<[String; 3], String> {
    if let Some(why) = &cell.failed {
        return Err(format!("failed: {why}"));
    }
    let [rate, p50, p99] =
        [&cell.rates, &cell.p50, &cell.p99].map(|samples| median(samples).unwrap_or_default());
    let few = if cell.least < 100 { "~" } else { "" };
    Ok([thousands(rate), time(p50), format!("{few}{}", time(p99))])
}

fn time(micros: f64) -> String {
    Spread { low: micros, median: micros, high: micros }.text("µs")
}

fn thousands(value: f64) -> String {
    if value < 1000.0 {
        return number(value);
    }
    let digits = format!("{value:.0}");
    let (thousands, rest) = digits.split_at(digits.len() - 3);
    format!("{thousands},{rest}")
}

fn far(distance: u64) -> String {
    if distance == 0 { "loopback".to_owned() } else { format!("{distance} ms") }
}

fn tasks(number: usize) -> String {
    if number == 1 { "1 task".to_owned() } else { format!("{number} tasks") }
}

/// The report's part, if pools were measured: ratios, and the figures that they are of.
pub fn markdown(cells: &[Loaded], facts: &[Fact]) -> Option<String> {
    let base = cells.first()?.peer.as_str();
    let facts: Vec<String> = facts.iter().map(|fact| format!("{} {}", fact.fact, fact.value)).collect();
    let mut numbers: Vec<usize> = cells.iter().map(|cell| cell.tasks).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let about = ABOUT.replace("{base}", base).replace("{facts}", &facts.join(", "));
    let mut out = format!("{TITLE}\n\n{about}");
    let compared = |cell: &Loaded| cell.peer != base;
    out += &table(cells, &numbers, compared, |cell| {
        let hand = cells.iter().find(|other| other.peer == base && other.is_beside(cell));
        hand.and_then(|hand| ratio_cell(cell, hand)).unwrap_or_else(|| figures_cell(cell))
    });
    out += FIGURES;
    out += &table(cells, &numbers, |_| true, figures_cell);
    Some(out)
}

const TITLE: &str = "Pools under load";

const ABOUT: &str = "So many tasks do the same work over and over, over a pool of 10 connections; the round trip to the server is that of a
proxy where it is not the loopback. Each cell: throughput | p99, as ratios to the pool written by hand (`{base}`);
medians of the rounds' ratios. **Bold** where ormgen's throughput is below 0.97 of that or its p99 above 1.1 times it.
This run: {facts}.

";

const FIGURES: &str = "
### Their figures

Times a second · p50 · p99 · connections that the server has of the pool afterwards; medians of the rounds. A p99 of fewer
than 100 times, which is that of the slowest, has a `~`.

";

fn figures_cell(cell: &Loaded) -> String {
    figures(cell).map_or_else(|why| why, |figures| format!("{} · {}", figures.join(" · "), cell.connections))
}

fn ratio_cell(cell: &Loaded, base: &Loaded) -> Option<String> {
    let (rate, p99) = cell.ratios(base)?;
    let is_ours = cell.peer.starts_with(OURS);
    let mark = |text: String, is_bad| if is_ours && is_bad { format!("**{text}**") } else { text };
    // What is judged is what is shown.
    let [rate, p99] = [rate, p99].map(|ratio| (ratio * 100.0).round() / 100.0);
    let (slow, late) = (rate < LEAST_RATE, p99 > MOST_P99);
    Some(format!("{} \\| {}", mark(format!("{rate:.2}"), slow), mark(format!("{p99:.2}"), late)))
}

/// A row for each work, distance and peer, a column for each number of tasks.
fn table(
    cells: &[Loaded],
    numbers: &[usize],
    wanted: impl Fn(&Loaded) -> bool,
    content: impl Fn(&Loaded) -> String,
) -> String {
    let columns: Vec<String> = numbers.iter().map(|number| tasks(*number)).collect();
    let mut out = format!("| work | round trip | pool | {} |\n", columns.join(" | "));
    out += &format!("| --- | --- | --- |{}\n", " --- |".repeat(columns.len()));
    let mut rows: Vec<&Loaded> = Vec::new();
    for cell in cells.iter().filter(|cell| wanted(cell)) {
        if !rows.iter().any(|row| is_row(row, cell)) {
            rows.push(cell);
        }
    }
    for row in rows {
        let contents = numbers.iter().map(|number| {
            let cell = cells.iter().find(|cell| cell.tasks == *number && is_row(row, cell));
            cell.map_or_else(|| "–".to_owned(), &content)
        });
        let contents: Vec<String> = contents.collect();
        out +=
            &format!("| {} | {} | {} | {} |\n", row.load, far(row.distance), row.peer, contents.join(" | "));
    }
    out
}

fn is_row(row: &Loaded, cell: &Loaded) -> bool {
    row.load == cell.load && row.distance == cell.distance && row.peer == cell.peer
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(peer: &str, tasks: usize, rates: [f64; 3], p99: [f64; 3]) -> Loaded {
        let mut cell = Loaded::new("insert", 20, tasks, peer);
        for (rate, p99) in rates.into_iter().zip(p99) {
            cell.add(rate, p99 / 2.0, p99, 500);
        }
        cell.connections = 10;
        cell
    }

    #[test]
    fn each_beside_the_first_round_by_round_and_what_is_worse_is_bold() {
        let mut failed = Loaded::new("insert", 20, 8, "other");
        failed.failed = Some("no connection".to_owned());
        let cells = [
            cell("by hand", 8, [1000.0, 2000.0, 1500.0], [100.0; 3]),
            cell("other", 64, [300.0; 3], [100.0; 3]),
            cell("by hand", 64, [500.0; 3], [100.0; 3]),
            cell("ormgen", 8, [960.0, 1000.0, 1500.0], [100.0, 120.0, 130.0]),
            cell("ormgen", 64, [490.0; 3], [110.0; 3]),
            failed,
        ];
        let fact = Fact { fact: "PostgreSQL".to_owned(), value: "15".to_owned() };
        let report = markdown(&cells, &[fact]).unwrap();
        assert!(report.contains("This run: PostgreSQL 15."), "{report}");
        let rows = [
            "| work | round trip | pool | 8 tasks | 64 tasks |",
            "| insert | 20 ms | ormgen | **0.96** \\| **1.20** | 0.98 \\| 1.10 |",
            "| insert | 20 ms | other | failed: no connection | 0.60 \\| 1.00 |",
        ];
        for row in rows {
            assert!(report.contains(row), "{row}\n{report}");
        }
        let figures = "| 1,500 · 50 µs · 100 µs · 10 |";
        assert!(report.contains(figures), "{report}");
    }

    #[test]
    fn the_slowest_of_few_is_marked() {
        let mut few = Loaded::new("read", 0, 1, "by hand");
        few.add(5.0, 1e6, 2e6, 7);
        assert!(text(&[few]).contains("5 a second, p50 1 s, p99 ~2 s, 0 connections"));
    }
}
