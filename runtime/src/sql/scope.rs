//! The tables that a statement reads, and what a column is called where it is written.
//!
//! A statement of one table calls its columns by their bare names and the table by its own. As soon as there may be other
//! rows in sight (further tables, a sub-select, text of the program's own), tables are called `_0`, `_1`, … in the order in
//! which they are met, the same for the same shape, and no column goes by its bare name: text of the program's own could
//! have a table with such a column in sight. A sub-select of one table, whose text is all ours, calls its own columns by
//! their bare names again: they are the nearest.
//!
//! A column means the row that its expression is for. Of the rows around it (those that a sub-select was written for, and
//! those from which a relation led to it) the nearest of a table is named by [`SqlWriter::outer`].

use super::{ColumnDef, Parts, SqlWriter};

/// What makes rows of two tables belong together: the same key in these columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    /// The table that it leads to.
    pub table: &'static str,
    /// The key's columns where it starts.
    pub columns: &'static [ColumnDef],
    /// The key's columns where it leads to, in the same order.
    pub target_columns: &'static [ColumnDef],
}

impl Link {
    /// Whether it leads back to where `other`, which starts at `table`, came from.
    fn undoes(&self, other: &Self, table: &str) -> bool {
        self.table == table && self.columns == other.target_columns && self.target_columns == other.columns
    }

    /// The column where it starts that holds the same value, of the same type and never NULL, as this one where it
    /// leads to.
    pub(super) fn near(&self, far: &str) -> Option<&'static str> {
        let at = self.target_columns.iter().position(|column| column.name == far)?;
        let (near, far) = (self.columns.get(at)?, self.target_columns.get(at)?);
        (near.sql_type == far.sql_type && !near.nullable).then_some(near.name)
    }

    /// Whether every row where it starts has one where it leads to: nothing of the key may be NULL.
    pub(crate) fn is_sure(&self) -> bool {
        !self.columns.iter().any(|column| column.nullable)
    }
}

/// A table that is read; its place in [`Scope::tables`] is its number.
#[derive(Debug)]
struct ScopedTable {
    name: &'static str,
    /// What it is called in place of its name, which is its alias where it has one.
    called: Option<&'static str>,
    /// Whether it is called by its number: `_1`.
    is_aliased: bool,
    /// Whether its columns are never called by their bare names.
    is_named: bool,
    /// Whether it may have no row beside those before it: `LEFT JOIN`.
    is_optional: bool,
    /// The table that its `FROM` begins with.
    select: usize,
    /// The row that its row is looked at for: the one that the sub-select or the relation starts from.
    outer: Option<usize>,
    /// How it belongs to that row.
    link: Option<Link>,
    /// Whether what leads back there means that very row, which then need not be read again.
    leads_back: bool,
}

/// The tables of a statement so far, and the one whose columns are being written.
#[derive(Debug)]
pub(crate) struct Scope {
    tables: Vec<ScopedTable>,
    /// The table whose columns are being written.
    current: usize,
    /// The table that the innermost `FROM` begins with.
    select: usize,
}

/// Those of the first tables, which are the most frequent. Nobody writes such a name by hand: a fragment's own tables have
/// others.
const ALIASES: [&str; 4] = ["_0", "_1", "_2", "_3"];

/// In place of a table: one row without columns.
const ONE_ROW: &str = "(SELECT)";

const NO_OUTER_ROW: &str = "`outer(…)` names a row around the one that the condition is for, and there is no row of that \
    table around it: it has its place within `exists(…)`, `scalar()`, `any(…)` and the like";

impl Scope {
    pub fn new(table: &'static str) -> Self {
        let mut scope = Self { tables: Vec::with_capacity(1), current: 0, select: 0 };
        scope.open(table, None, None);
        scope
    }

    /// The table whose columns are being written.
    pub(super) fn current(&self) -> usize {
        self.current
    }

    /// The first table of a `FROM`.
    fn open(&mut self, name: &'static str, outer: Option<usize>, link: Option<Link>) -> usize {
        let number = self.tables.len();
        self.tables.push(ScopedTable {
            name,
            called: None,
            is_aliased: link.is_some(),
            is_named: false,
            is_optional: false,
            select: number,
            outer,
            link,
            leads_back: false,
        });
        number
    }

