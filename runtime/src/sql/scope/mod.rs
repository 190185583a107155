//! The tables that a statement reads, and what a column is called where it is written.
//!
//! A statement of one table has bare column names and the table's own name. As soon as other tables may be in scope
//! (joined tables, a sub-select, text of the program's own), tables get the aliases `_0`, `_1`, … in the order in which
//! they are met, the same for statements of the same shape, and each column is written with its table's alias: text of
//! the program's own could bring a table with such a column into scope. A sub-select of one table, whose text is all
//! ormgen's, has bare names for its own columns again: SQL looks there first.
//!
//! A column belongs to the row that its expression is for. Around that row are outer rows: those that a sub-select was
//! written for, and those from which a relation led to it. [`SqlWriter::outer`] names the nearest of a table. Beside it
//! may be rows of [aliases](Beside), which only [`SqlWriter::aliased`] names.

mod beside;
mod further;

pub(crate) use self::beside::{AliasedTable, Beside};
use super::{ColumnDef, DerivedRows, Ends, Parts, SqlWriter};

/// The columns by which rows of two tables belong together: they hold the same key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    /// The table that the link leads to.
    pub table: &'static str,
    /// The key's columns in the table where it starts, and in the one that it leads to.
    pub ends: Ends,
    /// Whether it leads to a view, whose own query may call any function.
    pub is_view: bool,
}

impl Link {
    /// Whether this link leads back to `table`, where `other` starts.
    fn undoes(&self, other: &Self, table: &str) -> bool {
        self.table == table && self.ends == other.ends.inverse()
    }

    /// The column where the link starts that holds the same value as the column `far` where it leads to, if it has the
    /// same type, is never NULL, and no two values of it are equal that are written differently.
    pub(super) fn near(&self, far: &str) -> Option<&'static str> {
        let (near, far) = self.ends.pairs().find(|(_, column)| column.name == far)?;
        let is_same = near.sql_type == far.sql_type && near.collation == far.collation && far.is_exact();
        (is_same && !near.nullable).then_some(near.name)
    }

    /// Whether every row where the link starts has a row where it leads to: no column of the key may be NULL.
    pub(crate) fn is_sure(&self) -> bool {
        !self.ends.near.iter().any(|column| column.nullable)
    }
}

/// A table that is read; its place in [`Scope::tables`] is its number.
#[derive(Debug)]
struct ScopedTable<'a> {
    name: &'static str,
    /// The name that its columns are written with in place of the table's own; an alias takes the place of both.
    called: Option<&'static str>,
    /// Whether it has an alias made of its number: `_1`.
    is_aliased: bool,
    /// Whether its columns are always written with the table's name or alias.
    is_named: bool,
    /// Whether it may have no row for a row of the tables before it, and is read by `LEFT JOIN`.
    is_optional: bool,
    /// The number of the table that its `FROM` begins with.
    select: usize,
    /// The table whose row its row is read for: the one that the sub-select or the relation starts from.
    outer: Option<usize>,
    /// The link from that row to its row.
    link: Option<Link>,
    /// Whether a relation that leads back there means that very row, which then need not be read again.
    leads_back: bool,
    /// The alias that the program gave it, and the condition on its rows.
    beside: Option<&'a Beside>,
    /// Whether what is being written comes before it in the `FROM`, or cannot refer to it for another reason.
    is_hidden: bool,
}

/// The tables of a statement so far, and the one whose columns are being written.
#[derive(Debug)]
pub(crate) struct Scope<'a> {
    tables: Vec<ScopedTable<'a>>,
    /// The table whose columns are being written.
    current: usize,
    /// The table that the innermost `FROM` begins with.
    select: usize,
}

/// The aliases of the first tables, which are the most frequent. Tables in hand-written fragments are expected to have
/// other names.
const ALIASES: [&str; 4] = ["_0", "_1", "_2", "_3"];

/// A sub-select in place of a table: one row without columns.
const ONE_ROW: &str = "(SELECT)";

const NO_OUTER_ROW: &str = "`outer(…)` names a row around the one that the condition is for, and there is no row of that \
    table around it: it has its place within `exists(…)`, `scalar()`, `any(…)` and the like";

impl<'a> Scope<'a> {
    pub fn new(table: &'static str) -> Self {
        let mut scope = Self { tables: Vec::with_capacity(1), current: 0, select: 0 };
        scope.open(table, None, None);
        scope
    }

    /// No table.
    pub(super) fn empty() -> Self {
        Self { tables: Vec::new(), current: 0, select: 0 }
    }

    /// The table whose columns are being written.
    pub(super) fn current(&self) -> usize {
        self.current
    }

