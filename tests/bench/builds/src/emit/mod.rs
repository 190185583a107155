//! What others' generators write, of the same tables: their own need a server, or write no models.

pub mod diesel;
pub mod sea_orm;

use heck::ToUpperCamelCase;
use ormgen_bench::{Column, Table};

/// The name of a type.
fn type_name(name: &str) -> String {
    name.to_upper_camel_case()
}

/// The text of the types' first words, up to what is in parentheses.
fn sql_type(column: &Column) -> &str {
    column.ty.split('(').next().unwrap_or(&column.ty)
}

fn optional(column: &Column, ty: &str) -> String {
    if column.nullable { format!("Option<{ty}>") } else { ty.to_owned() }
}

/// The columns that point to other tables, with those tables.
fn references<'t>(table: &'t Table, tables: &'t [Table]) -> impl Iterator<Item = (&'t Column, &'t Table)> {
    table.columns.iter().filter_map(|column| Some((column, tables.get(column.target?)?)))
}

/// A table that no two columns point to: the one for which there is one way to join.
fn joined_once(table: &Table, target: &Table) -> bool {
    let ways = table.columns.iter().filter(|column| column.target == Some(target.number)).count();
    ways == 1 && table.number != target.number
}
