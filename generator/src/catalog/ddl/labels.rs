//! `ALTER TYPE … RENAME VALUE`: the server keeps a label by its number, and prints every expression that means it with the
//! name that it has now.

use std::collections::BTreeSet;

use super::{rename::dependents_of, session::Session};
use crate::catalog::{Column, QName, Table, TypeKind};

/// Gives an enum's label another name in the defaults, checks and generated columns that mean it.
pub(super) fn rename(session: &mut Session, ty: &QName, old: &str, new: &str) {
    let label = Label { ty, old: text_literal(old), new: text_literal(new) };
    for dependent in dependents_of(session, ty) {
        let name = session.objects.name(dependent.id).clone();
        let references = session.state(&name).map(|state| state.references.clone()).unwrap_or_default();
        if let Some(table) = session.catalog.tables.get_mut(&name) {
            for column in table.columns.iter_mut().filter(|column| column.ty.name == *ty) {
                column.default.iter_mut().for_each(|text| label.rename_value(text));
            }
            let checks: Vec<bool> = table
                .checks
                .iter()
                .map(|check| {
                    references.get(&check.name).is_some_and(|columns| label.is_meant(table, columns))
                })
                .collect();
            let meant = table.checks.iter_mut().zip(checks).filter(|(_, is_meant)| *is_meant);
            meant.for_each(|(check, _)| label.rename_all(&mut check.expression));
        } else if let Some(TypeKind::Domain { base, default, checks, .. }) =
            session.catalog.types.get_mut(&name).map(|def| &mut def.kind)
            && base.name == *ty
        {
            default.iter_mut().for_each(|text| label.rename_value(text));
            checks.iter_mut().for_each(|check| label.rename_all(&mut check.expression));
        }
    }
}

/// A label, as SQL writes it before and after.
struct Label<'a> {
    ty: &'a QName,
    old: String,
    new: String,
}

impl Label<'_> {
    /// A value that is the label, and nothing else.
    fn rename_value(&self, text: &mut String) {
        let rest = text.strip_prefix(&self.old);
        if rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("::")) {
            text.replace_range(..self.old.len(), &self.new);
        }
    }

    /// Whether a literal beside these columns can only be one of the enum's: no other of them takes texts.
    fn is_meant(&self, table: &Table, columns: &BTreeSet<String>) -> bool {
        let mut named = table.columns.iter().filter(|column| columns.contains(&column.name)).peekable();
        named.peek().is_some() && named.all(|column| column.ty.name == *self.ty || is_number(column))
    }

    fn rename_all(&self, expression: &mut String) {
        let mut renamed = String::with_capacity(expression.len());
        let mut rest = expression.as_str();
        while let Some(at) = rest.find(&self.old) {
            let (before, found) = rest.split_at(at);
            let after = found.get(self.old.len()..).unwrap_or_default();
            // A quote beside it makes it a part of another literal, a letter one with escapes.
            let begins = !before.ends_with(|c: char| c == '\'' || c.is_alphanumeric());
            let is_whole = begins && !after.starts_with('\'');
            renamed.push_str(before);
            renamed.push_str(if is_whole { &self.new } else { &self.old });
            rest = after;
        }
        renamed.push_str(rest);
        *expression = renamed;
    }
}

fn is_number(column: &Column) -> bool {
    const NUMBERS: [&str; 7] = ["int2", "int4", "int8", "numeric", "float4", "float8", "bool"];
    column.ty.name.schema == "pg_catalog" && NUMBERS.contains(&column.ty.name.name.as_str())
}

fn text_literal(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}
