//! Inserts of many rows.

use super::{
    call,
    change::write_stored,
    insert::{Db, ModelOf},
    rows,
    unnest::ColumnOf,
    write_names, write_returning,
};
use crate::{
    Result,
    executor::{Intent, Target, Writer},
    model::{Insertable, Model},
    pool::Session,
    sql::{Call, SqlWriter, Values},
};

/// An insert of many rows. Either all of them are stored or none.
///
/// Where no column is an array or a composite, it is one statement, the same for any number of rows.
#[derive(Debug)]
#[must_use = "an insert does nothing until it is run: `.execute(&dbs).await`"]
pub struct InsertMany<N> {
    rows: Vec<N>,
}

impl<N: Insertable> InsertMany<N> {
    pub(super) fn new(rows: Vec<N>) -> Self {
        Self { rows }
    }

    /// Runs it and counts the rows.
    ///
    /// # Errors
    /// Those of taking a connection and of the server, which tell the constraint that refused a row.
    pub async fn execute(self, executor: impl Writer<Db<N>>) -> Result<u64> {
        let batch = Batch::new(&self.rows);
        let columns = batch.columns();
        let statements = batch.statements(&columns, false);
        let target = executor.target();
        let session = target.hold(Intent::Write).await?;
        let atomic = Atomic::begin(&target, &session, statements.len()).await?;
        let mut count = 0;
        for (call, values) in &statements {
            count += rows::execute(Target::Transaction(&session), call, values).await?;
        }
        atomic.commit().await?;
        Ok(count)
    }

    /// Runs it and returns the rows as the database stored them, in the order given.
    ///
    /// # Errors
    /// Those of [`execute`](Self::execute).
    pub async fn all(self, executor: impl Writer<Db<N>>) -> Result<Vec<ModelOf<N>>> {
        let batch = Batch::new(&self.rows);
        let columns = batch.columns();
        let statements = batch.statements(&columns, true);
        let target = executor.target();
        let session = target.hold(Intent::Write).await?;
        let atomic = Atomic::begin(&target, &session, statements.len()).await?;
        let mut models = Vec::with_capacity(self.rows.len());
        for (call, values) in &statements {
            let stored = rows::all(Target::Transaction(&session), Intent::Write, call, values);
            models.append(&mut stored.await?);
        }
        atomic.commit().await?;
        Ok(models)
    }
}

/// The protocol counts a statement's values in 16 bits
/// (<https://www.postgresql.org/docs/current/protocol-message-formats.html>, Bind).
const MOST_VALUES: usize = u16::MAX as usize;

/// The most rows in one list of values.
const MOST_ROWS: usize = 1024;

/// The values of many rows.
struct Batch<'a, N> {
    rows: &'a [N],
    /// Row by row.
    cells: Values<'a>,
    count: i64,
}

impl<'a, N: Insertable> Batch<'a, N> {
    fn new(rows: &'a [N]) -> Self {
        let mut cells = Values::with_capacity(rows.len() * N::COLUMNS.len());
        for row in rows {
            row.bind(&mut cells);
        }
        Self { rows, cells, count: i64::try_from(rows.len()).unwrap_or(i64::MAX) }
    }

    fn columns(&self) -> Vec<ColumnOf<'_>> {
        ColumnOf::all(&self.cells, N::COLUMNS.len())
    }

    fn statements<'b>(&'b self, columns: &'b [ColumnOf<'b>], returning: bool) -> Vec<(Call, Values<'b>)> {
        if self.rows.is_empty() {
            Vec::new()
        } else if N::COLUMNS.is_empty() {
            vec![self.defaults(returning)]
        } else if N::COLUMNS.iter().all(|column| column.scalar) {
            vec![self.unnest(columns, returning)]
        } else {
            self.lists(returning)
        }
    }

    /// Rows that consist of defaults alone.
    fn defaults<'b>(&'b self, returning: bool) -> (Call, Values<'b>) {
        let mut sql = insert_into::<N>();
        sql.push(" SELECT FROM generate_series(1, ").value(&self.count).push("::int8)");
        finish::<N>(sql, returning)
    }

    /// One array a column.
    fn unnest<'b>(&self, columns: &'b [ColumnOf<'b>], returning: bool) -> (Call, Values<'b>) {
        let mut sql = insert_into::<N>();
        write_names(sql.push(" ("), N::COLUMNS);
        sql.push(") SELECT * FROM UNNEST(");
        sql.list(", ", N::COLUMNS.iter().zip(columns), |sql, (column, values)| {
            sql.value(values).push("::").push(column.sql_type).push("[]");
        });
        sql.push(")");
        finish::<N>(sql, returning)
    }

    /// Lists of values, where `UNNEST` would take an array or a composite apart. Each list is a power of two
    /// long, so that any number of rows makes do with a few statements.
    fn lists(&self, returning: bool) -> Vec<(Call, Values<'_>)> {
        let width = N::COLUMNS.len();
        let most = MOST_ROWS.min(MOST_VALUES / width).max(1);
        let mut cells = &self.cells[..];
        let mut statements = Vec::new();
        while !cells.is_empty() {
            let rows = 1 << (cells.len() / width).min(most).ilog2();
            let (list, rest) = cells.split_at(rows * width);
            statements.push(self.list(list, returning));
            cells = rest;
        }
        statements
    }

    fn list<'b>(&self, cells: &[crate::sql::Value<'b>], returning: bool) -> (Call, Values<'b>) {
        let mut sql = insert_into::<N>();
        write_names(sql.push(" ("), N::COLUMNS);
        sql.push(") VALUES ").list(", ", cells.chunks(N::COLUMNS.len()), |sql, row| {
            sql.push("(").list(", ", N::COLUMNS.iter().zip(row), |sql, (column, value)| {
                write_stored(sql, column, |sql| {
                    sql.value(*value);
                });
            });
            sql.push(")");
        });
        finish::<N>(sql, returning)
    }
}

fn insert_into<'b, N: Insertable>() -> SqlWriter<'b> {
    let mut sql = SqlWriter::new(ModelOf::<N>::TABLE);
    sql.push("INSERT INTO ").push(ModelOf::<N>::TABLE);
    sql
}

fn finish<N: Insertable>(mut sql: SqlWriter<'_>, returning: bool) -> (Call, Values<'_>) {
    if returning {
        write_returning::<ModelOf<N>>(&mut sql);
    }
    let (text, values) = sql.finish();
    (call::<ModelOf<N>>(text, "insert_many"), values)
}

/// Several statements that stand or fall together. A transaction of the caller's sees to that by itself.
struct Atomic<'s> {
    session: Option<&'s Session>,
}

impl<'s> Atomic<'s> {
    async fn begin(target: &Target<'_>, session: &'s Session, statements: usize) -> Result<Self> {
        if statements < 2 || matches!(target, Target::Transaction(_)) {
            return Ok(Self { session: None });
        }
        let atomic = Self { session: Some(session) };
        session.batch("BEGIN").await?;
        Ok(atomic)
    }

    async fn commit(mut self) -> Result<()> {
        if let Some(session) = self.session {
            session.batch("COMMIT").await?;
        }
        self.session = None;
        Ok(())
    }
}

impl Drop for Atomic<'_> {
    fn drop(&mut self) {
        if let Some(session) = self.session {
            session.roll_back();
        }
    }
}
