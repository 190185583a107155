//! Tables that are made within a statement: the rows of a query, or of a change that returns them, as a sub-select in its
//! place, or as a common table expression, `WITH … AS (…)`, which is written once at the beginning of the statement
//! (<https://www.postgresql.org/docs/current/queries-with.html>).

use std::{fmt, sync::Arc};

use super::{Scope, SqlWriter, Subquery};

/// The rows of a query, or of a change, as a table.
#[derive(Clone)]
pub(crate) struct DerivedRows {
    rows: Arc<dyn Subquery>,
    /// The names of the columns.
    columns: &'static [&'static str],
    /// Whether the rows are a common table expression.
    is_common: bool,
}

/// A common table expression: its text, and the query that it was written from.
#[derive(Debug)]
pub(super) struct CommonTable {
    query: usize,
    columns: &'static [&'static str],
    text: String,
}

impl DerivedRows {
    /// A sub-select, which is written at each place where its rows are read.
    pub fn in_place(rows: impl Subquery, columns: &'static [&'static str]) -> Self {
        Self { rows: Arc::new(rows), columns, is_common: false }
    }

    /// A common table expression.
    pub fn common(rows: impl Subquery, columns: &'static [&'static str]) -> Self {
        Self { rows: Arc::new(rows), columns, is_common: true }
    }
}

/// Two tables are the same if they have the same rows.
impl PartialEq for DerivedRows {
    fn eq(&self, other: &Self) -> bool {
        self.is_common == other.is_common
            && (Arc::ptr_eq(&self.rows, &other.rows) || self.rows.is_same(&*other.rows))
    }
}

impl fmt::Debug for DerivedRows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DerivedRows")
            .field("columns", &self.columns)
            .field("is_common", &self.is_common)
            .finish_non_exhaustive()
    }
}

impl<'a> SqlWriter<'a> {
    /// Writes the rows in place of a table's name, and after `alias` the names of their columns.
    pub(super) fn derived(&mut self, rows: &'a DerivedRows, alias: impl FnOnce(&mut Self)) {
        if rows.is_common {
            let name =
                self.common_of(Arc::as_ptr(&rows.rows).addr(), rows.columns, |sql| rows.rows.write(sql));
            self.push_common(name).push(" AS ");
            alias(self);
            return;
        }
        rows.rows.write(self.push("("));
        alias(self.push(") AS "));
        write_names(self, rows.columns);
    }

    /// Writes `SELECT *` from the rows of a change that the statement makes first.
    pub(crate) fn all_of_change(&mut self, write: impl FnOnce(&mut Self)) {
        // One change a statement is written by this method: it needs no identity.
        let name = self.common_of(0, &[], write);
        self.push("SELECT * FROM ").push_common(name);
    }

    /// Notes that the statement also changes rows of the model with this name.
    pub(crate) fn also_changes(&mut self, model: &'static str) {
        if !self.also_changed.contains(&model) {
            self.also_changed.push(model);
        }
    }

    /// The number of the common table expression that was written from `query`; `write` writes it if none was.
    ///
    /// It is written apart: it stands before the statement, so that no row of the statement is around it.
    fn common_of(
        &mut self,
        query: usize,
        columns: &'static [&'static str],
        write: impl FnOnce(&mut Self),
    ) -> usize {
        if let Some(known) = self.common.iter().position(|common| common.query == query) {
            return known;
        }
        let text = std::mem::take(&mut self.text);
        let alike = std::mem::take(&mut self.alike);
        let is_of_rows = std::mem::take(&mut self.is_of_rows);
        let scope = std::mem::replace(&mut self.scope, Scope::empty());
        write(self);
        let text = std::mem::replace(&mut self.text, text);
        (self.alike, self.is_of_rows, self.scope) = (alike, is_of_rows, scope);
        self.common.push(CommonTable { query, columns, text });
        self.common.len() - 1
    }

    fn push_common(&mut self, number: usize) -> &mut Self {
        self.push("_rows").number(number as u64 + 1)
    }

    /// Puts the common table expressions before the statement, which begins at `self.start`.
    pub(super) fn put_common_first(&mut self) {
        if self.common.is_empty() {
            return;
        }
        let rest = self.text.split_off(self.start);
        for (number, CommonTable { columns, text, .. }) in
            std::mem::take(&mut self.common).into_iter().enumerate()
        {
            self.push(if number == 0 { "WITH " } else { ", " }).push_common(number);
            write_names(self, columns);
            self.push(" AS (").push(&text).push(")");
        }
        self.push(" ").push(&rest);
    }
}

fn write_names(sql: &mut SqlWriter<'_>, columns: &[&str]) {
    if !columns.is_empty() {
        sql.push(" (").list(", ", columns, |sql, name| {
            sql.push(name);
        });
        sql.push(")");
    }
}
