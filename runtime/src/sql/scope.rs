//! The tables that a statement reads, and what a column is called where it is written.
//!
//! A statement of one table calls its columns by their bare names and the table by its own. As soon as it reads more
//! tables, they are called `t0`, `t1`, … in the order in which they are met, the same for the same shape. A subquery
//! calls the outer row's columns by the outer table's alias, or by its full name where it has none.

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
}

/// A table that is read; its place in [`Scope::tables`] is its number.
#[derive(Debug)]
struct Table {
    name: &'static str,
    /// Whether it is called by its number: `t1`.
    is_aliased: bool,
    /// Whether its columns are never called by their bare names.
    is_named: bool,
    /// Whether it may have no row beside those before it: `LEFT JOIN`.
    is_optional: bool,
    /// The table that its `FROM` begins with.
    select: usize,
    /// Whose row it belongs to, and how.
    from: Option<(usize, Link)>,
    /// Whether what leads back there means that very row, which then need not be read again.
    leads_back: bool,
}

/// The tables of a statement so far, and the one whose columns are being written.
#[derive(Debug)]
pub(crate) struct Scope {
    tables: Vec<Table>,
    /// The table whose columns are being written.
    current: usize,
    /// The table that the innermost `FROM` begins with.
    select: usize,
}

/// Those of the first tables, which are the most frequent.
const ALIASES: [&str; 4] = ["t0", "t1", "t2", "t3"];

/// In place of a table: one row without columns.
const ONE_ROW: &str = "(SELECT)";

impl Scope {
    pub fn new(table: &'static str) -> Self {
        let mut scope = Self { tables: Vec::with_capacity(1), current: 0, select: 0 };
        scope.open(table, None);
        scope
    }

    /// The first table of a `FROM`.
    fn open(&mut self, name: &'static str, from: Option<(usize, Link)>) -> usize {
        let number = self.tables.len();
        let is_aliased = from.is_some();
        self.tables.push(Table {
            name,
            is_aliased,
            is_named: false,
            is_optional: false,
            select: number,
            from,
            leads_back: false,
        });
        number
    }

    /// A further table of the `FROM` that begins with `select`.
    fn join(&mut self, select: usize, from: usize, link: Link, is_optional: bool) -> usize {
        let is_optional = is_optional || self.get(from).is_some_and(|table| table.is_optional);
        if let Some(first) = self.tables.get_mut(select) {
            first.is_aliased = true;
        }
        let from = Some((from, link));
        let name = link.table;
        self.tables.push(Table {
            name,
            is_aliased: true,
            is_named: true,
            is_optional,
            select,
            from,
            leads_back: false,
        });
        self.tables.len() - 1
    }

    fn get(&self, table: usize) -> Option<&Table> {
        self.tables.get(table)
    }

    /// Whether a table's columns are never called by their bare names from here on; how it was before.
    fn name(&mut self, table: usize, is_named: bool) -> bool {
        self.tables.get_mut(table).is_some_and(|table| std::mem::replace(&mut table.is_named, is_named))
    }

    /// The table that holds the row to which `link` leads from a row of table `from`, if it is read already.
    fn reached(&self, from: usize, link: &Link) -> Option<usize> {
        let start = self.get(from)?;
        if let Some((outer, back)) = &start.from
            && start.leads_back
            && self.get(*outer).is_some_and(|outer| link.undoes(back, outer.name))
        {
            return Some(*outer);
        }
        // A table of the same FROM: others may have been closed since.
        self.tables.iter().position(|table| table.select == start.select && table.from == Some((from, *link)))
    }

