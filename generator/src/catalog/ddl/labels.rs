//! `ALTER TYPE … RENAME VALUE`: the server stores a label by its number, and prints its new name in every expression
//! that has it.

use std::collections::{BTreeSet, HashMap};

use super::{
    expressions::columns_of_text,
    lex::{Lexer, Token, TokenKind},
    rename::{dependents_of, index_texts},
    session::Session,
};
use crate::catalog::{Column, QName, Table, TypeKind};

/// Renames an enum's label in the defaults, checks and generated columns that have it.
pub(super) fn rename(session: &mut Session, ty: &QName, old: &str, new: &str) {
    let label = Label { ty, old, new };
    for dependent in dependents_of(session, ty) {
        let name = session.objects.name(dependent.id).clone();
        let references = session.state(&name).map(|state| state.references.clone()).unwrap_or_default();
        if let Some(table) = session.catalog.tables.get_mut(&name) {
            label.rename_in_table(table, &references);
        } else if let Some(TypeKind::Domain { base, default, checks, .. }) =
            session.catalog.types.get_mut(&name).map(|def| &mut def.kind)
        {
            let is_own = base.name == *ty;
            default.iter_mut().for_each(|text| label.rename_in(text, is_own && is_constant(text)));
            checks.iter_mut().for_each(|check| label.rename_in(&mut check.expression, is_own));
        }
    }
}

/// A label before and after.
struct Label<'a> {
    ty: &'a QName,
    old: &'a str,
    new: &'a str,
}

impl Label<'_> {
    fn rename_in_table(&self, table: &mut Table, references: &HashMap<String, BTreeSet<String>>) {
        let is_meant =
            |columns: Option<&BTreeSet<String>>| columns.is_some_and(|columns| self.is_meant(table, columns));
        let checks: Vec<bool> =
            table.checks.iter().map(|check| is_meant(references.get(&check.name))).collect();
        let generated = table.columns.iter().map(|column| {
            let expression = column.generated.as_ref().map(|generated| &generated.expression);
            let columns = expression.map(|text| columns_of_text(text, table).into_iter().collect());
            is_meant(columns.as_ref())
        });
        let generated: Vec<bool> = generated.collect();
        let texts = table.indexes.iter().flat_map(|index| index.expressions.iter().chain(&index.predicate));
        let indexes: Vec<bool> =
            texts.map(|text| is_meant(Some(&columns_of_text(text, table).into_iter().collect()))).collect();
        for (check, is_meant) in table.checks.iter_mut().zip(checks) {
            self.rename_in(&mut check.expression, is_meant);
        }
        for (text, is_meant) in index_texts(&mut table.indexes).zip(indexes) {
            self.rename_in(text, is_meant);
        }
        for (column, is_meant) in table.columns.iter_mut().zip(generated) {
            let is_own = column.ty.name == *self.ty;
            column.default.iter_mut().for_each(|text| self.rename_in(text, is_own && is_constant(text)));
            column.generated.iter_mut().for_each(|own| self.rename_in(&mut own.expression, is_meant));
        }
    }

    /// Whether a literal beside these columns can only be one of the enum's: no other of them takes texts.
    fn is_meant(&self, table: &Table, columns: &BTreeSet<String>) -> bool {
        let mut named = table.columns.iter().filter(|column| columns.contains(&column.name)).peekable();
        named.peek().is_some() && named.all(|column| column.ty.name == *self.ty || is_number(column))
    }

    /// Renames it in the literals that are cast to the enum, or in all of them where they can only be the enum's.
    fn rename_in(&self, text: &mut String, is_meant: bool) {
        let tokens = tokens(text);
        let word = |at: usize| tokens.get(at).map_or("", |token| &text[token.span.clone()]);
        let is_type = |at: usize| word(at).trim_matches('"').eq_ignore_ascii_case(&self.ty.name);
        // `'a'::mood`, `'a'::app.mood`, `mood 'a'`.
        let is_cast = |at: usize| {
            (word(at + 1) == "::" && (is_type(at + 2) || (word(at + 3) == "." && is_type(at + 4))))
                || at.checked_sub(1).is_some_and(is_type)
        };
        let (mut renamed, mut copied) = (String::with_capacity(text.len()), 0);
        for (at, token) in tokens.iter().enumerate().filter(|(_, token)| token.kind == TokenKind::Text) {
            let Some(literal) = self.renamed(word(at)).filter(|_| is_meant || is_cast(at)) else { continue };
            renamed.push_str(text.get(copied..token.span.start).unwrap_or_default());
            renamed.push_str(&literal);
            copied = token.span.end;
        }
        renamed.push_str(text.get(copied..).unwrap_or_default());
        *text = renamed;
    }

    /// The literal with the new label, if it is the old one or an array with it.
    fn renamed(&self, literal: &str) -> Option<String> {
        let value = literal.strip_prefix('\'')?.strip_suffix('\'')?.replace("''", "'");
        if value == self.old {
            return Some(quoted(self.new));
        }
        let items = value.strip_prefix('{')?.strip_suffix('}')?;
        let item = |item: &str| {
            let is_old = item.trim().trim_matches('"') == self.old;
            if is_old { self.new.to_owned() } else { item.to_owned() }
        };
        let items: Vec<String> = items.split(',').map(item).collect();
        Some(quoted(&format!("{{{}}}", items.join(","))))
    }
}

fn tokens(text: &str) -> Vec<Token> {
    let mut lexer = Lexer::new(text, 0);
    std::iter::from_fn(|| lexer.next()).collect()
}

/// Whether a default is made of literals alone, with casts, or an array of them: each is of the column's own type.
fn is_constant(text: &str) -> bool {
    !tokens(text).iter().any(|token| &text[token.span.clone()] == "(")
}

fn is_number(column: &Column) -> bool {
    const NUMBERS: [&str; 7] = ["int2", "int4", "int8", "numeric", "float4", "float8", "bool"];
    column.ty.name.schema == "pg_catalog" && NUMBERS.contains(&column.ty.name.name.as_str())
}

fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}