    /// A further table of the `FROM` that begins with `select`.
    fn join(&mut self, select: usize, from: usize, link: Link, is_optional: bool) -> usize {
        let is_optional = is_optional || self.get(from).is_some_and(|table| table.is_optional);
        self.alias(select);
        self.tables.push(ScopedTable {
            name: link.table,
            called: None,
            is_aliased: true,
            is_named: true,
            is_optional,
            select,
            outer: Some(from),
            link: Some(link),
            leads_back: false,
        });
        self.tables.len() - 1
    }

    fn get(&self, table: usize) -> Option<&ScopedTable> {
        self.tables.get(table)
    }

    /// The table is called by its number from here on.
    fn alias(&mut self, table: usize) {
        if let Some(table) = self.tables.get_mut(table) {
            table.is_aliased = true;
        }
    }

    /// Whether a table's columns are never called by their bare names from here on; how it was before.
    fn name(&mut self, table: usize, is_named: bool) -> bool {
        self.tables.get_mut(table).is_some_and(|table| std::mem::replace(&mut table.is_named, is_named))
    }

    /// The table that holds the row to which `link` leads from a row of table `from`, if it is read already.
    fn reached(&self, from: usize, link: &Link) -> Option<usize> {
        let start = self.get(from)?;
        if let (Some(outer), Some(back)) = (start.outer, &start.link)
            && start.leads_back
            && self.get(outer).is_some_and(|outer| link.undoes(back, outer.name))
        {
            return Some(outer);
        }
        let joined = |table: &ScopedTable| table.outer == Some(from) && table.link == Some(*link);
        // A table of the same FROM: others may have been closed since.
        self.tables.iter().position(|table| table.select == start.select && joined(table))
    }

    /// Joins what `parts`, of a row of `table`, reach; `is_wanted` says whether rows that may be missing are joined, too.
    fn reach(&mut self, table: usize, parts: &Parts, is_wanted: fn(bool) -> bool) {
        for (link, is_optional, inner) in parts.across() {
            let reached = self.reached(table, link).or_else(|| {
                // The FROM of an outer statement is written already.
                let is_open = self.get(table)?.select == self.select;
                (is_open && is_wanted(is_optional)).then(|| self.join(self.select, table, *link, is_optional))
            });
            if let Some(reached) = reached {
                self.reach(reached, inner, is_wanted);
            }
        }
    }

    /// Of the rows around the current one the nearest of this table.
    fn around(&self, table: &str) -> Option<usize> {
        let outer = |number: usize| self.get(number)?.outer;
        std::iter::successors(outer(self.current), |number| outer(*number))
            .find(|number| self.get(*number).is_some_and(|found| found.name == table))
    }

    /// The tables that are joined to the one that the innermost `FROM` begins with.
    fn joined(&self) -> impl Iterator<Item = usize> + use<> {
        let numbers = self.tables.iter().enumerate().skip(self.select + 1);
        let joined = numbers.filter(|(_, table)| table.select == self.select).map(|(number, _)| number);
        joined.collect::<smallvec::SmallVec<[usize; 4]>>().into_iter()
    }

    fn is_joined(&self) -> bool {
        self.get(self.select).is_some_and(|table| table.is_aliased)
    }
}

