//! Rows on their way from the server to models.
//!
//! The loops are written once for all models: what is compiled per model is its `decode` and a push.

use std::{pin::Pin, sync::Arc};

use futures_util::{Stream, TryStreamExt, stream};
use tokio_postgres::Row;
use tracing::Instrument;

use crate::{
    Result,
    cache::Noting,
    column::ColumnDef,
    error::Error,
    executor::{Intent, Target},
    model::{DecodeError, Decoder, Model},
    sql::{Call, Values},
};

type Each<'a> = &'a mut (dyn FnMut(&Row) -> Result<(), DecodeError> + Send);

/// Runs a statement and hands each row to `each` as it arrives.
pub(crate) async fn for_each(
    target: Target<'_>,
    intent: Intent,
    call: &Call,
    values: &Values<'_>,
    columns: &'static [ColumnDef],
    each: Each<'_>,
) -> Result<()> {
    let span = span(&target, call);
    let _noting = Noting::new(&target, intent, call);
    async {
        let (rows, session) = target.query(intent, call, values).await?;
        let mut rows = std::pin::pin!(rows);
        while let Some(row) = rows.try_next().await.map_err(|error| session.failed(call, error))? {
            each(&row).map_err(|error| does_not_fit(&session, call, columns, error))?;
        }
        session.end();
        Ok(())
    }
    .instrument(span)
    .await
}

/// Runs a statement that returns no rows, and counts those it touched.
pub(crate) async fn execute(target: Target<'_>, call: &Call, values: &Values<'_>) -> Result<u64> {
    let span = span(&target, call);
    let _noting = Noting::new(&target, Intent::Write, call);
    target.execute(call, values).instrument(span).await
}

/// Every row as a model.
pub(crate) async fn all<M: Model>(
    target: Target<'_>,
    intent: Intent,
    call: &Call,
    values: &Values<'_>,
) -> Result<Vec<M>> {
    let mut models = Vec::new();
    for_each(target, intent, call, values, M::COLUMNS, &mut |row| {
        models.push(M::decode(&mut Decoder::new(row))?);
        Ok(())
    })
    .await?;
    Ok(models)
}

/// The only row, if there is one.
pub(crate) async fn optional<M: Model>(
    target: Target<'_>,
    intent: Intent,
    call: &Call,
    values: &Values<'_>,
) -> Result<Option<M>> {
    let (mut model, mut rows) = (None, 0);
    let connection = Arc::clone(target.alias());
    for_each(target, intent, call, values, M::COLUMNS, &mut |row| {
        rows += 1;
        model = Some(M::decode(&mut Decoder::new(row))?);
        Ok(())
    })
    .await?;
    if rows > 1 { Err(Error::TooManyRows { connection, model: M::NAME }) } else { Ok(model) }
}

/// The only row.
pub(crate) async fn one<M: Model>(
    target: Target<'_>,
    intent: Intent,
    call: &Call,
    values: &Values<'_>,
) -> Result<M> {
    let connection = Arc::clone(target.alias());
    let model = optional(target, intent, call, values).await?;
    model.ok_or(Error::NotFound { connection, model: M::NAME })
}

/// The first column of the only row.
pub(crate) async fn scalar<T>(
    target: Target<'_>,
    intent: Intent,
    call: &Call,
    values: &Values<'_>,
) -> Result<T>
where
    T: for<'r> postgres_types::FromSql<'r> + Send,
{
    let mut value = None;
    let connection = Arc::clone(target.alias());
    for_each(target, intent, call, values, &[], &mut |row| {
        value = Some(Decoder::new(row).get()?);
        Ok(())
    })
    .await?;
    value.ok_or(Error::NotFound { connection, model: call.model })
}

/// Models as their rows arrive. The server is held back while nobody asks for the next one, so memory stays
/// constant; the connection is given back when the stream is dropped.
pub(crate) async fn stream<'e, M: Model>(
    target: Target<'e>,
    intent: Intent,
    call: Call,
    values: &Values<'_>,
) -> Result<Pin<Box<dyn Stream<Item = Result<M>> + Send + 'e>>> {
    let span = span(&target, &call);
    let (rows, session) = target.query(intent, &call, values).instrument(span).await?;
    let models = stream::try_unfold((Box::pin(rows), session, call), async |(mut rows, session, call)| {
        let Some(row) = rows.try_next().await.map_err(|error| session.failed(&call, error))? else {
            session.end();
            return Ok(None);
        };
        let model = M::decode(&mut Decoder::new(&row))
            .map_err(|error| does_not_fit(&session, &call, M::COLUMNS, error))?;
        Ok(Some((model, (rows, session, call))))
    });
    Ok(Box::pin(models))
}

fn span(target: &Target<'_>, call: &Call) -> tracing::Span {
    tracing::debug_span!("query", connection = &**target.alias(), model = call.model, statement = call.verb)
}

fn does_not_fit(
    session: &crate::pool::Session,
    call: &Call,
    columns: &'static [ColumnDef],
    error: DecodeError,
) -> Error {
    let name = columns.get(error.column).map_or("?", |column| column.name);
    let column = format!("{}.{name}", call.model);
    Error::Decode { connection: Arc::clone(session.alias()), column, source: error.source }
}
