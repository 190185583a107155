//! Get-or-create and update-or-create, correct also when several callers do it at once.
//!
//! First the row is inserted, unless another row conflicts with it; then that other row is read or updated. So the
//! statement that returned the row tells whether it is new. (One upsert would do, if it told what it did: the system
//! column `xmax`, which many read for that, cannot be read from a partitioned table.) Each statement sees what was
//! committed before it began (<https://www.postgresql.org/docs/current/transaction-iso.html#XACT-READ-COMMITTED>), and
//! an insert waits for another transaction that inserts the same key. So the second statement finds the conflicting
//! row, unless it was deleted in between; then both statements are run again.

use super::{
    Insert, OnConflict,
    conflict::{Changes, ConflictTarget},
    insert::ModelOf,
    new_row::NewRow,
    run,
    tail::NamedTable,
    upsert::Inserting as _,
    upsert::{ByColumns, DoUpdate, Upsert},
    write::{self, Returned, WriteDb},
};
use crate::{
    error::{Error, Result},
    executor::Writer,
    model::Model,
    pool::Target,
    sql::{ColumnDef, Intent, SqlType, SqlWriter, Statement},
};

/// How often the conflicting row may be deleted between the two statements before the call fails.
const ROUNDS: usize = 5;

impl<N: NewRow> OnConflict<Insert<N>, ByColumns> {
    /// Returns the existing row, or else inserts the new one; and whether it is new.
    ///
    /// `let (ada, is_new) = Customer::insert(new).on_conflict(Customer::EMAIL).get_or_insert(&dbs).await?;`
    ///
    /// The columns must have a unique index, which the server looks for when the statement runs
    /// ([`Error::InvalidQuery`] if there is none): two columns of one table and type have the same type in Rust, so the
    /// compiler cannot tell one that is unique from one that is not.
    ///
    /// However many callers do this at once, one of them inserts the row and all get the same row. Where the row
    /// exists, it takes two statements.
    ///
    /// # Errors
    /// [`Error::NotGiven`] if the insert leaves one of the conflict's columns to its default; [`Error::NotFound`] if
    /// the existing row was deleted between the two statements several times in a row, and if the server stores
    /// another key than the given one, as where a trigger changes it or a `numeric(6, 2)` rounds it: the existing row
    /// is looked for by the given one. (One upsert finds it: [`do_update`](Self::do_update), and
    /// [`one`](crate::query::Execute::one).) The errors of taking a connection and of the server, in a transaction of a
    /// stricter level than READ COMMITTED also [`Error::Serialization`].
    pub async fn get_or_insert(
        self,
        executor: impl Writer<WriteDb<Insert<N>>>,
    ) -> Result<(ModelOf<N>, bool)> {
        settle(&self.do_nothing(), None, executor.target_for(Intent::Write)?.at_primary()).await
    }

    /// Sets every column that the insert gives to the new value in the existing row, or else inserts the new row;
    /// returns the row and whether it is new. [`do_update`](Self::do_update) names the columns to set, and its result
    /// has the same method.
    ///
    /// # Errors
    /// The errors of [`get_or_insert`](Self::get_or_insert).
    pub async fn update_or_insert(
        self,
        executor: impl Writer<WriteDb<Insert<N>>>,
    ) -> Result<(ModelOf<N>, bool)> {
        updated_or_inserted(self.do_update_all(), executor).await
    }
}

impl<N: NewRow> Upsert<Insert<N>, DoUpdate<ByColumns>> {
    /// Updates the existing row, or else inserts the new one; returns the row and whether it is new.
    ///
    /// Where you need not know whether it is new, [`one`](crate::query::Execute::one) does it with one statement
    /// instead of two. In this method `excluded` has only the columns that the insert gives; `do_update` sets others to
    /// their defaults.
    ///
    /// # Errors
    /// The errors of [`get_or_insert`](OnConflict::get_or_insert); [`Error::NotFound`] also if a
    /// [`filter`](Self::filter) kept the row from being updated; [`Error::NotGiven`] also if an expression names a column
    /// of `excluded` that the insert does not give.
    pub async fn update_or_insert(
        self,
        executor: impl Writer<WriteDb<Insert<N>>>,
    ) -> Result<(ModelOf<N>, bool)> {
        updated_or_inserted(self, executor).await
    }
}

async fn updated_or_inserted<N: NewRow, W>(
    mut upsert: Upsert<Insert<N>, DoUpdate<W>>,
    executor: impl Writer<WriteDb<Insert<N>>>,
) -> Result<(ModelOf<N>, bool)> {
    let target = executor.target_for(Intent::Write)?.at_primary();
    let given = upsert.insert.given_columns();
    let is_given = |name: &str| given.iter().any(|column| column.name == name);
    let changes = match upsert.conflict.changes.take().filter(|changes| !changes.assignments.is_empty()) {
        Some(changes) => {
            let assignments = changes.assignments.with_defaults(is_given);
            let assignments = assignments.map_err(|name| not_given::<N>(target, name))?;
            Some(Changes { assignments, ..changes })
        }
        None => None,
    };
    settle(&upsert, changes.as_ref(), target).await
}

/// Runs `insert`, which does nothing on a conflict, and then reads or updates the conflicting row.
async fn settle<N: NewRow, A>(
    insert: &Upsert<Insert<N>, A>,
    changes: Option<&Changes>,
    target: Target<'_>,
) -> Result<(ModelOf<N>, bool)> {
    let other = Other::new(&insert.insert, &insert.conflict.target, target)?;
    let statement = match changes {
        Some(changes) => other.update(changes),
        None => other.select(),
    };
    for _ in 0..ROUNDS {
        if let Some(created) = write::optional(insert, target).await? {
            return Ok((created, true));
        }
        if let Some(found) = run::optional(target, &statement, ModelOf::<N>::decode).await? {
            return Ok((found, false));
        }
    }
    run::exactly_one(&target, ModelOf::<N>::NAME, None)
}