    /// Adds the first table of a `FROM`, and returns its number.
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
            beside: None,
            is_hidden: false,
        });
        number
    }

    /// Adds a further table to the `FROM` that begins with `select`, and returns its number.
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
            beside: None,
            is_hidden: false,
        });
        self.tables.len() - 1
    }

    fn get(&self, table: usize) -> Option<&ScopedTable<'a>> {
        self.tables.get(table)
    }

    /// Gives the table an alias made of its number from here on.
    fn alias(&mut self, table: usize) {
        if let Some(table) = self.tables.get_mut(table) {
            table.is_aliased = true;
        }
    }

    /// Sets whether a table's columns are always written with its name from here on; returns the setting before.
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
        let joined = |table: &ScopedTable<'_>| {
            table.outer == Some(from) && table.link == Some(*link) && !table.is_hidden
        };
        // A table of the same FROM: others may have been closed since.
        self.tables.iter().position(|table| table.select == start.select && joined(table))
    }

    /// Joins the tables that `parts`, for a row of `table`, reach over relations, from that row or from rows of aliases.
    /// `is_wanted` says, by whether a row may be missing, whether its table is joined.
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
        for (alias, inner) in parts.aliased_parts() {
            if let Some(row) = self.aliased(alias) {
                self.reach(row, inner, is_wanted);
            }
        }
    }

    /// The nearest row of this table around the current one.
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

