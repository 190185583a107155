//! Get-or-create and update-or-create, right under concurrency.
//!
//! First the row is inserted, unless another row conflicts with it; then that other row is read or updated. Whether the row is new
//! is so known from which statement gave it. (One upsert could do it, were there a way to tell what it did: the system
//! column `xmax`, which many read for that, cannot be read back from a partitioned table.) Each statement sees what
//! was committed before it began (<https://www.postgresql.org/docs/current/transaction-iso.html#XACT-READ-COMMITTED>),
//! and an insert waits for another transaction that inserts the same key: so the row it conflicts with is there for the
//! second statement, unless it was deleted in between; then all of it begins anew.

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
    sql::{ColumnDef, Intent, SqlWriter, Statement},
};

/// How often a row may be deleted in the moment between two statements.
const ROUNDS: usize = 5;

impl<N: NewRow> OnConflict<Insert<N>, ByColumns> {
    /// The existing row, or else the new one; and whether it is new.
    ///
    /// `let (ada, is_new) = Customer::insert(new).on_conflict(Customer::EMAIL).get_or_insert(&dbs).await?;`
    ///
    /// However many callers do so at once, one of them inserts the row and all get the same row. It takes two statements
    /// where the row exists.
    ///
    /// # Errors
    /// [`Error::NotGiven`] if the insert leaves one of the conflict's columns to its default;
    /// [`Error::NotFound`] if the row came and went several times; those of taking a connection and of the server, in
    /// a transaction of a stricter level than READ COMMITTED also [`Error::Serialization`].
    pub async fn get_or_insert(
        self,
        executor: impl Writer<WriteDb<Insert<N>>>,
    ) -> Result<(ModelOf<N>, bool)> {
        settle(&self.do_nothing(), None, executor.target().at_primary()).await
    }

    /// The existing row, with every column that the insert gives set to the value of the new row; or else the new one;
    /// and whether it is new. [`do_update`](Self::do_update) names the columns, and then has the same method.
    ///
    /// # Errors
    /// Those of [`get_or_insert`](Self::get_or_insert).
    pub async fn update_or_insert(
        self,
        executor: impl Writer<WriteDb<Insert<N>>>,
    ) -> Result<(ModelOf<N>, bool)> {
        self.do_update_all().update_or_insert(executor).await
    }
}

impl<N: NewRow> Upsert<Insert<N>, DoUpdate<ByColumns>> {
    /// The existing row, updated, or else the new one; and whether it is new.
    ///
    /// Where the question is not asked, [`one`](crate::query::Execute::one) does it with one statement in place of two. Here
    /// `excluded` has the columns that the insert gives, and no others.
    ///
    /// # Errors
    /// Those of [`get_or_insert`](OnConflict::get_or_insert); [`Error::NotFound`] also if a
    /// [`filter`](Self::filter) kept the row as it is.
    pub async fn update_or_insert(
        mut self,
        executor: impl Writer<WriteDb<Insert<N>>>,
    ) -> Result<(ModelOf<N>, bool)> {
        let changes = self.conflict.changes.take();
        let changes = changes.filter(|changes| !changes.assignments.is_empty());
        settle(&self, changes.as_ref(), executor.target().at_primary()).await
    }
}

/// `insert` does nothing about a conflict.
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
            ConflictTarget::Any | ConflictTarget::Constraint(_) => (&[], None),
        };
        let given = insert.given_columns();
        match columns.iter().find(|column| !given.iter().any(|given| given.name == column.name)) {
            Some(missing) => Err(Error::NotGiven {
                connection: target.alias().clone(),
                column: format!("{}.{}", ModelOf::<N>::NAME, missing.name),
            }),
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

    /// The row that was to be inserted: `(SELECT CAST($1 AS text) AS email) AS excluded`.
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
            // Its bare names are the table's: `excluded` must not be in sight.
            sql.push(" AND EXISTS (SELECT FROM (SELECT ").push(self.beside.table).push(".*) AS here WHERE ");
            sql.push(index_where).push(")");
        }
    }

    /// A unique index may hold that NULL equals NULL; one that does not has let the row in.
    fn write_equal(&self, sql: &mut SqlWriter<'a>, column: &ColumnDef) {
        let (here, other) =
            (format!("{}.{}", self.beside.table, column.name), format!("excluded.{}", column.name));
        sql.push(&if column.nullable {
            format!("({here} = {other} OR ({here} IS NULL AND {other} IS NULL))")
        } else {
            format!("{here} = {other}")
        });
    }
}

fn write_cast<'a>(sql: &mut SqlWriter<'a>, column: &ColumnDef, value: impl FnOnce(&mut SqlWriter<'a>)) {
    value(sql.push("CAST("));
    sql.push(" AS ").push(column.sql_type).push(") AS ").push(column.name);
}