fn not_given<N: NewRow>(target: Target<'_>, column: &str) -> Error {
    Error::NotGiven { connection: target.alias().clone(), column: format!("{}.{column}", ModelOf::<N>::NAME) }
}

/// The existing row that an insert conflicts with.
struct Other<'a, N> {
    insert: &'a Insert<N>,
    columns: &'a [ColumnDef],
    index_where: Option<&'static str>,
    beside: NamedTable,
}

impl<'a, N: NewRow> Other<'a, N> {
    fn new(insert: &'a Insert<N>, conflict: &'a ConflictTarget, target: Target<'_>) -> Result<Self> {
        let (columns, index_where): (&[_], _) = match conflict {
            ConflictTarget::Columns(columns, index_where) => (columns, *index_where),
            ConflictTarget::Any | ConflictTarget::Index(..) | ConflictTarget::Constraint(_) => (&[], None),
        };
        let given = insert.given_columns();
        match columns.iter().find(|column| !given.iter().any(|given| given.name == column.name)) {
            Some(missing) => Err(not_given::<N>(target, missing.name)),
            None => {
                Ok(Self { insert, columns, index_where, beside: NamedTable::excluded(ModelOf::<N>::TABLE) })
            }
        }
    }

    fn select(&self) -> Statement<'a> {
        let mut sql = SqlWriter::new(ModelOf::<N>::TABLE);
        let row = Returned::row::<ModelOf<N>>();
        sql.push("SELECT ").called(self.beside.table, |sql| row.write_list(sql));
        sql.push(" FROM ").push(ModelOf::<N>::TABLE).push(self.beside.alias).push(", ");
        self.write_excluded(&mut sql, |column| self.is_of_conflict(column));
        self.write_condition(&mut sql);
        sql.finish(Intent::Write)
            .named(ModelOf::<N>::NAME, "get_or_insert")
            .on(ModelOf::<N>::TABLE)
            .rows_of(ModelOf::<N>::COLUMNS)
    }

    fn update(&self, changes: &'a Changes) -> Statement<'a> {
        let table = self.beside.table;
        let mut sql = SqlWriter::new(ModelOf::<N>::TABLE);
        sql.push("UPDATE ").push(ModelOf::<N>::TABLE).push(self.beside.alias);
        sql.push(" SET ").called(table, |sql| changes.assignments.write(sql));
        self.write_excluded(sql.push(" FROM "), |_| true);
        self.write_condition(&mut sql);
        sql.called(table, |sql| {
            if let Some(filter) = &changes.filter {
                filter.write(sql.push(" AND "));
            }
            Returned::row::<ModelOf<N>>().write(sql);
        });
        sql.finish(Intent::Write)
            .named(ModelOf::<N>::NAME, "update_or_insert")
            .on(ModelOf::<N>::TABLE)
            .rows_of(ModelOf::<N>::COLUMNS)
    }

    fn is_of_conflict(&self, column: &ColumnDef) -> bool {
        self.columns.iter().any(|wanted| wanted.name == column.name)
    }

    /// Writes the row that was to be inserted: `(SELECT CAST($1 AS text) AS email) AS excluded`.
    fn write_excluded(&self, sql: &mut SqlWriter<'a>, wanted: impl Fn(&ColumnDef) -> bool) {
        let (columns, values) = self.insert.given();
        let row = columns.iter().zip(values).filter(|(column, _)| wanted(column));
        let mut separator = "(SELECT ";
        for (column, value) in row {
            write_cast(sql.push(separator), column, |sql| {
                sql.value(value);
            });
            separator = ", ";
        }
        for (column, value) in self.insert.assignments.iter().filter(|(column, _)| wanted(column)) {
            write_cast(sql.push(separator), column, |sql| value.write(sql));
            separator = ", ";
        }
        sql.push(") AS excluded");
    }

    fn write_condition(&self, sql: &mut SqlWriter<'a>) {
        sql.push(" WHERE ").list(" AND ", self.columns, |sql, column| self.write_equal(sql, column));
        if let Some(index_where) = self.index_where {
            // Bare column names in the index's condition are the table's, so `excluded` must not be in scope.
            sql.push(" AND EXISTS (SELECT FROM (SELECT ").push(self.beside.table).push(".*) AS here WHERE ");
            sql.push(index_where).push(")");
        }
    }

    /// Writes that a column of both rows is equal, or NULL in both: a unique index may treat NULLs as equal, and one
    /// that does not reports no conflict between them.
    fn write_equal(&self, sql: &mut SqlWriter<'a>, column: &ColumnDef) {
        let (here, other) =
            (format!("{}.{}", self.beside.table, column.name), format!("excluded.{}", column.name));
        let null = SqlType::of(column).is_null();
        sql.push(&if column.nullable {
            format!("({here} = {other} OR ({here}{null} AND {other}{null}))")
        } else {
            format!("{here} = {other}")
        });
    }
}

fn write_cast<'a>(sql: &mut SqlWriter<'a>, column: &ColumnDef, value: impl FnOnce(&mut SqlWriter<'a>)) {
    value(sql.push("CAST("));
    sql.push(" AS ").push(column.sql_type).push(") AS ").push(column.name);
}
