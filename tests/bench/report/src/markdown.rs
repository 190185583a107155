//! The report as text.

use std::fmt::Write;

use crate::{
    loaded,
    numbers::Spread,
    table::{Results, Row, Table},
};

/// The report: the parts that were measured now, and of an earlier report those that were not measured again.
pub fn report(results: &Results, earlier: &str) -> String {
    let mut out = String::from(INTRODUCTION);
    for fact in &results.facts {
        // Writing into a string cannot fail.
        let _ = writeln!(out, "| {} | {} |", fact.fact, fact.value);
    }
    let date = results.facts.iter().find(|fact| fact.fact == DATE).map_or("", |fact| &fact.value);
    let mut parts: Vec<String> = results.tables.iter().map(|table| part(table, date)).collect();
    parts.extend(loaded::markdown(&results.loaded, &results.facts));
    for part in kept(earlier, parts) {
        let _ = write!(out, "\n{HEADING}{}\n", part.trim_end());
    }
    out
}

/// The parts of an earlier report, each replaced by the new one of its title, and then the other new ones.
fn kept(earlier: &str, mut new: Vec<String>) -> Vec<String> {
    let title = |part: &str| part.lines().next().unwrap_or_default().to_owned();
    let mut parts: Vec<String> = Vec::new();
    for earlier in earlier.split(&format!("\n{HEADING}")).skip(1) {
        let again = new.iter().position(|new| title(new) == title(earlier));
        parts.push(again.map_or_else(|| earlier.to_owned(), |at| new.remove(at)));
    }
    parts.extend(new);
    parts
}

/// What the title of a part stands behind.
const HEADING: &str = "## ";
/// The fact that says when it was measured.
pub(crate) const DATE: &str = "date";

const INTRODUCTION: &str = "# Benchmarks

Made by `tests/bench/run`. Each cell: the ratio to the column that says 1, then the median and in parentheses its
quartiles. Peers take turns in rounds, in an order that is shuffled for each round; the ratio is the median of the
rounds' ratios. Client and servers share one machine, over TCP; release builds, without LTO. All pools have 10
connections, and nobody asks the server whether a connection is alive before using it; sqlx, and sea-orm through it,
asks after use, which cannot be turned off. What one task does is measured in tokio's current-thread runtime, what many
do in the multi-thread one; loops of idle priority keep the processors awake meanwhile. Ratios near 1 are noise.

![Ratios to what was written by hand](report.svg)

A part that the latest run did not measure is that of an earlier one, whose date it has. The latest run:

| | |
| --- | --- |
";

/// The part of a table: its title, and what follows.
fn part(table: &Table, date: &str) -> String {
    let mut out = format!("{}\n\n", table.group.group);
    // Writing into a string cannot fail.
    if !table.group.about.is_empty() {
        let _ = write!(out, "{} ", table.group.about);
    }
    let _ = write!(out, "Measured on {date}.\n\n");
    let _ = writeln!(out, "| work | size | {} |", table.peers.join(" | "));
    let _ = writeln!(out, "| --- | --- |{}", " --- |".repeat(table.peers.len()));
    for row in &table.rows {
        let cells: Vec<String> = (0..table.peers.len()).map(|peer| cell(table, row, peer)).collect();
        let _ = writeln!(out, "| {} | {} | {} |", row.shape, row.size, cells.join(" | "));
    }
    for note in &table.notes {
        let _ = write!(out, "\n{note}\n");
    }
    out
}

fn cell(table: &Table, row: &Row, peer: usize) -> String {
    let none = || "–".to_owned();
    let Some(taken) = table.cell(row, peer) else { return none() };
    let text = match &taken.unfinished {
        Some(why) => why.clone(),
        None => Spread::of(&taken.samples).map_or_else(none, |spread| spread.text(&taken.unit)),
    };
    let more = if taken.unfinished.is_some() { "> " } else { "" };
    match table.ratio(row, peer) {
        Some(_) if table.peers[peer] == table.group.baseline => format!("**1** · {text}"),
        Some(ratio) => format!("**{more}{ratio:.2}** · {text}"),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        lines::{Cell, Fact, Line, Unfinished},
        loaded::Loaded,
    };

    #[test]
    fn a_part_that_is_measured_again_takes_the_place_of_the_earlier_one() {
        let mut cell = Loaded::new("insert", 0, 8, "by hand");
        cell.add(100.0, 10.0, 20.0, 100);
        let earlier = "# Benchmarks\n\ngone\n\n## Pools under load\n\ngone\n\n### Their figures\n\ngone\n\n## Queries\n\nas before\n";
        let [group, shape, size, peer, unit] =
            ["Inserts", "insert", "1 row", "ours", "µs"].map(str::to_owned);
        let insert = Cell { group, shape, size, peer, unit, samples: vec![2.0], note: None };
        let date = Fact { fact: DATE.to_owned(), value: "2026-11-28".to_owned() };
        let results = Results::of(vec![Line::Fact(date), Line::Loaded(cell), Line::Cell(insert)]);
        let once = report(&results, earlier);
        let titles: Vec<&str> = once.lines().filter(|line| line.starts_with(HEADING)).collect();
        assert_eq!(titles, ["## Pools under load", "## Queries", "## Inserts"]);
        assert!(!once.contains("gone"), "{once}");
        assert!(
            once.contains("\n\n## Queries\n\nas before\n\n## Inserts\n\nMeasured on 2026-11-28.\n\n"),
            "{once}"
        );
        assert!(once.contains("| 100 · 10 µs · 20 µs · 0 |"), "{once}");
        assert_eq!(report(&results, &once), once);
    }

    #[test]
    fn unfinished_work_says_why_and_how_much_more_it_takes_at_least() {
        let [group, shape, size, ours] = ["Compiling", "check", "500 tables", "ours"].map(str::to_owned);
        let unfinished = |peer: &str, why: &str, at_least| {
            let (peer, why) = (peer.to_owned(), why.to_owned());
            let (group, shape, size) = (group.clone(), shape.clone(), size.clone());
            Line::Unfinished(Unfinished { group, shape, size, peer, why, at_least })
        };
        let (group, shape, size) = (group.clone(), shape.clone(), size.clone());
        let (unit, samples, note) = ("µs".to_owned(), vec![2e6, 4e6, 3e6], None);
        let results = Results::of(vec![
            Line::Cell(Cell { group, shape, size, peer: ours, unit, samples, note }),
            unfinished("slow", "over 300 s, stopped", Some(300e6)),
            unfinished("slower", "not tried", None),
        ]);
        let report = report(&results, "");
        let row = "| **1** · 3 s (2.50–3.50) | **> 100.00** · over 300 s, stopped | not tried |";
        assert!(report.contains(row), "{report}");
    }
}
