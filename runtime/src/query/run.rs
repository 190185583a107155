//! Statements run, and their rows on the way from the server to models.
//!
//! The loops are written once for all models: what is compiled per model is its `decode` and a push.

use std::{pin::Pin, sync::Arc};

use futures_util::{Stream, stream};
use postgres_types::FromSqlOwned;
use tokio_postgres::Row;
use tracing::Instrument;

use super::noting::Noting;
use crate::{
    error::{Error, Result},
    model::{DecodeError, Decoder, Misfit, Unread},
    pool::Target,
    sql::Statement,
};

/// What is done with a row that comes back.
pub(crate) type Each<'a> = &'a mut (dyn FnMut(&Row) -> Result<(), DecodeError> + Send);

/// Rows as they arrive.
pub type Rows<'e, R> = Pin<Box<dyn Stream<Item = Result<R>> + Send + 'e>>;

/// Runs a statement and hands each row to `each` as it arrives.
pub(crate) async fn for_each(target: Target<'_>, statement: &Statement<'_>, each: Each<'_>) -> Result<()> {
    can_be_sent(&target, statement)?;
    let span = span(&target, statement);
    let _noting = Noting::new(&target, statement);
    let mut each = |row: &Row| each(row).map_err(|error| does_not_fit(&target, statement, error));
    target.run(statement, &mut each).instrument(span).await.map(drop).map_err(|error| of(statement, error))
}

/// Runs a statement that returns no rows, and counts those it touched.
pub(crate) async fn execute(target: Target<'_>, statement: &Statement<'_>) -> Result<u64> {
    can_be_sent(&target, statement)?;
    let span = span(&target, statement);
    let _noting = Noting::new(&target, statement);
    target.run(statement, &mut |_| Ok(())).instrument(span).await.map_err(|error| of(statement, error))
}

/// Every row.
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

/// The only row, if there is one.
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

/// The only row.
pub(crate) async fn one<R: Send>(
    target: Target<'_>,
    statement: &Statement<'_>,
    decode: impl FnMut(&mut Decoder<'_>) -> Result<R, DecodeError> + Send,
) -> Result<R> {
    exactly_one(&target, statement.model, optional(target, statement, decode).await?)
}

/// The first column of the only row.
pub(crate) async fn scalar<T: FromSqlOwned + Send>(
    target: Target<'_>,
    statement: &Statement<'_>,
) -> Result<T> {
    one(target, statement, |row| row.get()).await
}

/// Rows as they arrive. The server is held back while nobody asks for the next one, so memory stays constant; the
/// connection is given back when the stream is dropped.
pub(crate) async fn stream<'e, R: Send + 'e>(
    target: Target<'e>,
    statement: Statement<'_>,
    decode: impl FnMut(&mut Decoder<'_>) -> Result<R, DecodeError> + Send + 'e,
) -> Result<Rows<'e, R>> {
    can_be_sent(&target, &statement)?;
    let span = span(&target, &statement);
    let noting = Noting::new(&target, &statement);
    let rows = target.read(&statement).instrument(span).await.map_err(|error| of(&statement, error))?;
    let state = (rows, statement.sent(), decode, noting);
    let found = stream::try_unfold(state, move |(mut rows, statement, mut decode, noting)| async move {
        let Some(row) = rows.next(&statement).await? else { return Ok(None) };
        let value =
            decode(&mut Decoder::new(&row)).map_err(|error| does_not_fit(&target, &statement, error))?;
        Ok(Some((value, (rows, statement, decode, noting))))
    });
    Ok(Box::pin(found))
}

/// Refuses several rows where one at most is wanted.
pub(crate) fn at_most_one(target: &Target<'_>, model: &'static str, rows: usize) -> Result<()> {
    if rows > 1 {
        return Err(Error::TooManyRows { connection: Arc::clone(target.alias()), model });
    }
    Ok(())
}

/// Refuses that there is no row.
pub(crate) fn exactly_one<R>(target: &Target<'_>, model: &'static str, found: Option<R>) -> Result<R> {
    found.ok_or_else(|| Error::NotFound { connection: Arc::clone(target.alias()), model })
}

/// Refuses what SQL cannot say.
fn can_be_sent(target: &Target<'_>, statement: &Statement<'_>) -> Result<()> {
    match statement.refused {
        Some(why) => Err(Error::Refused { connection: Arc::clone(target.alias()), why }),
        None => Ok(()),
    }
}

/// What went wrong with this statement: SQL of the program's own may be what names something that is not there.
fn of(statement: &Statement<'_>, error: Error) -> Error {
    if statement.calls_unknown { error.of_own_sql() } else { error }
}

pub(super) fn span(target: &Target<'_>, statement: &Statement<'_>) -> tracing::Span {
    let Statement { model, verb, .. } = *statement;
    tracing::debug_span!("query", connection = &**target.alias(), model, statement = verb)
}

fn does_not_fit(target: &Target<'_>, statement: &Statement<'_>, error: DecodeError) -> Error {
    let connection = Arc::clone(target.alias());
    let Unread { column, source } = error.unread();
    let source = match source {
        Misfit::Value(source) => source,
        Misfit::Columns(what) => return Error::Columns { connection, what },
    };
    let name = statement.columns.get(column).map_or("?", |column| column.name);
    Error::Decode { connection, column: format!("{}.{name}", statement.model), source }
}
