//! The doc of a column's constant: its SQL type, default and keys, and the columns that refer to it.

use std::collections::HashMap;

use super::{apps::Chosen, docs::code};
use crate::catalog::{Catalog, Column, ForeignKey, Identity, QName, normal};

/// The foreign keys to each table, with the tables that have them.
pub(super) type Referrers<'a> = HashMap<&'a QName, Vec<(&'a QName, &'a ForeignKey)>>;

/// The greatest length of a default that the doc shows, in characters.
const LONGEST: usize = 60;

/// The greatest number of referring columns that the doc names.
const MOST: usize = 3;

/// The foreign keys of a catalog, by the tables that they refer to.
pub(super) fn referrers(catalog: &Catalog) -> Referrers<'_> {
    let mut found: Referrers<'_> = HashMap::new();
    for (name, table) in &catalog.tables {
        // A partition's keys are its parent's.
        for key in table.foreign_keys.iter().filter(|_| table.partition_of.is_none()) {
            found.entry(&key.target).or_default().push((name, key));
        }
    }
    found
}

/// The doc of a column's constant, in one line.
pub(super) fn of(chosen: &Chosen<'_>, column: &Column, referrers: &Referrers<'_>) -> String {
    let mut facts = vec![format!("`{}`", code(&column.ty.to_string()))];
    facts.extend(key(chosen, column).map(str::to_owned));
    facts.extend(filled(chosen.name, column));
    let own = chosen.table.foreign_keys.iter().filter(|key| key.columns.contains(&column.name));
    facts.extend(own.filter_map(|key| Some(format!("refers to `{}`", code(&target(key, &column.name)?)))));
    let mut line = format!("{}.", facts.join(", "));
    let others = referrers.get(chosen.name).map_or(&[][..], Vec::as_slice);
    let mut columns: Vec<String> =
        others.iter().flat_map(|(table, key)| sources(chosen.name, table, key, &column.name)).collect();
    columns.dedup();
    if !columns.is_empty() {
        let more = columns.len().saturating_sub(MOST);
        columns.truncate(MOST);
        let shown: Vec<String> = columns.iter().map(|column| format!("`{}`", code(column))).collect();
        line.push_str(&format!(" Referred to by {}", shown.join(", ")));
        line.push_str(&if more > 0 { format!(" and {more} more.") } else { ".".to_owned() });
    }
    line
}

fn key(chosen: &Chosen<'_>, column: &Column) -> Option<&'static str> {
    let is_alone = |columns: &[String]| matches!(columns, [only] if *only == column.name);
    match &chosen.table.primary_key {
        Some(key) if is_alone(&key.columns) => return Some("primary key"),
        Some(key) if key.columns.contains(&column.name) => return Some("part of the primary key"),
        _ => {}
    }
    chosen.table.uniques.iter().any(|key| is_alone(&key.columns)).then_some("unique")
}

/// What gives the column its value when an insert does not: its identity, its expression or its default.
fn filled(table: &QName, column: &Column) -> Option<String> {
    match (&column.identity, &column.generated, &column.default) {
        (Some(Identity::Always), ..) => Some("identity, always generated".to_owned()),
        (Some(_), ..) => Some("identity".to_owned()),
        (None, Some(_), _) => Some("generated".to_owned()),
        (None, None, Some(_)) => Some(match plain_default(table, column) {
            Some(default) => format!("default `{}`", code(&default)),
            None => "has a default".to_owned(),
        }),
        (None, None, None) => None,
    }
}

/// A default that every source of a schema spells alike: a number, a text, a label, `true`, `now()`. A server spells
/// longer defaults and those of other types in its own way, and the code must not depend on the source.
fn plain_default(table: &QName, column: &Column) -> Option<String> {
    let default = normal::default(table, column).filter(|default| default.len() <= LONGEST)?;
    if default == "current_timestamp" {
        return Some("now()".to_owned());
    }
    let builtin = (column.ty.name.schema == "pg_catalog").then_some(column.ty.name.name.as_str());
    let is_text = matches!(builtin, None | Some("text" | "varchar" | "bpchar")) && !column.ty.array;
    let is_numeric = matches!(builtin, Some("int2" | "int4" | "int8" | "numeric")) && !column.ty.array;
    match default.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
        // The normal form of a number has quotes.
        Some(number) if is_numeric && is_number(number) => Some(number.to_owned()),
        Some(text) => (is_text && !text.contains(['\'', '\\', '\n'])).then_some(default),
        None => (is_call(&default) || matches!(default.as_str(), "true" | "false")).then_some(default),
    }
}

fn is_number(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_digit())
        && text.chars().all(|char| char.is_ascii_digit() || char == '.')
}

/// A function without arguments.
fn is_call(text: &str) -> bool {
    text.strip_suffix("()").is_some_and(|name| {
        !name.is_empty() && name.chars().all(|char| char.is_ascii_lowercase() || char == '_')
    })
}

/// The column that `column` refers to by a key of its own.
fn target(key: &ForeignKey, column: &str) -> Option<String> {
    let at = key.columns.iter().position(|own| own == column)?;
    Some(format!("{}.{}", key.target.name, key.target_columns.get(at)?))
}

/// The columns of `table` that refer to `column` by this key.
fn sources<'k>(
    own: &'k QName,
    table: &'k QName,
    key: &'k ForeignKey,
    column: &'k str,
) -> impl Iterator<Item = String> + 'k {
    let pairs = key.columns.iter().zip(&key.target_columns);
    let shown = if table.schema == own.schema { table.name.clone() } else { table.to_string() };
    pairs.filter(move |(_, target)| *target == column).map(move |(from, _)| format!("{shown}.{from}"))
}
