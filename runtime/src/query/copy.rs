//! Inserts by a binary `COPY`, where it is faster and has the same effect as an insert.

use std::borrow::Cow;

use futures_util::future::join;
use postgres_types::Type;

use super::{
    atomic::Atomic,
    insert::{ModelOf, overriding},
    new_row::NewRow,
    noting::Noting,
    write_names,
};
use crate::{
    error::{Error, Result},
    model::Model,
    observe,
    pool::{NextRow, ROWS_FOLLOW, Session, Target, fits},
    sql::{ColumnDef, Intent, SqlWriter, Statement, Values},
};

/// The fewest rows that are inserted by `COPY`. It takes more round trips than an insert, and less of the server's time
/// for each row: on the bulk inserts of `tests/bench` the two are even between 2,000 rows (1.05 of the time of an
/// insert by `UNNEST`) and 3,000 (0.98); at 10,000 it is 0.71.
const FEWEST: usize = 2_500;

/// `COPY` ignores rules, and refuses a table whose row-security policies apply to the user
/// (<https://www.postgresql.org/docs/current/sql-copy.html>, "Notes"). It needs a binary form of every column's type,
/// also of columns that are left out (`BeginCopyFrom`, src/backend/commands/copyfrom.c): `aclitem` has none.
const TAKES_COPIES: &str = "SELECT c.relkind IN ('r', 'p') \
     AND NOT pg_catalog.row_security_active(c.oid) \
     AND NOT EXISTS (SELECT FROM pg_catalog.pg_rewrite AS r WHERE r.ev_class = c.oid AND r.ev_type = '3') \
     AND NOT EXISTS (SELECT FROM pg_catalog.pg_attribute AS a \
         JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid \
         WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND t.typreceive = 0) \
     FROM pg_catalog.pg_class AS c WHERE c.oid = pg_catalog.to_regclass($1)::pg_catalog.oid";

/// Whether rows should be inserted by `COPY`, as far as this is known before the server is asked.
pub(super) fn pays<N: NewRow>(rows: &[N]) -> bool {
    rows.len() >= FEWEST && !N::columns().is_empty()
}

/// Inserts rows by `COPY` and counts them. `None` if they must be inserted in another way: then nothing was
/// inserted.
pub(super) async fn insert<'a, N: NewRow>(target: Target<'_>, rows: &'a [N]) -> Result<Option<u64>> {
    let Some(first) = rows.first() else { return Ok(None) };
    let columns = N::columns();
    let session = target.hold(Intent::Write).await?;
    let copy = Copy { table: <ModelOf<N>>::TABLE, model: <ModelOf<N>>::NAME, columns: &columns };
    let mut row = Values::with_capacity(columns.len());
    first.bind(&mut row);
    // From the question for the types on, the table is locked against changes of them.
    let atomic = Atomic::begin(&target, &session, 2).await?;
    let Some(types) = copy.types(&session, &row).await? else { return Ok(None) };
    let mut rows = rows.iter();
    let mut next = |values: &mut Values<'a>| {
        values.clear();
        rows.next().map(|row| row.bind(values)).is_some()
    };
    // In a transaction of the caller's, nothing can be inserted instead after an error.
    match copy.run(&session, &types, &mut next, atomic.is_begun()).await? {
        Some(count) => atomic.commit().await.map(|()| Some(count)),
        None => Ok(None),
    }
}

/// Rows with these columns, whatever their model.
struct Copy<'c> {
    table: &'static str,
    model: &'static str,
    columns: &'c [ColumnDef],
}

impl Copy<'_> {
    /// The types of the columns, if a `COPY` of rows like this one has the effect of an insert.
    ///
    /// The server is asked before each `COPY`, in one round trip: the type of a column may have changed, and binary
    /// values of the old type would be stored as if they were of the new one (in a transaction, the question keeps it
    /// from changing until the `COPY`); a table may also have got rules and
    /// policies. An insert that may not give these columns is refused here, where a `COPY` would store them.
    async fn types(&self, session: &Session, row: &Values<'_>) -> Result<Option<Vec<Type>>> {
        let insert = self.statement(self.insert(), Values::new());
        let takes_copies = self.statement(TAKES_COPIES, vec![&self.table]);
        let (found, types) = join(session.rows(&takes_copies), session.parameter_types(&insert)).await;
        // Where one fails, the transaction has failed for the other.
        let (found, types) = match (found, types) {
            (Err(Error::Aborted { .. }), Err(error)) | (Err(error), _) | (_, Err(error)) => {
                return Err(error);
            }
            (Ok(found), Ok(types)) => (found, types),
        };
        let takes_copies = found.first().is_some_and(|row| row.try_get(0).unwrap_or(false));
        Ok((takes_copies && fits(row, &types)).then_some(types))
    }

    async fn run<'a>(
        &self,
        session: &Session,
        types: &[Type],
        next: NextRow<'_, 'a>,
        may_be_refused: bool,
    ) -> Result<Option<u64>> {
        let statement = self.statement(self.copy(), Values::new());
        let target = Target::Transaction(session);
        let _noting = Noting::new(&target, &statement);
        let copied = session.copy(&statement, types, next, may_be_refused);
        observe::watched(target.alias(), &statement, copied).await
    }

    /// The text of an insert of one row.
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
        sql.push(ROWS_FOLLOW);
        sql.into_text()
    }

    fn write_columns(&self, sql: &mut SqlWriter<'_>) {
        write_names(sql.push(self.table).push(" ("), self.columns);
        sql.push(")");
    }

    fn statement<'v>(&self, sql: impl Into<Cow<'static, str>>, values: Values<'v>) -> Statement<'v> {
        Statement::new(sql, values, Intent::Write).named(self.model, "insert_many").on(self.table)
    }
}
