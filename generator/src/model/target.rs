//! What a relation or a reference may refer to: columns that identify a row.

use crate::{
    catalog::Table,
    diagnostics::{Diagnostic, REFERENCE_TARGET},
};

use super::docs;

/// The error that more than one row may have the values of these columns, so that none of them is the one meant. The
/// caller adds the place.
pub(super) fn no_key(table: &Table, name: &str, columns: &[String]) -> Diagnostic {
    let titles: Vec<String> = columns.iter().map(|column| format!("`{}`", title(name, column))).collect();
    let titles = titles.join(" and ");
    let (is, it) =
        if columns.len() == 1 { ("is", "it identifies") } else { ("are together", "they identify") };
    let key = columns.join(", ");
    if table.is_view() {
        let message = format!("{titles} {is} not known to identify a row: a view has no keys of its own");
        let help =
            format!("if {it} one, say so in the app of the view: `tables: {{ {name}: {{ key: [{key}] }} }}`");
        return Diagnostic::error(REFERENCE_TARGET, message).help(help);
    }
    let help = match columns {
        [_] => "refer to the table's primary key, or add a UNIQUE constraint to the column",
        _ => "refer to the table's primary key, or add a UNIQUE constraint over the columns",
    };
    Diagnostic::error(REFERENCE_TARGET, format!("{titles} {is} neither a primary key nor unique")).help(help)
}

/// The error, with the columns of the key that these are a part of, for what can refer to several columns.
pub(super) fn of_whole_key(no_key: Diagnostic, table: &Table, columns: &[String]) -> Diagnostic {
    let mut keys = table.primary_key.iter().chain(&table.uniques);
    let Some(key) = keys.find(|key| columns.iter().all(|column| key.columns.contains(column))) else {
        return no_key;
    };
    let (part, them) = if columns.len() == 1 { ("is", "the column") } else { ("are", "the columns") };
    no_key.help(format!(
        "{them} {part} a part of the key `[{}]`: refer to all of it, from as many columns",
        key.columns.join(", ")
    ))
}

/// `table.column`, for docs and messages.
pub(super) fn title(table: &str, column: &str) -> String {
    docs::code(&format!("{table}.{column}"))
}
