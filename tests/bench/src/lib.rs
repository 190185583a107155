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

/// A table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its place among the others.
    pub number: usize,
    /// Its name.
    pub name: String,
    /// Its columns: the key, then two foreign keys to keys, then an enum, then anything else.
    pub columns: Vec<Column>,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type, as SQL.
    pub ty: String,
    /// Whether it may be null.
    pub nullable: bool,
    /// How its value comes about where none is given, as SQL.
    pub default: Option<&'static str>,
    /// The number of the table whose key it holds.
    pub target: Option<usize>,
}

/// Columns that are no keys: name, type, whether it may be null, default.
const COLUMNS: &[(&str, &str, bool, Option<&str>)] = &[
    ("name", "text", false, None),
    ("created_at", "timestamptz", false, Some("DEFAULT now()")),
    ("amount", "numeric(12, 2)", true, None),
    ("active", "boolean", false, Some("DEFAULT true")),
    ("settings", "jsonb", false, Some("DEFAULT '{}'")),
    ("code", "varchar(20)", false, None),
    ("position", "integer", true, None),
    ("token", "uuid", true, Some("DEFAULT gen_random_uuid()")),
    ("labels", "text[]", false, Some("DEFAULT '{}'")),
    ("born_on", "date", true, None),
    ("ratio", "double precision", true, None),
    ("picture", "bytea", true, None),
];

/// Every so many tables share an enum.
const TABLES_AN_ENUM: usize = 10;

/// The labels of every enum.
pub const STATES: [&str; 4] = ["new", "in progress", "done", "cancelled"];

/// A schema's DDL: every table with a key, two foreign keys, a column of an enum, an index and comments.
pub fn ddl(shape: Shape) -> String {
    text(&tables(shape))
}

/// The DDL of tables.
pub fn text(tables: &[Table]) -> String {
    let mut text = String::new();
    // Writing into a string cannot fail.
    let _ = write_ddl(&mut text, tables);
    text
}

/// The name of an enum.
pub fn enum_name(number: usize) -> String {
    format!("state_{number}")
}

/// How many enums so many tables have.
pub const fn enums(tables: usize) -> usize {
    tables.div_ceil(TABLES_AN_ENUM)
}

/// The tables of a schema.
pub fn tables(shape: Shape) -> Vec<Table> {
    (0..shape.tables)
        .map(|number| Table { number, name: table_name(number), columns: columns(number, shape.columns) })
        .collect()
}

fn columns(table: usize, count: usize) -> Vec<Column> {
    let column = |name: &str, ty: &str, nullable, default, target| Column {
        name: name.to_owned(),
        ty: ty.to_owned(),
        nullable,
        default,
        target,
    };
    let mut columns = vec![
        column("id", "bigint", false, Some("GENERATED ALWAYS AS IDENTITY PRIMARY KEY"), None),
        // Both point to tables that are there already, one of them to the table itself where it is the first.
        column("parent_id", "bigint", true, None, Some(table / 2)),
        column("source_id", "bigint", true, None, Some(table * 7 / 11)),
        column("state", &enum_name(table / TABLES_AN_ENUM), false, Some("DEFAULT 'new'"), None),
    ];
    columns.extend((0..count.saturating_sub(Shape::FEWEST_COLUMNS)).map(|at| {
        let (name, ty, nullable, default) = COLUMNS[at % COLUMNS.len()];
        let mut column = column(name, ty, nullable, default, None);
        if at >= COLUMNS.len() {
            column.name = format!("{name}_{}", at / COLUMNS.len());
        }
        column
    }));
    columns
}

fn write_ddl(out: &mut String, tables: &[Table]) -> fmt::Result {
    for number in 0..enums(tables.len()) {
        writeln!(out, "CREATE TYPE {} AS ENUM ('{}');", enum_name(number), STATES.join("', '"))?;
    }
    for table in tables {
        write_table(out, table)?;
    }
    Ok(())
}

fn write_table(out: &mut String, table: &Table) -> fmt::Result {
    let Table { number, name, columns } = table;
    write!(out, "\nCREATE TABLE {name} (")?;
    for (at, column) in columns.iter().enumerate() {
        write!(out, "{}\n    {} {}", if at == 0 { "" } else { "," }, column.name, column.ty)?;
        if !column.nullable {
            write!(out, " NOT NULL")?;
        }
        if let Some(default) = column.default {
            write!(out, " {default}")?;
        }
        if let Some(target) = column.target {
            write!(out, " REFERENCES {} (id) ON DELETE CASCADE", table_name(target))?;
        }
    }
    writeln!(out, "\n);")?;
    writeln!(out, "CREATE INDEX {name}_parent_idx ON {name} (parent_id);")?;
    writeln!(out, "COMMENT ON TABLE {name} IS 'Table number {number}; there''s one of each.';")?;
    writeln!(out, "COMMENT ON COLUMN {name}.state IS 'How far it got.';")
}

/// The name of a table.
pub fn table_name(number: usize) -> String {
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
