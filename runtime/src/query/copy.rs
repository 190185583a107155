//! Inserts by a binary `COPY`, where it is faster and nothing but the time tells the difference.

use std::borrow::Cow;

use futures_util::future::join;
use postgres_types::Type;
use tokio_postgres::error::SqlState;
use tracing::Instrument;

use super::{
    insert::{ModelOf, overriding},
    new_row::NewRow,
    noting::Noting,
    run, write_names,
};
use crate::{
    error::{Error, Result},
    model::Model,
    pool::{NextRow, Session, Target, fits},
    sql::{ColumnDef, Intent, SqlWriter, Statement, Values},
};

/// The fewest rows that are copied. `COPY` takes more turns to the server than an insert does, and less of the server's
/// time for each row: on the bulk inserts of `tests/bench` the two are even between 2,000 rows (1.05 of the time of an
/// insert by `UNNEST`) and 3,000 (0.98); at 10,000 it is 0.71.
const FEWEST: usize = 2_500;

/// `COPY` passes over rules, and refuses a table whose policies bind the user
/// (<https://www.postgresql.org/docs/current/sql-copy.html>, "Notes"). It wants a binary form of every column's type, of
/// those that are left out as well (`BeginCopyFrom`, src/backend/commands/copyfrom.c): `aclitem` has none.
const TAKES_COPIES: &str = "SELECT c.relkind IN ('r', 'p') \
     AND NOT pg_catalog.row_security_active(c.oid) \
     AND NOT EXISTS (SELECT FROM pg_catalog.pg_rewrite AS r WHERE r.ev_class = c.oid AND r.ev_type = '3') \
     AND NOT EXISTS (SELECT FROM pg_catalog.pg_attribute AS a \
         JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid \
         WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND t.typreceive = 0) \
     FROM pg_catalog.pg_class AS c WHERE c.oid = pg_catalog.to_regclass($1)";

/// Whether rows are to be inserted by `COPY`, as far as can be said before the server was asked.
pub(super) fn pays<N: NewRow>(rows: &[N]) -> bool {
    rows.len() >= FEWEST && !N::columns().is_empty()
}

/// Inserts rows and counts them. None if they have to go in another way: then nothing was done.
pub(super) async fn insert<'a, N: NewRow>(target: Target<'_>, rows: &'a [N]) -> Result<Option<u64>> {
    let Some(first) = rows.first() else { return Ok(None) };
    let columns = N::columns();
    let session = target.hold(Intent::Write).await?;
    let copy = Copy { table: <ModelOf<N>>::TABLE, model: <ModelOf<N>>::NAME, columns: &columns };
    let mut row = Values::with_capacity(columns.len());
    first.bind(&mut row);
    let Some(types) = copy.types(&session, &row).await? else { return Ok(None) };
    let mut rows = rows.iter();
    let mut next = |values: &mut Values<'a>| {
        values.clear();
        rows.next().map(|row| row.bind(values)).is_some()
    };
    match copy.run(&session, &types, &mut next).await {
        Err(error) if !matches!(target, Target::Transaction(_)) && is_unsupported(&error) => Ok(None),
        copied => copied.map(Some),
    }
}

/// Rows of these columns, whatever their model.
struct Copy<'c> {
    table: &'static str,
    model: &'static str,
    columns: &'c [ColumnDef],
}

impl Copy<'_> {
    /// The types that the columns are of, if a `COPY` of rows like this one does what an insert would.
    ///
    /// Asked each time, in one turn to the server: values written as the type that a column was of would be taken for
    /// values of the type that it is of now, and a table can come to have rules and policies. An insert that may not
    /// give these columns is refused here, where a `COPY` would store them.
    async fn types(&self, session: &Session, row: &Values<'_>) -> Result<Option<Vec<Type>>> {
        let insert = self.statement(self.insert(), Values::new());
        let takes_copies = self.statement(TAKES_COPIES, vec![&self.table]);
        let (found, types) = join(session.rows(&takes_copies), session.parameter_types(&insert)).await;
        let (found, types) = (found?, types?);
        let takes_copies = found.first().is_some_and(|row| row.try_get(0).unwrap_or(false));
        Ok((takes_copies && fits(row, &types)).then_some(types))
    }

    async fn run<'a>(&self, session: &Session, types: &[Type], next: NextRow<'_, 'a>) -> Result<u64> {
        let statement = self.statement(self.copy(), Values::new());
        let target = Target::Transaction(session);
        let _noting = Noting::new(&target, &statement);
        session.copy(&statement, types, next).instrument(run::span(&target, &statement)).await
    }

    /// An insert of one row.
    fn insert(&self) -> String {
        let mut sql = SqlWriter::new(self.table);
        self.write_columns(sql.push("INSERT INTO "));
        sql.push(overriding(self.columns)).push(" VALUES (");
        sql.list(", ", 1..=self.columns.len(), |sql, number| {
            sql.push("$").number(number as u64);
        });
        sql.push(")");
        sql.into_text()
    }

    fn copy(&self) -> String {
        let mut sql = SqlWriter::new(self.table);
        self.write_columns(sql.push("COPY "));
        sql.push(" FROM STDIN (FORMAT binary)");
        sql.into_text()
    }

    fn write_columns(&self, sql: &mut SqlWriter<'_>) {
        write_names(sql.push(self.table).push(" ("), self.columns);
        sql.push(")");
    }

    fn statement<'v>(&self, sql: impl Into<Cow<'static, str>>, values: Values<'v>) -> Statement<'v> {
        Statement::new(sql, values, Intent::Write).named(self.model, "insert_many")
    }
}

fn is_unsupported(error: &Error) -> bool {
    matches!(error, Error::Database { source, .. } if source.code() == Some(&SqlState::FEATURE_NOT_SUPPORTED))
}
