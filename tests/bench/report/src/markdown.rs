//! The report as text.

use std::fmt::Write;

use crate::{
    loaded,
    numbers::Spread,
    table::{Results, Row, Table},
};

/// The whole report.
pub fn report(results: &Results) -> String {
    let mut out = String::from(INTRODUCTION);
    for fact in &results.facts {
        let _ = writeln!(out, "| {} | {} |", fact.fact, fact.value);
    }
    for table in &results.tables {
        write_table(&mut out, table);
    }
    out + &loaded::markdown(&results.loaded, &results.facts)
}

/// An earlier report, with what was measured now of pools in place of what it said of them.
pub fn with_pools(earlier: &str, results: &Results) -> String {
    let before = earlier.split(loaded::TITLE).next().unwrap_or_default();
    before.trim_end().to_owned() + "\n" + &loaded::markdown(&results.loaded, &results.facts)
}

const INTRODUCTION: &str = "# Benchmarks

Made by `tests/bench/run`. Each cell: the ratio to the column that says 1, then the median and in parentheses its
quartiles. Peers take turns in rounds, in an order that is shuffled for each round; the ratio is the median of the
rounds' ratios. Client and servers share one machine, over TCP; release builds, without LTO. All pools have 10
connections, and nobody asks the server whether a connection is alive before using it; sqlx, and sea-orm through it,
asks after use, which cannot be turned off. What one task does is measured in tokio's current-thread runtime, what many
do in the multi-thread one; loops of idle priority keep the processors awake meanwhile. Ratios near 1 are noise.

![Ratios to the baseline](report.svg)

| | |
| --- | --- |
";

fn write_table(out: &mut String, table: &Table) {
    // Writing into a string cannot fail.
    let _ = write!(out, "\n## {}\n\n", table.group.group);
    if !table.group.about.is_empty() {
        let _ = write!(out, "{}\n\n", table.group.about);
    }
    let _ = writeln!(out, "| work | size | {} |", table.peers.join(" | "));
    let _ = writeln!(out, "| --- | --- |{}", " --- |".repeat(table.peers.len()));
    for row in &table.rows {
        let cells: Vec<String> = (0..table.peers.len()).map(|peer| cell(table, row, peer)).collect();
        let _ = writeln!(out, "| {} | {} | {} |", row.shape, row.size, cells.join(" | "));
    }
    for note in &table.notes {
        let _ = write!(out, "\n{note}\n");
    }
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
        lines::{Cell, Line, Unfinished},
        loaded::Loaded,
    };

    #[test]
    fn pools_are_measured_without_the_rest() {
        let mut cell = Loaded::new("insert", 0, 8, "by hand");
        cell.add(100.0, 10.0, 20.0, 100);
        let results = Results::of(vec![Line::Loaded(cell)]);
        let once = with_pools("# Benchmarks\n\n## Queries\n\nas before\n", &results);
        assert!(
            once.starts_with("# Benchmarks\n\n## Queries\n\nas before\n\n## Pools under load\n"),
            "{once}"
        );
        assert!(once.contains("100 a second"), "{once}");
        assert_eq!(with_pools(&once, &results), once);
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
        let report = report(&results);
        let row = "| **1** · 3 s (2.50–3.50) | **> 100.00** · over 300 s, stopped | not tried |";
        assert!(report.contains(row), "{report}");
    }
}