/// The methods that write which tables a statement reads.
impl<'a> SqlWriter<'a> {
    /// Joins the tables of the rows that `parts` reach over relations to one row, each once. To be called before any
    /// column is written; what has not been joined then is written as a subquery of its own.
    pub(crate) fn reach<'p>(&mut self, parts: impl IntoIterator<Item = &'p Parts>) {
        for part in parts {
            if part.looks_beyond() {
                self.scope.alias(self.scope.current);
            }
            self.scope.reach(self.scope.current, part, |_| true);
        }
    }

    /// As [`reach`](Self::reach), for an `UPDATE` or a `DELETE`, which reads further tables in its `FROM` or `USING`.
    /// It would leave out a row that has no row there, so only tables whose rows always exist are joined. The others
    /// are read in a sub-select.
    pub(crate) fn reach_sure<'p>(&mut self, parts: impl IntoIterator<Item = &'p Parts>) {
        for part in parts {
            if part.looks_beyond() || part.across().next().is_some() {
                self.scope.alias(self.scope.current);
            }
            self.scope.reach(self.scope.current, part, |is_optional| !is_optional);
        }
    }

    /// Joins the rows that each link leads to, one or many: the first from those of the current table, the next from
    /// the rows of the link before. Where the second value of a step is false, rows that have none are left out.
    pub(crate) fn join(&mut self, steps: impl IntoIterator<Item = (Link, bool)>) {
        let Scope { current, select, .. } = self.scope;
        let mut from = current;
        for (link, is_optional) in steps {
            from = match self.scope.reached(from, &link) {
                None => self.scope.join(select, from, link, is_optional),
                Some(reached) => {
                    if let Some(table) = self.scope.tables.get_mut(reached) {
                        table.is_optional &= is_optional;
                    }
                    reached
                }
            };
        }
    }

    /// Whether there is more than one table, so that columns are written with their table's alias.
    pub(crate) fn is_joined(&self) -> bool {
        self.scope.is_joined()
    }

    /// Writes a column of the current table.
    pub(crate) fn column(&mut self, name: &str) -> &mut Self {
        self.column_of(self.scope.current, name)
    }

    /// Writes columns of the current table, with commas between them.
    pub(crate) fn columns(&mut self, columns: &[ColumnDef]) -> &mut Self {
        self.list(", ", columns, |sql, column| {
            sql.column(column.name);
        })
    }

    /// Writes a column of the table with this number.
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

    /// Writes ` OF _0`: a lock is for the rows of the first table, not for those that it was joined with.
    pub(crate) fn of_first(&mut self) -> &mut Self {
        let first = self.scope.select;
        if self.is_joined() { self.push(" OF ").alias(first) } else { self }
    }

    /// Writes what comes after `FROM`: the table, and those joined with it.
    pub(crate) fn tables(&mut self) -> &mut Self {
        self.first_table();
        self.joined_tables()
    }

    /// As [`tables`](Self::tables), with the rows of a sub-select in place of the table.
    pub(crate) fn tables_from(&mut self, write: impl FnOnce(&mut Self)) -> &mut Self {
        let select = self.scope.select;
        self.scope.alias(select);
        write(self.push("("));
        self.push(") AS ").alias(select);
        self.joined_tables()
    }

    /// As [`tables`](Self::tables), with these rows in place of the table.
    pub(crate) fn tables_derived(&mut self, rows: &'a DerivedRows) -> &mut Self {
        let select = self.scope.select;
        self.scope.alias(select);
        self.derived(rows, |sql| {
            sql.alias(select);
        });
        self.joined_tables()
    }

    /// Writes the table that the `FROM`, the `UPDATE` or the `DELETE` begins with.
    pub(crate) fn first_table(&mut self) -> &mut Self {
        let select = self.scope.select;
        let Some(&ScopedTable { name, is_aliased, beside, .. }) = self.scope.get(select) else { return self };
        if let Some(beside) = beside {
            return self.table_beside(select, beside);
        }
        self.push(name);
        if is_aliased { self.push(" AS ").alias(select) } else { self }
    }

    fn joined_tables(&mut self) -> &mut Self {
        for number in self.scope.joined() {
            if let Some(&ScopedTable { is_optional, name, beside, .. }) = self.scope.get(number) {
                self.push(if is_optional { " LEFT JOIN " } else { " JOIN " });
                match beside {
                    Some(beside) => self.joined_beside(number, beside),
                    None => drop(self.push(name).push(" AS ").alias(number).push(" ON ").link(number)),
                }
            }
        }
        self
    }

    /// Writes the condition that a row of this table belongs to the row that it was reached from.
    fn link(&mut self, table: usize) -> &mut Self {
        let Some(&ScopedTable { outer: Some(from), link: Some(link), .. }) = self.scope.get(table) else {
            return self;
        };
        self.reads_view |= link.is_view;
        self.list(" AND ", link.ends.pairs().zip(link.ends.collations()), |sql, ((near, far), collation)| {
            sql.column_of(table, far.name).push(" = ").column_of(from, near.name).collate(collation);
        })
    }

    /// Writes a `SELECT` within the statement that refers to the rows around it by [`outer`](Self::outer) alone.
    pub(crate) fn apart(&mut self, table: &'static str, write: impl FnOnce(&mut Self)) {
        let number = self.scope.open(table, Some(self.scope.current), None);
        self.within(number, number, write);
        self.close(number);
    }

    /// Writes a statement within this one that refers to no row around it.
    pub(crate) fn alone(&mut self, table: &'static str, write: impl FnOnce(&mut Self)) {
        let number = self.scope.open(table, None, None);
        self.within(number, number, write);
        self.close(number);
    }

    /// Writes expressions for a row of the statement's table where other tables are in scope as well: `name` is what
    /// the table is called there.
    pub(crate) fn called(&mut self, name: &'static str, write: impl FnOnce(&mut Self)) {
        let table = self.scope.get(self.scope.select).map_or(name, |table| table.name);
        let number = self.scope.open(table, None, None);
        if let Some(table) = self.scope.tables.get_mut(number) {
            (table.called, table.is_named) = (Some(name), true);
        }
        self.within(number, number, write);
        self.close(number);
    }

    /// Writes a `SELECT` from `table` whose rows stand in place of the current table: it can refer to the rows around
    /// the current one, and not to the current one.
    pub(crate) fn in_place(&mut self, table: &'static str, write: impl FnOnce(&mut Self)) {
        let outer = self.scope.get(self.scope.current).and_then(|table| table.outer);
        let select = self.scope.select;
        self.scope.hide_from(select, true);
        let number = self.scope.open(table, outer, None);
        self.within(number, number, write);
        self.close(number);
        self.scope.hide_from(select, false);
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

    /// Removes this table and those after it from the scope. Their numbers are used again, so that equal sub-selects
    /// have equal text.
    fn close(&mut self, table: usize) {
        self.scope.tables.truncate(table);
        self.forget_alike(table);
    }

    /// Writes what rows of the current table are sorted or made distinct by. SQL takes a bare name there for a selected
    /// value's name before it takes it for a column's, and `lower(name)` is a selected value called `lower`
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
    /// `leads_back`: a relation that leads back means the current row itself. This is not for an aggregate, which SQL
    /// makes one of the outer query if its columns are that query's
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

    /// Writes `parts` of the row that `link` leads to; NULL stands for each of its columns where there is no such row.
    pub(crate) fn across(&mut self, link: &Link, parts: &'a Parts) {
        if let Some(reached) = self.scope.reached(self.scope.current, link) {
            self.within(reached, self.scope.select, |sql| parts.write(sql));
            return;
        }
        // There is no FROM that the row's table could be joined in: the statement is an UPDATE or a DELETE.
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