    /// Joins what `parts`, of a row of `table`, reach.
    fn reach(&mut self, table: usize, parts: &Parts) {
        for (link, is_optional, inner) in parts.across() {
            let reached = self.reached(table, link).or_else(|| {
                // The FROM of an outer statement is written already.
                let is_open = self.get(table)?.select == self.select;
                is_open.then(|| self.join(self.select, table, *link, is_optional))
            });
            if let Some(reached) = reached {
                self.reach(reached, inner);
            }
        }
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
            self.scope.reach(self.scope.current, part);
        }
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
            Some(Table { is_aliased: true, .. }) => self.alias(table).push(".").push(name),
            Some(Table { name: table_name, is_named, .. }) if *is_named || self.scope.select != table => {
                self.push(table_name).push(".").push(name)
            }
            _ => self.push(name),
        }
    }

    fn alias(&mut self, table: usize) -> &mut Self {
        match ALIASES.get(table) {
            Some(alias) => self.push(alias),
            None => self.push("t").number(table as u64),
        }
    }

    /// ` OF t0`: a lock is for the rows of the first table, not for those that it was joined with.
    pub(crate) fn of_first(&mut self) -> &mut Self {
        let first = self.scope.select;
        if self.is_joined() { self.push(" OF ").alias(first) } else { self }
    }

    /// What comes after `FROM`: the table, and those joined with it.
    pub(crate) fn tables(&mut self) -> &mut Self {
        let select = self.scope.select;
        let Some(first) = self.scope.get(select) else { return self };
        let (name, is_aliased) = (first.name, first.is_aliased);
        self.push(name);
        if is_aliased {
            self.push(" AS ").alias(select);
        }
        for number in select + 1..self.scope.tables.len() {
            if let Some(table) = self.scope.get(number)
                && table.select == select
            {
                let (word, name) = (if table.is_optional { " LEFT JOIN " } else { " JOIN " }, table.name);
                self.push(word).push(name).push(" AS ").alias(number).push(" ON ").link(number);
            }
        }
        self
    }

    /// The condition that a row of this table belongs to the row that it was reached from.
    fn link(&mut self, table: usize) -> &mut Self {
        let Some((from, link)) = self.scope.get(table).and_then(|table| table.from) else { return self };
        self.list(" AND ", link.columns.iter().zip(link.target_columns), |sql, (column, target)| {
            sql.column_of(table, target.name).push(" = ").column_of(from, column.name);
        })
    }

    /// Writes a `SELECT` of its own, which knows nothing of the statement around it.
    pub(crate) fn apart(&mut self, table: &'static str, write: impl FnOnce(&mut Self)) {
        let table = self.scope.open(table, None);
        self.within(table, table, write);
    }

    /// Writes what is said of a row of the statement's table where other rows are in sight as well.
    pub(crate) fn called(&mut self, table: &'static str, write: impl FnOnce(&mut Self)) {
        let number = self.scope.open(table, None);
        self.scope.name(number, true);
        self.within(number, number, write);
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
        let number = self.scope.open(link.table, Some((self.scope.current, link)));
        if let Some(table) = self.scope.tables.get_mut(number) {
            table.leads_back = leads_back;
        }
        self.within(number, number, |sql| {
            sql.reach(parts);
            before(sql);
            sql.push(" FROM ").tables().push(" WHERE ").link(number);
            after(sql);
        });
    }

    /// Writes `parts` of the row that `link` leads to; NULL stands for each of its columns where there is none.
    pub(crate) fn across(&mut self, link: &Link, parts: &'a Parts) {
        if let Some(reached) = self.scope.reached(self.scope.current, link) {
            self.within(reached, self.scope.select, |sql| parts.write(sql));
            return;
        }
        // There is no FROM that it could be joined in: an UPDATE, a DELETE.
        let from = self.scope.current;
        let select = self.scope.open(ONE_ROW, None);
        let table = self.scope.join(select, from, *link, true);
        self.within(table, select, |sql| {
            sql.reach([parts]);
            parts.write(sql.push("(SELECT "));
            sql.push(" FROM ").tables().push(")");
        });
    }

    fn within(&mut self, table: usize, select: usize, write: impl FnOnce(&mut Self)) {
        let outer = (self.scope.current, self.scope.select);
        (self.scope.current, self.scope.select) = (table, select);
        write(self);
        (self.scope.current, self.scope.select) = outer;
    }
}
