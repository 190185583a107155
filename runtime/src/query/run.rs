//! Runs statements, and hands their rows from the server to the models.
//!
//! The loops are written once for all models: only a model's `decode` and a push are compiled for each.

use std::{pin::Pin, sync::Arc};

use futures_util::{Stream, stream};
use postgres_types::FromSqlOwned;
use tokio_postgres::Row;

use super::noting::Noting;
use crate::{
    error::{Error, Result},
    model::{DecodeError, Decoder, Misfit, Unread},
    observe,
    pool::Target,
    sql::{Intent, Statement},
};

/// A function that is called with each returned row.
pub(crate) type Each<'a> = &'a mut (dyn FnMut(&Row) -> Result<(), DecodeError> + Send);

/// A stream of rows as they arrive.
pub type Rows<'e, R> = Pin<Box<dyn Stream<Item = Result<R>> + Send + 'e>>;

/// Runs a statement and hands each row to `each` as it arrives.
///
/// Where a row of a write cannot be read, the remaining rows are skipped, but the statement runs to its end: one that
/// is cancelled may be undone, while one that has ended has taken effect, and the error says so.
pub(crate) async fn for_each(target: Target<'_>, statement: &Statement<'_>, each: Each<'_>) -> Result<()> {
    can_be_sent(&target, statement)?;
    let _noting = Noting::new(&target, statement);
    let is_write = statement.intent == Intent::Write;
    let mut unread = None;
    let mut each = |row: &Row| {
        if unread.is_some() {
            return Ok(());
        }
        match each(row) {
            Err(error) if is_write => unread = Some(error),
            read => read.map_err(|error| does_not_fit(&target, statement, error, false))?,
        }
        Ok(())
    };
    observe::watched(target.alias(), statement, target.run(statement, &mut each)).await?;
    unread.map_or(Ok(()), |error| Err(does_not_fit(&target, statement, error, true)))
}

/// Runs a statement that returns no rows, and counts the rows that it affected.
pub(crate) async fn execute(target: Target<'_>, statement: &Statement<'_>) -> Result<u64> {
    can_be_sent(&target, statement)?;
    let _noting = Noting::new(&target, statement);
    observe::watched(target.alias(), statement, target.run(statement, &mut |_| Ok(()))).await
}

/// Reads every row.
pub(crate) async fn all<R: Send>(
    target: Target<'_>,
    statement: &Statement<'_>,
    mut decode: impl FnMut(&mut Decoder<'_>) -> Result<R, DecodeError> + Send,
) -> Result<Vec<R>> {
    let mut found = Vec::new();
    for_each(target, statement, &mut |row| {
        found.push(decode(&mut Decoder::new(row))?);
        Ok(())
    })
    .await?;
    Ok(found)
}

/// Reads the only row, if there is one.
pub(crate) async fn optional<R: Send>(
    target: Target<'_>,
    statement: &Statement<'_>,
    mut decode: impl FnMut(&mut Decoder<'_>) -> Result<R, DecodeError> + Send,
) -> Result<Option<R>> {
    let (mut found, mut rows) = (None, 0);
    for_each(target, statement, &mut |row| {
        rows += 1;
        found = Some(decode(&mut Decoder::new(row))?);
        Ok(())
    })
    .await?;
    at_most_one(&target, statement.model, rows)?;
    Ok(found)
}

/// Reads the only row.
pub(crate) async fn one<R: Send>(
    target: Target<'_>,
    statement: &Statement<'_>,
    decode: impl FnMut(&mut Decoder<'_>) -> Result<R, DecodeError> + Send,
) -> Result<R> {
    exactly_one(&target, statement.model, optional(target, statement, decode).await?)
}

/// Reads the first column of the only row.
pub(crate) async fn scalar<T: FromSqlOwned + Send + 'static>(
    target: Target<'_>,
    statement: &Statement<'_>,
) -> Result<T> {
    one(target, statement, |row| row.get()).await
}

/// Streams the rows as they arrive. The server has to wait while nobody asks for the next row, so memory stays
/// constant; the connection goes back to the pool when the stream is dropped.
pub(crate) async fn stream<'e, R: Send + 'e>(
    target: Target<'e>,
    statement: Statement<'_>,
    decode: impl FnMut(&mut Decoder<'_>) -> Result<R, DecodeError> + Send + 'e,
) -> Result<Rows<'e, R>> {
    can_be_sent(&target, &statement)?;
    let noting = Noting::new(&target, &statement);
    let rows = observe::watched(target.alias(), &statement, target.read(&statement)).await?;
    let state = (rows, statement.sent(), decode, noting);
    let found = stream::try_unfold(state, move |(mut rows, statement, mut decode, noting)| async move {
        let Some(row) = rows.next(&statement).await? else { return Ok(None) };
        let value = decode(&mut Decoder::new(&row))
            .map_err(|error| does_not_fit(&target, &statement, error, false))?;
        Ok(Some((value, (rows, statement, decode, noting))))
    });
    Ok(Box::pin(found))
}

/// Fails if there are several rows where at most one is wanted.
pub(crate) fn at_most_one(target: &Target<'_>, model: &'static str, rows: usize) -> Result<()> {
    if rows > 1 {
        return Err(Error::TooManyRows { connection: Arc::clone(target.alias()), model });
    }
    Ok(())
}

/// Fails if there is no row.
pub(crate) fn exactly_one<R>(target: &Target<'_>, model: &'static str, found: Option<R>) -> Result<R> {
    found.ok_or_else(|| Error::NotFound { connection: Arc::clone(target.alias()), model })
}

/// Fails if the query cannot be written in SQL, or has too many values.
fn can_be_sent(target: &Target<'_>, statement: &Statement<'_>) -> Result<()> {
    match statement.why_not_sent() {
        Some(why) => Err(Error::InvalidQuery { connection: Arc::clone(target.alias()), why }),
        None => Ok(()),
    }
}

/// The error for a row that could not be read. `took_effect` says whether the statement has changed rows.
fn does_not_fit(
    target: &Target<'_>,
    statement: &Statement<'_>,
    error: DecodeError,
    took_effect: bool,
) -> Error {
    let connection = Arc::clone(target.alias());
    let Unread { column, source } = error.unread();
    let source = match source {
        Misfit::Value(source) => source,
        Misfit::Columns(what) if took_effect => {
            return Error::Columns { connection, what: format!("the statement took effect, but {what}") };
        }
        Misfit::Columns(what) => return Error::Columns { connection, what },
    };
    let column = match statement.columns.get(column) {
        Some(known) => format!("{}.{}", statement.model, known.name),
        None => format!("column {}", column + 1),
    };
    Error::Decode { connection, column, took_effect, source }
}
