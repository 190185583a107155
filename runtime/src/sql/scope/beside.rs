//! Aliases: rows of a table beside the current row, for which a condition on both of them holds.
//!
//! The alias that a program gives a table never enters the text: the table gets an alias of ormgen's own there, `_1`.
//! Columns of the row are found by the program's alias, the innermost table with that alias first.

use super::{Scope, SqlWriter};
use crate::sql::{DerivedRows, Parts};

/// The rows of a table for which a condition on them and on the current row holds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Beside {
    pub alias: AliasedTable,
    /// The rows of the table, if it is none of the database's.
    pub rows: Option<Box<DerivedRows>>,
    /// Whether the table is a view, whose own query may call any function.
    pub is_view: bool,
    /// The condition, for the current row; the table's own columns are in it by their alias.
    pub on: Parts,
    /// The order of the rows, where not all of them are read.
    pub order: Vec<Parts>,
    /// How many of the rows are read; `None` for all of them.
    pub limit: Option<i64>,
}

/// A table, and the name that a program gives it beside others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AliasedTable {
    pub table: &'static str,
    pub name: &'static str,
}

const NO_ALIAS: &str = "an alias's column is named where no row of the alias is read: give the alias to the query, \
    `.join(alias.on(…))`, or name its columns within the condition of `alias.on(…)`";

const TWO_ALIASES: &str = "two tables of one query have the same alias, so that a column could mean either row: give \
    them different names, `alias(\"…\")`";

impl<'a> Scope<'a> {
    /// The nearest row of this alias that is in scope.
    pub(super) fn aliased(&self, alias: AliasedTable) -> Option<usize> {
        self.tables
            .iter()
            .rposition(|table| !table.is_hidden && table.beside.is_some_and(|beside| beside.alias == alias))
    }

    /// Adds the table of `beside` to the rows around `from`, as the one that a `FROM` begins with.
    fn open_beside(&mut self, from: usize, beside: &'a Beside) -> usize {
        let number = self.open(beside.alias.table, Some(from), None);
        if let Some(table) = self.tables.get_mut(number) {
            (table.is_aliased, table.beside) = (true, Some(beside));
        }
        number
    }

    /// Sets whether the tables of the innermost `FROM` with this number and higher ones are out of scope.
    pub(super) fn hide_from(&mut self, number: usize, is_hidden: bool) {
        let select = self.select;
        let tables = self.tables.iter_mut().skip(number).filter(|table| table.select == select);
        tables.for_each(|table| table.is_hidden = is_hidden);
    }
}

impl<'a> SqlWriter<'a> {
    /// Joins the rows of `beside` to the current row. `is_optional`: a row that has none is kept.
    pub(crate) fn join_beside(&mut self, beside: &'a Beside, is_optional: bool) {
        let Scope { current, select, .. } = self.scope;
        if self
            .scope
            .aliased(beside.alias)
            .and_then(|row| self.scope.get(row))
            .is_some_and(|row| row.select == select)
        {
            self.refuse(TWO_ALIASES);
        }
        self.scope.alias(select);
        // What the condition reads over relations has to be joined before it is.
        self.reach([&beside.on]);
        let is_optional = is_optional || self.scope.get(current).is_some_and(|table| table.is_optional);
        let number = self.scope.open_beside(current, beside);
        if let Some(table) = self.scope.tables.get_mut(number) {
            (table.is_optional, table.is_named, table.select) = (is_optional, true, select);
        }
    }

    /// Writes the joined table of `beside`, and its condition. Tables that are joined later are not in scope there.
    pub(super) fn joined_beside(&mut self, number: usize, beside: &'a Beside) {
        let select = self.scope.select;
        let from = self.scope.get(number).and_then(|table| table.outer).unwrap_or(select);
        match beside.limit {
            None => {
                self.table_beside(number, beside).push(" ON ");
                self.scope.hide_from(number + 1, true);
                self.on(from, beside);
            }
            Some(limit) => {
                self.push("LATERAL (SELECT ").alias(number).push(".* FROM ");
                self.table_beside(number, beside).push(" WHERE ");
                self.scope.hide_from(number + 1, true);
                self.on(from, beside);
                if !beside.order.is_empty() {
                    self.push(" ORDER BY ");
                    self.within(number, select, |sql| {
                        sql.list(", ", &beside.order, |sql, order| order.write(sql));
                    });
                }
                self.cut(Some(limit), None).push(") AS ").alias(number).push(" ON true");
            }
        }
        self.scope.hide_from(number + 1, false);
    }

    /// Writes the table of `beside`.
    pub(super) fn table_beside(&mut self, number: usize, beside: &'a Beside) -> &mut Self {
        self.reads_view |= beside.is_view;
        match &beside.rows {
            Some(rows) => self.derived(rows, |sql| {
                sql.alias(number);
            }),
            None => drop(self.push(beside.alias.table).push(" AS ").alias(number)),
        }
        self
    }

    /// Writes the condition of `beside`, for the row `from`.
    fn on(&mut self, from: usize, beside: &'a Beside) {
        self.within(from, self.scope.select, |sql| sql.of_rows(|sql| beside.on.write(sql)));
    }

    /// Writes a `SELECT` of what `before` writes, from the rows of `beside`; `after` writes further conditions. `parts`
    /// are the expressions in both, for one of those rows.
    pub(crate) fn rows_beside<'p>(
        &mut self,
        beside: &'a Beside,
        parts: impl IntoIterator<Item = &'p Parts>,
        before: impl FnOnce(&mut Self),
        after: impl FnOnce(&mut Self),
    ) {
        let from = self.scope.current;
        let number = self.scope.open_beside(from, beside);
        self.within(number, number, |sql| {
            sql.scope.reach(from, &beside.on, |_| true);
            sql.reach(parts);
            before(sql);
            sql.push(" FROM ").tables().push(" WHERE ").on(from, beside);
            after(sql);
        });
        self.close(number);
    }

    /// Writes `parts` for the nearest row of this alias.
    pub(in crate::sql) fn aliased(&mut self, alias: AliasedTable, parts: &'a Parts) {
        match self.scope.aliased(alias) {
            Some(row) => self.within(row, self.scope.select, |sql| parts.write(sql)),
            None => {
                self.refuse(NO_ALIAS);
                self.apart(alias.table, |sql| parts.write(sql));
            }
        }
    }
}