/// How a statement says which tables it reads.
impl<'a> SqlWriter<'a> {
    /// Joins the rows that `parts` reach over relations to one row, each once. To be called before any column is
    /// written; what has not been joined then is written as a subquery of its own.
    pub(crate) fn reach<'p>(&mut self, parts: impl IntoIterator<Item = &'p Parts>) {
        for part in parts {
            if part.looks_beyond() {
                self.scope.alias(self.scope.current);
            }
            self.scope.reach(self.scope.current, part, |_| true);
        }
    }

    /// The same for an `UPDATE` or a `DELETE`, which reads further tables in its `FROM` or `USING`: it would leave out a
    /// row that has none there, so that only rows are joined that are there. The others are read in a sub-select.
    pub(crate) fn reach_sure<'p>(&mut self, parts: impl IntoIterator<Item = &'p Parts>) {
        for part in parts {
            if part.looks_beyond() || part.across().next().is_some() {
                self.scope.alias(self.scope.current);
            }
            self.scope.reach(self.scope.current, part, |is_optional| !is_optional);
        }
    }

    /// The further tables of an `UPDATE` or a `DELETE`, after `word`.
    pub(crate) fn further_tables(&mut self, word: &str) -> &mut Self {
        for (at, number) in self.scope.joined().enumerate() {
            if let Some(name) = self.scope.get(number).map(|table| table.name) {
                self.push(if at == 0 { word } else { ", " }).push(name).push(" AS ").alias(number);
            }
        }
        self
    }

    /// ` WHERE` and the conditions that the rows of the further tables belong to the rows before them; whether there are
    /// any.
    pub(crate) fn further_links(&mut self) -> bool {
        let mut word = " WHERE ";
        for number in self.scope.joined() {
            self.push(word).link(number);
            word = " AND ";
        }
        word == " AND "
    }

    /// Joins the rows that `link` leads to, one or many, from those of the current table. Without `is_optional`, rows
    /// of the current table that have none are left out.
    pub(crate) fn join(&mut self, link: Link, is_optional: bool) {
        let Scope { current, select, .. } = self.scope;
        match self.scope.reached(current, &link) {
            None => {
                self.scope.join(select, current, link, is_optional);
            }
            Some(reached) => {
                if let Some(table) = self.scope.tables.get_mut(reached) {
                    table.is_optional &= is_optional;
                }
            }
        }
    }

    /// Whether there is more than one table, so that columns go by their table's alias.
    pub(crate) fn is_joined(&self) -> bool {
        self.scope.is_joined()
    }

    /// A column of the current table.
    pub(crate) fn column(&mut self, name: &str) -> &mut Self {
        self.column_of(self.scope.current, name)
    }

    /// Columns of the current table, with commas between them.
    pub(crate) fn columns(&mut self, columns: &[ColumnDef]) -> &mut Self {
        self.list(", ", columns, |sql, column| {
            sql.column(column.name);
        })
    }

    /// A column of the table with this number.
    pub(crate) fn column_of(&mut self, table: usize, name: &str) -> &mut Self {
        match self.scope.get(table) {
            Some(ScopedTable { is_aliased: true, .. }) => self.alias(table).push(".").push(name),
            Some(ScopedTable { name: table_name, called, is_named, .. })
                if *is_named || self.scope.select != table =>
            {
                self.push(called.unwrap_or(table_name)).push(".").push(name)
            }
            _ => self.push(name),
        }
    }

    fn alias(&mut self, table: usize) -> &mut Self {
        match ALIASES.get(table) {
            Some(alias) => self.push(alias),
            None => self.push("_").number(table as u64),
        }
    }

    /// ` OF _0`: a lock is for the rows of the first table, not for those that it was joined with.
    pub(crate) fn of_first(&mut self) -> &mut Self {
        let first = self.scope.select;
        if self.is_joined() { self.push(" OF ").alias(first) } else { self }
    }

    /// What comes after `FROM`: the table, and those joined with it.
    pub(crate) fn tables(&mut self) -> &mut Self {
        self.first_table();
        self.joined_tables()
    }

    /// The same, with the rows of a sub-select in place of the table; `columns` are what its columns are called, where
    /// they have no names of a table's.
    pub(crate) fn tables_from(&mut self, columns: &[&str], write: impl FnOnce(&mut Self)) -> &mut Self {
        let select = self.scope.select;
        self.scope.alias(select);
        write(self.push("("));
        self.push(") AS ").alias(select);
        if !columns.is_empty() {
            self.push(" (").list(", ", columns, |sql, name| {
                sql.push(name);
            });
            self.push(")");
        }
        self.joined_tables()
    }

    /// The table that the `FROM`, the `UPDATE` or the `DELETE` begins with.
    pub(crate) fn first_table(&mut self) -> &mut Self {
        let select = self.scope.select;
        let Some(&ScopedTable { name, is_aliased, .. }) = self.scope.get(select) else { return self };
        self.push(name);
        if is_aliased { self.push(" AS ").alias(select) } else { self }
    }

    fn joined_tables(&mut self) -> &mut Self {
        for number in self.scope.joined() {
            if let Some(&ScopedTable { is_optional, name, .. }) = self.scope.get(number) {
                let word = if is_optional { " LEFT JOIN " } else { " JOIN " };
                self.push(word).push(name).push(" AS ").alias(number).push(" ON ").link(number);
            }
        }
        self
    }

    /// The condition that a row of this table belongs to the row that it was reached from.
    fn link(&mut self, table: usize) -> &mut Self {
        let Some(&ScopedTable { outer: Some(from), link: Some(link), .. }) = self.scope.get(table) else {
            return self;
        };
        self.list(" AND ", link.columns.iter().zip(link.target_columns), |sql, (column, target)| {
            sql.column_of(table, target.name).push(" = ").column_of(from, column.name);
        })
    }

    /// Writes a `SELECT` of its own within the statement. The rows around it are named by [`outer`](Self::outer) alone.
    pub(crate) fn apart(&mut self, table: &'static str, write: impl FnOnce(&mut Self)) {
        let number = self.scope.open(table, Some(self.scope.current), None);
        self.within(number, number, write);
        self.close(number);
    }

    /// Writes what is said of a row of the statement's table where other rows are in sight as well: `name` is what the
    /// table is called there.
    pub(crate) fn called(&mut self, name: &'static str, write: impl FnOnce(&mut Self)) {
        let table = self.scope.get(self.scope.select).map_or(name, |table| table.name);
        let number = self.scope.open(table, None, None);
        if let Some(table) = self.scope.tables.get_mut(number) {
            (table.called, table.is_named) = (Some(name), true);
        }
        self.within(number, number, write);
        self.close(number);
    }

    /// Writes a `SELECT` from `table` whose rows stand in place of the current table: it sees what is around that, and not
    /// itself.
    pub(crate) fn in_place(&mut self, table: &'static str, write: impl FnOnce(&mut Self)) {
        let outer = self.scope.get(self.scope.current).and_then(|table| table.outer);
        let number = self.scope.open(table, outer, None);
        self.within(number, number, write);
        self.close(number);
    }

    /// Writes `parts` for the nearest row of `table` around the current one.
    pub(super) fn outer(&mut self, table: &'static str, parts: &'a Parts) {
        match self.scope.around(table) {
            Some(row) => self.within(row, self.scope.select, |sql| parts.write(sql)),
            None => {
                self.refuse(NO_OUTER_ROW);
                self.apart(table, |sql| parts.write(sql));
            }
        }
    }

    /// What comes now has nothing to do with this table and those after it. So sub-selects that are alike read alike.
    fn close(&mut self, table: usize) {
        self.scope.tables.truncate(table);
    }

    /// Writes what rows of the current table are sorted by, or told apart by. A bare name would be that of something
    /// selected there, and `lower(name)` is called `lower`, before it is a column's
    /// (<https://www.postgresql.org/docs/current/sql-select.html#SQL-ORDERBY>).
    pub(crate) fn sorting(&mut self, write: impl FnOnce(&mut Self)) {
        let table = self.scope.current;
        let was_named = self.scope.name(table, true);
        write(self);
        self.scope.name(table, was_named);
    }

    /// Writes a `SELECT` of what `before` writes, from the rows that `link` leads to from the current row; `after`
    /// writes further conditions. `parts` are the expressions in both.
    ///
    /// `leads_back`: a relation that leads back means the current row itself. That is not for an aggregate, which
    /// belongs to the outer query if its columns do
    /// (<https://www.postgresql.org/docs/current/sql-expressions.html#SYNTAX-AGGREGATES>).
    pub(crate) fn related<'p>(
        &mut self,
        link: Link,
        leads_back: bool,
        parts: impl IntoIterator<Item = &'p Parts>,
        before: impl FnOnce(&mut Self),
        after: impl FnOnce(&mut Self),
    ) {
        let number = self.scope.open(link.table, Some(self.scope.current), Some(link));
        if let Some(table) = self.scope.tables.get_mut(number) {
            table.leads_back = leads_back;
        }
        self.within(number, number, |sql| {
            sql.reach(parts);
            before(sql);
            sql.push(" FROM ").tables().push(" WHERE ").link(number);
            after(sql);
        });
        self.close(number);
    }

    /// Writes `parts` of the row that `link` leads to; NULL stands for each of its columns where there is none.
    pub(crate) fn across(&mut self, link: &Link, parts: &'a Parts) {
        if let Some(reached) = self.scope.reached(self.scope.current, link) {
            self.within(reached, self.scope.select, |sql| parts.write(sql));
            return;
        }
        // There is no FROM that it could be joined in: an UPDATE, a DELETE.
        let from = self.scope.current;
        let select = self.scope.open(ONE_ROW, None, None);
        let table = self.scope.join(select, from, *link, true);
        self.within(table, select, |sql| {
            sql.reach([parts]);
            parts.write(sql.push("(SELECT "));
            sql.push(" FROM ").tables().push(")");
        });
        self.close(select);
    }

    fn within(&mut self, table: usize, select: usize, write: impl FnOnce(&mut Self)) {
        let outer = (self.scope.current, self.scope.select, self.is_of_rows);
        self.is_of_rows &= self.scope.select == select;
        (self.scope.current, self.scope.select) = (table, select);
        write(self);
        (self.scope.current, self.scope.select, self.is_of_rows) = outer;
    }
}
