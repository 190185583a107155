//! The few lines that the project's README shows.

use std::fmt::Write;

use crate::{
    markdown::DATE,
    numbers::Spread,
    table::{Results, Row, Table, Taken},
};

/// Where they begin in a text.
pub const BEGIN: &str = "<!-- results: tests/bench/run writes them -->\n";
/// Where they end.
pub const END: &str = "<!-- end of results -->\n";

/// What a column is called, and what its peers' names begin with.
const COLUMNS: [(&str, &str); 5] = [
    ("by hand", "by hand"),
    ("ormgen", "ormgen"),
    ("diesel", "diesel"),
    ("sqlx", "sqlx"),
    ("sea-orm", "sea-orm"),
];

/// What a row is called, and which row of the report it is: group, work and size, as they begin.
const ROWS: [(&str, [&str; 3]); 10] = [
    ("find a row by its key", ["Queries", "one row", ""]),
    ("the same, 256 tasks over a pool of 10", ["Select by key", "one row", "256 tasks"]),
    ("read 1,000 rows", ["Queries", "every row", "1,000 rows"]),
    ("left join, 1,000 rows", ["Queries", "left join", "1,000 rows"]),
    ("1,000 rows with 10 children each", ["Related rows", "parents", ""]),
    ("1,000 rows with what they refer to in another database", ["Related rows", "reference", ""]),
    ("insert a row", ["Inserts, server without fsync", "insert", "1 row"]),
    ("insert 10,000 rows", ["Inserts, server without fsync", "bulk", "10,000 rows"]),
    ("`cargo check` of 500 tables", ["Compiling", "check", "500 tables"]),
    ("from a live server's 500 tables to code", ["Generating from a live", "from the server", "500 tables"]),
];

/// The facts that are told.
const FACTS: [&str; 9] =
    ["date", "processor", "cores", "PostgreSQL", "Rust", "tokio-postgres", "diesel", "sqlx", "sea-orm"];

/// The text with the results between its marks, where a row that was not measured now keeps what it said, with the date of
/// that; none if it lacks the marks.
pub fn put_into(text: &str, results: &Results) -> Option<String> {
    let (before, rest) = text.split_once(BEGIN)?;
    let (earlier, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n{}\n{END}{after}", summary(results, earlier)))
}

/// A table of medians, and what they were measured on.
fn summary(results: &Results, earlier: &str) -> String {
    let columns = COLUMNS.map(|(column, _)| column).join(" | ");
    let mut out = format!("| | {columns} |\n| --- |{}\n", " ---: |".repeat(COLUMNS.len()));
    for (name, place) in ROWS {
        let measured = find(results, place).map(|(table, row)| {
            let cells = COLUMNS.map(|(_, peer)| cell(table, row, peer)).join(" | ");
            format!("| {name} | {cells} |")
        });
        if let Some(row) = measured.or_else(|| kept(earlier, name)) {
            // Writing into a string cannot fail.
            let _ = writeln!(out, "{row}");
        }
    }
    let facts: Vec<String> = FACTS
        .iter()
        .filter_map(|name| results.facts.iter().find(|fact| fact.fact == *name))
        .map(|fact| format!("{} {}", fact.fact, fact.value))
        .collect();
    let _ = writeln!(out, "\nMedians; client and servers on one machine. {}.", facts.join(", "));
    out
}

/// The row of this name in an earlier summary, with the date of its measurement.
fn kept(earlier: &str, name: &str) -> Option<String> {
    let row = earlier.lines().find_map(|line| line.strip_prefix(&format!("| {name}")))?;
    if row.starts_with(" (") {
        return Some(format!("| {name}{row}"));
    }
    let date = earlier.split_once(&format!(" {DATE} "))?.1.split(',').next()?;
    Some(format!("| {name} ({date}){row}"))
}

fn find<'r>(results: &'r Results, [group, shape, size]: [&str; 3]) -> Option<(&'r Table, &'r Row)> {
    let table = results.tables.iter().find(|table| table.group.group.starts_with(group))?;
    let row = table.rows.iter().find(|row| row.shape.starts_with(shape) && row.size.starts_with(size))?;
    Some((table, row))
}

fn cell(table: &Table, row: &Row, peer: &str) -> String {
    let peer = table.peers.iter().position(|name| name.starts_with(peer));
    let unit = row.cells.iter().map(|taken| taken.unit.as_str()).find(|unit| !unit.is_empty());
    peer.and_then(|peer| median(table.cell(row, peer)?, unit.unwrap_or_default())).unwrap_or_default()
}

/// Of work that was not finished, what it took at least, or else why.
fn median(taken: &Taken, unit: &str) -> Option<String> {
    let Some(Spread { median, .. }) = Spread::of(&taken.samples) else { return taken.unfinished.clone() };
    let text = Spread { low: median, median, high: median }.text(unit);
    Some(if taken.unfinished.is_some() { format!("over {text}") } else { text })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lines::{Cell, Line};

    #[test]
    fn results_stand_between_the_marks() {
        let [group, shape, size, unit] =
            ["Queries", "every row of one table", "1,000 rows in the table", "µs"].map(str::to_owned);
        let (peer, samples, note) = ("diesel-async".to_owned(), vec![510.0, 530.0, 520.0], None);
        let results = Results::of(vec![Line::Cell(Cell { group, shape, size, peer, unit, samples, note })]);
        let text = format!("# Title\n\n{BEGIN}old\n{END}more\n");
        let text = put_into(&text, &results).unwrap();
        assert!(text.starts_with("# Title\n\n<!--") && text.ends_with("results -->\nmore\n"), "{text}");
        assert!(text.contains("\n| read 1,000 rows |  |  | 520 µs |  |  |\n"), "{text}");
        assert!(!text.contains("old"), "{text}");
        assert_eq!(put_into("no marks", &results), None);
    }

    #[test]
    fn a_row_that_is_not_measured_again_keeps_its_figures_and_their_date() {
        let row = "| insert a row | 80.4 µs |  |  |  |  |";
        let facts = "Medians; client and servers on one machine. date 2026-11-23, cores 2.";
        let text = put_into(&format!("{BEGIN}{row}\n\n{facts}\n{END}"), &Results::default()).unwrap();
        let dated = "\n| insert a row (2026-11-23) | 80.4 µs |  |  |  |  |\n";
        assert!(text.contains(dated), "{text}");
        assert!(put_into(&text, &Results::default()).unwrap().contains(dated));
    }
}
