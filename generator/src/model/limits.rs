//! Warnings about values in a column's default or checks that its field cannot hold: a row with one could not be read.

use super::{context::DatabaseContext, rust_type::RustType};
use crate::{
    catalog::{self, Object, QName, Table},
    diagnostics::{Diagnostic, VALUE_NOT_HELD},
};

/// A value that some Rust type cannot hold, and the setting of the manifest that makes the column hold it.
struct Limit {
    /// The value, as a message names it.
    value: &'static str,
    /// Whether it stands in an expression, which is in lower case.
    is_in: fn(&str) -> bool,
    /// What to write in the manifest.
    help: &'static str,
}

const INFINITY: Limit = Limit {
    value: "infinity",
    is_in: |text| text.contains("'infinity'") || text.contains("'-infinity'"),
    help: "write `types: { infinity: kept }`; or `infinity: refused` where no row holds it",
};
const NOT_A_NUMBER: Limit = Limit {
    value: "NaN",
    is_in: |text| text.contains("'nan'"),
    help: "name `ormgen_runtime::types::Numeric` for the column under `types:`",
};
const END_OF_DAY: Limit = Limit {
    value: "24:00",
    is_in: |text| text.contains("'24:00"),
    help: "name `ormgen_runtime::types::Time` for the column under `types:`",
};
const NULL_ELEMENT: Limit = Limit {
    value: "NULL",
    is_in: |text| (text.contains("'{") || text.contains("array[")) && text.contains("null"),
    help: "write `types: { arrays: nullable }`; or `arrays: plain` where no row holds such an array",
};
const DIMENSIONS: Limit = Limit {
    value: "{{…}}",
    is_in: |text| text.contains("'{{") || text.contains("array[["),
    help: "write `types: { arrays: any }`; or `arrays: plain` where no row holds such an array",
};

/// Warns where a column's default, or a check that names the column, has a value that the column's Rust type cannot
/// hold.
pub(super) fn warning(
    context: &DatabaseContext<'_>,
    name: &QName,
    table: &Table,
    column: &catalog::Column,
    rust: &RustType,
) -> Option<Diagnostic> {
    let limits = limits(context, rust);
    if limits.is_empty() {
        return None;
    }
    let expressions: Vec<String> =
        shown_in(table, column).map(|expression| expression.to_lowercase()).collect();
    let limit = limits.into_iter().find(|limit| expressions.iter().any(|text| (limit.is_in)(text)))?;
    let message = format!(
        "the schema lets the column `{name}.{}` hold `{}`, which its type `{}` cannot: reading such a row would fail",
        column.name,
        limit.value,
        rust.bare()
    );
    let place = context.place(&Object::Column(name.clone(), column.name.clone()));
    Some(Diagnostic::warning(VALUE_NOT_HELD, message).at(place).help(limit.help))
}

/// The column's default, and the checks that name it.
fn shown_in<'a>(table: &'a Table, column: &'a catalog::Column) -> impl Iterator<Item = &'a str> {
    let checks = table.checks.iter().map(|check| check.expression.as_str());
    column.default.as_deref().into_iter().chain(checks.filter(|check| names(check, &column.name)))
}

/// Whether an expression has that word.
fn names(expression: &str, word: &str) -> bool {
    expression.match_indices(word).any(|(at, _)| {
        let is_inside = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        let (before, after) = (expression.get(..at), expression.get(at + word.len()..));
        !is_inside(before.and_then(|text| text.chars().next_back()))
            && !is_inside(after.and_then(|text| text.chars().next()))
    })
}

/// The values that the type cannot hold, without those that no row has according to the manifest.
fn limits(context: &DatabaseContext<'_>, rust: &RustType) -> Vec<Limit> {
    let choices = context.manifest.values;
    let mut limits = Vec::new();
    if choices.infinity.is_none() && rust.has_runtime(&["NaiveDate", "NaiveDateTime", "DateTime"]) {
        limits.push(INFINITY);
    }
    if rust.has_runtime(&["Decimal"]) {
        limits.push(NOT_A_NUMBER);
    }
    if rust.has_runtime(&["NaiveTime"]) {
        limits.push(END_OF_DAY);
    }
    if choices.arrays.is_none() && rust.is_vec() {
        limits.extend([DIMENSIONS, NULL_ELEMENT]);
    }
    limits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_in_the_servers_spelling() {
        for (limit, expression, expected) in [
            (&INFINITY, "'infinity'::timestamp with time zone", true),
            (&INFINITY, "valid_to <= '-infinity'::date", true),
            (&INFINITY, "now()", false),
            (&NOT_A_NUMBER, "'nan'::numeric", true),
            (&END_OF_DAY, "'24:00:00'::time without time zone", true),
            (&NULL_ELEMENT, "'{a,null}'::text[]", true),
            (&NULL_ELEMENT, "array[1, null::integer]", true),
            (&NULL_ELEMENT, "'{}'::text[]", false),
            (&DIMENSIONS, "'{{1,2},{3,4}}'::integer[]", true),
        ] {
            assert_eq!((limit.is_in)(expression), expected, "{expression}");
        }
    }

    #[test]
    fn a_check_names_a_column_by_a_whole_word() {
        assert!(names("(valid_to <= now())", "valid_to"));
        assert!(!names("(valid_to_2 <= now())", "valid_to"));
    }
}
