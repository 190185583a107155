//! Schemas of any size, for benchmarks.
//!
//! The same [`Shape`] always gives the same text: no randomness, no clock.

use std::fmt::{self, Write};

/// How large a schema is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// How many tables.
    pub tables: usize,
    /// How many columns each has, keys included; at least [`Shape::FEWEST_COLUMNS`].
    pub columns: usize,
}

impl Shape {
    /// The key, two foreign keys and an enum.
    pub const FEWEST_COLUMNS: usize = 4;
}

const KINDS: &[&str] = &[
    "customer", "order", "product", "invoice", "payment", "stock", "ticket", "account", "campaign",
    "contract",
];

const THINGS: &[&str] = &[
    "addresses",
    "batches",
    "categories",
    "details",
    "entries",
    "events",
    "histories",
    "items",
    "limits",
    "notes",
    "options",
    "prices",
    "reports",
    "requests",
    "rules",
    "settings",
    "statuses",
    "tags",
    "tasks",
    "visits",
];

/// Columns that are no keys: name and the rest.
const COLUMNS: &[(&str, &str)] = &[
    ("name", "text NOT NULL"),
    ("created_at", "timestamptz NOT NULL DEFAULT now()"),
    ("amount", "numeric(12, 2)"),
    ("active", "boolean NOT NULL DEFAULT true"),
    ("settings", "jsonb NOT NULL DEFAULT '{}'"),
    ("code", "varchar(20) NOT NULL"),
    ("position", "integer"),
    ("token", "uuid DEFAULT gen_random_uuid()"),
    ("labels", "text[] NOT NULL DEFAULT '{}'"),
    ("born_on", "date"),
    ("ratio", "double precision"),
    ("picture", "bytea"),
];

/// Every so many tables share an enum.
const TABLES_AN_ENUM: usize = 10;

/// A schema's DDL: every table with a key, two foreign keys, a column of an enum, an index and comments.
pub fn ddl(shape: Shape) -> String {
    let mut text = String::new();
    // Writing into a string cannot fail.
    let _ = write_ddl(&mut text, shape);
    text
}

fn write_ddl(out: &mut String, shape: Shape) -> fmt::Result {
    for number in 0..shape.tables.div_ceil(TABLES_AN_ENUM) {
        writeln!(out, "CREATE TYPE state_{number} AS ENUM ('new', 'in progress', 'done', 'cancelled');")?;
    }
    for number in 0..shape.tables {
        write_table(out, number, shape.columns)?;
    }
    Ok(())
}

fn write_table(out: &mut String, number: usize, columns: usize) -> fmt::Result {
    let table = table_name(number);
    writeln!(out, "\nCREATE TABLE {table} (\n    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,")?;
    // Both point to tables that are there already, one of them to the table itself where it is the first.
    for (column, target) in [("parent_id", number / 2), ("source_id", number * 7 / 11)] {
        writeln!(out, "    {column} bigint REFERENCES {} (id) ON DELETE CASCADE,", table_name(target))?;
    }
    write!(out, "    state state_{} NOT NULL DEFAULT 'new'", number / TABLES_AN_ENUM)?;
    for at in 0..columns.saturating_sub(Shape::FEWEST_COLUMNS) {
        let (name, ty) = COLUMNS[at % COLUMNS.len()];
        match at / COLUMNS.len() {
            0 => write!(out, ",\n    {name} {ty}")?,
            round => write!(out, ",\n    {name}_{round} {ty}")?,
        }
    }
    writeln!(out, "\n);")?;
    writeln!(out, "CREATE INDEX {table}_parent_idx ON {table} (parent_id);")?;
    writeln!(out, "COMMENT ON TABLE {table} IS 'Table number {number}; there''s one of each.';")?;
    writeln!(out, "COMMENT ON COLUMN {table}.state IS 'How far it got.';")
}

fn table_name(number: usize) -> String {
    let thing = THINGS[number % THINGS.len()];
    let kind = KINDS[number / THINGS.len() % KINDS.len()];
    match number / (THINGS.len() * KINDS.len()) {
        0 => format!("{kind}_{thing}"),
        round => format!("{kind}_{round}_{thing}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_tables_and_columns_as_asked_for() {
        let text = ddl(Shape { tables: 450, columns: 30 });
        assert_eq!(text.matches("CREATE TABLE ").count(), 450);
        assert_eq!(text.matches("CREATE TYPE ").count(), 45);
        let last = text.rsplit("CREATE TABLE ").next().and_then(|table| table.split("\n);").next());
        assert_eq!(last.map(|table| table.lines().skip(1).count()), Some(30));
    }

    #[test]
    fn names_are_distinct() {
        let names: std::collections::HashSet<String> = (0..5000).map(table_name).collect();
        assert_eq!(names.len(), 5000);
    }

    #[test]
    fn the_same_every_time() {
        let shape = Shape { tables: 20, columns: 12 };
        assert_eq!(ddl(shape), ddl(shape));
    }
}
