//! Names of columns that a query's tables do not have.
//!
//! They refuse nothing here, as sqlparser also reads some of SQL's words as names. Where such a name leaves the type of a
//! view's column unknown, which is an error in the end, it is the mistake to tell.

use sqlparser::{ast::Ident, tokenizer::Span};

use super::{
    analysis::Analysis,
    answer::{MissingName, QueryError},
    range_table::{FromItem, RangeTable},
    types::Type,
};
use crate::{
    catalog::TableKind,
    diagnostics::{NO_SUCH_OBJECT, nearest},
};

/// Every table has these, of these types. Manual: "System Columns".
const SYSTEM_COLUMNS: [(&str, &str); 6] = [
    ("tableoid", "oid"),
    ("xmin", "xid"),
    ("cmin", "cid"),
    ("xmax", "xid"),
    ("cmax", "cid"),
    ("ctid", "tid"),
];

impl Analysis<'_> {
    /// Notes a name that stands for nothing, if all is known that it could stand for.
    pub(super) fn note_missing(&mut self, written: &[Ident], name: &[String], scope: &RangeTable<'_>) {
        let Some((column, qualifier)) = name.split_last() else { return };
        // `row.function` calls a function, as `function(row)` does.
        let is_function = self.session.functions.keys().any(|function| function.name == *column);
        let is_system = SYSTEM_COLUMNS.iter().any(|(name, _)| name == column) || column == super::mend::STAR;
        if is_function || is_system || scope.has_unknown_columns() {
            return;
        }
        let (message, near) = match (qualifier.last(), scope.source(qualifier)) {
            (Some(table), None) => {
                (format!("the query reads no table `{table}` at this place"), nearest(table, scope.names()))
            }
            (Some(table), Some(source)) => {
                let columns = source.columns.iter().flat_map(|columns| columns.iter());
                let near = nearest(column, columns.map(|known| known.name.as_str()));
                (format!("`{table}` has no column `{column}`"), near)
            }
            (None, _) => (
                format!("the tables of this query have no column `{column}`"),
                nearest(column, scope.columns()),
            ),
        };
        let help = near.map_or_else(
            || "name a column of the tables in FROM.".to_owned(),
            |name| format!("did you mean `{name}`?"),
        );
        self.note(message, help, Span::union_iter(written.iter().map(|ident| ident.span)));
    }

    /// The type of a column that the server gives to every table; none where the query reads no such table there.
    pub(super) fn system_column(&self, name: &[String], scope: &RangeTable<'_>) -> Option<Type> {
        let (column, qualifier) = name.split_last()?;
        let (_, ty) = SYSTEM_COLUMNS.iter().find(|(name, _)| name == column)?;
        let is_table = |source: &FromItem| {
            let table = source.table.as_ref().and_then(|table| self.session.catalog.tables.get(table));
            table.is_some_and(|table| table.kind != TableKind::View)
        };
        let found = match qualifier {
            [] => scope.sources.iter().filter(|source| is_table(source)).count() == 1,
            _ => scope.source(qualifier).is_some_and(is_table),
        };
        found.then(|| Type::builtin(ty))
    }

    /// Notes a name that stands for several columns.
    pub(super) fn note_ambiguous(&mut self, written: &[Ident]) {
        let Some(ident) = written.first() else { return };
        let message = format!("several tables of this query have a column `{}`", ident.value);
        let help = "write the table before it: `table.column`.".to_owned();
        self.note(message, help, ident.span);
    }

    /// Notes that a query within an expression reads a table that is not there.
    pub(super) fn note_problem(&mut self, problem: QueryError) {
        if let (NO_SUCH_OBJECT, Some(span)) = (problem.code, problem.span) {
            self.note(problem.message, problem.help, span);
        }
    }

    fn note(&mut self, message: String, help: String, span: Span) {
        let span = self.lines.bytes(span);
        self.missing.extend(span.map(|span| MissingName { message, help, span }));
    }
}
